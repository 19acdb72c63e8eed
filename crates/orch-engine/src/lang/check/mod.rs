//! The static checker: every path, type and guard is proved, and the tree to evaluate is built.

mod calls;
mod checker;
mod flow;
mod literals;
mod loops;
mod operators;
mod paths;

pub(super) use checker::check;
