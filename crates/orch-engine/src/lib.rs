//! Rule files become a checked catalogue, and a snapshot becomes verdicts. Reads no cloud.

mod inventory;
pub mod netset;

pub use inventory::{Inventory, Listing, Unseen};
