//! The functions of the language, one file for each topic.

mod convert;
mod list;
mod network;
mod table;
mod text;
mod time;

pub(crate) use list::{greatest, least, size, sum};
pub(crate) use table::{Function, Run, SPECIAL, Style, all};
