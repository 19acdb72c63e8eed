//! Ctrl-C: once to stop reading and go on with what was read, twice to leave at once. A request to end and a closed
//! terminal are taken the same way.

use std::io;

use orch_app::Cancel;

use crate::ending;

/// What shells expect of a program that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// Listens on a thread of its own, so that no busy worker delays it. `left` says what becomes of what was read.
pub(crate) fn listen(cancel: Cancel, left: &'static str) {
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        else {
            return;
        };
        // Nothing to hear is no reason not to read.
        let _ = runtime.block_on(heard(&cancel, left));
    });
}

async fn heard(cancel: &Cancel, left: &str) -> io::Result<()> {
    let mut signals = Signals::new()?;
    let first = signals.next().await?;
    cancel.cancel();
    ending::say(&format!(
        "orch: stopping, {left}; Ctrl-C again leaves at once"
    ));
    loop {
        // A closing terminal often sends two different signals at once: only the same again is impatience.
        let next = signals.next().await?;
        if next == first || next == INTERRUPTED {
            leave(next);
        }
    }
}

/// The signals that mean to stop, each as the exit code that shells expect after it.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// None under `nohup`: who closes the terminal then wants the reading to go on.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match hangup_is_ignored() {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) -> io::Result<i32> {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        Ok(tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => 143,
            _ = hangup => 129,
        })
    }
}

/// Whether the program was begun with hangups ignored, where the system tells.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hangup(&status))
}

/// The mask of ignored signals in a process's status; a hangup is the first of them.
#[cfg(unix)]
fn ignores_hangup(status: &str) -> bool {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

/// The signals that mean to stop.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "there is state elsewhere")]
    async fn next(&mut self) -> io::Result<i32> {
        tokio::signal::ctrl_c().await.map(|()| INTERRUPTED)
    }
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the user does not want to wait for main"
)]
fn leave(code: i32) -> ! {
    std::process::exit(code);
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nohup_is_told_by_the_mask_of_ignored_signals() {
        assert!(ignores_hangup("Name:\torch\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hangup("Name:\torch\nSigIgn:\t0000000000001000\n"));
        assert!(!ignores_hangup(""));
    }
}
