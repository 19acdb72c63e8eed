//! `cargo xtask check`: format, lints, dependencies, generated files.

use std::path::PathBuf;
use std::process::Command;

use crate::generate;
use crate::run::{self, Outcome};

/// The version that our `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";

/// Runs every check, the quick ones first.
pub(crate) fn run() -> Outcome {
    run::run(run::cargo().args(["fmt", "--all", "--check"]))?;
    dependencies()?;
    run::run(run::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    generate::run(true)
}

/// Bans, licences and sources always; advisories where a database can be had.
fn dependencies() -> Outcome {
    let deny = cargo_deny()?;
    let deny = || {
        let mut command = Command::new(&deny);
        command
            .current_dir(run::root())
            .args(["--log-level", "error", "check"]);
        command
    };
    run::run(deny().args(["--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    let advisories = deny().arg("advisories").output();
    match advisories {
        Ok(done) if done.status.success() => println!("xtask: advisories: none"),
        Ok(done) => {
            let told = String::from_utf8_lossy(&done.stderr);
            if told.contains("failed to fetch advisory database") {
                println!("xtask: advisories not checked: no advisory database can be fetched here");
            } else {
                return Err(format!("advisories:\n{told}"));
            }
        }
        Err(error) => return Err(format!("failed to start cargo-deny: {error}")),
    }
    Ok(())
}

/// The pinned cargo-deny among our tools; installed when it is missing.
fn cargo_deny() -> Outcome<PathBuf> {
    let tools = run::tools()?;
    let binary = tools.join("bin/cargo-deny");
    let version = Command::new(&binary).arg("--version").output();
    let held = version.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains(CARGO_DENY));
    if !held {
        run::run(
            run::cargo()
                .args([
                    "install",
                    "cargo-deny",
                    "--locked",
                    "--force",
                    "--version",
                    CARGO_DENY,
                ])
                .arg("--root")
                .arg(&tools),
        )?;
    }
    Ok(binary)
}
