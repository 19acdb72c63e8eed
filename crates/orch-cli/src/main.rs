//! The program `orch`: arguments in, report out, exit code. What it does lives in `orch-app`.

mod args;
mod brief;
mod commands;
mod ending;
mod plan;
mod progress;
mod project;
mod signals;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    ending::on_panic();
    // A panic must end with its own code, not with the 101 that scripts do not know.
    match std::panic::catch_unwind(run) {
        Ok(code) => ExitCode::from(code),
        Err(_) => ExitCode::from(ending::broken()),
    }
}

fn run() -> u8 {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => return ending::refused(&error),
    };
    terminal::log(cli.verbose);
    match commands::run(cli.command) {
        Ok(exit) => ending::ended(exit.as_ref()),
        Err(error) => ending::failed(&error),
    }
}
