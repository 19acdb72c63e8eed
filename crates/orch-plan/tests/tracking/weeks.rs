//! What a weekly report says.

use insta::assert_snapshot;
use orch_plan::status::{forecast, weekly, weekly_markdown};

use crate::shop::*;

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
fn a_blocker_of_one_week_is_in_its_report() {
    let weekly = |today: &str| weekly(&project(), None, day(today)).unwrap();
    let week = weekly("2026-03-08");
    assert_eq!(week.unblocked.len(), 1, "{week:#?}");
    let told = weekly_markdown(&week).unwrap();
    let line = "- ✅ Blocker over: No access to the old account (`review`, 2026-03-03 to 2026-03-05) – the owner gave a role";
    assert!(told.contains(line), "{told}");
    assert!(weekly("2026-03-15").unblocked.is_empty());
}
