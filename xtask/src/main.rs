//! `cargo xtask`: what people and CI run. It uses the standard library alone, so that it builds in a second.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool talks to its terminal"
)]

mod anomalies;
mod bench;
mod catalog;
mod check;
mod fuzz;
mod generate;
mod mutants;
mod python;
mod requests;
mod run;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [FILTER]      set up what the tests need, then run all of them
cargo xtask generate [--check] write docs, schemas and estate manifests, or fail when they are stale
cargo xtask check              format, lints, dependencies, generated files
cargo xtask fuzz [NUMBER]      feed each decoder of Azure and Google Cloud a million odd bodies
cargo xtask mutants [WORD]     put mistakes into a copy of the evaluator of exposure; the judge must notice each
cargo xtask anomalies          measure anomalies and forecasts on synthetic bills and write docs/anomalies.md
cargo xtask requests           measure how requests are understood, with the confusion of patterns
cargo xtask catalog FOLDER     make the price catalogue anew from a folder of dated figures
cargo xtask bench [NAME]       measure in release: engine, startup, scale, account, billing (all without a name)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test", filter @ ..] => test::run(filter),
        ["generate"] => generate::run(false),
        ["generate", "--check"] => generate::run(true),
        ["check"] => check::run(),
        ["fuzz"] => fuzz::run(None),
        ["fuzz", executions] => fuzz::run(Some(executions)),
        ["mutants", words @ ..] => mutants::run(words),
        ["anomalies"] => anomalies::run(),
        ["requests"] => requests::run(),
        ["catalog", folder] => catalog::run(folder),
        ["bench", names @ ..] => bench::run(names),
        _ => {
            println!("{HELP}");
            return if matches!(words.as_slice(), [] | ["help" | "--help" | "-h"]) {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            };
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
