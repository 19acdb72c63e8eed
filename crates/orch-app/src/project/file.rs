//! The project file on disk: read, held against what others write, replaced as a whole.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use orch_plan::Library;
use orch_plan::project::{Project, read_on};

use crate::AppError;
use crate::config::Placed;
use crate::output::read_text;
use crate::words::Mistake;

/// A project file as it was read.
#[derive(Debug)]
pub(crate) struct OnDisk {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) project: Project,
}

impl OnDisk {
    /// Reads a file.
    pub(crate) fn read(path: &Path, library: &Library) -> Result<Self, AppError> {
        Self::read_on(path, library, None)
    }

    /// The same on a day: what tells of the past is not after it.
    pub(crate) fn read_on(
        path: &Path,
        library: &Library,
        today: Option<NaiveDate>,
    ) -> Result<Self, AppError> {
        if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Err(AppError::Input(Mistake::new(
                format!("failed to read `{}`: there is no such file", path.display()),
                "name the project file with --file, or make one with `orch plan new` or `orch project new`",
            )));
        }
        let text = read_text(path)?;
        let project = understood(path, &text, library, today)?;
        Ok(Self {
            path: path.to_path_buf(),
            text,
            project,
        })
    }

    /// Puts another text in its place, if nobody else did since it was read; whether it did.
    ///
    /// Whoever writes holds a lock on the file that is there and then reads it once more by its path: of two writers with
    /// the same file in mind the second sees what the first wrote.
    pub(crate) fn replace(&self, text: &str) -> Result<bool, AppError> {
        let fail = |source: io::Error| AppError::Write {
            path: self.path.clone(),
            source,
        };
        // A link stays a link.
        let place = fs::canonicalize(&self.path).map_err(fail)?;
        let held = File::open(&place).map_err(fail)?;
        match held.lock() {
            Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(fail(error)),
            _ => {}
        }
        if fs::read(&place).map_err(fail)? != self.text.as_bytes() {
            return Ok(false);
        }
        let write = || -> io::Result<()> {
            let folder = place.parent().unwrap_or(Path::new("."));
            let mut new = tempfile::NamedTempFile::new_in(folder)?;
            new.write_all(text.as_bytes())?;
            new.as_file()
                .set_permissions(held.metadata()?.permissions())?;
            new.as_file().sync_all()?;
            new.persist(&place).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(fail)?;
        Ok(true)
    }

    /// That somebody else was faster.
    pub(crate) fn changed(&self) -> AppError {
        AppError::Input(Mistake::new(
            format!(
                "failed to write `{}`: it was changed since it was read",
                self.path.display()
            ),
            "run it again: it reads the file anew; nothing was written",
        ))
    }
}

/// A project, or every mistake with its place.
fn understood(
    path: &Path,
    text: &str,
    library: &Library,
    today: Option<NaiveDate>,
) -> Result<Project, AppError> {
    read_on(text, library, today).map_err(|mistakes| AppError::Config {
        path: path.to_path_buf(),
        text: text.to_owned(),
        mistakes: mistakes
            .into_iter()
            .map(|one| Placed {
                mistake: Mistake {
                    message: one.message,
                    help: one.help,
                },
                span: one.span,
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::write_new;

    const TEXT: &str = "version = 1\nname = \"x\" # mine\nstart = 2026-03-02\n";

    #[test]
    fn the_second_of_two_writers_is_told() {
        let library = Library::built_in().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.toml");
        write_new(&path, TEXT).unwrap();
        let (one, other) = (
            OnDisk::read(&path, &library).unwrap(),
            OnDisk::read(&path, &library).unwrap(),
        );
        assert!(one.replace(&TEXT.replace("mine", "one")).unwrap());
        assert!(!other.replace(&TEXT.replace("mine", "other")).unwrap());
        assert!(other.changed().to_string().contains("changed since"));
        assert!(fs::read_to_string(&path).unwrap().contains("# one"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn many_writers_at_once_lose_nothing() {
        let library = Library::built_in().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.toml");
        write_new(&path, TEXT).unwrap();
        let written = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    let (path, library) = (&path, &library);
                    scope.spawn(move || {
                        let write = |line: usize| {
                            let held = OnDisk::read(path, library).unwrap();
                            let text = format!("{}# {writer} {line}\n", held.text);
                            held.replace(&text).unwrap()
                        };
                        (0..20).filter(|line| write(*line)).count()
                    })
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .sum::<usize>()
        });
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 3 + written);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let library = Library::built_in().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("p.toml"), dir.path().join("link.toml"));
        write_new(&path, TEXT).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let held = OnDisk::read(&link, &library).unwrap();
        assert!(held.replace(&TEXT.replace("mine", "ours")).unwrap());
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert!(fs::read_to_string(&path).unwrap().contains("ours"));
    }
}
