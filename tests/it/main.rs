//! The real binary, from the outside.
#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

mod brief;
#[cfg(all(feature = "aws", feature = "azure", feature = "gcp"))]
mod catalog;
mod cli_mistakes;
#[cfg(feature = "billing-files")]
mod cost;
mod demo;
mod generated;
mod law;
#[cfg(feature = "aws")]
mod live;
mod named;
mod plan;
#[cfg(all(
    feature = "aws",
    feature = "azure",
    feature = "gcp",
    feature = "billing-files"
))]
mod remote;
#[cfg(any(feature = "azure", feature = "gcp"))]
mod replay;
mod rightsize;
#[cfg(all(feature = "aws", feature = "azure", feature = "gcp"))]
mod together;
mod walk_through;

use std::path::{Path, PathBuf};

use orch_testkit::cli::{Cli, Run};

/// A path in the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The binary in a home of its own, without a cloud.
fn offline(home: &Path) -> Cli {
    Cli::new(env!("CARGO_BIN_EXE_orch"), home).env("COLUMNS", "100")
}

/// A run to its end.
fn run(cli: Cli) -> Run {
    cli.run().expect("orch runs")
}
