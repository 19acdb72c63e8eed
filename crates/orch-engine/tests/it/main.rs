//! Integration tests of the engine: the shipped rules, hostile files, the law of completeness.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod adjust;
mod catalogue;
mod evaluation;
mod files;
mod law;
mod rules;
