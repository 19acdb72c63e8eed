//! How often a call takes an answer of no use for an accident.

/// Answers that nobody understands after which a call gives up: what broke off on the way comes whole the next
/// time, the page of a proxy never does.
pub const GARBLED: u32 = 2;
