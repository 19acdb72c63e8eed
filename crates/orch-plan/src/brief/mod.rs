//! Briefings: what one specialist has to know before it begins, computed from a run and, where there is one, a project.

pub(crate) mod build;
mod lint;
mod options;
pub(crate) mod parts;
pub(crate) mod redact;
pub(crate) mod render;
pub(crate) mod scene;
pub mod v1;

pub use build::{BriefError, brief};
pub use lint::{Repeated, repeated_sentences};
pub use options::{Options, Redact, RuleNote, rule_notes};
pub use render::{file_name, fit, markdown, section_text};
