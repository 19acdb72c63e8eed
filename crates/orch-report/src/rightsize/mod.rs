//! The report of right-sizing: frozen as `orch-rightsize/v1`, and as a table for people.

mod build;
mod table;
pub mod v1;

pub use build::{Head, build};
pub use table::table;

/// The JSON schema of [`v1::Report`].
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(v1::Report)
}
