//! What a project brought: measurements and where they come from, before and after, what it was worth.

mod completion;
mod dora;
mod events;
mod import;
mod known;
mod roi;
mod rows;
pub mod v1;
mod write;

pub use completion::{Before, completion};
pub use dora::{DORA_SOURCE, dora};
pub use events::{Deployment, Events, Incident};
pub use import::{ImportError, readings};
pub(crate) use known::implausible;
pub use known::{KNOWN, Known, Section, filled, measured};
pub use write::completion_markdown;
