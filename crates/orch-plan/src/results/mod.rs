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

pub(crate) use completion::decided;
pub use completion::{Before, completion};
pub(crate) use events::{Deployment, Events};
pub use import::{ImportError, readings};
pub(crate) use known::implausible;
pub(crate) use known::{KNOWN, measured};
pub use known::{filled, last_run};
pub use write::completion_markdown;
