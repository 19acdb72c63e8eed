//! The status as a table for a terminal of some width.

use std::io::{self, Write};

use orch_report::{grid, visible};

use super::v1::{Status, Task};

/// What a task is called of which every day counts.
const CRITICAL: &str = "critical";

/// Columns that a title needs beside the id of its task.
const TITLE: usize = 30;

/// Columns of state, days and two dates, with the room between all columns.
const DATES: usize = 8 + 4 + 10 + 10 + 14;

/// Writes phases and tasks, a row each, below what is most important; no line is wider than `width`.
///
/// # Errors
/// Those of `out`.
pub fn status_table(status: &Status, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let head = format!(
        "{}: {}, {} of {} tasks done, estimated end {}",
        visible(&status.project.name),
        status.overall.title,
        status.progress.done,
        status.progress.tasks,
        status.estimate.end
    );
    line(&head, width, out)?;
    for why in &status.overall.why {
        line(&format!("- {}", visible(why)), width, out)?;
    }
    let mut tasks = status.phases.iter().flat_map(|phase| &phase.tasks);
    if tasks.any(is_marked) {
        let legend = format!("- {CRITICAL}: a day late there is a day late at the end");
        line(&legend, width, out)?;
    }
    for phase in &status.phases {
        writeln!(out)?;
        let head = format!("{} ({})", phase.title, phase.state.replace('-', " "));
        line(&head, width, out)?;
        if !phase.reviews.is_empty() {
            line(
                &format!("Reviews: {}", phase.reviews.join(", ")),
                width,
                out,
            )?;
        }
        // An id in two lines cannot be copied; titles are there where they have room.
        let ids = phase.tasks.iter().map(|task| task.id.chars().count());
        let owners = phase.tasks.iter().map(|task| task.owner.chars().count());
        let others = ids.max().unwrap_or(0) + owners.max().unwrap_or(0).max(5) + DATES;
        let names = ["", "TASK", "OWNER", "DAYS", "FROM", "TO", "WHAT"];
        let mut rows = vec![names.map(str::to_owned).to_vec()];
        rows.extend(phase.tasks.iter().map(row));
        if width < others + TITLE {
            rows.iter_mut().for_each(|row| row.truncate(6));
        }
        let whole: &[usize] = match width < others {
            true => &[0, 2, 3, 4, 5],
            false => &[0, 1, 2, 3, 4, 5],
        };
        if phase.tasks.is_empty() {
            writeln!(out, "no tasks yet")?;
        } else {
            grid(&rows, &[3], whole, width, out)?;
        }
    }
    let raised = status.flags.iter().filter(|flag| flag.raised);
    let flags: Vec<&str> = raised.map(|flag| flag.title.as_str()).collect();
    if !flags.is_empty() {
        writeln!(out)?;
        line(&format!("red flags: {}", flags.join("; ")), width, out)?;
    }
    for one in &status.decisions {
        let text = format!("{} decides: {}", one.decider, one.question.replace('`', ""));
        line(&text, width, out)?;
    }
    Ok(())
}

/// One text over as many lines as it needs.
fn line(text: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    grid(&[vec![text.to_owned()]], &[], &[], width, out)
}

/// Whether a task is marked as one that may not be late.
fn is_marked(task: &Task) -> bool {
    task.state == "pending" && task.blocked_by.is_empty() && task.critical
}

fn row(task: &Task) -> Vec<String> {
    let state = match (task.state.as_str(), task.blocked_by.is_empty()) {
        ("done", _) => "done".to_owned(),
        ("dropped", _) => "given up".to_owned(),
        (_, false) => "blocked".to_owned(),
        ("started", true) => match task.percent {
            Some(percent) => format!("{percent} %"),
            None => "begun".to_owned(),
        },
        _ if is_marked(task) => CRITICAL.to_owned(),
        _ => String::new(),
    };
    let day = |day: &Option<String>| day.clone().unwrap_or_default();
    vec![
        state,
        task.id.clone(),
        task.owner.clone(),
        task.took.unwrap_or(task.days[1]).to_string(),
        day(&task.start),
        day(&task.end),
        task.title.clone(),
    ]
}
