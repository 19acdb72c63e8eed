//! The progress of a collection: one line per provider on a terminal, nothing elsewhere.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
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
        let lines = MultiProgress::new();
        let mut bars: BTreeMap<Provider, ProgressBar> = BTreeMap::new();
        let mut state = State::default();
        while let Some(event) = received.blocking_recv() {
            if let Progress::Fetching { provider, what } = &event {
                let bar = bars.entry(*provider).or_insert_with(|| spinner(&lines));
                bar.set_message(orch_app::visible_lines(what));
                continue;
            }
            let Some(provider) = state.take(event) else {
                continue;
            };
            let bar = bars.entry(provider).or_insert_with(|| spinner(&lines));
            bar.set_message(state.line(provider));
        }
        for bar in bars.values() {
            bar.finish_and_clear();
        }
    });
    (Some(events), Display(Some(thread)))
}

fn spinner(lines: &MultiProgress) -> ProgressBar {
    let bar = lines.add(ProgressBar::no_length());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
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

/// What has happened so far, by provider.
#[derive(Default)]
struct State(BTreeMap<Provider, Counts>);

#[derive(Default)]
struct Counts {
    /// Reads to come in each region.
    regions: BTreeMap<Scope, u64>,
    reads: u64,
    done: u64,
    calls: u64,
    retries: u64,
    gaps: u64,
}

impl State {
    /// Counts an event; returns whose line it changes. A call before the account is known belongs to none.
    fn take(&mut self, event: Progress) -> Option<Provider> {
        let scope = match &event {
            Progress::Scopes { scopes, .. } => scopes.keys().next(),
            Progress::ReadStarted { scope, .. } => Some(scope),
            Progress::Call(call) => call.scope.as_ref(),
            Progress::Retry { scope, .. } => scope.as_ref(),
            Progress::ReadFinished(read) => Some(&read.scope),
            Progress::Fetching { .. } => None,
        };
        let provider = scope?.provider;
        let counts = self.0.entry(provider).or_default();
        match event {
            Progress::Scopes {
                scopes,
                reads,
                done,
            } => {
                counts.regions = scopes;
                counts.regions.retain(|scope, _| !scope.is_global());
                counts.reads = reads + done;
                counts.done = done;
            }
            Progress::ReadStarted { .. } | Progress::Fetching { .. } => {}
            Progress::Call(_) => counts.calls += 1,
            Progress::Retry { .. } => counts.retries += 1,
            Progress::ReadFinished(read) => {
                counts.done += 1;
                if let Some(left) = counts.regions.get_mut(&read.scope) {
                    *left = left.saturating_sub(1);
                }
                let gap = matches!(read.outcome, Outcome::Partial(_) | Outcome::Failed(_));
                counts.gaps += u64::from(gap);
            }
        }
        Some(provider)
    }

    fn line(&self, provider: Provider) -> String {
        let Some(counts) = self.0.get(&provider) else {
            return String::new();
        };
        let read = counts.regions.values().filter(|left| **left == 0).count();
        format!(
            "{provider}: {read}/{} regions, {}/{} reads, {} calls, {} retries, {} gaps",
            counts.regions.len(),
            counts.done,
            counts.reads,
            counts.calls,
            counts.retries,
            counts.gaps
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(provider: Provider, region: &str) -> Scope {
        Scope::new(provider, provider.as_str(), "1", region)
    }

    fn begun(provider: Provider, regions: &[(&str, u64)]) -> Progress {
        let scopes: BTreeMap<Scope, u64> = regions
            .iter()
            .map(|(region, reads)| (scope(provider, region), *reads))
            .collect();
        Progress::Scopes {
            reads: scopes.values().sum(),
            scopes,
            done: 0,
        }
    }

    fn finished(provider: Provider, region: &str) -> Progress {
        Progress::ReadFinished(orch_app::Read {
            scope: scope(provider, region),
            collector: "c".into(),
            datasets: Vec::new(),
            outcome: Outcome::Complete,
            count: 0,
        })
    }

    #[test]
    fn the_line_counts_regions_that_are_read() {
        let mut state = State::default();
        state.take(begun(Provider::Aws, &[("a", 1), ("b", 2), ("global", 1)]));
        state.take(Progress::ReadStarted {
            scope: scope(Provider::Aws, "a"),
            collector: "c".into(),
        });
        assert_eq!(
            state.line(Provider::Aws),
            "aws: 0/2 regions, 0/4 reads, 0 calls, 0 retries, 0 gaps"
        );
        for region in ["a", "b", "global"] {
            state.take(finished(Provider::Aws, region));
        }
        assert_eq!(
            state.line(Provider::Aws),
            "aws: 1/2 regions, 3/4 reads, 0 calls, 0 retries, 0 gaps"
        );
    }

    #[test]
    fn two_clouds_at_once_have_a_line_each() {
        let mut state = State::default();
        state.take(begun(Provider::Aws, &[("a", 1)]));
        state.take(begun(Provider::Azure, &[("a", 1), ("b", 1)]));
        let changed = state.take(finished(Provider::Azure, "a"));
        assert_eq!(changed, Some(Provider::Azure));
        assert_eq!(
            state.line(Provider::Aws),
            "aws: 0/1 regions, 0/1 reads, 0 calls, 0 retries, 0 gaps"
        );
        assert_eq!(
            state.line(Provider::Azure),
            "azure: 1/2 regions, 1/2 reads, 0 calls, 0 retries, 0 gaps"
        );
    }
}
