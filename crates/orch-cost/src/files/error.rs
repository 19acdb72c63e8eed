//! Why a billing file cannot be read at all.

use std::io;
use std::path::PathBuf;

/// Why a billing file cannot be read at all. Reads on from "failed to".
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing is there, or it may not be read, or it ends early.
    #[error("read {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A directory holds no file with an ending of billing data.
    #[error("find billing files in {path}", path = path.display())]
    Nothing {
        /// The directory.
        path: PathBuf,
    },
    /// No known format has these columns.
    #[error(
        "tell the format of {path}: its columns are not those of {known}",
        path = path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The formats there are.
        known: String,
    },
    /// A column is missing without which no row says anything.
    #[error("read {path}: it is {format}, but has no column for {column}", path = path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: &'static str,
        /// What is missing.
        column: &'static str,
    },
    /// A JSON file that ends or breaks in the middle.
    #[error("read {path}: {source}", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A Parquet file that is damaged, or holds what cannot be added.
    #[error("read {path} as Parquet: {source}", path = path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: Box<polars::error::PolarsError>,
    },
}

impl FileError {
    pub(super) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
