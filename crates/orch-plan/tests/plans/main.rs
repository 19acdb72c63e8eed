//! Plans of all patterns for all clouds: order, limits, what nobody may leave out, and what findings change.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod findings;
mod ground;
mod patterns;
mod said;
mod shown;
