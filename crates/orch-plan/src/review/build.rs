//! How a review is put together: from its data in `plans/briefing/reviews.yaml` and a run.

use std::cell::OnceCell;

use super::area::{Area, area};
use super::points::point;
use super::render::{printed_by, shorten};
use super::v1::{Point, Review, SCHEMA};
use crate::brief::scene::{Ground, Scene, by_kind, cloud, count_of, joined, money, savings};
use crate::brief::state::issues;
use crate::brief::v1::Source;
use crate::brief::{BriefError, Options, parts};
use crate::concern::Concern;
use crate::project::Project;
use crate::{Capabilities, Library, Partners, Run, Specialist};

/// The areas, in the order in which they are read.
pub const AREAS: [&str; 5] = [
    "security",
    "cost",
    "resilience",
    "compliance",
    "performance",
];

/// The areas that are reviewed in a phase of a project, by the phase's id: `orch review --area` makes them.
pub(crate) fn reviews_at(phase: &str) -> Vec<String> {
    let at = |id: &&&str| area(id).is_ok_and(|area| area.phases.iter().any(|one| one == phase));
    AREAS.iter().filter(at).map(ToString::to_string).collect()
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
    made(id, &Ground::of(run, project, library, options))
}

/// Reviews several areas of the same run.
///
/// # Errors
/// The first area that there is not.
pub fn reviews(
    ids: &[&str],
    run: &Run,
    project: Option<&Project>,
    library: &Library,
    options: &Options,
) -> Result<Vec<Review>, BriefError> {
    let ground = Ground::of(run, project, library, options);
    ids.iter().map(|id| made(id, &ground)).collect()
}

fn made(id: &str, ground: &Ground<'_>) -> Result<Review, BriefError> {
    let (run, library, options) = (ground.run, ground.library, ground.options);
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
        signs: Vec::new(),
        practice: false,
        outlives_tools: false,
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
        project: ground.project,
        expected: &ground.expected,
        options,
        command: printed_by(id),
        findings: findings.collect(),
        by_kind: by_kind(run, &specialist.briefing),
        targets: OnceCell::new(),
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
            name: scene.marked(&run.name),
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
    if let Some(redaction) = &ground.redaction {
        redaction.apply(&mut review);
    }
    if let Some(rows) = options.rows {
        shorten(&mut review, rows);
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
                    .any(|phase| reviews_at(&phase.id).iter().any(|one| one == area));
                assert!(met, "{id} never reviews {area}");
            }
        }
    }
}
