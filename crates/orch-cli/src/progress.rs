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
    /// Reads to come in each region.
    regions: BTreeMap<Scope, u64>,
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
                self.provider = scopes.keys().next().map(|scope| scope.provider);
                self.regions = scopes;
                self.regions.retain(|scope, _| !scope.is_global());
                self.reads = reads + done;
                self.done = done;
            }
            Progress::ReadStarted { .. } => {}
            Progress::Call(_) => self.calls += 1,
            Progress::Retry { .. } => self.retries += 1,
            Progress::ReadFinished(read) => {
                self.done += 1;
                if let Some(left) = self.regions.get_mut(&read.scope) {
                    *left = left.saturating_sub(1);
                }
                let gap = matches!(read.outcome, Outcome::Partial(_) | Outcome::Failed(_));
                self.gaps += u64::from(gap);
            }
        }
    }

    fn line(&self) -> String {
        let read = self.regions.values().filter(|left| **left == 0).count();
        format!(
            "{}: {read}/{} regions, {}/{} reads, {} calls, {} retries, {} gaps",
            self.provider.map_or("", Provider::as_str),
            self.regions.len(),
            self.done,
            self.reads,
            self.calls,
            self.retries,
            self.gaps
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_counts_regions_that_are_read() {
        let scope = |region: &str| Scope::new(Provider::Aws, "aws", "1", region);
        let scopes = [(scope("a"), 1), (scope("b"), 2), (scope("global"), 1)].into();
        let mut state = State::default();
        state.take(Progress::Scopes {
            scopes,
            reads: 4,
            done: 0,
        });
        state.take(Progress::ReadStarted {
            scope: scope("a"),
            collector: "c".into(),
        });
        assert_eq!(
            state.line(),
            "aws: 0/2 regions, 0/4 reads, 0 calls, 0 retries, 0 gaps"
        );
        for region in ["a", "b", "global"] {
            state.take(Progress::ReadFinished(orch_app::Read {
                scope: scope(region),
                collector: "c".into(),
                datasets: Vec::new(),
                outcome: Outcome::Complete,
                count: 0,
            }));
        }
        assert_eq!(
            state.line(),
            "aws: 1/2 regions, 3/4 reads, 0 calls, 0 retries, 0 gaps"
        );
    }
}
