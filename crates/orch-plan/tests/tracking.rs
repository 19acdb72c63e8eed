//! Two weeks of a project as people see them: status, week, options, reconciliation, results.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test that cannot go on fails the test"
)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use insta::assert_snapshot;
use orch_plan::plan::view;
use orch_plan::project::{Change, Entry, Project, State, edit, read, reconcile};
use orch_plan::results::{Before, completion, completion_markdown, readings};
use orch_plan::status::{
    Wish, choose, forecast, notice, options, options_markdown, status, status_markdown,
    status_table, weekly, weekly_markdown,
};
use orch_plan::{Library, Run};
use orch_report::v1;
use proptest::prelude::*;
use serde_json::json;

const FILE: &str = include_str!("tracking/orch-project.toml");

/// Read once: it takes most of the time of a test.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

fn project() -> Project {
    read(FILE, &LIBRARY).unwrap_or_else(|error| panic!("{error:#?}"))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn finding(fingerprint: &str, rule: &str, category: &str, severity: &str) -> serde_json::Value {
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
fn report(
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

fn run(name: &str, report: serde_json::Value) -> Run {
    let report: v1::Report = serde_json::from_value(report).unwrap();
    Run {
        name: name.to_owned(),
        report,
        snapshot: None,
    }
}

fn before() -> Run {
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
fn after() -> Run {
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

#[test]
fn the_status_reads_well() {
    let status = status(&project(), Some(&before()), day("2026-03-12")).unwrap();
    assert_snapshot!(status_markdown(&status).unwrap());
}

#[test]
fn a_status_table_is_as_wide_as_the_terminal() {
    let mut project = project();
    project.tasks[1].title =
        "Ports closed to the internet, each with the name of who asked for it ".repeat(4);
    let status = status(&project, Some(&before()), day("2026-03-12")).unwrap();
    for width in [60, 80, 120, 200] {
        let mut out = Vec::new();
        status_table(&status, width, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width, "{width}: {widest}\n{text}");
        for word in [
            "ports",
            "dashboards",
            "monitoring",
            "2026-03-20",
            "Mend (in progress)",
            "blocked",
        ] {
            assert!(text.contains(word), "{width}: {word}\n{text}");
        }
    }
}

#[test]
fn open_findings_have_a_name_and_begin_with_the_plan() {
    let mut project = project();
    let today = day("2026-03-13");
    let found = reconcile(&project, &after(), today).unwrap();
    let (text, _) = edit(FILE, &LIBRARY, &found.changes, day("2026-03-12")).unwrap();
    let weekly = weekly(&read(&text, &LIBRARY).unwrap(), None, today).unwrap();
    let shown = weekly
        .metrics
        .iter()
        .find(|one| one.metric == "open-findings")
        .unwrap();
    assert_eq!(shown.title, "Open findings");
    // Three were open when it was planned, two are now.
    assert_eq!(
        (shown.before.as_deref(), shown.value.as_deref()),
        (Some("3"), Some("2"))
    );
    project.metrics.clear();
    let report = results(&read(&text, &LIBRARY).unwrap(), "2026-03-13");
    let security = report
        .impact
        .iter()
        .find(|one| one.title == "Security")
        .unwrap();
    let change = security
        .metrics
        .iter()
        .find(|one| one.metric == "open-findings")
        .unwrap();
    assert_eq!(change.verdict.as_deref(), Some("better"));
}

#[test]
fn a_blocker_ends_by_its_id_or_by_that_of_its_task() {
    for id in ["b1", "ports"] {
        let change = Change::Unblock { id: id.to_owned() };
        let (text, _) = edit(FILE, &LIBRARY, &[change], day("2026-03-13")).unwrap();
        let project = read(&text, &LIBRARY).unwrap();
        assert_eq!(project.blockers[0].ended, Some(day("2026-03-13")), "{id}");
    }
}

#[test]
fn hand_offs_name_the_tasks_on_both_sides() {
    let told: Vec<(String, String, String, Vec<String>, bool)> =
        status(&project(), None, day("2026-03-12"))
            .unwrap()
            .hand_overs
            .into_iter()
            .map(|one| (one.from, one.task, one.to, one.for_tasks, one.ready))
            .collect();
    let row = |from: &str, task: &str, to: &str, of: &str, ready: bool| {
        (
            from.to_owned(),
            task.to_owned(),
            to.to_owned(),
            vec![of.to_owned()],
            ready,
        )
    };
    assert_eq!(
        told,
        [
            row("security", "review", "aws", "volumes", true),
            row("security", "ports", "monitoring", "dashboards", false),
            row("security", "ports", "aws", "cutover", false),
        ]
    );
}

#[test]
fn the_week_reads_well() {
    let weekly = weekly(&project(), Some(&after()), day("2026-03-13")).unwrap();
    assert_eq!(weekly.week, 2);
    assert_snapshot!(weekly_markdown(&weekly).unwrap());
}

#[test]
fn no_task_falls_between_two_weeks() {
    let mut project = project();
    project.tasks[0].finished = Some(day("2026-03-07"));
    let ids = |tasks: &[orch_plan::status::v1::Task]| -> Vec<String> {
        tasks.iter().map(|task| task.id.clone()).collect()
    };
    for first in 0..7 {
        // Somebody reports every week on the same day: what was done on any day is in one report, and in one only.
        let mut achieved = Vec::new();
        for week in 0..5 {
            let today = day("2026-03-02") + chrono::Days::new(first + 7 * week);
            let known: Vec<_> = project.tasks.iter().map(|task| task.finished).collect();
            if known.iter().flatten().any(|finished| *finished > today) {
                continue;
            }
            let report = weekly(&project, None, today).unwrap();
            achieved.extend(ids(&report.achievements));
            // What is planned for today or the days after it is in the plan, or is going on.
            let dates = forecast(&project, today).unwrap().dates;
            let told = [ids(&report.in_progress), ids(&report.next_week)].concat();
            for (task, (start, _)) in dates {
                if start <= today + chrono::Days::new(7) {
                    assert!(told.contains(&task), "{task} on {today}: {told:?}");
                }
            }
        }
        assert_eq!(achieved, ["review"], "{first}");
    }
    // Today's own work is there when the report is written on the day.
    let report = weekly(&project, None, day("2026-03-12")).unwrap();
    let alarms = report.next_week.iter().find(|task| task.id == "alarms");
    assert_eq!(alarms.unwrap().start.as_deref(), Some("2026-03-12"));
}

#[test]
fn a_percent_is_shown_only_where_somebody_said_it() {
    let mut project = project();
    let texts = |project: &Project| {
        let today = day("2026-03-13");
        let status = status(project, None, today).unwrap();
        let weekly = weekly(project, None, today).unwrap();
        let shown = (
            status.progress.percent_of_days.clone(),
            weekly_markdown(&weekly).unwrap(),
        );
        let ports = status.phases.iter().flat_map(|one| &one.tasks);
        let ports = ports.into_iter().find(|task| task.id == "ports").unwrap();
        (
            ports.percent,
            shown.0,
            shown.1 + &status_markdown(&status).unwrap(),
        )
    };
    // It is four of its four likely days old, and nobody said how far it is: one of 17 days is done.
    let (percent, of_days, text) = texts(&project);
    assert_eq!((percent, of_days.as_str()), (None, "11"));
    assert!(text.contains("(security) – its percent not said"), "{text}");
    assert!(!text.contains("% complete"), "{text}");
    project.tasks[1].percent = Some(40);
    let (percent, of_days, text) = texts(&project);
    assert_eq!((percent, of_days.as_str()), (Some(40), "21"));
    assert!(text.contains("(security) – 40 % complete"), "{text}");
}

#[test]
fn options_come_with_their_price_and_choosing_one_is_recorded() {
    let wish = Wish {
        because: "the audit was moved to the end of March".to_owned(),
        first: vec!["alarms".to_owned()],
    };
    let project = project();
    let found = options(&project, &wish, day("2026-03-12")).unwrap();
    assert_snapshot!("options", options_markdown(&found.shown).unwrap());
    for option in &found.shown.options {
        let changes = choose(&found, option.number, "it is the cheapest", Some("Ada")).unwrap();
        let (text, _) = edit(FILE, &LIBRARY, &changes, day("2026-03-12")).unwrap();
        let then = read(&text, &LIBRARY).unwrap();
        // What was promised is what the file then says.
        assert_eq!(
            forecast(&then, day("2026-03-12")).unwrap().end.to_string(),
            option.end,
            "{}",
            option.kind
        );
        let decision = then.decisions.last().unwrap();
        assert_eq!(decision.reason.as_deref(), Some("it is the cheapest"));
        assert_eq!(decision.options.len(), found.shown.options.len());
    }
    assert!(choose(&found, 9, "x", None).is_none());
    assert_snapshot!(
        "notice",
        notice(
            &found.shown,
            1,
            "it is the cheapest",
            ("orch-project.toml", Some("runs/first"))
        )
        .unwrap()
    );
}

#[test]
fn each_option_says_what_it_does_to_the_budget() {
    let wish = Wish {
        because: "the money is short".to_owned(),
        first: vec!["dashboards".to_owned()],
    };
    let today = day("2026-03-12");
    let mut project = project();
    let found = options(&project, &wish, today).unwrap().shown;
    let now = found.budget.clone().unwrap();
    assert_eq!(
        now.forecast,
        status(&project, None, today)
            .unwrap()
            .budget
            .unwrap()
            .forecast
    );
    let amount =
        |budget: &orch_plan::status::v1::Budget| -> f64 { budget.forecast.parse().unwrap() };
    for option in &found.options {
        let then = option.budget.as_ref().unwrap();
        let cost: f64 = option.cost.as_ref().unwrap().parse().unwrap();
        // What it costs is what the forecast moves by.
        assert!(
            (amount(then) - amount(&now) - cost).abs() < 0.01,
            "{option:#?}"
        );
    }
    // Where the dates hold and the money does not, giving up work is an option.
    project.target = Some(day("2026-12-31"));
    let short = options(&project, &wish, today).unwrap().shown;
    let less = short
        .options
        .iter()
        .find(|one| one.kind == "drop-scope")
        .unwrap();
    assert!(
        amount(less.budget.as_ref().unwrap()) < amount(&now),
        "{less:#?}"
    );
    // What is not known is said to be.
    project.budget.as_mut().unwrap().day_rate = None;
    for text in ["names no day\\_rate", "has no \\[budget\\]"] {
        let found = options(&project, &wish, today).unwrap().shown;
        assert!(found.options.iter().all(|one| one.budget.is_none()));
        let told = options_markdown(&found).unwrap();
        let lines = told.matches("- **Budget:** not known: ").count();
        assert_eq!(lines, found.options.len(), "{told}");
        assert!(
            told.replace("day_rate", "day\\_rate").contains(text),
            "{told}"
        );
        project.budget = None;
    }
}

#[test]
fn another_order_brings_a_task_forward_and_the_file_keeps_it() {
    let wish = Wish {
        because: "a page is wanted for the board".to_owned(),
        first: vec!["dashboards".to_owned()],
    };
    let found = options(&project(), &wish, day("2026-03-12")).unwrap();
    let swap = found.shown.options.last().unwrap();
    assert_eq!(swap.kind, "swap-order");
    let changes = choose(&found, swap.number, "the board meets", None).unwrap();
    let (text, _) = edit(FILE, &LIBRARY, &changes, day("2026-03-12")).unwrap();
    let then = forecast(&read(&text, &LIBRARY).unwrap(), day("2026-03-12")).unwrap();
    let now = forecast(&project(), day("2026-03-12")).unwrap();
    assert!(then.dates["dashboards"] < now.dates["dashboards"]);
    for moved in &swap.tasks {
        let (start, end) = then.dates[&moved.task];
        assert_eq!(moved.to, Some([start.to_string(), end.to_string()]));
    }
    assert_snapshot!(options_markdown(&found.shown).unwrap());
}

#[test]
fn a_run_closes_and_opens_tasks_and_says_what_it_does_not_prove() {
    let found = reconcile(&project(), &after(), day("2026-03-13")).unwrap();
    let (text, said) = edit(FILE, &LIBRARY, &found.changes, day("2026-03-12")).unwrap();
    let then = read(&text, &LIBRARY).unwrap();
    let state = |project: &Project, id: &str| {
        project
            .tasks
            .iter()
            .find(|task| task.id == id)
            .unwrap()
            .state
    };
    assert_eq!(state(&then, "volumes"), State::Done);
    assert_eq!(state(&then, "ports"), State::Started);
    assert_snapshot!(said.join("\n"));
    // The same run again changes nothing but what it measured.
    let again = reconcile(&then, &after(), day("2026-03-13")).unwrap();
    assert_eq!(again.changes.len(), 1, "{again:#?}");
    // The findings of before are back: what was done is open again, with the run as reason.
    let mut back = before();
    back.report.run.as_of = "2026-03-16T08:00:00Z".to_owned();
    let found = reconcile(&then, &back, day("2026-03-16")).unwrap();
    assert_eq!(found.reopened.len(), 1);
    let (text, _) = edit(&text, &LIBRARY, &found.changes, day("2026-03-16")).unwrap();
    let then = read(&text, &LIBRARY).unwrap();
    let volumes = then.tasks.iter().find(|task| task.id == "volumes").unwrap();
    assert_eq!(
        (volumes.state, volumes.finished, &volumes.evidence),
        (State::Started, None, &None)
    );
    // What showed that it was done is not lost.
    let shown = |what: &str| what.contains("open again") && what.contains("runs/second");
    assert!(then.log.iter().any(|entry| shown(&entry.what)));
    // A run from before the plan says nothing of it.
    let mut old = after();
    old.report.run.as_of = "2026-01-01T08:00:00Z".to_owned();
    assert!(reconcile(&project(), &old, day("2026-03-13")).is_none());
}

#[test]
fn findings_that_go_begin_no_task() {
    let mut project = project();
    let task = project.tasks.iter_mut().find(|one| one.id == "volumes");
    // One of two is gone, and nobody has begun.
    task.unwrap().findings = vec!["f3".to_owned(), "f1".to_owned()];
    let mut run = before();
    run.report.run.as_of = "2026-03-13T08:00:00Z".to_owned();
    run.report.findings.retain(|one| one.fingerprint != "f3");
    let found = reconcile(&project, &run, day("2026-03-13")).unwrap();
    let of_volumes = |change: &&Change| match change {
        Change::Log { task, .. } => task.as_deref() == Some("volumes"),
        Change::Percent { task, .. } | Change::Done { task, .. } => task == "volumes",
        _ => false,
    };
    let changes: Vec<&Change> = found.changes.iter().filter(of_volumes).collect();
    let [Change::Log { what, .. }] = changes[..] else {
        panic!("{changes:#?}");
    };
    assert!(what.starts_with("1 of 2 findings are gone"), "{what}");
    // Once it is noted, the same run has nothing to add.
    project.log.push(Entry {
        on: day("2026-03-13"),
        task: Some("volumes".to_owned()),
        what: what.clone(),
    });
    let again = reconcile(&project, &run, day("2026-03-13")).unwrap();
    assert_eq!(again.changes.iter().filter(of_volumes).count(), 0);
}

#[test]
fn the_status_and_the_plan_say_the_same_dates() {
    let project = project();
    for today in [
        "2026-02-20",
        "2026-03-02",
        "2026-03-13",
        "2026-03-14",
        "2026-05-01",
    ] {
        let today = day(today);
        let status = forecast(&project, today).unwrap();
        let plan = view(&LIBRARY, &project, today).unwrap();
        assert_eq!([status.best, status.end, status.worst], plan.end);
        for task in plan.tasks.iter().filter(|one| one.state != State::Done) {
            assert_eq!(status.dates[&task.id], (task.first, task.last[1]));
            assert_eq!(status.critical.contains(&task.id), task.critical);
        }
    }
}

#[test]
fn what_was_not_read_is_not_gone() {
    type Spoil = fn(&mut v1::Report);
    let spoils: [(&str, Spoil); 6] = [
        ("excluded", |report| {
            report.coverage.regions[0].state = "excluded".to_owned()
        }),
        ("missing", |report| {
            report.coverage.regions.remove(0);
        }),
        ("not asked", |report| {
            report.rules.retain(|rule| rule.rule != "idle-volume")
        }),
        ("tagged", |report| {
            report
                .run
                .options
                .insert("tag".to_owned(), "env=prod".to_owned());
        }),
        ("unassessed", |report| {
            report.unassessed.push(v1::Unassessed {
                rule: "idle-volume".to_owned(),
                scope: "aws:aws:123456789012:global".to_owned(),
                reason: v1::Reason {
                    what: "storage.volume".to_owned(),
                    cause: "denied".to_owned(),
                    collector: None,
                    scope: None,
                    detail: "x".to_owned(),
                },
            })
        }),
        ("unknown", |report| {
            report.unknown.push(v1::Unknown {
                rule: "idle-volume".to_owned(),
                resource: "u".to_owned(),
                scope: "aws:aws:123456789012:eu-west-1".to_owned(),
                reasons: Vec::new(),
            })
        }),
    ];
    let mut told = Vec::new();
    for (name, spoil) in spoils {
        let mut run = after();
        spoil(&mut run.report);
        let found = reconcile(&project(), &run, day("2026-03-13")).unwrap();
        assert!(
            found.closed.iter().all(|(task, _)| task != "volumes"),
            "{name}"
        );
        told.push(format!("{name}: {}", found.not_proven.join(" / ")));
    }
    assert_snapshot!(told.join("\n"));
}

#[test]
fn a_wrong_value_is_corrected_by_saying_it_again_and_the_file_keeps_that() {
    let today = day("2026-03-13");
    let import = |text: &str, csv: &str| {
        let project = read(text, &LIBRARY).unwrap();
        let files = [("outcome.csv".to_owned(), csv.to_owned())];
        let (found, told) = readings(&files, &project, today).unwrap();
        let changes: Vec<Change> = found.into_iter().map(Change::Measure).collect();
        (edit(text, &LIBRARY, &changes, today).unwrap(), told)
    };
    let first = "metric,on,value\nuptime,2026-03-01,9.95\nuptime,2026-03-02,99.9\n";
    let ((text, _), _) = import(FILE, first);
    let ((same, said), _) = import(&text, first);
    assert_eq!((same, said.len()), (text.clone(), 0));
    let ((text, said), _) = import(&text, &first.replace("9.95", "99.5"));
    assert_eq!(
        said,
        ["corrected: `uptime` of 2026-03-01 is 99.5, not 9.95 (outcome.csv)"]
    );
    let project = read(&text, &LIBRARY).unwrap();
    let uptime = project.metrics.iter().find(|one| one.name == "uptime");
    let values: Vec<String> = uptime
        .unwrap()
        .readings
        .iter()
        .map(|one| one.value.to_string())
        .collect();
    assert_eq!(values, ["99.5", "99.9"]);
    let last = project.log.last().unwrap();
    assert_eq!((last.on, &last.what), (today, &said[0]));
    // Another target is written down, once.
    let ((text, said), _) = import(
        &text,
        "metric,on,value,target\nuptime,2026-03-01,99.5,99.95\n",
    );
    assert_eq!(said, ["`uptime` is to reach 99.95 %"]);
    let ((_, said), _) = import(
        &text,
        "metric,on,value,target\nuptime,2026-03-01,99.5,99.95\n",
    );
    assert_eq!(said, Vec::<String>::new());
    // In another unit it is another thing.
    let (_, told) = import(
        &text,
        "metric,on,value,unit\nuptime,2026-03-03,0.999,share\n",
    );
    assert_eq!(
        told,
        [
            "outcome.csv, line 2: `uptime` is measured in % in this project, not in share; it is left out"
        ]
    );
}

#[test]
fn the_results_read_well() {
    let found = reconcile(&project(), &after(), day("2026-03-13")).unwrap();
    let (text, _) = edit(FILE, &LIBRARY, &found.changes, day("2026-03-12")).unwrap();
    let files = [
        ("outcome.csv".to_owned(), "metric,on,value\nuptime,2026-03-01,99.5\nuptime,2026-03-12,99.95\nresponse-time-p95,2026-03-12,180\n".to_owned()),
        ("deploys.csv".to_owned(), "id,deployed_at,committed_at,result,environment\n1,2026-03-03T10:00:00Z,2026-03-03T08:00:00Z,success,production\n2,2026-03-10T10:00:00Z,2026-03-10T06:00:00Z,failed,production\n".to_owned()),
        ("incidents.json".to_owned(), r#"[{"id": 1, "started_at": "2026-03-10T10:00:00Z", "resolved_at": "2026-03-10T11:30:00Z"}]"#.to_owned()),
    ];
    let (measured, unused) = readings(&files, &project(), day("2026-03-13")).unwrap();
    assert_eq!(unused, Vec::<String>::new());
    let measured: Vec<Change> = measured.into_iter().map(Change::Measure).collect();
    let (text, _) = edit(&text, &LIBRARY, &measured, day("2026-03-13")).unwrap();
    let project = read(&text, &LIBRARY).unwrap();
    let (before, after) = (before(), after());
    let runs = Before {
        before: Some(&before),
        after: Some(&after),
    };
    let report = completion(&project, runs, &LIBRARY, day("2026-03-13")).unwrap();
    assert_snapshot!(completion_markdown(&report).unwrap());
}

/// The results of a project between the two runs.
fn results(project: &Project, today: &str) -> orch_plan::results::v1::Completion {
    let (before, after) = (before(), after());
    let runs = Before {
        before: Some(&before),
        after: Some(&after),
    };
    completion(project, runs, &LIBRARY, day(today)).unwrap()
}

#[test]
fn waiting_is_not_billed_and_a_day_is_billed_once() {
    let mut project = project();
    // Five days of review, blocked on two of them; two days of ports until it was blocked on the second.
    assert_eq!(results(&project, "2026-03-13").overview.days, 4);
    project.blockers.clear();
    assert_eq!(results(&project, "2026-03-13").overview.days, 9);
    // A second task of the same person takes no second day.
    for id in ["cutover", "volumes"] {
        let task = project.tasks.iter_mut().find(|task| task.id == id).unwrap();
        task.state = State::Started;
        task.started = Some(day("2026-03-11"));
    }
    assert_eq!(results(&project, "2026-03-13").overview.days, 11);
    project.limits.insert("aws".to_owned(), 2);
    assert_eq!(results(&project, "2026-03-13").overview.days, 13);
    // What a run had shown to be done cost nothing.
    project.tasks[0].started = None;
    assert_eq!(results(&project, "2026-03-13").overview.days, 8);
}

#[test]
fn what_held_up_twice_is_one_lesson() {
    let mut project = project();
    let mut again = project.blockers[1].clone();
    again.id = "b3".to_owned();
    (again.since, again.ended) = (day("2026-03-09"), Some(day("2026-03-10")));
    project.blockers.push(again);
    let lessons = results(&project, "2026-03-13").lessons;
    let told: Vec<&String> = lessons
        .iter()
        .filter(|one| one.starts_with("No access to the old account"))
        .collect();
    assert_eq!(
        told,
        [
            "No access to the old account held `review` up for 3 working days, in 2 times; what helped: the owner gave a role"
        ]
    );
    // Nobody writes the same blocker down twice while it is open.
    let block = Change::Block {
        task: "ports".to_owned(),
        what: project.blockers[0].what.clone(),
        critical: false,
        mitigation: None,
    };
    let error = edit(FILE, &LIBRARY, &[block], day("2026-03-13")).unwrap_err();
    assert!(error.to_string().contains("already: `b1`"), "{error}");
}

#[test]
fn no_more_is_counted_as_saved_than_tasks_explain() {
    let mut project = project();
    let today = "2026-03-13";
    // The bill fell by 608.33 a month, and no finished task was to save anything.
    let report = results(&project, today);
    assert!(report.roi.annual_saving.is_none());
    assert!(report.money.bills[0].caution.is_some());
    let volumes = project
        .tasks
        .iter_mut()
        .find(|task| task.id == "volumes")
        .unwrap();
    volumes.state = State::Done;
    let yearly = |report: &orch_plan::results::v1::Completion| {
        let saving = report.roi.annual_saving.clone().unwrap().amount;
        (
            saving,
            report.roi.basis.clone().unwrap(),
            report.roi.basis_said.clone().unwrap(),
        )
    };
    let report = results(&project, today);
    let (saving, basis, said) = yearly(&report);
    assert_eq!((saving.as_str(), basis.as_str()), ("6000.00", "claimed"));
    assert!(
        said.contains("annualised") && said.contains("planned"),
        "{said}"
    );
    assert!(report.money.bills[0].caution.is_some());
    // Where less was measured than planned, what was measured counts.
    let volumes = project
        .tasks
        .iter_mut()
        .find(|task| task.id == "volumes")
        .unwrap();
    volumes.saving = Some("900".parse().unwrap());
    let report = results(&project, today);
    let (saving, basis, said) = yearly(&report);
    assert_eq!((saving.as_str(), basis.as_str()), ("7299.96", "realised"));
    assert!(
        said.contains("annualised") && said.contains("measured"),
        "{said}"
    );
    assert_eq!(report.money.bills[0].caution, None);
}

#[test]
fn recommendations_begin_with_the_worst() {
    let mut project = project();
    project.tasks[3].priority = Some("low".to_owned());
    let mut after = after();
    let mut low = before().report.findings[2].clone();
    low.saving = None;
    after.report.findings.insert(0, low);
    let runs = Before {
        before: None,
        after: Some(&after),
    };
    let told = completion(&project, runs, &LIBRARY, day("2026-03-13"))
        .unwrap()
        .recommendations;
    let beginnings = [
        "Title of open-ports (1 open finding, high)",
        "Title of no-alarms (1 open finding, medium)",
        "Title of idle-volume (1 open finding, low)",
        "Not done yet: Cutover",
    ];
    for (line, beginning) in told.iter().zip(beginnings) {
        assert!(line.starts_with(beginning), "{told:#?}");
    }
    // What a finding says already is not said once more as a task.
    assert!(
        !told
            .iter()
            .any(|line| line.contains("Idle volumes deleted")),
        "{told:#?}"
    );
}

#[test]
fn nothing_is_made_up_where_nothing_is_known() {
    let start = day("2026-03-02");
    let text = orch_plan::project::fresh("Empty", "", &[], start);
    let project = read(&text, &LIBRARY).unwrap();
    let none = Before {
        before: None,
        after: None,
    };
    let all = [
        status_markdown(&status(&project, None, start).unwrap()).unwrap(),
        weekly_markdown(&weekly(&project, None, start).unwrap()).unwrap(),
        completion_markdown(&completion(&project, none, &LIBRARY, start).unwrap()).unwrap(),
    ];
    assert_snapshot!(all.join("\n=====\n\n"));
}

#[test]
fn every_overall_status_has_its_case() {
    let of = |target: &str, change: &dyn Fn(&mut Project)| {
        let mut project = project();
        project.blockers.clear();
        project.budget = None;
        project.target = Some(day(target));
        change(&mut project);
        status(&project, None, day("2026-03-12"))
            .unwrap()
            .overall
            .state
    };
    let end = forecast(&project(), day("2026-03-12")).unwrap();
    let same = |_: &mut Project| {};
    assert_eq!(of(&end.worst.to_string(), &same), "on-track");
    // What might be at its worst is no evidence.
    assert!(end.worst > end.end);
    assert_eq!(of(&end.end.to_string(), &same), "on-track");
    assert_eq!(of("2026-03-20", &same), "at-risk");
    assert_eq!(of("2026-03-16", &same), "late");
    assert_eq!(of("2026-03-11", &same), "late");
    let all_done = |project: &mut Project| {
        for task in &mut project.tasks {
            task.state = State::Done;
        }
    };
    assert_eq!(of("2026-03-11", &all_done), "done");
    let early = |project: &mut Project| {
        for task in &mut project.tasks {
            task.planned = Some([day("2026-05-01"), day("2026-05-08")]);
        }
    };
    assert_eq!(of("2026-06-01", &early), "ahead");
    let blocked = |project: &mut Project| {
        early(project);
        project.blockers = self::project().blockers;
        project.blockers[0].critical = true;
    };
    assert_eq!(of("2026-06-01", &blocked), "at-risk");
    let without_room = |project: &mut Project| {
        early(project);
        project.blockers = self::project().blockers;
    };
    assert_eq!(of("2026-06-01", &without_room), "at-risk");
    let grave = |project: &mut Project| {
        early(project);
        project.risks[0].likelihood = "high".to_owned();
    };
    assert_eq!(of("2026-06-01", &grave), "at-risk");
    let slow = |project: &mut Project| {
        for task in project.tasks.iter_mut().take(3) {
            task.state = State::Done;
            task.days = [1, 1, 1];
            task.started = Some(day("2026-03-02"));
            task.finished = Some(day("2026-03-11"));
        }
    };
    assert_eq!(of("2026-03-26", &slow), "at-risk");
}

#[test]
fn a_plan_that_holds_is_on_track_on_its_first_day() {
    let mut project = project();
    for task in &mut project.tasks {
        task.state = State::Pending;
        (task.started, task.finished, task.evidence) = (None, None, None);
    }
    (project.budget, project.target) = (None, None);
    project.blockers.clear();
    let today = project.start;
    let end = forecast(&project, today).unwrap();
    // Its target is the day on which it will likely be done: not one day to spare.
    project.target = Some(end.end);
    let overall = status(&project, None, today).unwrap().overall;
    assert_eq!(overall.state, "on-track");
    assert!(
        overall.why[0].contains(&end.worst.to_string()),
        "{overall:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// More percent never makes the end later, and what is at its best is never after what is at its worst.
    #[test]
    fn progress_never_makes_it_later(percent in 0_u8..90, more in 0_u8..9, ahead in 0_u64..40) {
        let today = day("2026-03-09").checked_add_days(chrono::Days::new(ahead)).unwrap();
        let at = |percent: u8| {
            let mut project = project();
            // Nothing waits for a busy specialist: with limits less work may end later (Graham, 1966).
            for task in &mut project.tasks {
                project.limits.insert(task.owner.clone(), 9);
            }
            let task = project.tasks.iter_mut().find(|task| task.id == "ports").unwrap();
            task.percent = Some(percent);
            forecast(&project, today).unwrap()
        };
        let (less, further) = (at(percent), at(percent + more));
        prop_assert!(further.end <= less.end);
        prop_assert!(less.best <= less.end && less.end <= less.worst);
        prop_assert!(less.end >= today);
    }
}

#[test]
fn nobody_is_paid_for_the_days_between_done_and_open_again() {
    let task = || "volumes".to_owned();
    let changed =
        |text: &str, change: Change, on: &str| edit(text, &LIBRARY, &[change], day(on)).unwrap().0;
    let paid = |text: &str, on: &str| {
        let project = read(text, &LIBRARY).unwrap();
        let status = status(&project, None, day(on)).unwrap();
        status.budget.unwrap().days.unwrap()
    };
    let begun = changed(FILE, Change::Start { task: task() }, "2026-03-09");
    let done = Change::Done {
        task: task(),
        evidence: "a run".into(),
    };
    let done = changed(&begun, done, "2026-03-10");
    let reopened = Change::Reopen {
        task: task(),
        why: "it is back".into(),
    };
    let reopened = changed(&done, reopened, "2026-03-17");
    assert_eq!(paid(&reopened, "2026-03-17"), paid(&done, "2026-03-17"));
    // From then on it costs again: a day of 800.
    let next = |text: &str| paid(text, "2026-03-18").parse::<f64>().unwrap();
    assert!((next(&reopened) - next(&done) - 800.0).abs() < 0.01);
    assert!(
        reopened.contains("paused = [[2026-03-11, 2026-03-16]]"),
        "{reopened}"
    );
}
