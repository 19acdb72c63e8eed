//! Which files a path stands for: itself, or what lies below a directory.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::FileError;

/// The files below a path.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Those with an ending of billing data, in order of their paths.
    pub files: Vec<PathBuf>,
    /// The others: a manifest, a readme.
    pub others: Vec<PathBuf>,
}

/// Endings of files that may hold rows of billing data.
const ENDINGS: [&str; 8] = [
    ".csv",
    ".csv.gz",
    ".parquet",
    ".json",
    ".json.gz",
    ".jsonl",
    ".jsonl.gz",
    ".ndjson",
];

/// The files that a path stands for. A file that is named is taken whatever it is called.
///
/// # Errors
/// When the path cannot be read, or a directory holds no file that could be one.
pub fn find(path: &Path) -> Result<Found, FileError> {
    let mut found = Found::default();
    if fs::metadata(path).map_err(FileError::io(path))?.is_file() {
        found.files.push(path.to_owned());
        return Ok(found);
    }
    if !fs::metadata(path).is_ok_and(|of| of.is_dir()) {
        let no_file = io::Error::other("it is neither a file nor a directory");
        return Err(FileError::io(path)(no_file));
    }
    below(path, &mut found)?;
    if found.files.is_empty() {
        return Err(FileError::Nothing {
            path: path.to_owned(),
        });
    }
    found.files.sort_unstable();
    found.others.sort_unstable();
    Ok(found)
}

/// Whether a name has an ending of billing data.
pub fn may_hold_rows(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Links to directories are not followed: a loop of them has no end.
fn below(directory: &Path, found: &mut Found) -> Result<(), FileError> {
    for entry in fs::read_dir(directory).map_err(FileError::io(directory))? {
        let entry = entry.map_err(FileError::io(directory))?;
        let path = entry.path();
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if entry.file_type().map_err(FileError::io(&path))?.is_dir() {
            if !hidden {
                below(&path, found)?;
            }
            continue;
        }
        // A pipe or a socket may never end; a link to nowhere is told when it is opened.
        let endless = fs::metadata(&path).is_ok_and(|of| !of.is_file());
        if !hidden && !endless && may_hold_rows(&entry.file_name().to_string_lossy()) {
            found.files.push(path);
        } else {
            found.others.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
