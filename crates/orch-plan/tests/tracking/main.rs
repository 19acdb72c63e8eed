//! Two weeks of a project as people see them: status, week, options, reconciliation, results.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test that cannot go on fails the test"
)]

mod days;
mod given_up;
mod options;
mod results;
mod runs;
mod shop;
mod status;
mod weeks;
