//! Briefings: what one specialist has to know before it begins, computed from a run and, where there is one, a project.

pub(crate) mod build;
pub(crate) mod commands;
pub(crate) mod cut;
mod lint;
mod marks;
mod options;
pub(crate) mod parts;
pub(crate) mod redact;
pub(crate) mod render;
mod said;
pub(crate) mod scene;
pub(crate) mod state;
pub mod v1;

pub use build::{BriefError, brief, briefs};
pub use lint::{Repeated, repeated_sentences};
pub use options::{Options, Redact, RuleNote, rule_notes};
pub use render::{file_name, fit, markdown, section_text};
