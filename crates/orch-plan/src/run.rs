//! What an audit found, as plans and briefings read it.

use orch_model::Snapshot;
use orch_report::v1;

/// A run: the report, and the snapshot where there is one.
///
/// A report alone says what is wrong and what was read; only a snapshot says what else there is.
#[derive(Debug, Clone)]
pub struct Run {
    /// The directory or file, as it was typed.
    pub name: String,
    /// What was found.
    pub report: v1::Report,
    /// What it was found in.
    pub snapshot: Option<Snapshot>,
}
