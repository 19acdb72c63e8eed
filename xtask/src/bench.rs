//! `cargo xtask bench`: the figures that documents quote. Nothing here asserts. `scale` needs the estate that
//! `engine` leaves in the target folder.

use std::process::Command;

use crate::python;
use crate::run::{self, Outcome};

/// Runs the named measurements, or all.
pub(crate) fn run(names: &[&str]) -> Outcome {
    let wanted = |name: &str| names.is_empty() || names.contains(&name);
    let known = ["engine", "startup", "scale", "account"];
    if let Some(unknown) = names.iter().find(|name| !known.contains(*name)) {
        return Err(format!(
            "no measurement is called `{unknown}`; there are {}",
            known.join(", ")
        ));
    }
    if wanted("engine") {
        run::run(run::cargo().args(["bench", "-p", "orch-cost", "--bench", "engine"]))?;
    }
    let of_the_program = ["startup", "scale", "account"];
    if of_the_program.into_iter().any(wanted) {
        let features = ["--no-default-features", "--features", "aws"];
        run::run(
            run::cargo()
                .args(["build", "--release", "-p", "orch-cli"])
                .args(features),
        )?;
        let python = python::environment()?;
        let measure = run::root().join("crates/orch-testkit/harness/measure.py");
        for name in of_the_program.into_iter().filter(|name| wanted(name)) {
            run::run(
                Command::new(&python)
                    .current_dir(run::root())
                    .arg(&measure)
                    .arg(name)
                    .arg(binary()),
            )?;
        }
    }
    Ok(())
}

/// The release binary.
fn binary() -> std::path::PathBuf {
    run::target().join("release/orch")
}
