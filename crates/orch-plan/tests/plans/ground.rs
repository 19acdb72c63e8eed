//! Requests, runs and findings to plan with, and what holds for every plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::NaiveDate;
use orch_plan::plan::{self, Ask};
use orch_plan::project::{Project, State, Task, read};
use orch_plan::{CANNOT_SKIP, Library, Run};
use orch_report::v1;
use serde_json::{Value, json};

/// Its expressions are compiled once for all tests.
pub(crate) static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

pub(crate) const CLOUDS: [&str; 3] = ["aws", "azure", "gcp"];

pub(crate) const PATTERNS: [&str; 5] = [
    "infrastructure-setup",
    "kubernetes-pipeline",
    "migration",
    "modernization",
    "multi-cloud",
];

pub(crate) fn project_of(text: &str) -> Project {
    read(text, &LIBRARY).unwrap_or_else(|mistakes| panic!("{mistakes:#?}\n{text}"))
}

pub(crate) fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

/// Everything that a test does not say otherwise.
pub(crate) fn ask<'a>(
    request: &'a str,
    pattern: &'a str,
    clouds: &'a [String],
    limits: &'a BTreeMap<String, u32>,
) -> Ask<'a> {
    Ask {
        request,
        name: None,
        pattern: Some(pattern),
        clouds,
        start: start(),
        target: None,
        today: start(),
        limits,
        run: None,
    }
}

/// The clouds alone and together.
pub(crate) fn every_choice() -> impl Iterator<Item = Vec<String>> {
    (1..8_usize).map(|chosen| {
        let at = (0..3).filter(|at| chosen & (1 << at) != 0);
        at.map(|at| CLOUDS[at].to_owned()).collect()
    })
}

pub(crate) fn names(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// A finding of a rule on the resource `uid` of a cloud.
pub(crate) fn finding(
    rule: &str,
    uid: &str,
    provider: &str,
    category: &str,
    severity: &str,
) -> Value {
    json!({
        "fingerprint": format!("{rule}@{uid}"), "rule": rule, "title": format!("The {rule} is wrong"),
        "category": category, "severity": severity, "confidence": "high", "state": "open",
        "resource": {"uid": uid, "name": uid, "kind": "storage.volume", "provider": provider, "account": "1", "region": "r"},
        "audience": if category == "security" { json!(["security", provider]) } else { json!([provider]) },
        "message": "m", "evidence": {}, "rank": {"total": "1", "risk": "1", "money": "0"},
        "remediation": {"effort": "small", "steps": ["s"]}
    })
}

pub(crate) fn saving(mut finding: Value, amount: &str, adds: bool, derived: bool) -> Value {
    finding["saving"] = json!({"amount": amount, "currency": "USD", "period": "month", "derived": derived, "adds": adds});
    finding
}

pub(crate) fn counts(rule: &str, pass: u64, fail: u64, unknown: u64, unassessed: u64) -> Value {
    json!({"rule": rule, "pass": pass, "fail": fail, "unknown": unknown, "not_applicable": 0, "fault": 0,
        "unassessed": unassessed})
}

pub(crate) fn run(providers: &[&str], findings: &[Value], rules: &[Value], kinds: &[&str]) -> Run {
    let accounts: Vec<Value> = providers
        .iter()
        .map(|provider| json!({"provider": provider, "partition": "p", "account": "1", "regions": ["r"]}))
        .collect();
    let resources: BTreeMap<&str, u64> = kinds.iter().map(|kind| (*kind, 3)).collect();
    let report = json!({
        "schema": "orch/v1",
        "run": {"version": "1", "as_of": "2026-02-27T10:00:00Z", "accounts": accounts, "resources": resources, "options": {}},
        "exit": {"code": 0, "why": "w"},
        "totals": {"findings": findings.len(), "waived": 0, "by_severity": {}, "by_category": {},
            "savings": [{"currency": "USD", "monthly": "0", "findings": 0, "derived_monthly": "0", "includes_derived": false}],
            "savings_unknown": 0, "unknown": 0, "unassessed": 0},
        "findings": findings, "hidden": {"findings": 0, "by_severity": {}}, "unknown": [], "unassessed": [], "faults": [],
        "coverage": {"summary": "all read", "complete": true, "regions": [], "gaps": [], "collectors": {}},
        "billing": [], "rules": rules, "waivers": [],
        "api": {"calls": 0, "least_calls": 0, "requests": 0, "failed": 0, "charge": {"amount": "0", "currency": "USD"}}
    });
    Run {
        name: "monday".to_owned(),
        report: serde_json::from_value::<v1::Report>(report).unwrap(),
        snapshot: None,
    }
}

pub(crate) fn task<'p>(project: &'p Project, id: &str) -> &'p Task {
    let found = project.tasks.iter().find(|task| task.id == id);
    found.unwrap_or_else(|| {
        let ids: Vec<&str> = project.tasks.iter().map(|task| task.id.as_str()).collect();
        panic!("no `{id}` in {ids:?}")
    })
}

/// All that are done before a task.
pub(crate) fn before<'p>(project: &'p Project, id: &str) -> BTreeSet<&'p str> {
    let mut before = BTreeSet::new();
    let mut left = vec![id];
    while let Some(id) = left.pop() {
        for other in &task(project, id).after {
            if before.insert(other.as_str()) {
                left.push(other);
            }
        }
    }
    before
}

/// What holds for every plan.
pub(crate) fn hold(library: &Library, project: &Project) {
    let dates = plan::timeline(project, None).unwrap();
    let rows: BTreeMap<&str, &plan::Row> = dates
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row))
        .collect();
    assert_eq!(rows.len(), project.tasks.len(), "an id stands twice");
    let phases: BTreeSet<&str> = project
        .phases
        .iter()
        .map(|phase| phase.id.as_str())
        .collect();
    for one in &project.tasks {
        assert!(phases.contains(one.phase.as_str()));
        assert!(one.objective.is_some(), "{} has no objective", one.id);
        assert!(one.owner == "orchestrator" || library.specialists.contains_key(&one.owner));
        let row = rows[one.id.as_str()];
        assert!(row.last[0] <= row.last[1] && row.last[1] <= row.last[2]);
        for id in &one.after {
            assert!(
                rows[id.as_str()].days.1 <= row.days.0,
                "{} before {id}",
                one.id
            );
        }
        if one.state == State::Pending {
            assert_eq!(one.planned, Some([row.first, row.last[1]]));
        }
    }
    for day in 0..dates.days {
        let mut busy: BTreeMap<&str, u32> = BTreeMap::new();
        for one in &project.tasks {
            let (from, to) = rows[one.id.as_str()].days;
            *busy.entry(&one.owner).or_default() += u32::from(from <= day && day < to);
        }
        for (owner, at_once) in busy {
            let limit = project.limits.get(owner).copied().unwrap_or(1);
            assert!(at_once <= limit, "{owner} does {at_once} on day {day}");
        }
    }
    let there: BTreeSet<&str> = project
        .tasks
        .iter()
        .filter_map(|one| one.cannot_skip.as_deref())
        .collect();
    for item in CANNOT_SKIP {
        assert!(there.contains(item), "{item} is missing");
    }
    // A file holds all of it.
    let text = plan::written(project).unwrap();
    assert_eq!(&project_of(&text), project, "{text}");
    let view = plan::view(library, project, project.start).unwrap();
    assert_eq!(view.of, project.tasks.len());
}

/// The rules that prove the network of `infrastructure-setup`.
pub(crate) const PROOF: [&str; 3] = [
    "vpc-default-in-use",
    "firewall-open-sensitive-port",
    "firewall-open-all-ports",
];
pub(crate) const KINDS: [&str; 3] = ["network.vpc", "network.subnet", "network.firewall"];
