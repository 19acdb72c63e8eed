//! Files that a user asks for: whole or not at all, and for their owner only.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::AppError;

/// Whether a file can be put at `path`; told before any work is done. What is there stays as it is.
///
/// # Errors
/// When it is a directory, or its directory is missing or does not take files.
pub fn check_output(path: &Path) -> Result<(), AppError> {
    place(path)?;
    if is_replaced(path) {
        // Gone again at once: whether a file can be made is only known from making one.
        beside(path).map_err(|source| AppError::Write {
            path: path.to_path_buf(),
            source,
        })?;
    }
    Ok(())
}

/// Refuses to write over what is read: the file itself, or one in the directory that is read.
///
/// # Errors
/// When it would.
pub fn check_is_not_read(output: &Path, read: &Path) -> Result<(), AppError> {
    let (Ok(output_is), Ok(read)) = (output.canonicalize(), read.canonicalize()) else {
        return Ok(());
    };
    if output_is.is_file() && (output_is == read || output_is.parent() == Some(&read)) {
        let name = orch_report::visible(&output.to_string_lossy()).into_owned();
        return Err(AppError::usage(crate::words::Mistake::new(
            format!("`{name}` is read, and would be written over"),
            "name another file with --output",
        )));
    }
    Ok(())
}

/// Refuses what cannot be the place of a file.
fn place(path: &Path) -> Result<(), AppError> {
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

/// A device or a pipe is written to; only a file can be replaced.
fn is_replaced(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

/// A new file in the same directory. It is made for its owner only (0600), as all temporary files of this kind are,
/// and goes when it is dropped.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(parent(path))
}

/// Writes a file beside its place and moves it there, so that a reader never sees half of it.
///
/// # Errors
/// Those of the file system.
pub fn write_output(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), AppError> {
    place(path)?;
    let attempt = || -> io::Result<()> {
        if !is_replaced(path) {
            let mut file = io::BufWriter::new(fs::OpenOptions::new().write(true).open(path)?);
            write(&mut file)?;
            return file.flush();
        }
        let mut file = beside(path)?;
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

/// Writes a file that is not there yet, for its owner only. What is there stays as it is.
///
/// # Errors
/// A file that is there already, and those of the file system.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), AppError> {
    let attempt = || -> io::Result<()> {
        let mut file = beside(path)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Ok(())
    };
    place(path)?;
    attempt().map_err(|source| AppError::Write {
        path: path.to_path_buf(),
        source,
    })
}

/// A value as JSON that a terminal can be shown.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, AppError> {
    let mut bytes = Vec::new();
    let written = orch_report::write_json(value, &mut bytes);
    let internal = |error: String| AppError::Internal(error);
    written.map_err(|error| internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| internal(error.to_string()))
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
    fn a_new_file_never_takes_the_place_of_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("orch-project.toml");
        write_new(&path, "mine").unwrap();
        let error = write_new(&path, "yours").unwrap_err();
        assert!(error.next_step().unwrap().contains("name another"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
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

    #[test]
    fn asking_whether_a_file_can_be_written_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        check_output(&path).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        fs::write(&path, "old").unwrap();
        check_output(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
