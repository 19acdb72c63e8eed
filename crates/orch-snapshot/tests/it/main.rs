//! The snapshot directory as its users meet it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod fixture;
mod mistakes;
mod partial;
mod round_trip;
mod sample;
