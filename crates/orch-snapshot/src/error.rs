//! What can go wrong with a snapshot directory, and the next step.

use std::io;
use std::path::{Path, PathBuf};

use crate::partial::SUFFIX;
use crate::{Partial, files};

/// Why a snapshot could not be loaded or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is nothing at the path.
    #[error("failed to load the snapshot `{}`: there is no such directory", path.display())]
    Missing {
        /// The directory asked for.
        path: PathBuf,
    },
    /// Who loaded it wanted it no longer.
    #[error("failed to load the snapshot `{}`: loading was given up", path.display())]
    GivenUp {
        /// The directory asked for.
        path: PathBuf,
    },
    /// The directory holds nothing.
    #[error("failed to load the snapshot `{}`: the directory is empty", path.display())]
    Empty {
        /// The directory asked for.
        path: PathBuf,
    },
    /// The path is a file.
    #[error("failed to load the snapshot `{}`: it is a file, a snapshot is a directory", path.display())]
    IsAFile {
        /// The path asked for.
        path: PathBuf,
    },
    /// The directory holds something else.
    #[error("failed to load the snapshot `{}`: it has no manifest.json", path.display())]
    NoManifest {
        /// The directory asked for.
        path: PathBuf,
    },
    /// A collection that did not come to its end.
    #[error("failed to load the snapshot `{}`: its collection did not come to its end", path.display())]
    Unfinished {
        /// The directory of the collection.
        path: PathBuf,
    },
    /// Written by a newer `orch`.
    #[error(
        "failed to load the snapshot `{}`: it has format {format}, this orch reads up to {newest}",
        path.display()
    )]
    Newer {
        /// The directory asked for.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The newest format this version reads.
        newest: u32,
        /// What wrote it, as it says of itself.
        written_by: String,
    },
    /// The manifest cannot be understood.
    #[error("failed to read `{}`: {what}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The manifest lists a file that is not one of a snapshot.
    #[error("failed to read `{}`: `{file}` is not the name of a snapshot's file", path.display())]
    ForeignFile {
        /// The manifest.
        path: PathBuf,
        /// The name as listed.
        file: String,
    },
    /// A file lies beside the listed ones.
    #[error("failed to load the snapshot `{}`: `{file}` is not listed in its manifest", path.display())]
    Unlisted {
        /// The directory.
        path: PathBuf,
        /// The file inside it.
        file: String,
    },
    /// A listed file is not there.
    #[error("failed to load the snapshot `{}`: `{file}` is missing", path.display())]
    FileMissing {
        /// The directory.
        path: PathBuf,
        /// The file inside it.
        file: String,
    },
    /// A file is not what was sealed.
    #[error("failed to load the snapshot `{}`: the checksum of `{file}` is wrong", path.display())]
    Checksum {
        /// The directory.
        path: PathBuf,
        /// The file inside it.
        file: String,
    },
    /// A compressed file cannot be unpacked.
    #[error("failed to load the snapshot `{}`: `{file}` cannot be unpacked: {what}", path.display())]
    Unpack {
        /// The directory.
        path: PathBuf,
        /// The file inside it.
        file: String,
        /// What the decoder says.
        what: String,
    },
    /// One line cannot be understood.
    #[error("failed to load the snapshot `{}`: line {line} of `{file}`: {what}", path.display())]
    Line {
        /// The directory.
        path: PathBuf,
        /// The file inside it.
        file: String,
        /// The line, counted from one.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// One identity for two things.
    #[error("failed to make one snapshot of `{}`: `{uid}` stands for two resources", path.display())]
    Twice {
        /// The directory.
        path: PathBuf,
        /// The identity.
        uid: String,
    },
    /// The directory to write holds something.
    #[error("failed to write a snapshot to `{}`: the directory is not empty", path.display())]
    OutNotEmpty {
        /// The directory asked for.
        path: PathBuf,
    },
    /// The directory to write is a file.
    #[error("failed to write a snapshot to `{}`: a file of that name exists", path.display())]
    OutIsAFile {
        /// The path asked for.
        path: PathBuf,
    },
    /// The path to write to has no last name.
    #[error("failed to write a snapshot to `{}`: it does not name a directory", path.display())]
    OutHasNoName {
        /// The path asked for.
        path: PathBuf,
    },
    /// An earlier collection to the same place did not come to its end.
    #[error("failed to write a snapshot: `{}` holds an unfinished collection", path.display())]
    PartialExists {
        /// The directory of the earlier collection.
        path: PathBuf,
    },
    /// What should be resumed is not a collection.
    #[error("failed to resume `{}`: {what}", path.display())]
    NotPartial {
        /// The path asked for.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another process works on the same collection.
    #[error("failed to resume `{}`: another orch is collecting into it", path.display())]
    Busy {
        /// The directory of the collection.
        path: PathBuf,
    },
    /// No permission to write.
    #[error("failed to write `{}`: {source}", path.display())]
    Unwritable {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No space left.
    #[error("failed to write `{}`: the disk is full", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another failure of the system while writing.
    #[error("failed to write `{}`: {source}", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another failure of the system while reading.
    #[error("failed to read `{}`: {source}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl SnapshotError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Missing { .. } => {
                "check the path, or make a snapshot with `orch collect --out DIR`".into()
            }
            Self::GivenUp { .. } => "load it again".into(),
            Self::Empty { .. } | Self::NoManifest { .. } => {
                "name a directory that `orch collect --out DIR` or `orch audit --save DIR` wrote"
                    .into()
            }
            Self::IsAFile { path } => match path.parent() {
                Some(parent) if path.file_name().is_some_and(|name| name == "manifest.json") => {
                    format!("name the directory: `{}`", parent.display())
                }
                _ => "name a directory that `orch collect --out DIR` wrote".into(),
            },
            Self::Unfinished { path } => {
                format!("finish it with `orch collect --resume {}`", path.display())
            }
            Self::Newer { written_by, .. } => {
                format!("it was written by {written_by}: use that version or a newer one")
            }
            Self::Manifest { .. } | Self::ForeignFile { .. } => {
                "restore manifest.json from a copy, or take the snapshot again".into()
            }
            Self::Unlisted { file, .. } => {
                format!(
                    "remove `{file}`; an estate edited by hand is sealed by `cargo xtask generate`"
                )
            }
            Self::FileMissing { file, .. } => {
                format!("restore `{file}` from a copy, or take the snapshot again")
            }
            Self::Checksum { file, .. } => format!(
                "`{file}` was changed after the snapshot was sealed: restore it from a copy, or take the \
                 snapshot again; an estate edited by hand is sealed by `cargo xtask generate`"
            ),
            Self::Unpack { file, .. } | Self::Line { file, .. } => {
                format!("restore `{file}` from a copy, mend the line, or take the snapshot again")
            }
            Self::Twice { .. } => "take the snapshot again; an estate edited by hand is sealed by \
                 `cargo xtask generate`"
                .into(),
            Self::OutNotEmpty { .. } => {
                "name a new directory; a snapshot is never written over another".into()
            }
            Self::OutIsAFile { .. } | Self::OutHasNoName { .. } => "name a new directory".into(),
            Self::PartialExists { path } => format!(
                "finish it with `--resume {}`, or remove it to begin again",
                path.display()
            ),
            Self::NotPartial { .. } => {
                "name the `DIR.partial` that an interrupted `orch collect --out DIR` left".into()
            }
            Self::Busy { .. } => "wait until it has ended, or write to another directory".into(),
            Self::Unwritable { path, .. } => {
                format!(
                    "check who may write `{}`, or name another directory",
                    closed(path)
                )
            }
            Self::DiskFull { path, .. } => match collection(path) {
                Some(dir) => format!(
                    "make room, then go on with `orch collect --resume {}`: what was read is kept",
                    dir.display()
                ),
                None => "make room, or write to another disk".into(),
            },
            Self::Write { path, .. } => match collection(path) {
                Some(dir) => format!(
                    "mend the disk, then go on with `orch collect --resume {}`: what was read is kept",
                    dir.display()
                ),
                None => "name another directory".into(),
            },
            Self::Read { .. } => "check that the path can be read".into(),
        }
    }

    /// An error of the system while writing, told apart by what a user would do about it.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, source }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Unwritable { path, source }
            }
            _ => Self::Write { path, source },
        }
    }

    /// An error of the system while reading.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_path_buf(),
            source,
        }
    }
}

/// The collection that `path` is a part or the end of, if it is still there to be resumed: a temporary one
/// is not.
fn collection(path: &Path) -> Option<PathBuf> {
    let above = path.ancestors().map(Path::to_path_buf);
    above
        .chain([files::with_suffix(path, SUFFIX)])
        .find(|dir| Partial::is_at(dir))
}

/// The directory that `path` would have been made in, for people: the nearest one that there is.
fn closed(path: &Path) -> String {
    match path.ancestors().skip(1).find(|above| above.is_dir()) {
        Some(above) => above.display().to_string(),
        None => ".".into(),
    }
}
