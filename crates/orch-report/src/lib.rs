//! The report: what an audit says, frozen as `orch/v1`, and the formats it is written in.

mod advice;
mod billing;
mod build;
pub mod cost;
mod coverage;
mod escape;
mod format;
mod grid;
mod list;
pub mod rightsize;
pub mod v1;

pub use advice::next_step;
pub use build::{Input, Report, build};
pub use escape::visible;
pub use format::{FORMATS, Format, GroupBy, View, format, write_json};
pub use grid::grid;
pub use list::List;

/// The JSON schema of [`v1::Report`].
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(v1::Report)
}
