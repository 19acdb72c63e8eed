//! The snapshot directory: written while collecting, sealed, verified, loaded, resumed.

mod agree;
mod error;
mod files;
mod item;
mod layout;
mod load;
mod merge;
mod partial;
mod read;
mod save;
mod seal;
mod series;
mod shard;
mod write;

pub use error::SnapshotError;
pub use item::{Item, Plan};
pub use layout::{FORMAT, Form, Needs};
pub use load::{load, load_until};
pub use partial::Partial;
pub use save::{reseal, save};
pub use series::{RawSeries, raw_series};
pub use shard::Shard;
