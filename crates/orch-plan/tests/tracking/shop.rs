//! The project that is followed, and what its two runs found.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use orch_plan::project::{Project, read};
use orch_plan::results::{Before, completion};
use orch_plan::{Library, Run};
use orch_report::v1;
use serde_json::json;

pub(crate) const FILE: &str = include_str!("orch-project.toml");

/// Read once: it takes most of the time of a test.
pub(crate) static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

pub(crate) fn project() -> Project {
    read(FILE, &LIBRARY).unwrap_or_else(|error| panic!("{error:#?}"))
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn finding(
    fingerprint: &str,
    rule: &str,
    category: &str,
    severity: &str,
) -> serde_json::Value {
    json!({
        "fingerprint": fingerprint, "rule": rule, "title": format!("Title of {rule}"), "category": category,
        "severity": severity, "confidence": "high", "state": "open",
        "resource": {"uid": "u", "name": format!("web|{fingerprint}"), "kind": "compute.instance", "provider": "aws",
            "account": "123456789012", "region": "eu-west-1"},
        "message": "it is", "evidence": {}, "rank": {"total": "1", "risk": "1", "money": "0"},
        "compliance": if category == "security" { json!({"cis-aws-3.0": ["5.2"]}) } else { json!({}) },
    })
}

/// A report of a run with these findings, in which these rules were asked.
pub(crate) fn report(
    as_of: &str,
    findings: Vec<serde_json::Value>,
    (from, to, daily): (&str, &str, &str),
) -> serde_json::Value {
    let mut severities = BTreeMap::from([
        ("critical", 0),
        ("high", 0),
        ("medium", 0),
        ("low", 0),
        ("info", 0),
    ]);
    for finding in &findings {
        let severity = finding["severity"].as_str().unwrap();
        *severities
            .iter_mut()
            .find(|(name, _)| **name == severity)
            .unwrap()
            .1 += 1;
    }
    let rules = ["open-ports", "idle-volume", "no-alarms"].map(|rule| {
        let fail = findings.iter().filter(|one| one["rule"] == rule).count();
        json!({"rule": rule, "pass": 3, "fail": fail, "unknown": 0, "not_applicable": 0, "fault": 0, "unassessed": 0})
    });
    let scope = |region: &str| {
        json!({"scope": format!("aws:aws:123456789012:{region}"), "state": "complete", "complete": 4, "partial": 0,
            "failed": 0, "excluded": 0})
    };
    json!({
        "schema": "orch/v1",
        "run": {"version": "0.1.0", "as_of": as_of, "resources": {}, "options": {},
            "accounts": [{"provider": "aws", "partition": "aws", "account": "123456789012", "regions": ["eu-west-1"]}]},
        "exit": {"code": 1, "why": "x"},
        "totals": {"findings": findings.len(), "waived": 0, "by_severity": severities, "by_category": {}, "savings": [],
            "savings_unknown": 0, "unknown": 0, "unassessed": 0},
        "findings": findings, "hidden": {"findings": 0, "by_severity": {}}, "unknown": [], "unassessed": [], "faults": [],
        "coverage": {"summary": "2 of 2 regions read", "complete": true, "regions": [scope("eu-west-1"), scope("global")],
            "gaps": [], "collectors": {}},
        "billing": [{"currency": "USD", "from": from, "to": to, "total": "1", "by_category": {},
            "closed_days": 28, "closed_usage": "1", "daily_average": daily, "services": [], "regions": [], "estimated": false}],
        "rules": rules, "waivers": [],
        "api": {"calls": 1, "least_calls": 1, "requests": 1, "failed": 0, "charge": {"amount": "0", "currency": "USD"}},
    })
}

pub(crate) fn run(name: &str, report: serde_json::Value) -> Run {
    let report: v1::Report = serde_json::from_value(report).unwrap();
    Run {
        name: name.to_owned(),
        report,
        snapshot: None,
    }
}

pub(crate) fn before() -> Run {
    let findings = vec![
        finding("f1", "open-ports", "security", "critical"),
        finding("f2", "open-ports", "security", "high"),
        finding("f3", "idle-volume", "cost", "low"),
    ];
    run(
        "runs/first",
        report(
            "2026-02-27T08:00:00Z",
            findings,
            ("2026-02-01", "2026-02-26", "120.00"),
        ),
    )
}

/// One port is closed, the volume is gone, and something nobody planned is there.
pub(crate) fn after() -> Run {
    let findings = vec![
        finding("f2", "open-ports", "security", "high"),
        finding("f9", "no-alarms", "observability", "medium"),
    ];
    run(
        "runs/second",
        report(
            "2026-03-12T08:00:00Z",
            findings,
            ("2026-03-03", "2026-03-11", "100.00"),
        ),
    )
}

/// The results of a project between the two runs.
pub(crate) fn results(project: &Project, today: &str) -> orch_plan::results::v1::Completion {
    let (before, after) = (before(), after());
    let runs = Before {
        before: Some(&before),
        after: Some(&after),
    };
    completion(project, runs, &LIBRARY, day(today)).unwrap()
}
