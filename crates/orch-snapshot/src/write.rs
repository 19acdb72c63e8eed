//! Writing the files of a snapshot: hashed while written, durable, the manifest last.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use orch_model::{Call, CostLine, Read};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::layout::{Content, FileEntry, FileName, MANIFEST, Manifest};
use crate::{Form, SnapshotError, files};

/// Higher levels cost much time for a few per cent.
const ZSTD_LEVEL: i32 = 3;

/// A new directory that becomes a snapshot with [`Assembly::finish`].
pub(crate) struct Assembly {
    dir: PathBuf,
    form: Form,
    manifest: Manifest,
}

impl Assembly {
    pub(crate) fn new(dir: &Path, form: Form, manifest: Manifest) -> Self {
        Self {
            dir: dir.to_path_buf(),
            form,
            manifest,
        }
    }

    /// Begins a file.
    pub(crate) fn file(&self, content: Content) -> Result<OpenFile, SnapshotError> {
        let name = FileName::new(content, self.form);
        let path = self.dir.join(name.to_string());
        if let Some(folder) = path.parent() {
            files::create_dir(folder)?;
        }
        let hashed = Hashed {
            file: files::create(&path)?,
            sha: Sha256::new(),
        };
        let buffered = BufWriter::with_capacity(1 << 16, hashed);
        let sink = if name.compressed {
            let encoder = zstd::Encoder::new(buffered, ZSTD_LEVEL)
                .map_err(|error| SnapshotError::writing(&path, error))?;
            Sink::Compressed(encoder)
        } else {
            Sink::Text(buffered)
        };
        Ok(OpenFile {
            name,
            path,
            sink,
            line: Vec::new(),
            lines: 0,
        })
    }

    /// Ends a file.
    pub(crate) fn add(&mut self, file: OpenFile) -> Result<(), SnapshotError> {
        let entry = file.finish()?;
        self.manifest.files.push(entry);
        Ok(())
    }

    /// Writes the billing lines, if there are any.
    pub(crate) fn costs(&mut self, costs: &[CostLine]) -> Result<(), SnapshotError> {
        if costs.is_empty() {
            return Ok(());
        }
        let mut file = self.file(Content::Costs)?;
        let path = file.path.clone();
        let failed = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(error) => SnapshotError::writing(&path, error),
            other => SnapshotError::writing(&path, io::Error::other(format!("{other:?}"))),
        };
        let mut writer = csv::Writer::from_writer(&mut file.sink);
        for line in costs {
            writer.serialize(line).map_err(failed)?;
        }
        writer
            .flush()
            .map_err(|error| SnapshotError::writing(&path, error))?;
        drop(writer);
        file.lines = costs.len() as u64;
        self.add(file)
    }

    /// Writes reads and ledger, and last of all the manifest.
    pub(crate) fn finish(mut self, reads: &[Read], ledger: &[Call]) -> Result<(), SnapshotError> {
        let mut file = self.file(Content::Reads)?;
        for read in reads {
            file.line(read)?;
        }
        self.add(file)?;
        let mut file = self.file(Content::Ledger)?;
        for call in ledger {
            file.line(call)?;
        }
        self.add(file)?;

        for folder in ["resources", "series"] {
            let folder = self.dir.join(folder);
            if folder.exists() {
                files::sync_dir(&folder)?;
            }
        }
        files::sync_dir(&self.dir)?;
        self.manifest.files.sort_unstable_by_key(|entry| entry.path);
        let path = self.dir.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(&self.manifest)
            .map_err(|error| SnapshotError::writing(&path, io::Error::other(error)))?;
        text.push(b'\n');
        files::replace(&path, &text)?;
        files::sync_dir(&self.dir)
    }
}

/// A file being written.
pub(crate) struct OpenFile {
    name: FileName,
    path: PathBuf,
    sink: Sink,
    line: Vec<u8>,
    lines: u64,
}

impl OpenFile {
    /// Adds a value as one line of JSON.
    pub(crate) fn line<T: Serialize>(&mut self, value: &T) -> Result<(), SnapshotError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value)
            .map_err(|error| SnapshotError::writing(&self.path, io::Error::other(error)))?;
        self.line.push(b'\n');
        self.sink
            .write_all(&self.line)
            .map_err(|error| SnapshotError::writing(&self.path, error))?;
        self.lines += 1;
        Ok(())
    }

    fn finish(self) -> Result<FileEntry, SnapshotError> {
        let writing = |error| SnapshotError::writing(&self.path, error);
        let buffered = match self.sink {
            Sink::Text(buffered) => buffered,
            Sink::Compressed(encoder) => encoder.finish().map_err(writing)?,
        };
        let hashed = buffered
            .into_inner()
            .map_err(|error| writing(error.into_error()))?;
        hashed.file.sync_all().map_err(writing)?;
        let sha256 = hex(&hashed.sha.finalize());
        Ok(FileEntry {
            path: self.name,
            sha256,
            lines: self.lines,
        })
    }
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

enum Sink {
    Text(BufWriter<Hashed>),
    Compressed(zstd::Encoder<'static, BufWriter<Hashed>>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Text(file) => file.write(bytes),
            Self::Compressed(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Text(file) => file.flush(),
            Self::Compressed(file) => file.flush(),
        }
    }
}

/// A file whose checksum grows with it.
struct Hashed {
    file: File,
    sha: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sha.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
