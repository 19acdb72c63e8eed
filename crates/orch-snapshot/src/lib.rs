//! The snapshot directory: written while collecting, sealed, verified, loaded, resumed.

mod error;
mod files;
mod item;
mod layout;

mod merge;
mod partial;

mod seal;
mod write;

pub use error::SnapshotError;
pub use item::{Item, Plan};
pub use layout::{FORMAT, Form, Needs};

pub use partial::{Partial, Shard};
