//! Rule files become a checked catalogue, and a snapshot becomes verdicts. Reads no cloud.

mod inventory;
pub mod lang;
pub mod netset;
pub mod slots;
pub mod value;

pub use inventory::{Inventory, Listing, Unseen};
