//! What becomes of tasks that were given up, of those that wait for them, and of the reason.

use orch_plan::brief::{Options, brief};
use orch_plan::plan::view;
use orch_plan::project::{Change, Project, edit, read};
use orch_plan::status::{Wish, choose, forecast, options, status};

use crate::shop::*;

/// `c` waits for `b`, which was given up and waited for `a`.
const GAP: &str = r#"
version = 1
name = "x"
start = 2026-03-02
target = 2026-03-10
[[phase]]
id = "p"
title = "P"
[[task]]
id = "a"
title = "A"
phase = "p"
owner = "security"
days = [2, 2, 2]
[[task]]
id = "b"
title = "B"
phase = "p"
owner = "aws"
days = [2, 2, 2]
after = ["a"]
state = "dropped"
[[task]]
id = "c"
title = "C"
phase = "p"
owner = "monitoring"
days = [9, 9, 9]
after = ["b"]
[[task]]
id = "other"
title = "Something else"
phase = "p"
owner = "security"
days = [9, 9, 9]
planned = [2026-03-02, 2026-03-12]
[[blocker]]
id = "b1"
task = "a"
what = "no key"
since = 2026-03-02
"#;

fn gap() -> Project {
    read(GAP, &LIBRARY).unwrap_or_else(|error| panic!("{error:#?}"))
}

#[test]
fn everybody_steps_over_what_was_given_up_as_the_dates_do() {
    let project = gap();
    let today = project.start;
    let dates = forecast(&project, today).unwrap().dates;
    assert!(dates["a"].1 < dates["c"].0);
    let status = status(&project, None, today).unwrap();
    assert_eq!(status.blockers[0].holds, ["c"]);
    let hands: Vec<_> = status
        .hand_overs
        .iter()
        .map(|one| (one.task.as_str(), one.to.as_str()))
        .collect();
    assert_eq!(hands, [("a", "monitoring")]);
    let view = view(&LIBRARY, &project, today).unwrap();
    let c = view.tasks.iter().find(|task| task.id == "c").unwrap();
    assert_eq!(c.after, ["a"]);
    let hands: Vec<_> = view
        .hand_offs
        .iter()
        .map(|one| (&one.from, &one.to))
        .collect();
    assert_eq!(hands, [(&"a".to_owned(), &"c".to_owned())]);
    // What is to come first brings with it what it waits for.
    let wish = Wish {
        because: "it is wanted".to_owned(),
        first: vec!["c".to_owned()],
    };
    let found = options(&project, &wish, today).unwrap();
    let order = found
        .shown
        .options
        .iter()
        .find(|one| one.kind == "swap-order");
    let order = order.unwrap_or_else(|| panic!("{:?}", found.shown.not_offered));
    assert!(order.tasks.iter().any(|one| one.task == "c"), "{order:?}");
    // What something waits for is not offered to be given up.
    let dropped: Vec<_> = found.changes.iter().flatten().collect();
    let a = "a".to_owned();
    assert!(!dropped.contains(&&Change::Drop { task: a }), "{dropped:?}");
    let run = before();
    let brief = brief(
        "monitoring",
        &run,
        Some(&project),
        &LIBRARY,
        &Options::default(),
    )
    .unwrap();
    let needs: Vec<_> = brief
        .requires
        .items
        .iter()
        .map(|one| one.who.as_str())
        .collect();
    assert_eq!(needs, ["security"]);
    // Whoever begins too early is told of what really comes first.
    let (_, told) = edit(
        GAP,
        &LIBRARY,
        &[Change::Start {
            task: "c".to_owned(),
        }],
        today,
    )
    .unwrap();
    assert!(
        told.contains(&"it was to wait for a, not done yet".to_owned()),
        "{told:?}"
    );
}

#[test]
fn a_phase_that_was_given_up_reaches_no_milestone() {
    let mut project = project();
    for task in project.tasks.iter_mut().filter(|task| task.phase == "mend") {
        task.state = orch_plan::project::State::Dropped;
        task.started = None;
    }
    let today = day("2026-03-12");
    let status = status(&project, None, today).unwrap();
    let state = |id: &str| {
        let phase = status.phases.iter().find(|phase| phase.id == id);
        phase.unwrap().state.as_str()
    };
    assert_eq!((state("audit"), state("mend")), ("completed", "pending"));
    let milestones = results(&project, "2026-03-12").milestones;
    let reached: Vec<bool> = milestones.iter().map(|one| one.reached).collect();
    assert_eq!(reached, [true, false]);
}

#[test]
fn why_a_task_was_given_up_stays_with_the_task() {
    let wish = Wish {
        because: "the audit was moved".to_owned(),
        first: vec!["alarms".to_owned()],
    };
    let today = day("2026-03-12");
    let found = options(&project(), &wish, today).unwrap();
    let drop = found
        .shown
        .options
        .iter()
        .find(|one| one.kind == "drop-scope");
    let number = drop.unwrap().number;
    let mut changes = choose(&found, number, "nobody looks at pages", Some("Ada")).unwrap();
    let dropped: Vec<String> = changes
        .iter()
        .filter_map(|one| match one {
            Change::Drop { task } => Some(task.clone()),
            _ => None,
        })
        .collect();
    // What is noted later is no reason.
    changes.push(Change::Log {
        what: "somebody asked for it".to_owned(),
        task: Some(dropped[0].clone()),
        on: None,
    });
    let (text, _) = edit(FILE, &LIBRARY, &changes, today).unwrap();
    let then = read(&text, &LIBRARY).unwrap();
    let left_out = view(&LIBRARY, &then, today).unwrap().left_out;
    assert_eq!(left_out.len(), dropped.len());
    for one in left_out {
        assert_eq!(one.reason, "nobody looks at pages", "{}", one.task);
    }
    // A note alone is none.
    let mut noted = project();
    noted.tasks[1].state = orch_plan::project::State::Dropped;
    let left_out = view(&LIBRARY, &noted, today).unwrap().left_out;
    assert_eq!(left_out[0].reason, "it was given up, and nobody wrote why");
}
