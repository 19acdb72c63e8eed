//! The rule language, from outside: its checker, its three states, its limits, and an oracle that is not ours.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod checker;
mod evaluation;
mod generator;
mod guards;
mod hostile;
mod intake;
mod oracle;
mod sample;
mod unknown;
