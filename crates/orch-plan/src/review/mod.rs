//! Reviews that span specialists: security, cost, resilience, compliance, performance.

mod area;
mod build;
mod points;
mod render;
pub mod v1;

pub(crate) use build::reviews_at;
pub use build::{AREAS, review, reviews};
pub use render::{fit, markdown, section_text};
