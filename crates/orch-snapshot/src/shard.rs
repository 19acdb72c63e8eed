//! What one collector reads in one scope, on its way to disk.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use orch_model::Scope;
use sha2::{Digest as _, Sha256};

use crate::write::hex;
use crate::{Item, SnapshotError, files};

/// What one read hands over, buffered. Only [`Partial::finish`](crate::Partial::finish) makes it count.
#[derive(Debug)]
pub struct Shard {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    line: Vec<u8>,
    bytes: u64,
    items: u64,
}

impl Shard {
    /// Adds an item.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push(&mut self, item: impl Into<Item>) -> Result<(), SnapshotError> {
        let writing = |error| SnapshotError::writing(&self.path, error);
        let file = match &mut self.file {
            Some(file) => file,
            // A read that finds nothing, the usual case in most regions, costs no file.
            None => self.file.insert(BufWriter::new(files::create(&self.path)?)),
        };
        self.line.clear();
        serde_json::to_writer(&mut self.line, &item.into())
            .map_err(|error| writing(io::Error::other(error)))?;
        self.line.push(b'\n');
        file.write_all(&self.line).map_err(writing)?;
        self.bytes += self.line.len() as u64;
        self.items += 1;
        Ok(())
    }

    /// A shard that gets its file with its first item.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            line: Vec::new(),
            bytes: 0,
            items: 0,
        }
    }

    /// Makes it durable; its length, or none where there never was an item, and so there is no file.
    pub(crate) fn close(self) -> Result<Option<u64>, SnapshotError> {
        let writing = |error| SnapshotError::writing(&self.path, error);
        let Some(file) = self.file else {
            return Ok(None);
        };
        let file = file
            .into_inner()
            .map_err(|error| writing(error.into_error()))?;
        file.sync_all().map_err(writing)?;
        if let Some(folder) = self.path.parent() {
            files::sync_dir(folder)?;
        }
        Ok(Some(self.bytes))
    }

    /// Items added.
    pub fn len(&self) -> u64 {
        self.items
    }

    /// Whether no item was added.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }
}

/// The file name of a shard: readable, unique, and harmless whatever account or region are called.
pub(crate) fn shard_name(scope: &Scope, collector: &str) -> String {
    let text = format!("{scope}\n{collector}");
    let hash = Sha256::digest(text.as_bytes());
    let plain = |c: char| match c {
        'a'..='z' | '0'..='9' | '-' => c,
        _ => '-',
    };
    let readable: String = format!("{}-{collector}", scope.region)
        .chars()
        .take(60)
        .map(plain)
        .collect();
    format!("{readable}-{}.jsonl", hex(&hash[..8]))
}
