//! `cargo xtask test`: everything, with what it needs.

use crate::python;
use crate::run::{self, Outcome};

/// Provides the emulator's environment, then runs the tests whose names contain a filter, or all.
pub(crate) fn run(filter: &[&str]) -> Outcome {
    let python = python::environment()?;
    let mut tests = run::cargo();
    tests
        .args(["test", "--workspace"])
        .env("ORCH_TEST_PYTHON", python);
    if !filter.is_empty() {
        tests.arg("--").args(filter);
    }
    run::run(&mut tests)
}
