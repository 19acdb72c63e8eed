//! How a briefing becomes shorter: lists are cut, and say what prints the rest.

use super::commands::Commands;
use super::v1::{Brief, List};

/// How many places and ids of one rule stand in a row before the rest is counted.
pub(crate) const IN_A_ROW: usize = 4;

/// What lists all tasks of the project.
const TASKS: &str = "orch project status";

/// Cuts every list to so many rows.
pub(super) fn shorten(brief: &mut Brief, rows: usize) {
    let commands = commands(brief);
    let all = commands.all();
    brief.state.estate.cut(rows, &all);
    for issue in &mut brief.state.issues.items {
        let command = commands.rule(&issue.rule);
        issue.places.cut(IN_A_ROW, &command);
        issue.findings.cut(IN_A_ROW, &command);
    }
    brief.state.issues.cut(rows.max(1) * 2, &all);
    brief.state.unread.cut(rows, &all);
    brief.tasks.cut(rows.max(1) * 3, TASKS);
    for section in &mut brief.sections {
        let command = commands.section(&section.id);
        section.rows.cut(rows, &command);
        if let Some(code) = &mut section.code {
            code.blocks.cut(rows, &command);
        }
    }
}

fn commands(brief: &Brief) -> Commands {
    Commands::of(&printed_by(&brief.specialist.id), &brief.run)
}

/// What prints the briefing for a specialist, before `--run`.
pub(super) fn printed_by(specialist: &str) -> String {
    format!("orch brief --for {specialist}")
}

/// Every list that may be cut to make a briefing smaller, with the command that prints all of it.
pub(super) fn lists(brief: &mut Brief) -> Vec<(&mut dyn Cuttable, String)> {
    let commands = commands(brief);
    let all = commands.all();
    let mut lists: Vec<(&mut dyn Cuttable, String)> = vec![
        (&mut brief.state.estate, all.clone()),
        (&mut brief.state.issues, all.clone()),
        (&mut brief.state.unread, all.clone()),
        (&mut brief.state.constraints, all.clone()),
        (&mut brief.objectives, all.clone()),
        (&mut brief.tasks, TASKS.to_owned()),
        (&mut brief.metrics, all.clone()),
        (&mut brief.success, all.clone()),
        (&mut brief.assets, all.clone()),
        (&mut brief.requires, all.clone()),
        (&mut brief.blocks, all.clone()),
        (&mut brief.handoff, all),
        (&mut brief.hand_overs, TASKS.to_owned()),
    ];
    for section in &mut brief.sections {
        let command = commands.section(&section.id);
        lists.push((&mut section.rows, command.clone()));
        if let Some(code) = &mut section.code {
            lists.push((&mut code.blocks, command));
        }
    }
    lists
}

/// A list that may be cut.
pub(super) trait Cuttable {
    /// How many bytes it has, and how many items.
    fn size(&self) -> (usize, usize);
    /// Keeps the first so many.
    fn keep(&mut self, items: usize, command: &str);
}

impl<T: serde::Serialize> Cuttable for List<T> {
    fn size(&self) -> (usize, usize) {
        let bytes = serde_json::to_vec(&self.items).map_or(0, |bytes| bytes.len());
        (bytes, self.items.len())
    }

    fn keep(&mut self, items: usize, command: &str) {
        self.cut(items, command);
    }
}
