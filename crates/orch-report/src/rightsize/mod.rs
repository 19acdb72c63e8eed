//! The report of right-sizing: frozen as `orch-rightsize/v1`, and as a table for people.

mod beside;
mod build;
mod table;
pub mod v1;

use std::io;

pub use build::{Head, build};
pub use table::table;

/// Writes the report for programs.
///
/// # Errors
/// Those of `out`.
pub fn json(report: &v1::Report, out: &mut dyn io::Write) -> io::Result<()> {
    crate::format::write_json(report, out)
}

/// The JSON schema of [`v1::Report`].
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(v1::Report)
}
