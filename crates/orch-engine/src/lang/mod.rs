//! The language of rules: CEL's syntax, statically checked, with three states of a value.

mod access;
mod arithmetic;
mod check;
mod fold;
mod functions;
mod least;
mod limits;
mod node;
mod parse;
mod program;
mod types;

pub(crate) use parse::reads_a_resource;
pub use program::{Diagnostic, FactSlots, Frame, Param, Program, Roots, Uses, Want, compile};
pub(crate) use types::COMMON;
pub use types::{Member, StructType, Type};
