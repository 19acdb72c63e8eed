//! Files that a user asks for: whole or not at all, and for their owner only.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::AppError;

/// Whether a file can be put at `path`; told before any work is done.
///
/// # Errors
/// When it is a directory, or its directory is missing.
pub fn check_output(path: &Path) -> Result<(), AppError> {
    let refuse = |kind: io::ErrorKind| AppError::Write {
        path: path.to_path_buf(),
        source: kind.into(),
    };
    if path.is_dir() {
        return Err(refuse(io::ErrorKind::IsADirectory));
    }
    if !parent(path).is_dir() {
        return Err(refuse(io::ErrorKind::NotFound));
    }
    Ok(())
}

/// Writes a file beside its place and moves it there, so that a reader never sees half of it.
///
/// # Errors
/// Those of the file system.
pub fn write_output(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), AppError> {
    check_output(path)?;
    let attempt = || -> io::Result<()> {
        // A device or a pipe is written to; only a file can be replaced.
        if path.exists() && !path.is_file() {
            let mut file = io::BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
            write(&mut file)?;
            return file.flush();
        }
        // Made for its owner only (0600), as all temporary files of this kind are.
        let mut file = tempfile::NamedTempFile::new_in(parent(path))?;
        {
            let mut buffered = io::BufWriter::new(file.as_file_mut());
            write(&mut buffered)?;
            buffered.flush()?;
        }
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    attempt().map_err(|source| AppError::Write {
        path: path.to_path_buf(),
        source,
    })
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Reads a text file.
///
/// # Errors
/// Those of the file system; text that is not UTF-8 among them.
pub(crate) fn read_text(path: &Path) -> Result<String, AppError> {
    fs::read_to_string(path).map_err(|source| AppError::Read {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_report_is_for_its_owner_only_and_replaces_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        fs::write(&path, "old").unwrap();
        write_output(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        fs::write(&path, "old").unwrap();
        let error = write_output(&path, |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert!(error.next_step().unwrap().contains("make room"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_is_refused_before_anything_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let error = check_output(dir.path()).unwrap_err();
        assert_eq!(error.exit_code().number(), 2);
        assert!(error.next_step().unwrap().contains("report.json"));
        check_output(&dir.path().join("none/report.json")).unwrap_err();
    }
}
