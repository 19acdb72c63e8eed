//! What prints the rest of what a briefing or a review shows only a part of.

use super::said::shell;
use super::v1::Source;

/// These commands. They name the run as the text around them does: where that is redacted, so are they.
pub(crate) struct Commands {
    /// What prints the text, before `--run`: `orch brief --for terraform`.
    begin: String,
    run: String,
    is_snapshot: bool,
}

impl Commands {
    /// Those of a text that `begin` prints.
    pub(crate) fn of(begin: &str, run: &Source) -> Self {
        Self::on(begin, &run.name, run.snapshot)
    }

    /// Those of a text that `begin` prints of a run, which is a snapshot or a report.
    pub(crate) fn on(begin: &str, run: &str, is_snapshot: bool) -> Self {
        Self {
            begin: begin.to_owned(),
            run: shell(run),
            is_snapshot,
        }
    }

    /// All findings of a rule.
    pub(crate) fn rule(&self, rule: &str) -> String {
        let run = &self.run;
        if self.is_snapshot {
            format!("orch audit --snapshot {run} --rule {rule}")
        } else {
            format!("jq '.findings[] | select(.rule == \"{rule}\")' {run}")
        }
    }

    /// A section in full.
    pub(crate) fn section(&self, section: &str) -> String {
        format!("{} --run {} --section {section}", self.begin, self.run)
    }

    /// All of it.
    pub(crate) fn all(&self) -> String {
        format!("{} --run {} --format json", self.begin, self.run)
    }
}
