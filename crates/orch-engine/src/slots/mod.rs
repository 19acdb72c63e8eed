//! From resources and facts to the values that expressions read.

mod layout;
mod plan;
mod pour;

pub(crate) use layout::ShapeId;
pub use layout::{Converter, Intake, Layout};
