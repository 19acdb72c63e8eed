//! `cargo xtask bench`: the figures that documents quote. Nothing here asserts. `scale` needs the estate that
//! `engine` leaves in the target folder.

use std::process::Command;

use crate::python;
use crate::run::{self, Outcome};

/// Runs the named measurements, or all.
pub(crate) fn run(names: &[&str]) -> Outcome {
    let wanted = |name: &str| names.is_empty() || names.contains(&name);
    let known = ["engine", "startup", "scale", "account", "billing"];
    if let Some(unknown) = names.iter().find(|name| !known.contains(*name)) {
        return Err(format!(
            "no measurement is called `{unknown}`; there are {}",
            known.join(", ")
        ));
    }
    if wanted("engine") {
        run::run(run::cargo().args(["bench", "-p", "orch-cost", "--bench", "engine"]))?;
    }
    if wanted("billing") {
        billing()?;
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

/// Rows of the billing measurement; `ORCH_BENCH_ROWS` says otherwise.
const ROWS: &str = "100000000";

/// A hundred million billing rows, beside DuckDB and polars for Python. The files stay in the target folder: a
/// second run makes none.
fn billing() -> Outcome {
    run::run(
        run::cargo()
            .args(["bench", "-p", "orch-cost", "--bench", "billing"])
            .args(["--features", "billing-files", "--no-run"]),
    )?;
    let folder = run::target().join("release/deps");
    let binary = newest(&folder, "billing-")?;
    let pins = run::root().join("benches/requirements.txt");
    let python = python::environment_of("venv-bench", &pins)?;
    let rows = std::env::var("ORCH_BENCH_ROWS").unwrap_or_else(|_| ROWS.into());
    let files = run::target().join(format!("bench/billing-{rows}"));
    run::run(
        Command::new(&python)
            .arg(run::root().join("benches/billing.py"))
            .args([&binary, &files])
            .arg(rows),
    )
}

/// The latest program of this name.
fn newest(folder: &std::path::Path, name: &str) -> Outcome<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_none())
        .filter(|path| {
            path.file_name()
                .is_some_and(|file| file.to_string_lossy().starts_with(name))
        })
        .max_by_key(|path| path.metadata().and_then(|of| of.modified()).ok())
        .ok_or_else(|| format!("no program {name} in {}", folder.display()))
}

/// The release binary.
fn binary() -> std::path::PathBuf {
    run::target().join("release/orch")
}
