//! Reviews that span specialists: security, cost, resilience, compliance, performance.

mod area;
mod build;
mod points;
mod render;
pub mod v1;

pub use build::{AREAS, areas_at, review};
pub use render::{fit, markdown, section_text};
