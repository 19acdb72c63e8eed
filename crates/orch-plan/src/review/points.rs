//! Whether a point of a review holds, and what says so.

use std::collections::BTreeMap;

use orch_model::{ChargeCategory, Dataset, Kind};
use rust_decimal::Decimal;

use super::area::Asked;
use super::v1::Point;
use crate::brief::parts;
use crate::brief::scene::{Scene, count_of, joined};
use crate::kinds;
use crate::project::{State, Task, reached, waits};
use crate::rounding::fixed;
use crate::status::moves_production;

pub(super) fn point(scene: &Scene<'_>, asked: &Asked) -> Point {
    let rules = scene.rules(&asked.rules);
    let rules: Vec<&str> = rules
        .into_iter()
        .filter(|rule| scene.was_asked(&[rule]))
        .collect();
    let (state, evidence) = told(scene, asked, &rules);
    Point {
        text: asked.text.clone(),
        state: state.to_owned(),
        evidence,
        next: match (state, rules.first()) {
            ("open", Some(_)) => scene.show_rule(&rules.join(",")),
            _ => asked.supply.clone(),
        },
        rules: rules.into_iter().map(str::to_owned).collect(),
    }
}

fn told(scene: &Scene<'_>, asked: &Asked, rules: &[&str]) -> (&'static str, String) {
    if let Some(word) = &asked.cannot_skip {
        return of_project(scene, word);
    }
    let mut evidence = Vec::new();
    let mut state = None;
    if let Some(kind) = asked
        .kind
        .as_ref()
        .and_then(|kind| kind.parse::<Kind>().ok())
    {
        let count = scene.count(kind);
        let things = kinds::counted(count, kind.as_str());
        if count > 0 {
            state = Some("holds");
            evidence.push(format!("{things} in this run"));
        } else if scene.is_complete(kind) {
            state = Some("open");
            evidence.push(format!(
                "no {}, though they were read",
                kinds::named(2, kind.as_str())
            ));
        } else {
            state = Some("not known");
            evidence.push(format!("{} were not read", kinds::named(2, kind.as_str())));
        }
    }
    if asked.fact.as_deref() == Some("zones") {
        let (by_zones, said) = parts::zones(scene);
        state = Some(by_zones);
        evidence.push(said);
    }
    if !asked.billed.is_empty() || asked.billing {
        let (of_bill, said) = of_bill(scene, asked);
        state = Some(of_bill);
        evidence.push(said);
    }
    if !rules.is_empty() {
        let open = scene
            .run
            .report
            .findings
            .iter()
            .filter(|one| one.state == "open" && rules.contains(&one.rule.as_str()))
            .count();
        let unknown = scene.unknown(rules);
        let number = count_of(rules.len(), "rule", "rules");
        let (by_rules, said) = match (open, unknown) {
            (0, 0) => ("holds", format!("no finding of {number}")),
            (0, unknown) => (
                "not known",
                format!(
                    "{} of {number} not known",
                    count_of(unknown as usize, "answer", "answers")
                ),
            ),
            (open, 0) => (
                "open",
                format!("{} of {number}", count_of(open, "finding", "findings")),
            ),
            (open, unknown) => (
                "open",
                format!(
                    "{} of {number}, {} not known",
                    count_of(open, "finding", "findings"),
                    count_of(unknown as usize, "answer", "answers")
                ),
            ),
        };
        state = Some(match (state, by_rules) {
            (Some("open"), _) | (_, "open") => "open",
            (Some("not known"), _) | (_, "not known") => "not known",
            _ => "holds",
        });
        evidence.push(said);
    }
    match state {
        Some(state) => (state, evidence.join("; ")),
        None if asked.rules.is_empty() => ("not seen", "no collector sees it".to_owned()),
        None => (
            "not seen",
            "nothing of the kind was read, so no rule was asked".to_owned(),
        ),
    }
}

/// Whether what must not be left out is done before production, by the project: only there can a task be left out or moved.
fn of_project(scene: &Scene<'_>, word: &str) -> (&'static str, String) {
    let Some(project) = scene.project else {
        return ("not seen", "no project was given".to_owned());
    };
    let held = project.tasks.iter().filter(|task| {
        let what = task.cannot_skip.as_ref();
        what.is_some_and(|what| what.contains(word))
    });
    let (given_up, mut held): (Vec<&Task>, Vec<&Task>) =
        held.partition(|task| task.state == State::Dropped);
    let named = |tasks: &[&Task]| {
        let titles: Vec<String> = tasks
            .iter()
            .map(|task| format!("{} ({})", scene.of_project(&task.title), task.id))
            .collect();
        joined(&titles)
    };
    if held.is_empty() {
        let why = match given_up.is_empty() {
            true => format!(
                "no task of the project {} is held for it",
                scene.marked(&project.name)
            ),
            false => format!("given up: {}", named(&given_up)),
        };
        return ("open", why);
    }
    let there = project.tasks.iter();
    let there = there.filter(|task| task.state != State::Dropped);
    let productions: Vec<&Task> = there.filter(|task| moves_production(task)).collect();
    if productions.is_empty() {
        return (
            "not known",
            format!(
                "{} cannot be skipped, but no task of the plan is known to change production",
                named(&held)
            ),
        );
    }
    let waits = waits(project);
    let first_of = |production: &Task| -> Vec<&Task> {
        let before = reached(&waits, [production.id.as_str()]);
        let held = held.iter().copied();
        held.filter(|task| before.contains(task.id.as_str()))
            .collect()
    };
    let (mut late, mut too_early, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for production in productions {
        let before = first_of(production);
        // Of what was begun without a day nobody knows whether it was too early.
        let begun = production.started.or(production.finished);
        let in_time = |begun| {
            let mut held = held.iter();
            held.any(|task| task.finished.is_some_and(|on| on <= begun))
        };
        if begun.is_some_and(|begun| !in_time(begun)) {
            too_early.push(production);
        }
        if before.is_empty() {
            late.push(production);
        }
        first.extend(before);
    }
    if !too_early.is_empty() {
        let why = format!(
            "{} was begun before any of these was done: {}",
            named(&too_early),
            named(&held)
        );
        return ("open", why);
    }
    if !late.is_empty() {
        let why = format!("{} waits for none of: {}", named(&late), named(&held));
        return ("open", why);
    }
    held.retain(|task| first.iter().any(|one| one.id == task.id));
    ("holds", format!("before production: {}", named(&held)))
}

fn of_bill(scene: &Scene<'_>, asked: &Asked) -> (&'static str, String) {
    let lines = scene.snapshot().map_or(&[][..], |snapshot| &snapshot.costs);
    if lines.is_empty() {
        let from_report = !scene.run.report.billing.is_empty();
        if asked.billing && from_report {
            return ("holds", "the report has a bill".to_owned());
        }
        let missing = scene.unread_datasets(&[Dataset::Costs]);
        let why = missing
            .first()
            .map_or("no line of a bill".to_owned(), |one| one.why.clone());
        return ("not known", format!("the bill was not read: {why}"));
    }
    let mut services: BTreeMap<(&str, &str), Decimal> = BTreeMap::new();
    for line in lines
        .iter()
        .filter(|line| line.charge_category == ChargeCategory::Usage)
    {
        let wanted = asked.billing
            || asked
                .billed
                .iter()
                .any(|word| line.service_name.contains(word.as_str()));
        if wanted {
            *services
                .entry((line.service_name.as_str(), line.billing_currency.0.as_str()))
                .or_default() += line.billed_cost;
        }
    }
    if asked.billing {
        return (
            "holds",
            format!(
                "{} of {} were read",
                count_of(lines.len(), "line", "lines"),
                count_of(services.len(), "service", "services")
            ),
        );
    }
    if services.is_empty() {
        return (
            "not known",
            format!(
                "none of {} is billed; one that runs on machines would not show",
                joined(&asked.billed)
            ),
        );
    }
    let told: Vec<String> = services
        .iter()
        .map(|((service, currency), cost)| {
            let cost = fixed(*cost, 2);
            format!("{service} is billed with {cost} {currency}")
        })
        .collect();
    ("holds", joined(&told))
}
