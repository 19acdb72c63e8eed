//! Benchmarks control by control: failed, passed, not known, not assessed.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use orch_engine::{Control, Framework};
use orch_report::v1::Finding;
use serde_json::Value;

use super::super::scene::{Part, Scene, count_of};
use super::super::v1::Section;
use super::table;
use crate::embedded;

static FRAMEWORKS: LazyLock<Vec<Framework>> = LazyLock::new(|| {
    let all = embedded::FRAMEWORKS.iter();
    all.filter_map(|(_, text)| Framework::read(text).ok())
        .collect()
});

/// How a control stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Failed(usize),
    NotKnown,
    Passed,
    /// There is nothing of the kind it speaks of.
    Nothing,
    NotAssessed,
}

/// The benchmarks of the clouds of a run.
fn frameworks(scene: &Scene<'_>) -> Vec<&'static Framework> {
    let clouds = scene.providers();
    let of = |framework: &&Framework| {
        clouds
            .iter()
            .any(|cloud| framework.id.split('-').any(|part| part == *cloud))
    };
    FRAMEWORKS.iter().filter(of).collect()
}

/// The rules that speak of a control.
fn rules_of<'a>(scene: &Scene<'a>, framework: &str, control: &str) -> Vec<&'a str> {
    let rules = scene.options.rules.iter();
    rules
        .filter(|(_, rule)| {
            rule.compliance
                .get(framework)
                .is_some_and(|all| all.iter().any(|one| one == control))
        })
        .map(|(id, _)| id.as_str())
        .collect()
}

/// Whether a finding speaks of the address family that a control is about. What does not tell families apart speaks of both.
fn is_of_family(finding: &Finding, about: &str) -> bool {
    /// From so much of the internet on a source is the world, as the rules see it.
    const WORLD: f64 = 0.5;
    let (four, six) = (about.contains("IPv4"), about.contains("IPv6"));
    if four == six {
        return true;
    }
    let share = if four { "ipv4_share" } else { "ipv6_share" };
    let openings = finding.evidence.get("openings").and_then(Value::as_array);
    let told: Vec<f64> = openings
        .into_iter()
        .flatten()
        .filter_map(|opening| opening.get(share)?.as_f64())
        .collect();
    told.is_empty() || told.iter().any(|share| *share >= WORLD)
}

fn stand(scene: &Scene<'_>, framework: &str, control: &Control) -> (Stand, Vec<String>) {
    let rules = rules_of(scene, framework, &control.id);
    let names = rules.iter().map(|rule| (*rule).to_owned()).collect();
    if rules.is_empty() {
        return (Stand::NotAssessed, names);
    }
    let findings = scene.run.report.findings.iter().filter(|one| {
        one.state == "open"
            && rules.contains(&one.rule.as_str())
            && one.compliance.contains_key(framework)
            && is_of_family(one, &control.about)
    });
    let failed = findings.count();
    let stand = match failed {
        0 if scene.unknown(&rules) > 0 => Stand::NotKnown,
        0 if scene.was_asked(&rules) => Stand::Passed,
        0 => Stand::Nothing,
        some => Stand::Failed(some),
    };
    (stand, names)
}

/// How many controls of each benchmark failed, passed, were not read.
pub(super) fn controls(scene: &Scene<'_>) -> Part {
    let mut section = Section::new("controls", "Controls by benchmark");
    let mut rows = Vec::new();
    for framework in frameworks(scene) {
        let mut counts = [0_usize; 5];
        for control in &framework.controls {
            let place = match stand(scene, &framework.id, control).0 {
                Stand::Failed(_) => 0,
                Stand::Passed => 1,
                Stand::NotKnown => 2,
                Stand::Nothing => 3,
                Stand::NotAssessed => 4,
            };
            counts[place] += 1;
        }
        let unlisted = (framework.total as usize).saturating_sub(framework.controls.len());
        counts[4] += unlisted;
        let mut row = vec![
            format!("{} {}", framework.title, framework.version),
            framework.total.to_string(),
        ];
        row.extend(counts.iter().map(ToString::to_string));
        rows.push(row);
    }
    if rows.is_empty() {
        section
            .says
            .push("No benchmark speaks of the clouds of this run.".to_owned());
        return section.into();
    }
    section.says.push("A control that no rule assesses is never counted as passed; docs/coverage.md has the reason for each.".to_owned());
    section.says.push("HIPAA, PCI DSS and SOC 2 have no list of controls here: their auditors take the evidence of these, by a mapping of their own.".to_owned());
    table(
        &mut section,
        &[
            "benchmark",
            "controls",
            "failed",
            "passed",
            "not read or not known",
            "nothing of the kind here",
            "not assessed",
        ],
        rows,
    );
    section.into()
}

/// The failed and unknown controls of the newest version of each benchmark.
pub(super) fn failed(scene: &Scene<'_>) -> Part {
    let mut section = Section::new(
        "failed-controls",
        "Controls that failed or could not be decided",
    );
    let all = frameworks(scene);
    let titles: BTreeSet<&str> = all.iter().map(|one| one.title.as_str()).collect();
    let mut rows = Vec::new();
    let mut number = 0;
    for title in titles {
        let newest = all
            .iter()
            .filter(|one| one.title == title)
            .max_by_key(|one| {
                one.version
                    .split('.')
                    .map(|part| part.parse::<u32>().unwrap_or(0))
                    .collect::<Vec<_>>()
            });
        let Some(framework) = newest else { continue };
        for control in &framework.controls {
            let (stand, rules) = stand(scene, &framework.id, control);
            let told = match stand {
                Stand::Failed(findings) => {
                    number += 1;
                    format!("failed by {}", count_of(findings, "finding", "findings"))
                }
                Stand::NotKnown => format!(
                    "not known: {} lack something",
                    count_of(
                        scene.unknown(&rules.iter().map(String::as_str).collect::<Vec<_>>())
                            as usize,
                        "answer",
                        "answers"
                    )
                ),
                Stand::Passed | Stand::Nothing | Stand::NotAssessed => continue,
            };
            rows.push(vec![
                format!("{} {}", framework.id, control.id),
                control.about.clone(),
                told,
                rules.join(", "),
            ]);
        }
    }
    section.says.push(match number {
        0 => "No control of the newest versions failed.".to_owned(),
        some => format!(
            "{} of the newest versions failed.",
            count_of(some, "control", "controls")
        ),
    });
    table(&mut section, &["control", "about", "state", "rules"], rows);
    section.into()
}
