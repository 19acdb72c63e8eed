//! The points of a snapshot, read while they are asked for.

use std::path::{Path, PathBuf};

use orch_model::Series;

use crate::SnapshotError;
use crate::layout::{Content, FileEntry, Manifest};
use crate::load::{Broken, Source, values};
use crate::read::CheckedFile;

/// The points themselves, for what needs more than digests: sorted by metric, uid and statistic, one series
/// in memory at a time.
///
/// # Errors
/// When there is no snapshot at `dir`. Broken lines and checksums come as items; nothing comes after them.
pub fn raw_series(dir: &Path) -> Result<RawSeries, SnapshotError> {
    let manifest = Manifest::read(dir)?;
    let series = |entry: &FileEntry| matches!(entry.path.content, Content::Series(_));
    let files = manifest
        .files
        .into_iter()
        .filter(series)
        .map(Source::Sealed)
        .collect();
    Ok(RawSeries::new(dir, files))
}

/// The series of a snapshot, read while they are asked for.
pub struct RawSeries {
    dir: PathBuf,
    files: std::vec::IntoIter<Source>,
    open: Option<(Source, CheckedFile)>,
    block: std::vec::IntoIter<Series>,
    failed: bool,
}

impl RawSeries {
    pub(crate) fn new(dir: &Path, files: Vec<Source>) -> Self {
        let files = files.into_iter();
        Self {
            dir: dir.to_path_buf(),
            files,
            open: None,
            block: Vec::new().into_iter(),
            failed: false,
        }
    }

    /// The next block with a series in it; false at the end.
    fn advance(&mut self) -> Result<bool, SnapshotError> {
        loop {
            let Some((source, file)) = &mut self.open else {
                let Some(source) = self.files.next() else {
                    return Ok(false);
                };
                let file = source.open(&self.dir)?;
                self.open = Some((source, file));
                continue;
            };
            let Some(block) = file.next_block()? else {
                self.open = None;
                continue;
            };
            let blank = matches!(source, Source::Unsealed(_));
            let series = values(&block, blank, Ok).map_err(|Broken { line, what }| {
                let file = source.name().to_string();
                SnapshotError::Line {
                    path: self.dir.clone(),
                    file,
                    line,
                    what,
                }
            })?;
            self.block = series.into_iter();
            return Ok(true);
        }
    }
}

impl Iterator for RawSeries {
    type Item = Result<Series, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(series) = self.block.next() {
                return Some(Ok(series));
            }
            if self.failed {
                return None;
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }
}
