//! Collections by a provider that follows a script, in virtual time.
#![expect(clippy::unwrap_used, reason = "tests")]

mod conformance;
mod faults;
mod kill;
mod limits;
mod plan;
mod resume;
mod stage;
