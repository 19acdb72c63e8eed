//! The end of the program: what went wrong, and the last line that names the exit code and why.

use std::io::{self, IsTerminal as _, Write as _};

use miette::{GraphicalReportHandler, GraphicalTheme};
use orch_app::{AppError, Exit, Shown, visible_lines};

use crate::commands::broken_output;
use crate::terminal;

/// A panic says one sentence; where it happened follows for whoever mends it.
pub(crate) fn on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(|at| format!(" ({}:{})", at.file(), at.line()));
        say(&format!(
            "orch broke{}: {}",
            place.unwrap_or_default(),
            visible_lines(said(panic.payload()))
        ));
    }));
}

fn said(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given")
}

/// After a panic.
pub(crate) fn broken() -> u8 {
    let exit = AppError::Internal("it ended in the middle of its work".to_owned());
    failed(&exit)
}

/// After a command that came to its end; commands that only print say nothing more.
pub(crate) fn ended(exit: Option<&Exit>) -> u8 {
    exit.map_or(0, |exit| last_line(exit.code.number(), &exit.why))
}

/// After a command that did not.
pub(crate) fn failed(error: &AppError) -> u8 {
    let shown = Shown::from(error);
    let terminal = io::stderr().is_terminal();
    let theme = match (terminal, terminal::colour(terminal)) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, _) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(terminal::width())
        .with_links(false);
    let render = |said: &dyn miette::Diagnostic| {
        let mut text = String::new();
        match handler.render_report(&mut text, said) {
            Ok(()) => text.trim_end().to_owned(),
            Err(_) => said.to_string(),
        }
    };
    say(&render(&shown));
    for part in shown.parts() {
        say(&format!("\n{}", render(part)));
    }
    last_line(error.exit_code().number(), shown.line())
}

/// After arguments that clap does not take; `--help` and `--version` come this way too.
pub(crate) fn refused(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        // A pipe that was closed in the middle of the help text is no mistake.
        return match error.print().and_then(|()| io::stdout().flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                failed(&broken_output(error))
            }
            _ => 0,
        };
    }
    let said = error.to_string();
    let harmless = visible_lines(&said);
    if harmless == said {
        let _ = error.print();
    } else {
        say(harmless.trim_end());
    }
    let first = said.lines().next().unwrap_or_default();
    last_line(2, first.trim_start_matches("error: ").trim_end_matches(':'))
}

fn last_line(code: u8, why: &str) -> u8 {
    let why = why.lines().next().unwrap_or_default();
    say(&visible_lines(&format!("orch: exit {code}, {why}")));
    code
}

/// Writes to standard error; where nobody reads it there is nobody to tell.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
