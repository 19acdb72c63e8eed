//! Plans as Mermaid: a Gantt chart, and how far it is.

use std::fmt::Write as _;

use orch_report::visible;

use super::view::PlanView;
use crate::project::State;

/// A Gantt chart of the likely dates. What is critical is marked, and how each task stands.
pub fn gantt(plan: &PlanView) -> String {
    let mut chart = format!(
        "gantt\n    title {}\n    dateFormat YYYY-MM-DD\n    inclusiveEndDates\n    axisFormat %d %b\n",
        plain(&plan.name)
    );
    for phase in &plan.phases {
        let here = || {
            plan.tasks
                .iter()
                .enumerate()
                .filter(|(_, task)| task.phase == phase.id)
        };
        if here().next().is_none() {
            continue;
        }
        // Writing to a String does not fail.
        let _ = writeln!(chart, "    section {}", plain(&phase.title));
        for (at, task) in here() {
            let mut marks = String::new();
            if task.critical {
                marks.push_str("crit, ");
            }
            match task.state {
                State::Done => marks.push_str("done, "),
                State::Started => marks.push_str("active, "),
                State::Pending | State::Dropped => {}
            }
            // The bracket keeps a title that begins like a word of Mermaid from being one.
            let _ = writeln!(
                chart,
                "    [{}] {} :{marks}t{at}, {}, {}",
                plain(&task.owner),
                plain(&task.title),
                task.first,
                task.last[1].max(task.first)
            );
        }
    }
    if let Some(target) = &plan.target {
        let _ = writeln!(
            chart,
            "    section Target\n    [target] {} :milestone, target, {}, 0d",
            target.date, target.date
        );
    }
    chart
}

/// A pie of the tasks by how they stand.
pub fn progress(plan: &PlanView) -> String {
    let started: usize = plan.phases.iter().map(|phase| phase.started).sum();
    let mut chart = format!("pie showData title {}\n", plain(&plan.name));
    for (name, count) in [
        ("done", plan.done),
        ("in progress", started),
        ("open", plan.of.saturating_sub(plan.done + started)),
    ] {
        let _ = writeln!(chart, "    \"{name}\" : {count}");
    }
    chart
}

/// Text without the signs that mean something to Mermaid.
fn plain(text: &str) -> String {
    let signs = |c: char| match c {
        ':' => '\u{a789}',
        ';' | '#' | '%' | '{' | '}' | '<' | '>' | '"' | '`' | '&' | '|' | '\\' => ' ',
        other => other,
    };
    visible(text).chars().map(signs).collect()
}
