//! A collection under way: shards that are durable before the line that says so.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use orch_model::{Call, Outcome, Read, Resource, Scope};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::files;
use crate::seal;
use crate::shard::{Shard, shard_name};
use crate::{Form, Plan, SnapshotError};

/// The file that makes a directory a collection under way.
pub(crate) const PLAN: &str = "plan.json";
const LOCK: &str = "lock";
const READS: &str = "reads.jsonl";
const LEDGER: &str = "ledger.jsonl";
const SHARDS: &str = "shards";
const SEALED: &str = "sealed";
/// What the name of a collection's directory ends in.
pub(crate) const SUFFIX: &str = ".partial";

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

impl Partial {
    /// Whether a collection to `out` could begin: to be asked before anything is called.
    ///
    /// # Errors
    /// When something is at `out` already, or when an earlier collection to it did not end.
    pub fn check(out: &Path) -> Result<(), SnapshotError> {
        Self::places(out).map(|_| ())
    }

    /// Whether a collection that can be resumed is in `dir`.
    pub(crate) fn is_at(dir: &Path) -> bool {
        let named = dir.file_name().and_then(|name| name.to_str());
        named.is_some_and(|name| name.ends_with(SUFFIX)) && dir.join(PLAN).is_file()
    }

    /// Where the snapshot is to be, and where it is collected.
    fn places(out: &Path) -> Result<(PathBuf, PathBuf), SnapshotError> {
        let out = files::vacant(out)?;
        let dir = files::with_suffix(&out, SUFFIX);
        if fs::symlink_metadata(&dir).is_ok() && !stillborn(&dir) {
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
        let text = match files::read(&dir.join(PLAN)) {
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
    pub fn shard(&self, scope: &Scope, collector: &str) -> Shard {
        Shard::at(self.0.dir.join(SHARDS).join(shard_name(scope, collector)))
    }

    /// Records a read: first its shard is made durable, then the line that says so.
    ///
    /// # Errors
    /// When it cannot be written; then the read does not count.
    pub fn finish(&self, shard: Shard, read: Read) -> Result<(), SnapshotError> {
        let name = shard_name(&read.scope, &read.collector);
        let stored = shard.close()?.map(|bytes| (name, bytes));
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

    /// The calls that the ledger holds so far, those of earlier runs included.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn calls(&self) -> Result<Vec<Call>, SnapshotError> {
        parse_lines(&self.0.dir.join(LEDGER))
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
        let Inner { dir, out, .. } = &*self.0;
        let sealed = dir.join(SEALED);
        remove_dir(&sealed)?;
        self.copy(&sealed, form)?;
        files::publish(&sealed, out)?;
        if let Err(error) = fs::remove_dir_all(dir) {
            tracing::warn!(
                "the snapshot is complete, but `{}` stays: {error}",
                dir.display()
            );
        }
        Ok(out.clone())
    }

    /// Makes a snapshot of what was read so far at `out`, which is not there yet; the collection stays and
    /// can be resumed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn copy(&self, out: &Path, form: Form) -> Result<(), SnapshotError> {
        let Inner { dir, plan, .. } = &*self.0;
        let finished: Vec<Finished> = self.reads().finished.values().cloned().collect();
        let calls = self.calls()?;
        files::create_dir(out)?;
        seal::seal(&dir.join(SHARDS), plan, &finished, calls, out, form)
    }

    fn reads(&self) -> MutexGuard<'_, Reads> {
        self.0.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a directory holds no more than a collection that was killed before it had a plan: nothing to
/// resume, and nothing of anybody else.
fn stillborn(dir: &Path) -> bool {
    let own = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| match entry.file_name().to_str() {
            Some(LOCK | "plan.json.new") => true,
            Some(SHARDS) => {
                fs::read_dir(entry.path()).is_ok_and(|mut shards| shards.next().is_none())
            }
            _ => false,
        })
    };
    fs::read_dir(dir).is_ok_and(|mut entries| entries.all(own))
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
    let file = match files::open_to_read(path) {
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
