//! Reviews that span specialists: security, cost, resilience, compliance, performance.

mod build;
pub mod v1;

pub use build::{AREAS, areas_at, fit, markdown, review, section_text};
