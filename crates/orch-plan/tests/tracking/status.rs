//! What the status of a project says.

use insta::assert_snapshot;
use orch_plan::plan::view;
use orch_plan::project::{Change, Project, State, edit, read, reconcile};
use orch_plan::status::{forecast, status, status_markdown, status_table, weekly, weekly_markdown};
use proptest::prelude::*;

use crate::shop::*;

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
            "Reviews: security, cost, compliance",
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
fn who_is_done_before_what_comes_first_is_told() {
    let done = Change::Done {
        task: "dashboards".to_owned(),
        evidence: "a link".to_owned(),
    };
    let (_, said) = edit(FILE, &LIBRARY, &[done], day("2026-03-12")).unwrap();
    assert_eq!(said[1], "it was to wait for ports, not done yet");
}
