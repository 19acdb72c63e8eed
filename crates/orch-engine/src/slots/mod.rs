//! From resources and facts to the values that expressions read.

mod asked;
mod layout;
mod plan;
mod pour;

pub use asked::Asked;
pub use layout::{Converter, Intake, Layout};
pub(crate) use layout::{Layouts, ShapeId};
