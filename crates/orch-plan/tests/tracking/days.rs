//! Which days count: weekends between two days, at the end of a task, and while nobody worked on it.

use orch_plan::brief::{Options, brief};
use orch_plan::plan::view;
use orch_plan::project::{Project, read};
use orch_plan::status::{forecast, status, status_markdown};

use crate::shop::{LIBRARY, day};

/// A project of these tasks that begins on a Monday.
fn project(head: &str, tasks: &[&str]) -> Project {
    let mut text = format!(
        "version = 1\nname = \"x\"\nstart = 2026-03-02\n{head}\n[[phase]]\nid = \"p\"\ntitle = \"P\"\n"
    );
    for task in tasks {
        text.push_str(&format!(
            "[[task]]\ntitle = \"T\"\nphase = \"p\"\nowner = \"aws\"\n{task}\n"
        ));
    }
    read(&text, &LIBRARY).unwrap_or_else(|error| panic!("{error:#?}"))
}

#[test]
fn an_end_on_the_monday_after_a_target_on_a_weekend_is_one_day_late() {
    // Sixteen days from Monday the 2nd end on Monday the 23rd.
    let task = "id = \"a\"\ndays = [16, 16, 16]";
    for target in ["2026-03-20", "2026-03-21", "2026-03-22"] {
        let head = format!("target = {target}\n[params]\nlate_days = 1");
        let project = project(&head, &[task]);
        let today = project.start;
        let status = status(&project, None, today).unwrap();
        let view = view(&LIBRARY, &project, today).unwrap();
        assert_eq!(status.estimate.end, "2026-03-23");
        assert_eq!(status.estimate.behind_target, Some(1), "{target}");
        assert_eq!(view.target.unwrap().late, [1; 3], "{target}");
        assert_eq!(status.overall.state, "late", "{target}");
        let asked = status.decisions.iter().map(|one| one.question.as_str());
        let asked: Vec<&str> = asked.collect();
        assert!(
            asked.iter().any(|one| one.contains("1 working day after")),
            "{asked:?}"
        );
    }
}

#[test]
fn what_is_finished_on_a_weekend_stands_on_its_day_and_holds_up_nobody() {
    let done = "id = \"a\"\ndays = [5, 5, 5]\nstate = \"done\"\nstarted = 2026-03-02\nfinished = 2026-03-07";
    let next = "id = \"b\"\ndays = [1, 1, 1]\nafter = [\"a\"]";
    let project = project("", &[done, next]);
    let view = view(&LIBRARY, &project, day("2026-03-08")).unwrap();
    assert_eq!(view.tasks[0].last, [day("2026-03-07"); 3]);
    // Nobody is busy with it on Monday any more.
    assert_eq!(view.tasks[1].first, day("2026-03-09"));
}

#[test]
fn a_day_of_a_weekend_costs_what_it_does_where_somebody_began_on_it() {
    let budget = "[budget]\namount = 1000\ncurrency = \"EUR\"\nday_rate = 100";
    let spent = |started: &str, finished: &str| {
        let task = format!(
            "id = \"a\"\ndays = [1, 1, 1]\nstate = \"done\"\nstarted = {started}\nfinished = {finished}"
        );
        let project = project(budget, &[&task]);
        let status = status(&project, None, day("2026-03-16")).unwrap();
        status.budget.unwrap().days.unwrap()
    };
    // Saturday alone; Saturday to Monday; Friday to Monday; Friday to Saturday, when a run of the night showed it.
    for (started, finished, cost) in [
        ("2026-03-07", "2026-03-07", "100.00"),
        ("2026-03-07", "2026-03-09", "200.00"),
        ("2026-03-06", "2026-03-09", "200.00"),
        ("2026-03-06", "2026-03-07", "100.00"),
    ] {
        assert_eq!(spent(started, finished), cost, "{started} {finished}");
    }
}

#[test]
fn days_on_which_a_task_is_blocked_bring_it_no_further() {
    let task = "id = \"a\"\ndays = [5, 5, 5]\nstate = \"started\"\nstarted = 2026-03-02";
    let ends = |blocked: &str| {
        let project = project("", &[&format!("{task}\n{blocked}")]);
        let status = status(&project, None, day("2026-03-10")).unwrap();
        status.estimate.end
    };
    assert_eq!(ends(""), "2026-03-10");
    // Blocked since its first day: all five days are left. Blocked for two of the days: two more than seven.
    let blocker = "[[blocker]]\nid = \"b1\"\ntask = \"a\"\nwhat = \"x\"\nsince = 2026-03-";
    assert_eq!(ends(&format!("{blocker}02")), "2026-03-16");
    assert_eq!(
        ends(&format!("{blocker}03\nended = 2026-03-06")),
        "2026-03-11"
    );
    // The briefing counts the same days.
    let project = project("", &[&format!("{task}\n{blocker}02")]);
    let options = Options {
        today: Some(day("2026-03-10")),
        ..Options::default()
    };
    let brief = brief(
        "aws",
        &crate::shop::before(),
        Some(&project),
        &LIBRARY,
        &options,
    )
    .unwrap();
    assert_eq!(brief.duration.days, Some([5; 3]));
}

#[test]
fn days_on_which_a_task_was_done_already_are_none_that_it_took() {
    // Open from Monday to Tuesday and from Tuesday to Wednesday of the next week.
    let task = |id: &str| {
        format!(
            "id = \"{id}\"\ndays = [4, 4, 4]\nstate = \"done\"\nstarted = 2026-03-02\nfinished = 2026-03-11\n\
             paused = [[2026-03-04, 2026-03-09]]"
        )
    };
    let tasks = [task("a"), task("b"), task("c")];
    let project = project("", &tasks.each_ref().map(String::as_str));
    let today = day("2026-03-12");
    let status = status(&project, None, today).unwrap();
    assert_eq!(status.phases[0].tasks[0].took, Some(4));
    let pace = forecast(&project, today).unwrap().pace;
    assert_eq!(pace.unwrap().to_string(), "1");
    // It took as long as was thought: there is no lesson.
    let lessons = crate::shop::results(&project, "2026-03-12").lessons;
    assert!(lessons.is_empty(), "{lessons:?}");
}

#[test]
fn without_planned_days_nothing_is_ahead_of_them() {
    let task = "id = \"a\"\ndays = [2, 2, 2]";
    let project = project("target = 2026-04-30", &[task]);
    let status = status(&project, None, project.start).unwrap();
    assert_eq!(status.overall.state, "on-track");
    let told = status_markdown(&status).unwrap();
    let status_line = told.lines().find(|line| line.contains("**Status:**"));
    assert!(!status_line.unwrap().contains("planned end"), "{told}");
}
