//! What every front end shares: configuration, the pipeline, exit codes.

pub mod config;
mod error;
mod exit;
mod options;
mod output;
mod words;

pub use error::{AppError, Shown, Told};
pub use exit::{Exit, ExitCode};
pub use options::{Options, RawOptions};
pub use output::{check_output, write_output};
pub use words::{AllowGaps, FailOn, Mistake};
