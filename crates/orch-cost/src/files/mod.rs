//! Billing files as charges: FOCUS, AWS CUR, Azure cost exports and Google Cloud's billing export.
//!
//! A file is read once, row by row or (Parquet) column by column in a stream, and added up at once: what stays
//! in memory is one sum for each day, account, service and region, not the rows. A row that cannot be read is
//! never dropped in silence: it is counted, with its line and the reason.

mod dialect;
mod error;
mod find;
mod json;
mod lines;
mod nested;
mod parquet;
mod read;
mod row;
mod tags;
mod text;
mod uses;

pub use error::FileError;
pub use find::{Found, find};
pub use lines::Lines;
pub use parquet::{Grouped, sum_by};
pub use read::{Reading, Wanted, read};
pub use row::Fault;
