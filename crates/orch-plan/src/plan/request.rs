//! What the findings of a run ask for, when they are the request.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::{clouds_of, number};
use crate::analysis::{self, ANALYSIS_SCHEMA, Analysis, Mode, Question};
use crate::besides::besides;
use crate::severity::place;
use crate::{Library, Run};

/// How many rules are told as the reasons for a specialist.
const REASONS: usize = 5;
/// What so few rules found needs nobody who leads.
const FEW: usize = 2;

/// What one rule found for one specialist.
struct Found<'r> {
    rule: &'r str,
    severity: &'r str,
    findings: usize,
}

/// Analyses a run: its findings choose the specialists, and are the reasons.
pub fn analyse_run(library: &Library, run: &Run) -> Analysis {
    let report = &run.report;
    let mut rules: BTreeMap<(&str, &str), Found<'_>> = BTreeMap::new();
    let taken = report
        .findings
        .iter()
        .filter(|one| library.findings.takes(one));
    let mut on_cost = false;
    for finding in taken {
        on_cost |= matches!(finding.category.as_str(), "cost" | "right-sizing");
        let provider = [finding.resource.provider.clone()];
        let audience = match finding.audience.as_slice() {
            [] => provider.as_slice(),
            audience => audience,
        };
        for id in audience {
            let Some((id, _)) = library.specialists.get_key_value(id) else {
                continue;
            };
            let found = rules.entry((id, &finding.rule)).or_insert(Found {
                rule: &finding.rule,
                severity: &finding.severity,
                findings: 0,
            });
            found.findings += 1;
            if place(&finding.severity) < place(found.severity) {
                found.severity = &finding.severity;
            }
        }
    }
    let several: BTreeSet<&str> = rules.keys().map(|(_, rule)| *rule).collect();
    let several = several.len() > FEW;
    let mut of: BTreeMap<String, Vec<Found<'_>>> = BTreeMap::new();
    for ((id, _), found) in rules {
        of.entry(id.to_owned()).or_default().push(found);
    }
    let specialists: BTreeMap<String, Vec<String>> = of
        .into_iter()
        .map(|(id, found)| (id, reasons(found)))
        .collect();
    let mode = match specialists.len() {
        0 => Mode::Ask,
        1 => Mode::Direct,
        _ if several => Mode::Project,
        _ => Mode::Direct,
    };
    let fitting = library.patterns.iter().find(|(_, one)| one.for_findings);
    let pattern = fitting.filter(|_| mode == Mode::Project);
    let questions = questions(library, run, mode);
    let mut analysis = Analysis {
        schema: ANALYSIS_SCHEMA,
        domains: analysis::domains(library, specialists.keys(), on_cost),
        pattern: pattern.map(|(id, _)| id.clone()),
        pattern_reasons: pattern
            .map(|_| format!("the findings of `{}`", run.name))
            .into_iter()
            .collect(),
        mode,
        ruled_out: Vec::new(),
        deadline: None,
        questions,
        specialists: analysis::in_order(library, specialists),
        besides: Vec::new(),
    };
    // That a finding concerns somebody is no wish to move anything there.
    analysis.besides = besides(library, &analysis, &BTreeSet::new());
    analysis
}

/// The worst rules, and how much more there is.
fn reasons(mut found: Vec<Found<'_>>) -> Vec<String> {
    found.sort_by_key(|one| {
        (
            place(one.severity),
            std::cmp::Reverse(one.findings),
            one.rule,
        )
    });
    let mut reasons: Vec<String> = found
        .iter()
        .take(REASONS)
        .map(|one| {
            let count = number(one.findings, "finding");
            format!("`{}`: {count}, {}", one.rule, one.severity)
        })
        .collect();
    let rest = found.get(REASONS..).unwrap_or_default();
    if !rest.is_empty() {
        let findings = rest.iter().map(|one| one.findings).sum();
        reasons.push(format!(
            "and {} of {}",
            number(findings, "finding"),
            number(rest.len(), "other rule")
        ));
    }
    reasons
}

fn questions(library: &Library, run: &Run, mode: Mode) -> Vec<Question> {
    let mut questions = Vec::new();
    let mut ask = |text: String, why: &str| {
        questions.push(Question {
            text,
            why: why.to_owned(),
        });
    };
    if mode == Mode::Ask {
        ask(
            "What shall be different when it is done?".to_owned(),
            "the run found nothing that is to be mended",
        );
    }
    let totals = &run.report.totals;
    if totals.unknown + totals.unassessed > 0 {
        let clouds = clouds_of(library, &run.report).join(",");
        ask(
            format!(
                "May what was not read be read ({} answers are open)? `orch doctor --provider {clouds}` says what is \
                 missing.",
                totals.unknown + totals.unassessed
            ),
            "findings that nobody could see are in no plan",
        );
    }
    if mode == Mode::Project {
        ask(
            "By when?".to_owned(),
            "the schedule says whether that can be held",
        );
    }
    questions
}
