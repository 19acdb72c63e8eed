//! What the terminal can do.

use std::io::{self, IsTerminal as _, Write};

use terminal_size::{Width, terminal_size};
use tracing_subscriber::EnvFilter;

/// Columns where nothing tells, a file or a pipe: enough for one finding a line.
const WIDTH: usize = 160;

/// How many columns there are: COLUMNS, or what the terminal says.
pub(crate) fn width() -> usize {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    told.filter(|width| (40..=1000).contains(width))
        .or_else(|| terminal_size().map(|(Width(width), _)| usize::from(width).max(40)))
        .unwrap_or(WIDTH)
}

/// Whether to colour what goes to a stream that is a terminal or not.
pub(crate) fn colour(is_terminal: bool) -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    is_terminal && !no_color && !dumb
}

/// Whether standard output is a terminal.
pub(crate) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Sends what the program tells of itself to standard error.
pub(crate) fn log(verbose: u8) {
    // Our own crates only: what an SDK logs can hold what nobody should read, and what it warns of is told
    // better by us. ORCH_LOG can ask for it.
    let level = match verbose {
        0 => ours("warn"),
        1 => ours("info"),
        _ => ours("debug"),
    };
    let filter = std::env::var("ORCH_LOG").unwrap_or_else(|_| level.clone());
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colour(io::stderr().is_terminal()))
        .init();
}

fn ours(level: &str) -> String {
    let crates = [
        "app", "aws", "azure", "collect", "cost", "engine", "gcp", "snapshot",
    ];
    let all: Vec<String> = crates
        .iter()
        .map(|name| format!("orch_{name}={level}"))
        .collect();
    format!("off,{}", all.join(","))
}

/// Writes to standard output. A reader that has seen enough is no error.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // The rest would fail again when the buffer is dropped.
            let _ = out.into_parts();
            Ok(())
        }
        other => other,
    }
}
