//! Owner-only files and directories that survive a power cut.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::SnapshotError;

/// Opens a new file that only its owner can read.
pub(crate) fn create(path: &Path) -> Result<File, SnapshotError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    open(&mut options, path)
}

/// Opens a file for lines to be added at its end.
pub(crate) fn append(path: &Path) -> Result<File, SnapshotError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    open(&mut options, path)
}

fn open(options: &mut OpenOptions, path: &Path) -> Result<File, SnapshotError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .map_err(|error| SnapshotError::writing(path, error))
}

/// Opens a file to be read. A pipe would be waited for without end, a device read without end.
pub(crate) fn open_to_read(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        File::open(path)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a regular file",
        ))
    }
}

/// The bytes of a small file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    open_to_read(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes a directory, and those above it, that only the owner can enter.
pub(crate) fn create_dir(path: &Path) -> Result<(), SnapshotError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
        .create(path)
        .map_err(|error| SnapshotError::writing(path, error))
}

/// Makes the entries of a directory durable. Only Unix can; elsewhere renames are durable enough.
pub(crate) fn sync_dir(path: &Path) -> Result<(), SnapshotError> {
    if cfg!(unix) {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        File::open(path)
            .and_then(|dir| dir.sync_all())
            .map_err(|error| SnapshotError::writing(path, error))?;
    }
    Ok(())
}

/// Replaces a small file in one step.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), SnapshotError> {
    use std::io::Write as _;
    let new = with_suffix(path, ".new");
    let mut file = create(&new)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| SnapshotError::writing(&new, error))?;
    fs::rename(&new, path).map_err(|error| SnapshotError::writing(path, error))
}

/// `path` with text after its last name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Where a snapshot asked for at `out` goes: links followed, refused when something is there.
pub(crate) fn vacant(out: &Path) -> Result<PathBuf, SnapshotError> {
    let path = out.to_path_buf();
    match fs::metadata(out) {
        Ok(metadata) if !metadata.is_dir() => return Err(SnapshotError::OutIsAFile { path }),
        Ok(_) => {
            let mut entries =
                fs::read_dir(out).map_err(|error| SnapshotError::writing(out, error))?;
            if entries.next().is_some() {
                return Err(SnapshotError::OutNotEmpty { path });
            }
            return fs::canonicalize(out).map_err(|error| SnapshotError::writing(out, error));
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(SnapshotError::writing(out, error));
        }
        Err(_) => {}
    }
    // A link that leads nowhere would only be noticed at the end, by the rename.
    if fs::symlink_metadata(out).is_ok() {
        return Err(SnapshotError::OutIsAFile { path });
    }
    if out.file_name().is_none() {
        return Err(SnapshotError::OutHasNoName { path });
    }
    Ok(path)
}

/// Moves a finished directory to its place, which is vacant.
pub(crate) fn publish(from: &Path, to: &Path) -> Result<(), SnapshotError> {
    match fs::remove_dir(to) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
            return Err(SnapshotError::OutNotEmpty {
                path: to.to_path_buf(),
            });
        }
        Err(error) => return Err(SnapshotError::writing(to, error)),
    }
    fs::rename(from, to).map_err(|error| SnapshotError::writing(to, error))?;
    sync_dir(to.parent().unwrap_or(Path::new(".")))
}
