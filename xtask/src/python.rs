//! The virtual environment in which the tests' cloud emulator runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Outcome, root, run, tools};

/// The Python of the tests' environment.
pub(crate) fn environment() -> Outcome<PathBuf> {
    let pins = root().join("crates/orch-testkit/harness/requirements.txt");
    environment_of("venv", &pins)
}

/// The Python of an environment that holds exactly what a `requirements.txt` pins; made when it is missing or
/// when the pins changed.
pub(crate) fn environment_of(name: &str, pins: &Path) -> Outcome<PathBuf> {
    let wanted = std::fs::read_to_string(pins)
        .map_err(|error| format!("failed to read {}: {error}", pins.display()))?;
    let folder = tools()?.join(name);
    let python = folder.join("bin/python");
    let stamp = folder.join("orch-requirements.txt");
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|held| held == wanted) {
        return Ok(python);
    }
    let base = base_python()?;
    if run(Command::new(base)
        .args(["-m", "venv", "--clear"])
        .arg(&folder))
    .is_err()
    {
        run(Command::new(base).args(["-m", "pip", "install", "--quiet", "virtualenv"]))?;
        run(Command::new(base)
            .args(["-m", "virtualenv", "--clear"])
            .arg(&folder))?;
    }
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ])
        .arg(pins))?;
    std::fs::write(&stamp, wanted)
        .map_err(|error| format!("failed to write {}: {error}", stamp.display()))?;
    Ok(python)
}

/// A Python of at least 3.11.
fn base_python() -> Outcome<&'static str> {
    let check = "import sys; sys.exit(sys.version_info < (3, 11))";
    ["python3.11", "python3", "python3.12", "python3.13"]
        .into_iter()
        .find(|python| {
            Command::new(python)
                .args(["-c", check])
                .output()
                .is_ok_and(|out| out.status.success())
        })
        .ok_or_else(|| "no Python 3.11 or later on the PATH: install it and run this again".into())
}
