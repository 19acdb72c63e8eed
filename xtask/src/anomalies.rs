//! `cargo xtask anomalies`: measures how well changes are found and bills are forecast, and writes
//! `docs/anomalies.md`.

use crate::run::{self, Outcome};

/// Runs the measurement, which is a test that is too long for the others.
pub(crate) fn run() -> Outcome {
    let mut command = run::cargo();
    command
        .args(["test", "--package", "orch-cost", "--test", "daily", "--"])
        .args(["--ignored", "--nocapture", "all_figures"])
        .env("ORCH_GENERATE", "1");
    run::run(&mut command)
}
