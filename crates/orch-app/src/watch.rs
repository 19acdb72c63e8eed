//! What a front end holds while a command runs: the wish to stop, the events, the time it began.

use orch_collect::Progress;
use orch_model::Time;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The wish to stop.
pub type Cancel = tokio_util::sync::CancellationToken;
/// Takes events.
pub type Events = UnboundedSender<Progress>;

/// Stopping, events and time of one command.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Stops reading and keeps what was read.
    pub cancel: Cancel,
    /// Where events go, if anybody looks.
    pub events: Option<Events>,
    /// When the command began: the time of a snapshot that it takes.
    pub now: Time,
}

/// A channel for events.
pub fn events() -> (Events, UnboundedReceiver<Progress>) {
    unbounded_channel()
}
