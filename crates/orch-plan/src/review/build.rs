//! How a review is put together: from its data in `plans/briefing/reviews.yaml` and a run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use orch_model::{ChargeCategory, Dataset, Kind};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::v1::{Point, Review, SCHEMA};
use crate::brief::cut::IN_A_ROW;
use crate::brief::redact::redact;
use crate::brief::scene::{Scene, cloud, count_of, joined, money, savings};
use crate::brief::state::issues;
use crate::brief::v1::Source;
use crate::brief::{BriefError, Options, parts};
use crate::concern::Concern;
use crate::project::Project;
use crate::{Capabilities, Library, Partners, Run, Specialist, embedded, kinds};

/// The areas, in the order in which they are read.
pub const AREAS: [&str; 5] = [
    "security",
    "cost",
    "resilience",
    "compliance",
    "performance",
];

/// An area as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Area {
    title: String,
    phases: Vec<String>,
    categories: Vec<String>,
    kinds: Vec<String>,
    sections: Vec<String>,
    points: Vec<Asked>,
}

/// What a review asks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    text: String,
    /// The rules that decide it.
    rules: Vec<String>,
    /// A kind of which there should be some.
    kind: Option<String>,
    /// Words of services of which one should be billed.
    billed: Vec<String>,
    /// `zones`: whether services stand in several decides it.
    fact: Option<String>,
    /// Whether a bill decides it.
    billing: bool,
    /// A word of what cannot be skipped in the project.
    cannot_skip: Option<String>,
    /// What or who tells it otherwise.
    supply: String,
}

static ALL: LazyLock<Result<BTreeMap<String, Area>, String>> = LazyLock::new(|| {
    let text = embedded::BRIEFING
        .iter()
        .find(|(id, _)| *id == "reviews")
        .map_or("", |(_, text)| *text);
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
});

fn area(id: &str) -> Result<&'static Area, BriefError> {
    let all = ALL
        .as_ref()
        .map_err(|error| BriefError::Template(error.clone()))?;
    all.get(id).ok_or_else(|| BriefError::NoSection {
        id: id.to_owned(),
        known: AREAS.map(str::to_owned).to_vec(),
    })
}

/// The areas that are reviewed in a phase of a project, by the phase's id.
pub fn areas_at(phase: &str) -> Vec<&'static str> {
    let at = |id: &&&str| area(id).is_ok_and(|area| area.phases.iter().any(|one| one == phase));
    AREAS.iter().filter(at).copied().collect()
}

/// Reviews one area.
///
/// # Errors
/// An area that there is not.
pub fn review(
    id: &str,
    run: &Run,
    project: Option<&Project>,
    library: &Library,
    options: &Options,
) -> Result<Review, BriefError> {
    let area = area(id)?;
    let clouds: Vec<&str> = run
        .report
        .run
        .accounts
        .iter()
        .map(|one| cloud(&one.provider))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    // Sections are made for a specialist; a review is one that works on all clouds.
    let specialist = Specialist {
        title: joined(&clouds),
        domain: area.title.clone(),
        capabilities: Capabilities {
            services: Vec::new(),
            tools: Vec::new(),
            practices: Vec::new(),
        },
        choose_when: Vec::new(),
        needs: Vec::new(),
        hands_over: Vec::new(),
        partners: Partners {
            after: Vec::new(),
            before: Vec::new(),
            parallel: Vec::new(),
            iterative: Vec::new(),
        },
        words: Vec::new(),
        not_words: Vec::new(),
        briefing: Concern {
            kinds: area.kinds.clone(),
            sections: area.sections.clone(),
            ..Concern::default()
        },
    };
    let rules: Vec<String> = area
        .points
        .iter()
        .flat_map(|point| &point.rules)
        .cloned()
        .collect();
    let findings = run.report.findings.iter().filter(|one| {
        one.state == "open"
            && (area.categories.contains(&one.category)
                || crate::concern::is_one_of(&one.rule, &rules))
    });
    let scene = Scene {
        id,
        specialist: &specialist,
        library,
        run,
        project,
        options,
        command: format!("orch review --area {id}"),
        findings: findings.collect(),
    };
    let points: Vec<Point> = area
        .points
        .iter()
        .map(|asked| point(&scene, asked))
        .collect();
    let mut review = Review {
        schema: SCHEMA.to_owned(),
        area: id.to_owned(),
        title: area.title.clone(),
        run: Source {
            name: run.name.clone(),
            as_of: run.report.run.as_of.clone(),
            snapshot: run.snapshot.is_some(),
            coverage: run.report.coverage.summary.clone(),
        },
        summary: summary(&scene, area, &points),
        points,
        issues: issues(&scene).into(),
        sections: parts::of(&scene)
            .into_iter()
            .map(|part| part.section)
            .collect(),
        unread: scene.all_unread().into(),
        redacted: options.redact.iter().map(ToString::to_string).collect(),
    };
    if !options.redact.is_empty() {
        redact(&mut review, run, project, &options.redact);
    }
    if let Some(rows) = options.rows {
        shorten(&mut review, rows, &scene);
    }
    Ok(review)
}

fn summary(scene: &Scene<'_>, area: &Area, points: &[Point]) -> Vec<String> {
    let mut said = Vec::new();
    let findings = count_of(scene.findings.len(), "open finding", "open findings");
    said.push(match scene.findings.len() {
        0 => format!("{}: no open finding of this run is about it.", area.title),
        _ => format!(
            "{}: {findings} ({}).",
            area.title,
            scene.severities(&scene.findings)
        ),
    });
    if let Some(saving) = money(&savings(&scene.findings)) {
        said.push(format!("Mending them saves up to {saving} a month."));
    }
    let count = |state: &str| points.iter().filter(|point| point.state == state).count();
    said.push(format!(
        "{}: {} held, {} open, {} not known, and {} of which this run shows nothing.",
        count_of(points.len(), "point", "points"),
        count("holds"),
        count("open"),
        count("not known"),
        count("not seen"),
    ));
    said
}

fn point(scene: &Scene<'_>, asked: &Asked) -> Point {
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

fn of_project(scene: &Scene<'_>, word: &str) -> (&'static str, String) {
    let Some(project) = scene.project else {
        return ("not seen", "no project was given".to_owned());
    };
    let tasks = project.tasks.iter().filter(|task| {
        task.cannot_skip
            .as_ref()
            .is_some_and(|what| what.contains(word))
    });
    let titles: Vec<&str> = tasks.map(|task| task.title.as_str()).collect();
    if titles.is_empty() {
        (
            "open",
            format!("no task of the project {} is held for it", project.name),
        )
    } else {
        (
            "holds",
            format!("tasks that cannot be skipped: {}", joined(&titles)),
        )
    }
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
        .map(|((service, currency), cost)| format!("{service} is billed with {cost:.2} {currency}"))
        .collect();
    ("holds", joined(&told))
}

fn shorten(review: &mut Review, rows: usize, scene: &Scene<'_>) {
    for issue in &mut review.issues.items {
        let command = scene.show_rule(&issue.rule);
        issue.places.cut(IN_A_ROW, &command);
        issue.findings.cut(IN_A_ROW, &command);
    }
    review.issues.cut(rows, &scene.show_all());
    review.unread.cut(rows, &scene.show_all());
    for section in &mut review.sections {
        let command = scene.show_section(&section.id);
        section.rows.cut(rows * 2, &command);
    }
}

/// The review as Markdown.
///
/// # Errors
/// A template that cannot be rendered, which tests rule out.
pub fn markdown(review: &Review) -> Result<String, BriefError> {
    crate::brief::render::rendered("review", review)
}

/// One section of a review by itself.
///
/// # Errors
/// A section that it does not have.
pub fn section_text(review: &Review, id: &str) -> Result<String, BriefError> {
    crate::brief::render::of_sections(&review.sections, id)
}

/// Cuts the longest lists until the text fits; the first entry of each stays.
///
/// # Errors
/// A review that does not fit even so.
pub fn fit(
    review: &mut Review,
    max_bytes: usize,
    render: impl Fn(&Review) -> Result<String, BriefError>,
) -> Result<String, BriefError> {
    crate::brief::render::shortened(review, max_bytes, render, halve)
}

fn halve(review: &mut Review) -> bool {
    let name = crate::brief::scene::shell(&review.run.name);
    let begin = format!("orch review --area {} --run {name}", review.area);
    let all = format!("{begin} --format json");
    let longest = review
        .sections
        .iter_mut()
        .max_by_key(|section| section.rows.items.len());
    let rows = longest
        .as_ref()
        .map_or(0, |section| section.rows.items.len());
    if rows > 1 && rows >= review.issues.items.len() {
        if let Some(section) = longest {
            let command = format!("{begin} --section {}", section.id);
            section.rows.cut(rows / 2, &command);
        }
        return true;
    }
    if review.issues.items.len() > 1 {
        let keep = review.issues.items.len() / 2;
        review.issues.cut(keep, &all);
        return true;
    }
    if review.unread.items.len() > 1 {
        let keep = review.unread.items.len() / 2;
        review.unread.cut(keep, &all);
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_meets_every_area_in_some_phase() {
        for id in AREAS {
            let area = area(id).unwrap();
            for section in &area.sections {
                assert!(
                    parts::SECTIONS.iter().any(|(name, _)| name == section),
                    "{section}"
                );
            }
        }
        for (id, pattern) in Library::built_in().unwrap().patterns {
            for area in AREAS {
                let met = pattern
                    .phases
                    .iter()
                    .any(|phase| areas_at(&phase.id).contains(&area));
                assert!(met, "{id} never reviews {area}");
            }
        }
    }
}
