//! Each red flag and each escalation is raised by what it is about, and by nothing else.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test that cannot go on fails the test"
)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use orch_plan::project::{
    Baseline, Blocker, Budget, Decision, Entry, Metric, Project, Reading, State, Task, read,
};
use orch_plan::status::{ESCALATIONS, status};
use orch_plan::{Library, Run};
use orch_report::v1;
use serde_json::json;

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

/// A project in which all is as it should be, half done.
const QUIET: &str = r#"
version = 1
name = "Quiet"
start = 2026-03-02
target = 2026-03-27
lead = "Ada"

[budget]
amount = 100000
currency = "USD"
day_rate = 800

[baseline]
run = "first"
as_of = "2026-02-27T08:00:00Z"
findings = { critical = 1, high = 5 }

[[phase]]
id = "all"
title = "All"

[[task]]
id = "alarms"
title = "Alarms"
phase = "all"
owner = "monitoring"
days = [4, 5, 6]
objective = "an alarm for each balancer"
planned = [2026-03-02, 2026-03-06]
state = "done"
started = 2026-03-02
finished = 2026-03-06
evidence = "a link"

[[task]]
id = "network"
title = "Network"
phase = "all"
owner = "aws"
days = [4, 5, 6]
after = ["alarms"]
objective = "two zones"
planned = [2026-03-09, 2026-03-13]
state = "started"
percent = 40
started = 2026-03-09

[[task]]
id = "cutover"
title = "Cutover of production"
phase = "all"
owner = "aws"
days = [1, 1, 2]
after = ["network"]
objective = "all requests go there"
rollback = "the old address"
planned = [2026-03-16, 2026-03-16]

[[metric]]
name = "uptime"
unit = "%"
up_is_good = true

[[metric.reading]]
on = 2026-03-02
value = 99.5
source = "x"
"#;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-03-11")
}

fn finding(category: &str, severity: &str, controls: bool) -> v1::Finding {
    let compliance = if controls {
        json!({"cis-aws-3.0": ["5.2"]})
    } else {
        json!({})
    };
    serde_json::from_value(json!({
        "fingerprint": "f", "rule": "some-rule", "title": "x", "category": category, "severity": severity,
        "confidence": "high", "state": "open", "message": "x", "evidence": {}, "compliance": compliance,
        "resource": {"uid": "u", "name": "web", "kind": "compute.instance", "provider": "aws", "account": "1", "region": "r"},
        "rank": {"total": "1", "risk": "1", "money": "0"},
    }))
    .unwrap()
}

fn run(findings: Vec<v1::Finding>, by_severity: &[(&str, u64)]) -> Run {
    let by_severity: BTreeMap<&str, u64> = by_severity.iter().copied().collect();
    let report = json!({
        "schema": "orch/v1",
        "run": {"version": "0", "as_of": "2026-03-10T08:00:00Z", "accounts": [], "resources": {}, "options": {}},
        "exit": {"code": 0, "why": "x"},
        "totals": {"findings": 0, "waived": 0, "by_severity": by_severity, "by_category": {}, "savings": [],
            "savings_unknown": 0, "unknown": 0, "unassessed": 0},
        "findings": findings, "hidden": {"findings": 0, "by_severity": {}}, "unknown": [], "unassessed": [], "faults": [],
        "coverage": {"summary": "x", "complete": true, "regions": [], "gaps": [], "collectors": {}},
        "billing": [], "rules": [], "waivers": [],
        "api": {"calls": 0, "least_calls": 0, "requests": 0, "failed": 0, "charge": {"amount": "0", "currency": "USD"}},
    });
    Run {
        name: "second".to_owned(),
        report: serde_json::from_value(report).unwrap(),
        snapshot: None,
    }
}

/// Ids of the flags and of the escalations that are raised, each with its evidence.
fn raised(project: &Project, run: Option<&Run>) -> (Vec<String>, Vec<String>) {
    let status = status(project, run, today()).unwrap();
    let flags = status.flags.iter().filter(|flag| flag.raised);
    let told: Vec<String> = flags
        .map(|flag| {
            assert!(!flag.evidence.is_empty() && !flag.next.is_empty());
            flag.id.clone()
        })
        .collect();
    let escalated = status.escalations.iter().map(|one| {
        assert!(!one.evidence.is_empty() && !one.decider.is_empty() && one.within_hours > 0);
        one.kind.clone()
    });
    (told, escalated.collect())
}

fn quiet() -> Project {
    read(QUIET, &LIBRARY).unwrap()
}

fn task<'p>(project: &'p mut Project, id: &str) -> &'p mut Task {
    project.tasks.iter_mut().find(|task| task.id == id).unwrap()
}

fn blocker(what: &str, critical: bool) -> Blocker {
    Blocker {
        id: "b1".to_owned(),
        task: "network".to_owned(),
        what: what.to_owned(),
        critical,
        since: day("2026-03-10"),
        mitigation: None,
        ended: None,
    }
}

fn asked(kind: &str) -> Decision {
    Decision {
        id: "d1".to_owned(),
        question: "x?".to_owned(),
        kind: Some(kind.to_owned()),
        asked: day("2026-03-10"),
        options: Vec::new(),
        decider: None,
        decided: None,
        reason: None,
        on: None,
    }
}

fn entry(what: &str) -> Entry {
    Entry {
        on: day("2026-03-10"),
        task: None,
        what: what.to_owned(),
    }
}

#[test]
fn a_quiet_project_raises_nothing() {
    let none: Vec<String> = Vec::new();
    assert_eq!(raised(&quiet(), None), (none.clone(), none.clone()));
    let clean = run(Vec::new(), &[("critical", 0), ("high", 2)]);
    assert_eq!(raised(&quiet(), Some(&clean)), (none.clone(), none));
}

#[test]
fn each_flag_is_raised_by_what_it_is_about() {
    type Spoil = fn(&mut Project);
    let by_file: [(&str, Spoil); 9] = [
        ("no-objective", |project| {
            task(project, "network").objective = None
        }),
        ("unidentified-dependency", |project| {
            project
                .blockers
                .push(blocker("it needs cutover first", false));
        }),
        ("unidentified-dependency", |project| {
            task(project, "network").started = Some(day("2026-03-05"));
            task(project, "network").percent = Some(60);
        }),
        ("metric-not-improving", |project| {
            project.metrics[0].readings.push(Reading {
                on: day("2026-03-11"),
                value: "99.4".parse().unwrap(),
                source: "x".to_owned(),
            });
            project.params.metric_days = 5;
        }),
        ("slipping", |project| {
            task(project, "cutover").days = [8, 8, 8]
        }),
        ("slipping", |project| {
            project.budget = Some(Budget {
                amount: "10000".parse().unwrap(),
                currency: "USD".to_owned(),
                day_rate: Some("1000".parse().unwrap()),
                spent: Vec::new(),
            });
        }),
        ("no-rollback", |project| {
            task(project, "cutover").rollback = None
        }),
        ("monitoring-gap", |project| {
            let alarms = task(project, "alarms");
            alarms.state = State::Dropped;
        }),
        ("manual-process", |project| {
            project.log = vec![
                entry("keys were copied by hand"),
                entry("keys were copied manually"),
            ];
        }),
    ];
    for (place, (flag, spoil)) in by_file.into_iter().enumerate() {
        let mut project = quiet();
        spoil(&mut project);
        assert_eq!(raised(&project, None).0, [flag], "{place}");
    }
    let by_run = [
        ("late-security-finding", finding("security", "high", false)),
        ("monitoring-gap", finding("observability", "medium", false)),
    ];
    for (flag, finding) in by_run {
        let run = run(vec![finding], &[]);
        assert_eq!(raised(&quiet(), Some(&run)).0, [flag]);
        // What is planned is neither late nor a gap.
        let mut planned = quiet();
        task(&mut planned, "network").findings = vec!["f".to_owned()];
        assert_eq!(raised(&planned, Some(&run)).0, Vec::<String>::new());
    }
    let more = run(Vec::new(), &[("critical", 2), ("high", 1)]);
    assert_eq!(raised(&quiet(), Some(&more)).0, ["growing-debt"]);
    // Without a run, two measurements say the same.
    let mut grown = quiet();
    grown.baseline = None::<Baseline>;
    grown.metrics.push(Metric {
        name: "open-findings".to_owned(),
        unit: "findings".to_owned(),
        up_is_good: false,
        target: None,
        readings: [("2026-03-03", 4), ("2026-03-10", 9)]
            .map(|(on, value)| Reading {
                on: day(on),
                value: value.into(),
                source: "x".to_owned(),
            })
            .to_vec(),
    });
    assert_eq!(raised(&grown, None).0, ["growing-debt"]);
}

#[test]
fn a_slip_that_was_just_decided_on_is_none() {
    let mut project = quiet();
    task(&mut project, "cutover").days = [8, 8, 8];
    project.decisions.push(Decision {
        decided: Some("x".to_owned()),
        reason: Some("x".to_owned()),
        on: Some(day("2026-03-10")),
        ..asked("timeline")
    });
    assert_eq!(raised(&project, None).0, Vec::<String>::new());
}

#[test]
fn a_slip_is_not_decided_on_by_something_else() {
    type Slip = fn(&mut Project);
    let slip: [(&str, Slip); 2] = [
        ("timeline", |project| {
            task(project, "cutover").days = [8, 8, 8]
        }),
        ("budget", |project| {
            project.budget.as_mut().unwrap().amount = 8500.into();
        }),
    ];
    for (kind, slip) in slip {
        for (of, is_decided) in [
            (None, false),
            (Some("strategic-decision"), false),
            (Some(kind), true),
            (Some("reprioritize"), true),
        ] {
            let mut project = quiet();
            slip(&mut project);
            project.decisions.push(Decision {
                kind: of.map(str::to_owned),
                question: "tabs or spaces?".to_owned(),
                decided: Some("tabs".to_owned()),
                reason: Some("x".to_owned()),
                on: Some(day("2026-03-10")),
                ..asked(kind)
            });
            let slips = raised(&project, None).0.contains(&"slipping".to_owned());
            assert_eq!(slips, !is_decided, "{kind} {of:?}");
        }
    }
}

/// Questions that wait for somebody, without a run.
fn questions(project: &Project) -> Vec<(String, String)> {
    let status = status(project, None, today()).unwrap();
    let told = status.decisions.into_iter();
    told.map(|one| (one.id, one.question)).collect()
}

#[test]
fn a_late_end_is_escalated_and_any_lateness_is_to_be_decided() {
    let with_target = |target: Option<&str>, days: u32| {
        let mut project = quiet();
        project.target = target.map(day);
        task(&mut project, "cutover").days = [days; 3];
        project
    };
    // The end is on 16 March with one day of cutover.
    let by_one_day = with_target(Some("2026-03-13"), 1);
    assert_eq!(raised(&by_one_day, None).1, Vec::<String>::new());
    let asked = questions(&by_one_day);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(
        asked[0].1.contains("1 working day after the target"),
        "{asked:?}"
    );
    let late = with_target(Some("2026-03-13"), 5);
    assert_eq!(raised(&late, None).1, ["timeline"]);
    assert_eq!(status(&late, None, today()).unwrap().overall.state, "late");
    // Without a target, what was planned first is held against it.
    assert_eq!(raised(&with_target(None, 9), None).1, ["timeline"]);
    // What will be far too late at the pace of what is done is at risk of it.
    let mut slow = quiet();
    for id in ["a", "b", "c"] {
        let mut done = slow.tasks[0].clone();
        id.clone_into(&mut done.id);
        done.days = [1, 1, 1];
        slow.tasks.push(done);
    }
    task(&mut slow, "cutover").days = [6, 6, 6];
    assert_eq!(raised(&slow, None).1, ["timeline"]);
    assert_eq!(questions(&slow).len(), 1);
}

#[test]
fn what_the_file_knows_is_decided_without_a_run() {
    assert_eq!(questions(&quiet()), []);
    let mut blocked = quiet();
    blocked.blockers.push(blocker("no access", false));
    let asked = questions(&blocked);
    assert_eq!(asked[0].0, "b1");
    assert!(
        asked[0].1.contains("no access") && asked[0].1.contains("`network`"),
        "{asked:?}"
    );
    let mut critical = quiet();
    critical.blockers.push(blocker("no access", true));
    let asked = questions(&critical);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].0, "critical-blocker");
    assert!(asked[0].1.contains("no access"), "{asked:?}");
    let mut open = quiet();
    open.decisions.push(self::asked("budget"));
    assert_eq!(questions(&open)[0].0, "d1");
    let mut attacked = quiet();
    let network = task(&mut attacked, "network");
    network.owner = "security".to_owned();
    network.rule = Some("open-ports".to_owned());
    network.rollback = Some("the rule as it was".to_owned());
    network.priority = Some("critical".to_owned());
    let asked = questions(&attacked);
    assert_eq!(asked[0].0, "production-vulnerability");
    let mut dear = quiet();
    dear.budget = Some(Budget {
        amount: "8500".parse().unwrap(),
        currency: "USD".to_owned(),
        day_rate: Some("800".parse().unwrap()),
        spent: Vec::new(),
    });
    let asked = questions(&dear);
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].1.contains("over the budget"), "{asked:?}");
}

#[test]
fn each_escalation_has_its_case_and_names_who_decides() {
    type Spoil = fn(&mut Project);
    let by_file: [(&str, Spoil); 6] = [
        ("outage", |project| {
            project.log.push(entry("outage of the shop since 9:00"))
        }),
        ("critical-blocker", |project| {
            project.blockers.push(blocker("no access", true))
        }),
        ("budget", |project| {
            project.budget = Some(Budget {
                amount: "1000".parse().unwrap(),
                currency: "USD".to_owned(),
                day_rate: Some("1000".parse().unwrap()),
                spent: Vec::new(),
            });
        }),
        ("timeline", |project| {
            task(project, "cutover").days = [40, 40, 40]
        }),
        ("conflicting-recommendations", |project| {
            task(project, "cutover").findings = vec!["f".to_owned()];
            task(project, "network").findings = vec!["f".to_owned()];
            task(project, "network").owner = "security".to_owned();
        }),
        ("strategic-decision", |project| {
            project.decisions.push(asked("strategic-decision"))
        }),
    ];
    let by_run = [
        (
            "production-vulnerability",
            finding("security", "critical", false),
        ),
        ("compliance-violation", finding("governance", "high", true)),
    ];
    let mut seen = Vec::new();
    for (kind, spoil) in by_file {
        let mut project = quiet();
        spoil(&mut project);
        assert_eq!(raised(&project, None).1, [kind]);
        project.deciders.insert(kind.to_owned(), "Grace".to_owned());
        let status = status(&project, None, today()).unwrap();
        assert_eq!(status.escalations[0].decider, "Grace");
        seen.push(kind);
    }
    for (kind, finding) in by_run {
        assert_eq!(raised(&quiet(), Some(&run(vec![finding], &[]))).1, [kind]);
        seen.push(kind);
    }
    // Whatever people ask a decision for is escalated too, and each kind has a case above.
    for kind in ESCALATIONS {
        let mut project = quiet();
        project.decisions.push(asked(kind.id));
        assert_eq!(raised(&project, None).1, [kind.id]);
        assert!(seen.contains(&kind.id));
    }
    // What is over is no outage.
    let mut over = quiet();
    over.log.push(entry("outage of the shop resolved"));
    assert_eq!(raised(&over, None).1, Vec::<String>::new());
}
