//! The status as a table for a terminal.

use std::collections::BTreeMap;

use orch_plan::status::v1::Status;
use orch_report::visible;

/// Phases and tasks, a line each, below what is most important.
pub(super) fn table(status: &Status) -> String {
    let mut rows = vec![["", "task", "owner", "days", "from", "to", "what"].map(str::to_owned)];
    // The first row of each phase.
    let mut heads: BTreeMap<usize, String> = BTreeMap::new();
    for phase in &status.phases {
        heads.insert(
            rows.len(),
            format!(
                "{} ({})",
                visible(&phase.title),
                phase.state.replace('-', " ")
            ),
        );
        for task in &phase.tasks {
            let state = match (task.state.as_str(), task.blocked_by.is_empty()) {
                ("done", _) => "done".to_owned(),
                ("dropped", _) => "given up".to_owned(),
                (_, false) => "blocked".to_owned(),
                ("started", true) => match task.percent {
                    Some(percent) => format!("{percent} %"),
                    None => "begun".to_owned(),
                },
                _ if task.critical => "critical".to_owned(),
                _ => String::new(),
            };
            let day = |day: &Option<String>| day.clone().unwrap_or_default();
            rows.push([
                state,
                task.id.clone(),
                task.owner.clone(),
                task.took.unwrap_or(task.days[1]).to_string(),
                day(&task.start),
                day(&task.end),
                visible(&task.title).into_owned(),
            ]);
        }
    }
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..7).map(width).collect();
    let mut out = format!(
        "{}: {}, {} of {} tasks done, estimated end {}\n",
        visible(&status.project.name),
        status.overall.title,
        status.progress.done,
        status.progress.tasks,
        status.estimate.end
    );
    for why in &status.overall.why {
        out.push_str(&format!("  {}\n", visible(why)));
    }
    out.push('\n');
    for (at, row) in rows.iter().enumerate() {
        if let Some(head) = heads.get(&at) {
            out.push_str(&format!("\n{head}\n"));
        }
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    let flags: Vec<&str> = status
        .flags
        .iter()
        .filter(|flag| flag.raised)
        .map(|flag| flag.title.as_str())
        .collect();
    if !flags.is_empty() {
        out.push_str(&format!("\nred flags: {}\n", flags.join("; ")));
    }
    for one in &status.escalations {
        out.push_str(&format!(
            "escalate to {}: {}\n",
            visible(&one.decider),
            visible(&one.title)
        ));
    }
    out
}
