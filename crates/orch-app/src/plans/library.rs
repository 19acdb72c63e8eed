//! Specialists, patterns and numbers for what becomes of findings, from the program and from a folder.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use orch_plan::{FileError, Library};

use crate::AppError;
use crate::output::read_text;
use crate::words::Mistake;

/// Specialists, patterns and numbers: what is built in, and what a folder adds or changes.
///
/// # Errors
/// A folder without any of these, files that cannot be read, and names in them that stand for nobody.
pub fn library(dir: Option<&Path>) -> Result<Library, AppError> {
    let mut library = Library::built_in().map_err(|error| AppError::Internal(error.to_string()))?;
    let Some(dir) = dir else {
        return Ok(library);
    };
    let specialists = yaml_files(&dir.join("specialists"))?;
    let patterns = yaml_files(&dir.join("patterns"))?;
    let findings = dir.join("findings.yaml");
    if specialists.is_empty() && patterns.is_empty() && !findings.is_file() {
        return Err(AppError::Input(Mistake::new(
            format!("failed to find anything in `{}`", dir.display()),
            "put files into `specialists/` and `patterns/` in it, named as their ids: `patterns/tidy-up.yaml`; or \
             numbers into `findings.yaml`",
        )));
    }
    for path in specialists {
        let text = read_text(&path)?;
        let added = library.add_specialist(&id_of(&path), &text);
        added.map_err(|error| bad_file(&path, &error))?;
    }
    for path in patterns {
        let text = read_text(&path)?;
        let added = library.add_pattern(&id_of(&path), &text);
        added.map_err(|error| bad_file(&path, &error))?;
    }
    if findings.is_file() {
        let text = read_text(&findings)?;
        let set = library.set_findings(&text);
        set.map_err(|error| bad_file(&findings, &error))?;
    }
    library.check().map_err(|error| bad_file(dir, &error))?;
    Ok(library)
}

/// The files of a folder, sorted; none where there is no such folder.
fn yaml_files(dir: &Path) -> Result<Vec<PathBuf>, AppError> {
    let fail = |source: io::Error| AppError::Read {
        path: dir.to_path_buf(),
        source,
    };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        if path.extension() == Some(OsStr::new("yaml")) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn id_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn bad_file(path: &Path, error: &FileError) -> AppError {
    let place = if path.is_dir() {
        path.join(&error.file)
    } else {
        path.to_path_buf()
    };
    AppError::Input(Mistake::new(
        format!("failed to use `{}`: {}", place.display(), error.why),
        "the files of `plans/` in the source of orch show the form",
    ))
}
