//! Whether a run shows that a task is already done. What was not read shows nothing.

use std::collections::BTreeSet;

use crate::Run;
use crate::pattern::Proof;

/// What shows it, or nothing. `cloud` is the one that the task is about.
pub(crate) fn proven(proof: &Proof, run: &Run, cloud: Option<&str>) -> Option<String> {
    let report = &run.report;
    // An audit of some resources says nothing of the others.
    if proof.rules.is_empty() || report.run.options.contains_key("tag") {
        return None;
    }
    let mut passed = 0;
    for rule in &proof.rules {
        let counts = report.rules.iter().find(|counts| counts.rule == *rule)?;
        let open = counts.fail + counts.unknown + counts.unassessed + counts.fault;
        if counts.pass == 0 || open > 0 {
            return None;
        }
        passed += counts.pass;
    }
    let accounts = &report.run.accounts;
    let read: BTreeSet<&str> = accounts.iter().map(|one| one.provider.as_str()).collect();
    if cloud.is_some_and(|cloud| !read.contains(cloud)) {
        return None;
    }
    // Of which cloud the resources are, only a snapshot says where there are several.
    let alone = read.len() == 1 || cloud.is_none();
    for kind in &proof.kinds {
        let there = match (&run.snapshot, alone) {
            (_, true) => report.run.resources.get(kind).copied().unwrap_or(0) > 0,
            (Some(snapshot), false) => snapshot.resources.iter().any(|one| {
                one.kind().as_str() == kind
                    && cloud.is_some_and(|cloud| one.scope.provider.as_str() == cloud)
            }),
            (None, false) => false,
        };
        if !there {
            return None;
        }
    }
    if proof.kinds.is_empty() && !alone {
        return None;
    }
    let rules: Vec<String> = proof.rules.iter().map(|rule| format!("`{rule}`")).collect();
    Some(format!(
        "the run `{}` of {}: {} pass all {passed} times that they were asked, and nothing that they need is unread",
        run.name,
        report.run.as_of,
        rules.join(", ")
    ))
}
