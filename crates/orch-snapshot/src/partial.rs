//! A collection under way: shards that are durable before the line that says so.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use orch_model::{Call, Outcome, Read, Resource, Scope};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use smol_str::SmolStr;

use crate::files;
use crate::seal;
use crate::{Form, Item, Plan, SnapshotError};

/// The file that makes a directory a collection under way.
pub(crate) const PLAN: &str = "plan.json";
const LOCK: &str = "lock";
const READS: &str = "reads.jsonl";
const LEDGER: &str = "ledger.jsonl";
const SHARDS: &str = "shards";
const SEALED: &str = "sealed";
const SUFFIX: &str = ".partial";

/// A collection under way, in `DIR.partial`. Clones are handles to the same collection.
#[derive(Debug, Clone)]
pub struct Partial(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    out: PathBuf,
    plan: Plan,
    reads: Mutex<Reads>,
    ledger: Mutex<File>,
    /// Held as long as the collection is open; the system releases it even after a kill.
    _lock: File,
}

#[derive(Debug)]
struct Reads {
    file: File,
    finished: BTreeMap<(Scope, SmolStr), Finished>,
}

/// A line of the collection's own list of reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Finished {
    pub(crate) read: Read,
    /// File name and length of the shard; none where nothing was read.
    pub(crate) shard: Option<(String, u64)>,
}

/// What one read hands over, buffered. Only [`Partial::finish`] makes it count.
#[derive(Debug)]
pub struct Shard {
    path: PathBuf,
    name: String,
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

    /// A shard of its own, outside of a collection.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self {
            path,
            name: String::new(),
            file: None,
            line: Vec::new(),
            bytes: 0,
            items: 0,
        }
    }

    /// Writes what is buffered; false when there never was an item, and so there is no file.
    pub(crate) fn flush(&mut self) -> Result<bool, SnapshotError> {
        match &mut self.file {
            Some(file) => {
                file.flush()
                    .map_err(|error| SnapshotError::writing(&self.path, error))?;
                Ok(true)
            }
            None => Ok(false),
        }
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

impl Partial {
    /// Whether a collection to `out` could begin: to be asked before anything is called.
    ///
    /// # Errors
    /// When something is at `out` already, or when an earlier collection to it did not end.
    pub fn check(out: &Path) -> Result<(), SnapshotError> {
        Self::places(out).map(|_| ())
    }

    /// Where the snapshot is to be, and where it is collected.
    fn places(out: &Path) -> Result<(PathBuf, PathBuf), SnapshotError> {
        let out = files::vacant(out)?;
        let dir = files::with_suffix(&out, SUFFIX);
        if fs::symlink_metadata(&dir).is_ok() {
            return Err(SnapshotError::PartialExists { path: dir });
        }
        Ok((out, dir))
    }

    /// Begins a collection whose snapshot is to be at `out`.
    ///
    /// # Errors
    /// When something is at `out` already, when an earlier collection to it did not end, or when it cannot
    /// be written.
    pub fn create(out: &Path, plan: &Plan) -> Result<Self, SnapshotError> {
        let (out, dir) = Self::places(out)?;
        files::create_dir(&dir.join(SHARDS))?;
        let lock = lock(&dir)?;
        let text = serde_json::to_vec(plan)
            .map_err(|error| SnapshotError::writing(&dir, io::Error::other(error)))?;
        files::replace(&dir.join(PLAN), &text)?;
        files::sync_dir(&dir)?;
        Self::open(dir, out, plan.clone(), BTreeMap::new(), lock)
    }

    /// Takes up an interrupted collection: its plan, and the reads that were complete. Everything else of
    /// it is dropped and has to be read again.
    ///
    /// # Errors
    /// When there is no collection at `partial`, or its directory cannot be read or written.
    pub fn resume(partial: &Path) -> Result<(Self, Plan, Vec<Read>), SnapshotError> {
        let no = |what: &str| SnapshotError::NotPartial {
            path: partial.to_path_buf(),
            what: what.into(),
        };
        let dir = match fs::metadata(partial) {
            Ok(metadata) if metadata.is_dir() => {
                fs::canonicalize(partial).map_err(|error| SnapshotError::reading(partial, error))?
            }
            Ok(_) => return Err(no("it is a file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(no("there is no such directory"));
            }
            Err(error) => return Err(SnapshotError::reading(partial, error)),
        };
        let text = match fs::read(dir.join(PLAN)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(no("it holds no unfinished collection"));
            }
            Err(error) => return Err(SnapshotError::reading(&dir.join(PLAN), error)),
        };
        let plan: Plan = serde_json::from_slice(&text)
            .map_err(|error| no(&format!("its plan.json cannot be understood: {error}")))?;
        let out = dir
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(SUFFIX))
            .filter(|name| !name.is_empty())
            .map(|name| dir.with_file_name(name))
            .ok_or_else(|| no("its name does not end in `.partial`"))?;
        let out = files::vacant(&out)?;
        let lock = lock(&dir)?;
        remove_dir(&dir.join(SEALED))?;

        let finished = complete(&dir)?;
        drop_shards(&dir, &finished)?;
        files::replace(&dir.join(READS), &lines(finished.values())?)?;
        let calls: Vec<Call> = parse_lines(&dir.join(LEDGER))?;
        files::replace(&dir.join(LEDGER), &lines(&calls)?)?;
        files::sync_dir(&dir)?;
        let done = finished
            .values()
            .map(|finished| finished.read.clone())
            .collect();
        Ok((
            Self::open(dir, out, plan.clone(), finished, lock)?,
            plan,
            done,
        ))
    }

    fn open(
        dir: PathBuf,
        out: PathBuf,
        plan: Plan,
        finished: BTreeMap<(Scope, SmolStr), Finished>,
        lock: File,
    ) -> Result<Self, SnapshotError> {
        let reads = Mutex::new(Reads {
            file: files::append(&dir.join(READS))?,
            finished,
        });
        let ledger = Mutex::new(files::append(&dir.join(LEDGER))?);
        Ok(Self(Arc::new(Inner {
            dir,
            out,
            plan,
            reads,
            ledger,
            _lock: lock,
        })))
    }

    /// The directory of the collection: what `--resume` takes.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// Where the snapshot is to be.
    pub fn out(&self) -> &Path {
        &self.0.out
    }

    /// Begins what one collector reads in one scope.
    ///
    /// # Errors
    /// None today; a shard is opened with its first item.
    pub fn shard(&self, scope: &Scope, collector: &str) -> Result<Shard, SnapshotError> {
        let name = shard_name(scope, collector);
        let path = self.0.dir.join(SHARDS).join(&name);
        Ok(Shard {
            path,
            name,
            file: None,
            line: Vec::new(),
            bytes: 0,
            items: 0,
        })
    }

    /// Records a read: first its shard is made durable, then the line that says so.
    ///
    /// # Errors
    /// When it cannot be written; then the read does not count.
    pub fn finish(&self, shard: Shard, read: Read) -> Result<(), SnapshotError> {
        let writing = |error| SnapshotError::writing(&shard.path, error);
        let stored = match shard.file {
            Some(file) => {
                let file = file
                    .into_inner()
                    .map_err(|error| writing(error.into_error()))?;
                file.sync_all().map_err(writing)?;
                files::sync_dir(&self.0.dir.join(SHARDS))?;
                Some((shard.name, shard.bytes))
            }
            None => None,
        };
        let finished = Finished {
            read,
            shard: stored,
        };
        let line = lines([&finished])?;
        let path = self.0.dir.join(READS);
        let mut reads = self.reads();
        reads
            .file
            .write_all(&line)
            .and_then(|()| reads.file.sync_data())
            .map_err(|error| SnapshotError::writing(&path, error))?;
        let key = (finished.read.scope.clone(), finished.read.collector.clone());
        reads.finished.insert(key, finished);
        Ok(())
    }

    /// Adds a call to the ledger.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn call(&self, call: &Call) -> Result<(), SnapshotError> {
        let line = lines([call])?;
        let mut ledger = self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger
            .write_all(&line)
            .map_err(|error| SnapshotError::writing(&self.0.dir.join(LEDGER), error))
    }

    /// The resources of a finished read, for collectors that come after it; empty when it has not ended.
    ///
    /// # Errors
    /// When its shard cannot be read.
    pub fn resources(
        &self,
        scope: &Scope,
        collector: &str,
    ) -> Result<Vec<Resource>, SnapshotError> {
        let key = (scope.clone(), SmolStr::new(collector));
        let Some((name, _)) = self
            .reads()
            .finished
            .get(&key)
            .and_then(|read| read.shard.clone())
        else {
            return Ok(Vec::new());
        };
        seal::resources(&self.0.dir.join(SHARDS).join(name))
    }

    /// Makes the snapshot of what was read, complete or not, and moves it to its place. The collection's
    /// own directory is removed after that: a kill at any time leaves one of the two whole.
    ///
    /// # Errors
    /// When it cannot be written; the collection stays and can be resumed.
    pub fn seal(self, form: Form) -> Result<PathBuf, SnapshotError> {
        let Inner { dir, out, plan, .. } = &*self.0;
        let finished: Vec<Finished> = self.reads().finished.values().cloned().collect();
        let calls: Vec<Call> = parse_lines(&dir.join(LEDGER))?;
        let sealed = dir.join(SEALED);
        remove_dir(&sealed)?;
        files::create_dir(&sealed)?;
        seal::seal(&dir.join(SHARDS), plan, &finished, calls, &sealed, form)?;
        files::publish(&sealed, out)?;
        if let Err(error) = fs::remove_dir_all(dir) {
            tracing::warn!(
                "the snapshot is complete, but `{}` stays: {error}",
                dir.display()
            );
        }
        Ok(out.clone())
    }

    fn reads(&self) -> MutexGuard<'_, Reads> {
        self.0.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the collection for this process alone.
fn lock(dir: &Path) -> Result<File, SnapshotError> {
    let path = dir.join(LOCK);
    let file = files::create(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SnapshotError::Busy {
            path: dir.to_path_buf(),
        }),
        // A file system without locks is no reason not to collect.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// The reads that ended complete and whose shards are whole.
fn complete(dir: &Path) -> Result<BTreeMap<(Scope, SmolStr), Finished>, SnapshotError> {
    let listed: Vec<Finished> = parse_lines(&dir.join(READS))?;
    let whole = |finished: &Finished| match &finished.shard {
        Some((name, bytes)) => {
            *name == shard_name(&finished.read.scope, &finished.read.collector)
                && fs::metadata(dir.join(SHARDS).join(name))
                    .is_ok_and(|found| found.len() == *bytes)
        }
        None => true,
    };
    Ok(listed
        .into_iter()
        .filter(|finished| finished.read.outcome == Outcome::Complete && whole(finished))
        .map(|finished| {
            (
                (finished.read.scope.clone(), finished.read.collector.clone()),
                finished,
            )
        })
        .collect())
}

/// Removes the shards of reads that have to be made again.
fn drop_shards(
    dir: &Path,
    finished: &BTreeMap<(Scope, SmolStr), Finished>,
) -> Result<(), SnapshotError> {
    let shards = dir.join(SHARDS);
    files::create_dir(&shards)?;
    let entries = fs::read_dir(&shards).map_err(|error| SnapshotError::reading(&shards, error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| SnapshotError::reading(&shards, error))?
            .path();
        let name = path.file_name().and_then(|name| name.to_str());
        let kept = finished
            .values()
            .any(|finished| finished.shard.as_ref().map(|(shard, _)| shard.as_str()) == name);
        if !kept {
            fs::remove_file(&path).map_err(|error| SnapshotError::writing(&path, error))?;
        }
    }
    Ok(())
}

fn remove_dir(path: &Path) -> Result<(), SnapshotError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(SnapshotError::writing(path, error))
        }
        _ => Ok(()),
    }
}

/// The file name of a shard: readable, unique, and harmless whatever account or region are called.
fn shard_name(scope: &Scope, collector: &str) -> String {
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
    let hash: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{readable}-{hash}.jsonl")
}

/// JSON, one value a line.
fn lines<'a, T: Serialize + 'a>(
    values: impl IntoIterator<Item = &'a T>,
) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = Vec::new();
    for value in values {
        serde_json::to_writer(&mut bytes, value)
            .map_err(|error| SnapshotError::writing(Path::new("line"), io::Error::other(error)))?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// The lines of a file of ours. A line torn by a kill or a full disk does not count: what it stood for is
/// read again.
fn parse_lines<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, SnapshotError> {
    let reading = |error| SnapshotError::reading(path, error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(reading(error)),
    };
    let mut reader = BufReader::new(file);
    let (mut values, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(reading)? == 0 {
            return Ok(values);
        }
        if line.ends_with(b"\n")
            && let Ok(value) = serde_json::from_slice(&line)
        {
            values.push(value);
        }
    }
}
