//! What a project brought, and what it cost.

use insta::assert_snapshot;
use orch_plan::plan::{table, view};
use orch_plan::project::{Change, Project, ReadingOf, State, Task, edit, read, reconcile};
use orch_plan::results::{Before, completion, completion_markdown, readings};
use orch_plan::status::{status, status_markdown, weekly, weekly_markdown};

use crate::shop::*;

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
fn a_day_on_which_one_task_ends_and_another_begins_is_spent_once() {
    let mut project = project();
    let today = day("2026-03-30");
    let tasks = &mut project.tasks;
    let (first, second) = tasks.split_at_mut(1);
    for (task, [started, finished]) in first
        .iter_mut()
        .chain(&mut second[..1])
        .zip([["2026-03-09", "2026-03-11"], ["2026-03-11", "2026-03-13"]])
    {
        task.owner = "aws".to_owned();
        task.state = State::Done;
        task.started = Some(day(started));
        task.finished = Some(day(finished));
        task.paused.clear();
    }
    project.limits.clear();
    let spent = |project: &Project| {
        let status = status(project, None, today).unwrap();
        status.budget.unwrap().days
    };
    let alone = spent(&project);
    project.limits.insert("aws".to_owned(), 2);
    assert_eq!(spent(&project), alone);
}

/// The project of the tests with all that is open done on a day.
fn finished(on: &str) -> Project {
    let mut project = project();
    for task in &mut project.tasks {
        if task.state != State::Done {
            task.state = State::Done;
            task.started = Some(day("2026-03-09"));
            task.finished = Some(day(on));
        }
    }
    project.blockers.clear();
    project.decisions.clear();
    project
}

#[test]
fn what_is_over_was_held_or_missed_and_asks_for_nothing() {
    // The target was on Friday the 20th.
    let mut project = finished("2026-03-24");
    project.budget.as_mut().unwrap().amount = 1000.into();
    let today = day("2026-03-26");
    let status = status(&project, None, today).unwrap();
    assert_eq!(status.overall.title, "Done");
    let why = status.overall.why.join("; ");
    assert!(
        why.contains("2 working days after the target of 2026-03-20"),
        "{why}"
    );
    assert!(why.contains("over the budget"), "{why}");
    let told = status_markdown(&status).unwrap();
    assert!(!told.contains("reprioritize"), "{told}");
    let shown = |project: &Project| {
        let plan = view(&LIBRARY, project, today).unwrap();
        let mut table_of = Vec::new();
        table(&plan, 100, &mut table_of).unwrap();
        String::from_utf8(table_of).unwrap()
    };
    let missed = shown(&project);
    assert!(
        missed.contains("The target 2026-03-20 was missed by 2 working days"),
        "{missed}"
    );
    // The row of a task ends with the days on which it was done.
    let row = missed
        .lines()
        .find(|line| line.contains("Dashboards"))
        .unwrap();
    assert!(row.ends_with("2026-03-24"), "{missed}");
    let held = shown(&finished("2026-03-20"));
    assert!(held.contains("The target 2026-03-20 was held"), "{held}");
}

#[test]
fn what_is_left_is_counted_whole() {
    let mut project = project();
    let plain = project
        .tasks
        .iter()
        .find(|task| task.id == "cutover")
        .unwrap()
        .clone();
    project.tasks.extend((0..20).map(|at| Task {
        id: format!("more-{at}"),
        ..plain.clone()
    }));
    let open = project
        .tasks
        .iter()
        .filter(|task| task.state != State::Done)
        .count();
    let report = results(&project, "2026-03-13");
    // The task about ports is about findings that are open, and they are told; eight others are named.
    let told = format!(
        "{} more tasks are not done yet, 1 of them about findings that are open: `orch project status` lists them",
        open - 8
    );
    assert!(
        report.recommendations.contains(&told),
        "{:#?}",
        report.recommendations
    );
    project.decisions.retain(|one| one.on.is_none());
    let told = completion_markdown(&results(&project, "2026-03-13")).unwrap();
    assert!(
        told.contains("None was made.\n\nTo be decided:\n\n- ("),
        "{told}"
    );
}

#[test]
fn what_is_printed_adds_up() {
    let (mut before, mut after) = (before(), after());
    before.report.billing[0].daily_average = Some("494.3".to_owned());
    after.report.billing[0].daily_average = Some("487.69".to_owned());
    let runs = Before {
        before: Some(&before),
        after: Some(&after),
    };
    let report = completion(&project(), runs, &LIBRARY, day("2026-03-13")).unwrap();
    let bill = &report.money.bills[0];
    assert_eq!(bill.monthly, ["15034.96", "14833.90"]);
    assert_eq!(
        (&*bill.realised, &*bill.annualised[0]),
        ("201.06", "2412.72")
    );
}

#[test]
fn a_change_is_computed_from_what_was_measured_and_not_from_what_is_shown() {
    // Of 56 days there were 21 deployments in the last 56: 2.625 a week.
    let row = |on: &str, value: &str| {
        Change::Measure(ReadingOf {
            metric: "deployment-frequency".to_owned(),
            unit: Some("a week".to_owned()),
            up_is_good: Some(true),
            target: None,
            on: day(on),
            value: value.parse().unwrap(),
            source: "deploys.csv, 28 days".to_owned(),
        })
    };
    let rows = [row("2026-03-01", "0.333333"), row("2026-03-12", "2.625")];
    let (text, _) = edit(FILE, &LIBRARY, &rows, day("2026-03-13")).unwrap();
    let report = results(&read(&text, &LIBRARY).unwrap(), "2026-03-13");
    let mut all = report.impact.iter().flat_map(|one| &one.metrics);
    let shown = all
        .find(|one| one.metric == "deployment-frequency")
        .unwrap();
    assert_eq!(shown.before.as_ref().unwrap()[0], "0.33");
    assert_eq!(shown.after.as_ref().unwrap()[0], "2.63");
    assert_eq!(shown.change.as_deref(), Some("+2.29 (+687.5 %)"));
}
