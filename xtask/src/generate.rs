//! `cargo xtask generate`: what is derived from code and rules. The generator is a test, so that it is
//! built once with everything else; it compares, and writes only when told to.

use crate::run::{self, Outcome};

/// Writes the generated files, or with `check` fails when one is stale.
pub(crate) fn run(check: bool) -> Outcome {
    let mut tests = run::cargo();
    tests.args(["test", "--workspace", "--test", "it", "--", "generated::"]);
    if !check {
        tests.env("ORCH_GENERATE", "1");
    }
    run::run(&mut tests)
}
