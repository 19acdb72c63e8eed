//! `cargo xtask requests`: prints how often requests are understood, and which patterns are taken for which.

use crate::run::{self, Outcome};

/// Runs the measurement: the test that holds its figures, with what it prints.
pub(crate) fn run() -> Outcome {
    let mut command = run::cargo();
    command
        .args(["test", "--package", "orch-plan", "--test", "requests", "--"])
        .args(["--nocapture", "--test-threads", "1"]);
    run::run(&mut command)
}
