//! How a plan is shown, and how it follows what happened.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use orch_plan::plan::{self, Ask};
use orch_plan::project::State;

use crate::ground::*;

/// Two weeks in: what is done stands where it was done, what has begun ends not before today, the rest follows.
#[test]
fn what_happened_moves_what_waits_for_it() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let mut project = plan::propose(library, &ask("", "migration", &clouds, &limits)).unwrap();
    let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap();
    let planned = plan::timeline(&project, None).unwrap();
    let inventory = project
        .tasks
        .iter_mut()
        .find(|one| one.id == "inventory")
        .unwrap();
    inventory.state = State::Done;
    (inventory.started, inventory.finished) = (Some(day(2)), Some(day(10)));
    let network = project
        .tasks
        .iter_mut()
        .find(|one| one.id == "network")
        .unwrap();
    network.state = State::Started;
    (network.started, network.percent) = (Some(day(11)), Some(50));
    let now = plan::timeline(&project, Some(day(17))).unwrap();
    let row = |timeline: &plan::Timeline, id: &str| {
        timeline
            .rows
            .iter()
            .find(|row| row.id == id)
            .unwrap()
            .clone()
    };
    assert_eq!(row(&now, "inventory").last, [day(10); 3]);
    // Half of 4, 6, 10 days is left, from the 17th on.
    assert_eq!(row(&now, "network").last, [day(18), day(19), day(23)]);
    assert_eq!(row(&now, "code").first, day(17));
    assert!(now.end[1] > planned.end[1]);
    // Given up: what waited for it waits for what it waited for.
    let databases = project
        .tasks
        .iter_mut()
        .find(|one| one.id == "databases")
        .unwrap();
    databases.state = State::Dropped;
    let without = plan::timeline(&project, Some(day(17))).unwrap();
    assert_eq!(row(&without, "backup").first, day(20));
}

/// All that a stranger could put into names and titles.
#[test]
fn pictures_hold_no_hostile_text() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let evil = "a\"><script>alert(1)</script>\u{1b}[2J\u{202e} section: x ; %% {b} `c` # & '\nclick t0 href \"javascript:1\"";
    let asked = Ask {
        name: Some(evil),
        ..ask(evil, "migration", &clouds, &limits)
    };
    let mut project = plan::propose(library, &asked).unwrap();
    project.tasks[0].title = evil.to_owned();
    project.phases[0].title = evil.to_owned();
    project.phases[0].milestone = Some(evil.to_owned());
    let view = plan::view(library, &project, start()).unwrap();
    for picture in [plan::gantt_svg(&view), plan::progress_svg(&view)] {
        assert!(
            !picture.contains("<script")
                && !picture.contains('\u{1b}')
                && !picture.contains('\u{202e}')
        );
    }
    for chart in [plan::gantt(&view), plan::progress(&view)] {
        assert!(
            !chart.contains('<') && !chart.contains('\u{1b}') && !chart.contains("\n    click")
        );
        let is_ours = |line: &str| {
            let first = line.trim_start();
            [
                "gantt",
                "title ",
                "dateFormat",
                "inclusiveEndDates",
                "axisFormat",
                "section ",
                "[",
                "pie ",
                "\"",
            ]
            .iter()
            .any(|begin| first.starts_with(begin))
        };
        assert!(chart.lines().all(is_ours), "{chart}");
    }
    let text = plan::written(&project).unwrap();
    assert_eq!(project_of(&text), project);
}

#[test]
fn pictures_and_tables() {
    let library = &*LIBRARY;
    let limits = BTreeMap::new();
    let clouds = names(&["aws"]);
    let findings = [
        finding("open-port", "u1", "aws", "security", "critical"),
        saving(
            finding("idle", "u4", "aws", "cost", "medium"),
            "2.50",
            false,
            false,
        ),
    ];
    let run = run(&["aws"], &findings, &[], &[]);
    let asked = Ask {
        run: Some(&run),
        target: NaiveDate::from_ymd_opt(2026, 4, 3),
        ..ask(
            "a new shop on aws",
            "infrastructure-setup",
            &clouds,
            &limits,
        )
    };
    let project = plan::propose(library, &asked).unwrap();
    let view = plan::view(library, &project, start()).unwrap();
    for width in [100, 160] {
        let mut table = Vec::new();
        plan::table(&view, width, &mut table).unwrap();
        insta::assert_snapshot!(format!("table_{width}"), String::from_utf8(table).unwrap());
    }
    insta::assert_snapshot!("gantt_mermaid", plan::gantt(&view));
    insta::assert_snapshot!("progress_mermaid", plan::progress(&view));
    insta::assert_snapshot!("gantt_svg", plan::gantt_svg(&view));
    insta::assert_snapshot!("file", plan::written(&project).unwrap());
}
