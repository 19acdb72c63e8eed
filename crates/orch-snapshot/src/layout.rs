//! Which files a snapshot has, and the manifest that lists them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

use orch_model::{CollectorNote, Dataset, Kind, Metric, Scope, Time};
use serde::{Deserialize, Serialize};

use crate::SnapshotError;

/// The format this version writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// The file that makes a directory a snapshot.
pub(crate) const MANIFEST: &str = "manifest.json";

/// How the large files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As text that a person can read and edit.
    Text,
    /// Compressed with zstd.
    Compressed,
}

/// What of a snapshot is wanted; the files of everything else are not opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs(
    /// The datasets wanted; `None` is everything.
    pub Option<BTreeSet<Dataset>>,
);

impl Needs {
    /// Everything.
    pub const ALL: Self = Self(None);

    fn dataset(&self, dataset: Dataset) -> bool {
        self.0
            .as_ref()
            .is_none_or(|wanted| wanted.contains(&dataset))
    }

    /// Whether a file is wanted. Reads and ledger always are: without them nothing counts as read.
    pub(crate) fn file(&self, content: Content) -> bool {
        match content {
            Content::Resources(kind) => self.dataset(Dataset::Kind(kind)),
            Content::Series(metric) => self.dataset(Dataset::Series(metric)),
            Content::Costs => self.dataset(Dataset::Costs),
            Content::Reads | Content::Ledger => true,
        }
    }
}

/// What one file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Content {
    Resources(Kind),
    Series(Metric),
    Costs,
    Reads,
    Ledger,
}

/// One file of a snapshot by its place inside the directory. Only these names exist, so that a manifest
/// cannot point anywhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileName {
    pub(crate) content: Content,
    pub(crate) compressed: bool,
}

impl FileName {
    pub(crate) fn new(content: Content, form: Form) -> Self {
        let large = !matches!(content, Content::Reads | Content::Ledger);
        Self {
            content,
            compressed: large && form == Form::Compressed,
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Resources(kind) => write!(f, "resources/{kind}.jsonl"),
            Content::Series(metric) => write!(f, "series/{metric}.jsonl"),
            Content::Costs => f.write_str("costs.csv"),
            Content::Reads => f.write_str("reads.jsonl"),
            Content::Ledger => f.write_str("ledger.jsonl"),
        }?;
        f.write_str(if self.compressed { ".zst" } else { "" })
    }
}

/// A name that no file of a snapshot has.
#[derive(Debug)]
pub(crate) struct NotAFileName;

impl FromStr for FileName {
    type Err = NotAFileName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (plain, compressed) = match text.strip_suffix(".zst") {
            Some(plain) => (plain, true),
            None => (text, false),
        };
        let content = match plain {
            "costs.csv" => Content::Costs,
            "reads.jsonl" if !compressed => Content::Reads,
            "ledger.jsonl" if !compressed => Content::Ledger,
            _ => {
                let (folder, name) = plain.split_once('/').ok_or(NotAFileName)?;
                let stem = name.strip_suffix(".jsonl").ok_or(NotAFileName)?;
                match folder {
                    "resources" => Content::Resources(stem.parse().map_err(|_| NotAFileName)?),
                    "series" => Content::Series(stem.parse().map_err(|_| NotAFileName)?),
                    _ => return Err(NotAFileName),
                }
            }
        };
        Ok(Self {
            content,
            compressed,
        })
    }
}

impl Serialize for FileName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One file as sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FileEntry {
    pub(crate) path: FileName,
    /// Of the bytes on disk, in hex.
    pub(crate) sha256: String,
    /// Lines, or billing lines without the header.
    pub(crate) lines: u64,
}

/// The manifest: written last, so that a directory without it is no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) written_by: String,
    pub(crate) as_of: Time,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) collectors: Vec<CollectorNote>,
    /// Sorted.
    pub(crate) files: Vec<FileEntry>,
}

/// The part of a manifest that every format has.
#[derive(Deserialize)]
struct RawFormat {
    format: u32,
    #[serde(default)]
    written_by: String,
}

/// A manifest as read, its file names not yet checked.
#[derive(Deserialize)]
struct RawManifest {
    as_of: Time,
    scopes: Vec<Scope>,
    collectors: Vec<CollectorNote>,
    #[serde(default)]
    files: Vec<RawFileEntry>,
}

#[derive(Deserialize)]
struct RawFileEntry {
    path: String,
    sha256: String,
    lines: u64,
}

impl Manifest {
    /// This version's manifest.
    pub(crate) fn new(as_of: Time, scopes: &[Scope], collectors: &[CollectorNote]) -> Self {
        let mut manifest = Self {
            format: FORMAT,
            written_by: concat!("orch ", env!("CARGO_PKG_VERSION")).into(),
            as_of,
            scopes: scopes.to_vec(),
            collectors: collectors.to_vec(),
            files: Vec::new(),
        };
        manifest.scopes.sort_unstable();
        manifest.scopes.dedup();
        manifest.collectors.sort_unstable();
        manifest.collectors.dedup();
        manifest
    }

    /// Reads the manifest of a directory, telling the usual mistakes apart.
    pub(crate) fn read(dir: &Path) -> Result<Self, SnapshotError> {
        let (mut manifest, files) = Self::parse(dir)?;
        let path = dir.join(MANIFEST);
        for RawFileEntry {
            path: file,
            sha256,
            lines,
        } in files
        {
            let Ok(name) = file.parse() else {
                return Err(SnapshotError::ForeignFile { path, file });
            };
            manifest.files.push(FileEntry {
                path: name,
                sha256,
                lines,
            });
        }
        manifest.files.sort_unstable_by_key(|entry| entry.path);
        if manifest
            .files
            .windows(2)
            .any(|pair| pair[0].path.content == pair[1].path.content)
        {
            return Err(SnapshotError::Manifest {
                path,
                what: "a file is listed twice".into(),
            });
        }
        Ok(manifest)
    }

    /// Reads the manifest of an estate being edited: whatever files it lists, they do not count.
    pub(crate) fn read_unsealed(dir: &Path) -> Result<Self, SnapshotError> {
        Self::parse(dir).map(|(manifest, _)| manifest)
    }

    fn parse(dir: &Path) -> Result<(Self, Vec<RawFileEntry>), SnapshotError> {
        let path = dir.join(MANIFEST);
        let text = match crate::files::read(&path) {
            Ok(text) => text,
            Err(error) => return Err(why_no_manifest(dir, &path, error)),
        };
        let broken = |what: String| SnapshotError::Manifest {
            path: path.clone(),
            what,
        };
        let head: RawFormat =
            serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
        if head.format > FORMAT {
            let written_by = match head.written_by.as_str() {
                "" => "a newer orch".to_owned(),
                // Another program's words: kept short and on one line.
                name => name.chars().filter(|c| !c.is_control()).take(40).collect(),
            };
            let path = dir.to_path_buf();
            return Err(SnapshotError::Newer {
                path,
                format: head.format,
                newest: FORMAT,
                written_by,
            });
        }
        if head.format == 0 {
            return Err(broken("format 0 does not exist".into()));
        }
        let raw: RawManifest =
            serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
        let mut manifest = Self::new(raw.as_of, &raw.scopes, &raw.collectors);
        manifest.written_by = head.written_by;
        Ok((manifest, raw.files))
    }
}

/// Why a directory has no readable manifest.
fn why_no_manifest(dir: &Path, manifest: &Path, error: io::Error) -> SnapshotError {
    let path = dir.to_path_buf();
    match fs::metadata(dir) {
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
            SnapshotError::Missing { path }
        }
        Err(other) => SnapshotError::reading(dir, other),
        Ok(metadata) if !metadata.is_dir() => SnapshotError::IsAFile { path },
        Ok(_) if error.kind() != io::ErrorKind::NotFound => SnapshotError::reading(manifest, error),
        Ok(_) if dir.join(crate::partial::PLAN).exists() => SnapshotError::Unfinished { path },
        Ok(_) => match fs::read_dir(dir) {
            Ok(mut entries) => match entries.next() {
                None => SnapshotError::Empty { path },
                Some(_) => SnapshotError::NoManifest { path },
            },
            Err(other) => SnapshotError::reading(dir, other),
        },
    }
}
