//! A project of 10,000 tasks is read, scheduled, shown and judged, and the answers are right.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::NaiveDate;
use orch_plan::{Library, plan, project, status, working_days};

const TASKS: usize = 10_000;
const OWNERS: [&str; 10] = [
    "aws",
    "azure",
    "gcp",
    "terraform",
    "ansible",
    "cicd",
    "kubernetes",
    "monitoring",
    "docker",
    "security",
];

/// Each owner has a chain of tasks of one day, and each task waits for one of the owner before too.
fn text() -> String {
    let mut text = "version = 1\nname = \"Large\"\nrequest = \"\"\nstart = 2026-01-05\n\n[[phase]]\nid = \"all\"\n\
                    title = \"All\"\n"
        .to_owned();
    for at in 0..TASKS {
        let (row, column) = (at / OWNERS.len(), at % OWNERS.len());
        let mut after = Vec::new();
        if row > 0 {
            after.push(format!("\"t{}\"", at - OWNERS.len()));
            if column > 0 {
                after.push(format!("\"t{}\"", at - OWNERS.len() - 1));
            }
        }
        let _ = write!(
            text,
            "\n[[task]]\nid = \"t{at}\"\ntitle = \"Cutover {at}\"\nphase = \"all\"\nowner = \"{}\"\ndays = [1, 1, 2]\n\
             after = [{}]\n",
            OWNERS[column],
            after.join(", ")
        );
    }
    text
}

#[test]
fn ten_thousand_tasks_are_planned() {
    let library = Library::built_in().unwrap();
    let project = project::read(&text(), &library).unwrap();
    let today = project.start;
    let timeline = plan::timeline(&project, Some(today)).unwrap();
    let rows = TASKS / OWNERS.len();
    assert_eq!(timeline.days as usize, rows);
    assert_eq!(timeline.critical_days as usize, rows);
    assert!(timeline.rows.iter().all(|row| row.critical));
    for (at, row) in timeline.rows.iter().enumerate() {
        assert_eq!(row.days.0 as usize, at / OWNERS.len());
    }
    let view = plan::view(&library, &project, today).unwrap();
    assert_eq!((view.of, view.working_days as usize), (TASKS, rows));
    // On its day a task has the other nine owners beside it.
    assert!(
        view.tasks
            .iter()
            .all(|task| task.beside.len() == OWNERS.len() - 1)
    );
    // A task of each of the other owners is handed over to every one but the first of a row.
    assert_eq!(view.hand_offs.len(), (rows - 1) * (OWNERS.len() - 1));
    let mut table = Vec::new();
    plan::table(&view, 100, &mut table).unwrap();
    assert!(String::from_utf8(table).unwrap().contains("Cutover 9999"));
    let status = status::status(&project, None, today).unwrap();
    assert_eq!(status.progress.tasks as usize, TASKS);
    assert_eq!(status.estimate.end, view.end[1].to_string());
}

#[test]
fn ten_thousand_tasks_half_of_them_done_are_judged() {
    let library = Library::built_in().unwrap();
    let mut project = project::read(&text(), &library).unwrap();
    let day =
        |row: usize| -> NaiveDate { orch_plan::date(project.start, u32::try_from(row).unwrap()) };
    let half = TASKS / 2;
    let days: Vec<NaiveDate> = (0..half).map(|at| day(at / OWNERS.len())).collect();
    let today = day(half / OWNERS.len());
    for (task, day) in project.tasks.iter_mut().zip(days) {
        task.state = project::State::Done;
        task.started = Some(day);
        task.finished = Some(day);
    }
    let view = plan::view(&library, &project, today).unwrap();
    assert_eq!(view.done, half);
    let status = status::status(&project, None, today).unwrap();
    let left: usize = status.estimate.days_left.try_into().unwrap();
    assert_eq!(left, half / OWNERS.len());
    let raised: BTreeMap<&str, bool> = status
        .flags
        .iter()
        .map(|one| (one.id.as_str(), one.raised))
        .collect();
    // Each has monitoring done before it, and no way back.
    assert!(!raised["monitoring-gap"] && raised["no-rollback"]);
    assert!(!raised["unidentified-dependency"]);
    assert_eq!(
        working_days(project.start, view.end[1]) as usize + 1,
        TASKS / OWNERS.len()
    );
}

#[test]
fn a_chain_of_ten_thousand_that_waits_for_itself_is_told() {
    let library = Library::built_in().unwrap();
    let text = text().replacen("after = []", "after = [\"t9990\"]", 1);
    let mistakes = project::read(&text, &library).unwrap_err();
    assert!(
        mistakes[0]
            .message
            .starts_with("tasks wait for each other: "),
        "{}",
        mistakes[0].message
    );
}

#[test]
fn absurd_days_are_told_with_their_line() {
    let library = Library::built_in().unwrap();
    let text = text().replacen("days = [1, 1, 2]", "days = [1, 1, 1000000000]", 1);
    let mistakes = project::read(&text, &library).unwrap_err();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert_eq!(mistakes[0].message, "`days` cannot be 1000000000");
    assert_eq!(
        project::line_and_column(&text, mistakes[0].span.start).0,
        15
    );
}
