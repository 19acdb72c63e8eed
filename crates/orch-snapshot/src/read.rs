//! Reading one file of a snapshot in blocks of whole lines, its checksum computed on the way.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::SnapshotError;
use crate::layout::{FileEntry, FileName};
use crate::write::hex;

/// Bytes of a block: large enough to be worth handing to another thread, small enough for the caches.
const BLOCK: usize = 1 << 18;
/// A longer line is not one of ours; without a limit a file without line ends would fill the memory.
const LONGEST_LINE: usize = 64 << 20;

/// Whole lines of one file.
pub(crate) struct Block {
    /// The number of the first of them, from one.
    pub(crate) first_line: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Block {
    /// The lines with their numbers, without their ends.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let body = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        (self.first_line..).zip(body.split(|byte| *byte == b'\n'))
    }
}

/// A file whose bytes are those that were sealed, or an error by the time it ends.
pub(crate) struct CheckedFile {
    dir: PathBuf,
    name: FileName,
    /// None for an estate that is being edited.
    sha256: Option<String>,
    source: Option<Source>,
    /// The start of a line whose end is not read yet.
    rest: Vec<u8>,
    next_line: u64,
}

enum Source {
    Text(Hashing),
    Compressed(zstd::Decoder<'static, BufReader<Hashing>>),
}

struct Hashing {
    file: File,
    sha: Option<Sha256>,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        if let Some(sha) = &mut self.sha {
            sha.update(&buffer[..read]);
        }
        Ok(read)
    }
}

impl CheckedFile {
    /// Opens a file as the manifest lists it.
    pub(crate) fn open(dir: &Path, entry: &FileEntry) -> Result<Self, SnapshotError> {
        Self::of(dir, entry.path, Some(entry.sha256.clone()))
    }

    /// Opens a file that may have been edited.
    pub(crate) fn open_unsealed(dir: &Path, name: FileName) -> Result<Self, SnapshotError> {
        Self::of(dir, name, None)
    }

    fn of(dir: &Path, name: FileName, sha256: Option<String>) -> Result<Self, SnapshotError> {
        let path = dir.join(name.to_string());
        let file = crate::files::open_to_read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SnapshotError::FileMissing {
                path: dir.to_path_buf(),
                file: name.to_string(),
            },
            _ => SnapshotError::reading(&path, error),
        })?;
        let hashing = Hashing {
            file,
            sha: sha256.is_some().then(Sha256::new),
        };
        let source = if name.compressed {
            let decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(BLOCK, hashing))
                .map_err(|error| SnapshotError::reading(&path, error))?;
            Source::Compressed(decoder)
        } else {
            Source::Text(hashing)
        };
        let dir = dir.to_path_buf();
        Ok(Self {
            dir,
            name,
            sha256,
            source: Some(source),
            rest: Vec::new(),
            next_line: 1,
        })
    }

    /// The next lines; none at the end of a file whose checksum is right.
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>, SnapshotError> {
        let mut bytes = std::mem::take(&mut self.rest);
        loop {
            // What is left of the last block holds no line end.
            let unseen = bytes.len();
            let full = match self.fill(&mut bytes) {
                Ok(full) => full,
                Err(error) => return Err(self.unreadable(error)),
            };
            let whole = match bytes[unseen..].iter().rposition(|byte| *byte == b'\n') {
                _ if !full => bytes.len(),
                Some(end) => unseen + end + 1,
                None if bytes.len() >= LONGEST_LINE => {
                    return Err(self.line(self.next_line, "it is longer than 64 MiB"));
                }
                None => continue,
            };
            if bytes.is_empty() {
                self.verify()?;
                return Ok(None);
            }
            self.rest = bytes.split_off(whole);
            let first_line = self.next_line;
            let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
            self.next_line += ends as u64;
            return Ok(Some(Block { first_line, bytes }));
        }
    }

    /// Adds up to a block of bytes; false at the end of the file.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let source = match &mut self.source {
            Some(Source::Text(file)) => file as &mut dyn Read,
            Some(Source::Compressed(decoder)) => decoder,
            None => return Ok(false),
        };
        let read = source.take(BLOCK as u64).read_to_end(bytes)?;
        Ok(read == BLOCK)
    }

    /// At the end: whether the bytes on disk are those that were sealed.
    fn verify(&mut self) -> Result<(), SnapshotError> {
        let Some(source) = self.source.take() else {
            return Ok(());
        };
        let mut hashing = match source {
            Source::Text(hashing) => hashing,
            Source::Compressed(decoder) => decoder.finish().into_inner(),
        };
        // What stands behind the last compressed frame belongs to the file as well.
        io::copy(&mut hashing, &mut io::sink()).map_err(|error| self.unreadable(error))?;
        let actual = hashing.sha.map(|sha| hex(&sha.finalize()));
        if actual == self.sha256 {
            return Ok(());
        }
        Err(SnapshotError::Checksum {
            path: self.dir.clone(),
            file: self.name.to_string(),
        })
    }

    fn unreadable(&self, error: io::Error) -> SnapshotError {
        if self.name.compressed && error.raw_os_error().is_none() {
            let (path, file) = (self.dir.clone(), self.name.to_string());
            return SnapshotError::Unpack {
                path,
                file,
                what: error.to_string(),
            };
        }
        SnapshotError::reading(&self.dir.join(self.name.to_string()), error)
    }

    fn line(&self, line: u64, what: &str) -> SnapshotError {
        let (path, file) = (self.dir.clone(), self.name.to_string());
        SnapshotError::Line {
            path,
            file,
            line,
            what: what.to_owned(),
        }
    }
}

/// What a JSON parser has to say about one line: its own "line 1" would mislead.
pub(crate) fn json_error(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) => format!("{what} at column {}", error.column()),
        None => text,
    }
}
