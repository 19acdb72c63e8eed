//! What a build without the reading of billing files says.

use std::path::Path;

use orch_model::Time;

use super::{Bill, Kept};
use crate::AppError;
use crate::words::Mistake;

/// Refuses.
pub(super) fn bill(_: &Path, _: &Kept, _: Time) -> Result<Bill, AppError> {
    Err(AppError::usage(Mistake::new(
        "this build of orch reads no billing files",
        "install one that does with `cargo install --path crates/orch-cli`",
    )))
}
