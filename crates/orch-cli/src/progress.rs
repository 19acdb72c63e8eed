//! The progress of a collection: one line per provider on a terminal, nothing elsewhere.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use orch_app::{Events, Outcome, Progress, Provider, Scope};

/// Shows events until their sender is gone.
pub(crate) struct Display(Option<std::thread::JoinHandle<()>>);

/// A channel for events, and what shows them.
pub(crate) fn display() -> (Option<Events>, Display) {
    if !io::stderr().is_terminal() {
        return (None, Display(None));
    }
    let (events, mut received) = orch_app::events();
    let thread = std::thread::spawn(move || {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        let mut state = State::default();
        while let Some(event) = received.blocking_recv() {
            state.take(event);
            bar.set_message(state.line());
        }
        bar.finish_and_clear();
    });
    (Some(events), Display(Some(thread)))
}

impl Display {
    /// Waits until the line is gone.
    pub(crate) fn end(self) {
        if let Some(thread) = self.0 {
            // It holds nothing that could be lost.
            let _ = thread.join();
        }
    }
}

#[derive(Default)]
struct State {
    provider: Option<Provider>,
    /// Reads to come in each scope; per collector, counted as they start is not enough.
    scopes: BTreeMap<Scope, u64>,
    reads: u64,
    done: u64,
    calls: u64,
    retries: u64,
    gaps: u64,
}

impl State {
    fn take(&mut self, event: Progress) {
        match event {
            Progress::Scopes {
                scopes,
                reads,
                done,
            } => {
                self.provider = scopes.first().map(|scope| scope.provider);
                self.scopes = scopes.into_iter().map(|scope| (scope, 0)).collect();
                self.reads = reads + done;
                self.done = done;
            }
            Progress::ReadStarted { scope, .. } => *self.scopes.entry(scope).or_default() += 1,
            Progress::Call(_) => self.calls += 1,
            Progress::Retry { .. } => self.retries += 1,
            Progress::ReadFinished(read) => {
                self.done += 1;
                if let Some(running) = self.scopes.get_mut(&read.scope) {
                    *running = running.saturating_sub(1);
                }
                self.gaps += u64::from(matches!(
                    read.outcome,
                    Outcome::Partial(_) | Outcome::Failed(_)
                ));
            }
        }
    }

    fn line(&self) -> String {
        let provider = self.provider.map_or("", Provider::as_str);
        let regions: Vec<_> = self
            .scopes
            .iter()
            .filter(|(scope, _)| !scope.is_global())
            .collect();
        let busy = regions.iter().filter(|(_, running)| **running > 0).count();
        format!(
            "{provider}: {} regions ({busy} being read), {}/{} reads, {} calls, {} retries, {} gaps",
            regions.len(),
            self.done,
            self.reads,
            self.calls,
            self.retries,
            self.gaps
        )
    }
}
