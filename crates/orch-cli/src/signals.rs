//! Ctrl-C: once to stop reading and keep what was read, twice to leave at once.

use orch_app::Cancel;

use crate::ending;

/// What shells expect of a program that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// Listens on a thread of its own, so that no busy worker delays it.
pub(crate) fn listen(cancel: Cancel) {
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        else {
            return;
        };
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            cancel.cancel();
            ending::say("orch: stopping, what was read is kept; Ctrl-C again leaves at once");
            if tokio::signal::ctrl_c().await.is_ok() {
                leave();
            }
        });
    });
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the user does not want to wait for main"
)]
fn leave() {
    std::process::exit(INTERRUPTED);
}
