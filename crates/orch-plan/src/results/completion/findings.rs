//! What became of the findings of one run by another.

use std::collections::BTreeSet;

use orch_report::v1 as report;

use crate::Run;
use crate::project::{Project, Seen, Shown, Task, still_shown};
use crate::results::v1::{Fate, Findings, Row};
use crate::rounding::money;
use crate::severity::SEVERITIES;

pub(super) fn compare(project: &Project, before: &Run, after: &Run) -> Findings {
    let old: Vec<&report::Finding> = before
        .report
        .findings
        .iter()
        .filter(|one| one.state == "open")
        .collect();
    let new: Vec<&report::Finding> = after
        .report
        .findings
        .iter()
        .filter(|one| one.state == "open")
        .collect();
    let known: BTreeSet<&str> = before
        .report
        .findings
        .iter()
        .map(|one| one.fingerprint.as_str())
        .collect();
    let mut fates = Fate {
        new: new
            .iter()
            .filter(|one| !known.contains(one.fingerprint.as_str()))
            .count() as u64,
        ..Fate::default()
    };
    let shown = Shown::by(&after.report);
    let mut gone: Vec<&report::Finding> = Vec::new();
    for finding in &old {
        match shown.fate(finding, &before.report) {
            Seen::Open => fates.open += 1,
            Seen::Waived => fates.waived += 1,
            Seen::NotProven(_) => fates.not_proven += 1,
            Seen::Gone => {
                fates.gone += 1;
                gone.push(finding);
            }
        }
    }
    let rows = |names: Vec<String>, of: &dyn Fn(&report::Finding, &str) -> bool| -> Vec<Row> {
        let count = |findings: &[&report::Finding], name: &str| {
            findings.iter().filter(|one| of(one, name)).count() as u64
        };
        names
            .into_iter()
            .map(|name| Row {
                before: count(&old, &name),
                after: count(&new, &name),
                fixed: count(&gone, &name),
                name,
            })
            .collect()
    };
    let categories: BTreeSet<String> = old
        .iter()
        .chain(&new)
        .map(|one| one.category.clone())
        .collect();
    let standards: BTreeSet<String> = old
        .iter()
        .chain(&new)
        .flat_map(|one| one.compliance.keys().cloned())
        .filter(|id| is_of(id, &[before, after]))
        .collect();
    let unknown = |run: &Run| run.report.totals.unknown + run.report.totals.unassessed;
    let name = |run: &Run| [run.name.clone(), run.report.run.as_of.clone()];
    Findings {
        before: name(before),
        after: name(after),
        by_severity: rows(SEVERITIES.map(str::to_owned).to_vec(), &|one, name| {
            one.severity == name
        }),
        by_category: rows(categories.into_iter().collect(), &|one, name| {
            one.category == name
        }),
        standards: rows(standards.into_iter().collect(), &|one, name| {
            one.compliance.contains_key(name)
        }),
        vulnerabilities_remediated: gone.iter().filter(|one| one.category == "security").count()
            as u64,
        fate: fates,
        coverage: [
            before.report.coverage.summary.clone(),
            after.report.coverage.summary.clone(),
        ],
        unknown: [unknown(before), unknown(after)],
        contradicted: still_shown(project, after, &shown)
            .into_iter()
            .map(|(task, said)| format!("{said}{}", counted(task)))
            .collect(),
    }
}

/// What the savings that were planned have of a task.
fn counted(task: &Task) -> String {
    match (task.saving, &task.currency) {
        (Some(saving), Some(currency)) => format!(
            "; {} {currency} a month of it are in the savings planned by finished tasks",
            money(saving)
        ),
        _ => String::new(),
    }
}

/// Whether a standard is one of a cloud that these runs looked at, or of none.
fn is_of(standard: &str, runs: &[&Run]) -> bool {
    let of = standard
        .split('-')
        .find(|part| matches!(*part, "aws" | "azure" | "gcp"));
    let mut accounts = runs.iter().flat_map(|run| &run.report.run.accounts);
    of.is_none_or(|cloud| accounts.any(|account| account.provider == cloud))
}
