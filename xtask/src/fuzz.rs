//! `cargo xtask fuzz`: each decoder of Azure and Google Cloud against a million odd bodies.

use crate::run::{self, Outcome};

/// How many executions of each decoder there are without a number.
const EXECUTIONS: &str = "1000000";

/// Runs the same tests that every run has, for longer: optimised, in a target folder of its own, but not in release,
/// because numbers that are too large must be seen.
pub(crate) fn run(executions: Option<&str>) -> Outcome {
    let executions = executions.unwrap_or(EXECUTIONS);
    if executions.parse::<u64>().is_err() {
        return Err(format!("`{executions}` is not a number of executions"));
    }
    let mut tests = run::cargo();
    tests
        .args(["test", "-p", "orch-azure", "-p", "orch-gcp"])
        .args(["--lib", "--", "fuzz_"])
        .env("ORCH_FUZZ", executions)
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "2")
        .env("CARGO_TARGET_DIR", run::target().join("fuzz"));
    run::run(&mut tests)
}
