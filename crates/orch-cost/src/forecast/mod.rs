//! What the coming days will cost.
