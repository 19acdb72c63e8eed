//! `cargo xtask bench`: the figures that documents quote. Nothing here asserts.

use std::process::Command;

use crate::python;
use crate::run::{self, Outcome};

/// Runs the named measurements, or all.
pub(crate) fn run(names: &[&str]) -> Outcome {
    let wanted = |name: &str| names.is_empty() || names.contains(&name);
    if let Some(unknown) = names.iter().find(|name| !["engine", "startup", "account"].contains(*name)) {
        return Err(format!("no measurement is called `{unknown}`; there are engine, startup, account"));
    }
    if wanted("engine") {
        run::run(run::cargo().args(["bench", "-p", "orch-engine", "--bench", "engine"]))?;
        run::run(run::cargo().args(["bench", "-p", "orch-app", "--no-default-features", "--bench", "scale"]))?;
    }
    if wanted("startup") || wanted("account") {
        let features = ["--no-default-features", "--features", "aws"];
        run::run(run::cargo().args(["build", "--release", "-p", "orch-cli"]).args(features))?;
        let python = python::environment()?;
        let measure = run::root().join("crates/orch-testkit/harness/measure.py");
        for name in ["startup", "account"].into_iter().filter(|name| wanted(name)) {
            run::run(
                Command::new(&python).current_dir(run::root()).arg(&measure).arg(name).arg(binary()),
            )?;
        }
    }
    Ok(())
}

/// The release binary.
fn binary() -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| run::root().join("target"), std::path::PathBuf::from)
        .join("release/orch")
}
