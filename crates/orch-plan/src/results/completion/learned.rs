//! What a project teaches, and what is left to do after it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use orch_report::v1 as report;
use rust_decimal::Decimal;

use crate::brief::scene::{count_of, money as amounts, savings};
use crate::project::{Blocker, Project, State, Task};
use crate::rounding::money;
use crate::schedule::working_days;
use crate::severity::{SEVERITIES, place};
use crate::status::{blocked_days, took};
use crate::{Library, Run};

/// How many rules and tasks are named in the recommendations.
const MOST: usize = 8;
/// How many rules are named because they save much.
const VALUABLE: usize = 3;

/// From what was decided, what held up, what took longer, and what was written down as a lesson.
pub(super) fn lessons(project: &Project, today: NaiveDate) -> Vec<String> {
    let mut out = Vec::new();
    let noted = project.log.iter().filter_map(|entry| {
        let what = entry.what.trim();
        let lesson = what
            .get(..7)
            .is_some_and(|head| head.eq_ignore_ascii_case("lesson:"));
        lesson.then(|| what.get(7..).unwrap_or_default().trim().to_owned())
    });
    out.extend(noted);
    for task in &project.tasks {
        if let Some(took) = took(task).filter(|took| *took > task.days[2]) {
            let blocked = match blocked_days(project, task, today) {
                0 => String::new(),
                days => format!(", {days} of them blocked"),
            };
            out.push(format!(
                "{} took {took} working days{blocked}; {} were the worst that was thought of",
                task.title, task.days[2]
            ));
        }
    }
    out.extend(held_up(project));
    for decision in &project.decisions {
        if let (Some(decided), Some(reason)) = (&decision.decided, &decision.reason) {
            out.push(format!(
                "{}: {decided}, because {reason}",
                decision.question
            ));
        }
    }
    let again = project
        .log
        .iter()
        .filter(|entry| entry.what.starts_with("open again"));
    out.extend(again.map(|entry| {
        format!(
            "{} on {}: {}",
            entry.task.as_deref().unwrap_or("a task"),
            entry.on,
            entry.what
        )
    }));
    out
}

/// What held tasks up and is over, once for each thing, however often it did.
fn held_up(project: &Project) -> Vec<String> {
    let mut by_what: Vec<(String, Vec<&Blocker>)> = Vec::new();
    for blocker in project.blockers.iter().filter(|one| one.ended.is_some()) {
        let what = blocker.what.trim().to_lowercase();
        match by_what.iter_mut().find(|(held, _)| *held == what) {
            Some((_, blockers)) => blockers.push(blocker),
            None => by_what.push((what, vec![blocker])),
        }
    }
    let told = |(_, blockers): (String, Vec<&Blocker>)| {
        let mut tasks: Vec<String> = Vec::new();
        let mut helped: Vec<&str> = Vec::new();
        let mut days = 0;
        for blocker in &blockers {
            let task = format!("`{}`", blocker.task);
            if !tasks.contains(&task) {
                tasks.push(task);
            }
            if let Some(how) = blocker
                .mitigation
                .as_deref()
                .filter(|how| !helped.contains(how))
            {
                helped.push(how);
            }
            days += blocker
                .ended
                .map_or(0, |ended| working_days(blocker.since, ended));
        }
        let what = blockers.first().map_or("", |blocker| blocker.what.trim());
        let days = count_of(days as usize, "working day", "working days");
        let times = match blockers.len() {
            1 => String::new(),
            times => format!(", in {times} times"),
        };
        let helped = match helped.is_empty() {
            true => String::new(),
            false => format!("; what helped: {}", helped.join(", ")),
        };
        format!(
            "{what} held {} up for {days}{times}{helped}",
            tasks.join(", ")
        )
    };
    by_what.into_iter().map(told).collect()
}

/// What is left, the worst and the most valuable first.
pub(super) fn recommendations(
    project: &Project,
    after: Option<&Run>,
    library: &Library,
) -> Vec<String> {
    let rules = open_rules(after);
    let mut out = of_findings(&rules);
    let open = project
        .tasks
        .iter()
        .filter(|task| matches!(task.state, State::Pending | State::Started));
    // What its findings say already is said.
    let (of_rules, mut left): (Vec<&Task>, Vec<&Task>) = open.partition(|task| {
        let rule = task.rule.as_deref();
        rule.is_some_and(|rule| rules.iter().any(|open| open.rule == rule))
    });
    left.sort_by_key(|task| weight(task));
    let named = left.iter().take(MOST);
    out.extend(named.map(|task| format!("Not done yet: {}{}", task.title, saves(task))));
    let more = left.len().saturating_sub(MOST) + of_rules.len();
    if more > 0 {
        let other = if left.is_empty() { "" } else { "more " };
        let tasks = match more {
            1 => format!("1 {other}task is"),
            _ => format!("{more} {other}tasks are"),
        };
        let about = match of_rules.len() {
            0 => String::new(),
            count if count == more => ", about findings that are open".to_owned(),
            count => format!(", {count} of them about findings that are open"),
        };
        out.push(format!(
            "{tasks} not done yet{about}: `orch project status` lists them"
        ));
    }
    let mut dropped: Vec<&Task> = project
        .tasks
        .iter()
        .filter(|task| task.state == State::Dropped)
        .collect();
    dropped.sort_by_key(|task| weight(task));
    out.extend(
        dropped
            .iter()
            .map(|task| format!("Given up and still to do: {}{}", task.title, saves(task))),
    );
    let pattern = project
        .pattern
        .as_ref()
        .and_then(|id| library.patterns.get(id));
    out.extend(
        pattern
            .into_iter()
            .flat_map(|pattern| &pattern.long_term)
            .map(|one| format!("In the long run: {one}")),
    );
    out
}

/// A rule with open findings.
struct OpenRule<'r> {
    rule: &'r str,
    title: &'r str,
    severity: usize,
    count: usize,
    /// What mending all of it saves in a month, by currency.
    saving: BTreeMap<String, Decimal>,
}

impl OpenRule<'_> {
    fn told(&self) -> String {
        let count = count_of(self.count, "open finding", "open findings");
        let severity = SEVERITIES.get(self.severity).unwrap_or(&"info");
        let saves = match amounts(&self.saving) {
            Some(saving) => format!(", saves {saving} a month"),
            None => String::new(),
        };
        format!(
            "{} ({count}, {severity}{saves}): `orch rule explain {}`",
            self.title, self.rule
        )
    }

    /// To compare what is worth more; sums of other currencies do not compare.
    fn worth(&self) -> Decimal {
        self.saving.values().copied().max().unwrap_or_default()
    }
}

/// The rules with open findings, the worst first; of equals what saves most, then what is found most.
fn open_rules(after: Option<&Run>) -> Vec<OpenRule<'_>> {
    let mut by_rule: BTreeMap<&str, Vec<&report::Finding>> = BTreeMap::new();
    let findings = after.into_iter().flat_map(|run| &run.report.findings);
    for finding in findings.filter(|one| one.state == "open") {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    let mut rules: Vec<OpenRule<'_>> = by_rule
        .into_iter()
        .map(|(rule, findings)| OpenRule {
            rule,
            title: findings.first().map_or(rule, |one| one.title.as_str()),
            severity: findings
                .iter()
                .map(|one| place(&one.severity))
                .min()
                .unwrap_or(SEVERITIES.len()),
            count: findings.len(),
            saving: savings(&findings),
        })
        .collect();
    rules.sort_by_key(|rule| (rule.severity, Reverse(rule.worth()), Reverse(rule.count)));
    rules
}

/// The worst rules, then what saves most of the others.
fn of_findings(rules: &[OpenRule<'_>]) -> Vec<String> {
    let (worst, others) = rules.split_at(rules.len().min(MOST));
    let mut out: Vec<String> = worst.iter().map(OpenRule::told).collect();
    let mut worth: Vec<&OpenRule<'_>> = others
        .iter()
        .filter(|rule| rule.worth() > Decimal::ZERO)
        .collect();
    worth.sort_by_key(|rule| Reverse(rule.worth()));
    worth.truncate(VALUABLE);
    out.extend(worth.iter().map(|rule| rule.told()));
    let more = others.len() - worth.len();
    if more > 0 {
        let rules = count_of(more, "more rule has", "more rules have");
        out.push(format!("{rules} open findings: `orch audit` lists them"));
    }
    out
}

/// What is worse or saves more comes first; what nobody weighed is of medium weight.
fn weight(task: &Task) -> (usize, Reverse<Option<Decimal>>) {
    let priority = task.priority.as_deref().unwrap_or("medium");
    (place(priority), Reverse(task.saving))
}

fn saves(task: &Task) -> String {
    match (task.saving, &task.currency) {
        (Some(saving), Some(currency)) => format!(" (saves {} {currency} a month)", money(saving)),
        _ => String::new(),
    }
}
