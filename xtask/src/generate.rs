//! `cargo xtask generate`: what is derived from code and rules. The generators are tests, so that they are
//! built once with everything else; they compare, and write only when told to.

use crate::run::{self, Outcome};

/// Writes the generated files, or with `check` fails when one is stale.
pub(crate) fn run(check: bool) -> Outcome {
    // What collectors declare is built into the program, whose help the others print.
    for tests in [
        &["--lib", "--", "generated_list"][..],
        &["--test", "it", "--", "generated::"],
        // It copies an estate that the one before seals.
        &["--test", "it", "--", "walk_through::"],
    ] {
        let mut command = run::cargo();
        command.args(["test", "--workspace", "--quiet"]).args(tests);
        if !check {
            command.env("ORCH_GENERATE", "1");
        }
        run::run(&mut command)?;
    }
    Ok(())
}
