//! Loading a snapshot: one thread reads and hashes, the others parse.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use orch_model::{Body, Call, CostLine, Digest, Kind, Read, Resource, Series, Snapshot};
use serde::de::DeserializeOwned;

use crate::agree::agree;
use crate::layout::{Content, FileEntry, FileName, MANIFEST, Manifest};
use crate::read::{Block, CheckedFile, json_error};
use crate::{Needs, SnapshotError};

/// Loads what is needed of a snapshot, and checks that it is what was sealed.
///
/// # Errors
/// When there is no snapshot at `dir`, it is newer than this version, or any file read is not what was
/// sealed. Of several mistakes the first in the order of the files is told.
pub fn load(dir: &Path, needs: &Needs) -> Result<Snapshot, SnapshotError> {
    load_until(dir, needs, &AtomicBool::new(false))
}

/// The same, given up as soon as `stop` is set.
///
/// # Errors
/// Those of [`load`], and that it was given up.
pub fn load_until(dir: &Path, needs: &Needs, stop: &AtomicBool) -> Result<Snapshot, SnapshotError> {
    let manifest = Manifest::read(dir)?;
    refuse_unlisted(dir, &manifest)?;
    for content in [Content::Reads, Content::Ledger] {
        if !manifest
            .files
            .iter()
            .any(|entry| entry.path.content == content)
        {
            let file = FileName {
                content,
                compressed: false,
            }
            .to_string();
            return Err(SnapshotError::FileMissing {
                path: dir.to_path_buf(),
                file,
            });
        }
    }
    let files: Vec<Source> = manifest
        .files
        .iter()
        .filter(|entry| needs.file(entry.path.content))
        .cloned()
        .map(Source::Sealed)
        .collect();
    let mut parts = parts(dir, &files, stop)?;
    agree(&manifest, &parts).map_err(|what| SnapshotError::Manifest {
        path: dir.join(MANIFEST),
        what,
    })?;

    // Each file is sorted, so this only merges.
    parts.resources.sort_by(|a, b| a.uid.cmp(&b.uid));
    if let Some(pair) = parts
        .resources
        .windows(2)
        .find(|pair| pair[0].uid == pair[1].uid)
    {
        let uid = pair[0].uid.to_string();
        return Err(SnapshotError::Twice {
            path: dir.to_path_buf(),
            uid,
        });
    }
    parts
        .series
        .sort_by(|a, b| (&a.uid, a.metric, a.statistic).cmp(&(&b.uid, b.metric, b.statistic)));
    parts.reads.sort_unstable();
    Ok(Snapshot {
        as_of: manifest.as_of,
        scopes: manifest.scopes,
        collectors: manifest.collectors,
        resources: parts.resources,
        series: parts.series,
        costs: parts.costs,
        reads: parts.reads,
        ledger: parts.ledger,
    })
}

/// A file to be read.
#[derive(Clone)]
pub(crate) enum Source {
    /// As sealed: in order, each identity once, its checksum right.
    Sealed(FileEntry),
    /// Of an estate being edited: in any order, blank lines allowed.
    Unsealed(FileName),
}

impl Source {
    pub(crate) fn name(&self) -> FileName {
        match self {
            Self::Sealed(entry) => entry.path,
            Self::Unsealed(name) => *name,
        }
    }

    pub(crate) fn open(&self, dir: &Path) -> Result<CheckedFile, SnapshotError> {
        match self {
            Self::Sealed(entry) => CheckedFile::open(dir, entry),
            Self::Unsealed(name) => CheckedFile::open_unsealed(dir, *name),
        }
    }
}

/// What some files hold, each part in the order of the files.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) resources: Vec<Resource>,
    pub(crate) series: Vec<Digest>,
    pub(crate) costs: Vec<CostLine>,
    pub(crate) reads: Vec<Read>,
    pub(crate) ledger: Vec<Call>,
}

/// Where a parsed block belongs: file, first line.
type Position = (usize, u64);

enum Work {
    Lines(Position, Block),
    /// Billing lines can hold line ends, so their file is not cut into blocks.
    Costs(Position, Vec<u8>),
}

/// What came of the blocks. The order in which threads end is not seen in it.
#[derive(Default)]
struct Ended {
    parsed: BTreeMap<Position, Parts>,
    errors: BTreeMap<Position, SnapshotError>,
}

/// Reads files with as many threads as there are processors.
pub(crate) fn parts(
    dir: &Path,
    files: &[Source],
    stop: &AtomicBool,
) -> Result<Parts, SnapshotError> {
    let workers = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(8);
    let ended = Mutex::new(Ended::default());
    let (sender, receiver) = sync_channel::<Work>(2 * workers);
    let receiver = Mutex::new(receiver);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(dir, files, &receiver, &ended));
        }
        for (number, file) in files.iter().enumerate() {
            let send = |work| {
                // The receiver outlives this loop.
                let _ = sender.send(work);
            };
            if let Err(error) = read(dir, (number, file), stop, send) {
                locked(&ended).errors.insert((number, u64::MAX), error);
            }
        }
        drop(sender);
    });
    let Ended { parsed, errors } = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = errors.into_values().next() {
        return Err(error);
    }
    join(dir, files, parsed)
}

/// Reads one file and hands its blocks on.
fn read(
    dir: &Path,
    (number, file): (usize, &Source),
    stop: &AtomicBool,
    send: impl Fn(Work),
) -> Result<(), SnapshotError> {
    let mut checked = file.open(dir)?;
    let mut costs = Vec::new();
    let ended = loop {
        if stop.load(Ordering::Relaxed) {
            let path = dir.to_path_buf();
            return Err(SnapshotError::GivenUp { path });
        }
        match checked.next_block() {
            Ok(Some(block)) => match file.name().content {
                Content::Costs => costs.extend(block.bytes),
                _ => send(Work::Lines((number, block.first_line), block)),
            },
            Ok(None) => break Ok(()),
            // Everything was read: a line that cannot be understood says more than the checksum.
            Err(error @ SnapshotError::Checksum { .. }) => break Err(error),
            Err(error) => return Err(error),
        }
    };
    if !costs.is_empty() {
        send(Work::Costs((number, 1), costs));
    }
    ended
}

fn work(dir: &Path, files: &[Source], receiver: &Mutex<Receiver<Work>>, ended: &Mutex<Ended>) {
    loop {
        let Ok(work) = locked(receiver).recv() else {
            return;
        };
        let (position, result) = match work {
            Work::Lines(position, block) => (position, parse(&files[position.0], &block)),
            Work::Costs(position, bytes) => (position, parse_costs(&bytes)),
        };
        let mut ended = locked(ended);
        match result {
            Ok(parts) => drop(ended.parsed.insert(position, parts)),
            Err(Broken { line, what }) => {
                let file = files[position.0].name().to_string();
                let error = SnapshotError::Line {
                    path: dir.to_path_buf(),
                    file,
                    line,
                    what,
                };
                ended.errors.insert((position.0, line), error);
            }
        }
    }
}

/// A line that cannot be understood.
pub(crate) struct Broken {
    pub(crate) line: u64,
    pub(crate) what: String,
}

fn parse(file: &Source, block: &Block) -> Result<Parts, Broken> {
    let blank = matches!(file, Source::Unsealed(_));
    let mut parts = Parts::default();
    match file.name().content {
        Content::Resources(kind) => {
            parts.resources = values(block, blank, |resource: Resource| of_kind(resource, kind))?;
        }
        Content::Series(metric) => {
            let digest = |series: Series| {
                if series.metric != metric {
                    return Err(format!(
                        "a series of {} among those of {metric}",
                        series.metric
                    ));
                }
                Ok(Digest::of(&series))
            };
            parts.series = values(block, blank, digest)?
                .into_iter()
                .flatten()
                .collect();
        }
        Content::Reads => parts.reads = values(block, blank, Ok)?,
        Content::Ledger => parts.ledger = values(block, blank, Ok)?,
        Content::Costs => {}
    }
    if let Source::Sealed(_) = file {
        for (pair, line) in parts.resources.windows(2).zip(block.first_line + 1..) {
            if pair[0].uid >= pair[1].uid {
                return Err(Broken {
                    line,
                    what: out_of_order(&pair[1]),
                });
            }
        }
    }
    Ok(parts)
}

fn of_kind(mut resource: Resource, kind: Kind) -> Result<Resource, String> {
    // A list takes room for four rules when it is given the first one, and they are the largest items of all.
    if let Body::NetworkFirewall(firewall) = &mut resource.body {
        firewall.ingress.shrink_to_fit();
        firewall.egress.shrink_to_fit();
    }
    if resource.kind() == kind {
        return Ok(resource);
    }
    Err(format!("a {} among those of {kind}", resource.kind()))
}

fn out_of_order(resource: &Resource) -> String {
    format!("`{}` is out of order", resource.uid)
}

/// The values of a block, one a line.
pub(crate) fn values<T: DeserializeOwned, U>(
    block: &Block,
    blank: bool,
    keep: impl Fn(T) -> Result<U, String>,
) -> Result<Vec<U>, Broken> {
    let mut values = Vec::new();
    for (line, text) in block.lines() {
        if blank && text.trim_ascii().is_empty() {
            continue;
        }
        let value = serde_json::from_slice(text)
            .map_err(|error| json_error(&error))
            .and_then(&keep)
            .map_err(|what| Broken { line, what })?;
        values.push(value);
    }
    Ok(values)
}

fn parse_costs(bytes: &[u8]) -> Result<Parts, Broken> {
    let costs = csv::Reader::from_reader(bytes).into_deserialize().collect();
    let broken = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let what = match error.kind() {
            csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => {
                format!("{len} cells, expected {expected_len}")
            }
            csv::ErrorKind::Utf8 { .. } => "not UTF-8".into(),
            _ => error.to_string(),
        };
        Broken { line, what }
    };
    Ok(Parts {
        costs: Result::from_iter::<Vec<_>>(costs).map_err(broken)?,
        ..Parts::default()
    })
}

/// Puts the blocks together again.
fn join(
    dir: &Path,
    files: &[Source],
    parsed: BTreeMap<Position, Parts>,
) -> Result<Parts, SnapshotError> {
    let mut all = Parts::default();
    all.resources
        .reserve_exact(parsed.values().map(|parts| parts.resources.len()).sum());
    for ((number, line), mut parts) in parsed {
        if let (Source::Sealed(_), Some(last), Some(first)) = (
            &files[number],
            all.resources.last(),
            parts.resources.first(),
        ) && last.kind() == first.kind()
            && last.uid >= first.uid
        {
            let (path, file) = (dir.to_path_buf(), files[number].name().to_string());
            return Err(SnapshotError::Line {
                path,
                file,
                line,
                what: out_of_order(first),
            });
        }
        all.resources.append(&mut parts.resources);
        all.series.append(&mut parts.series);
        all.costs.append(&mut parts.costs);
        all.reads.append(&mut parts.reads);
        all.ledger.append(&mut parts.ledger);
    }
    Ok(all)
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The files of a snapshot that lie in a directory, listed or not.
pub(crate) fn present(dir: &Path) -> Result<Vec<String>, SnapshotError> {
    let mut names = Vec::new();
    for folder in ["", "resources", "series"] {
        let path = dir.join(folder);
        if !path.is_dir() {
            continue;
        }
        let reading = |error| SnapshotError::reading(&path, error);
        for entry in fs::read_dir(&path).map_err(reading)? {
            let name = entry
                .map_err(reading)?
                .file_name()
                .to_string_lossy()
                .into_owned();
            let plain = name.strip_suffix(".zst").unwrap_or(&name);
            match folder {
                "" if plain == "costs.csv" || plain == "reads.jsonl" || plain == "ledger.jsonl" => {
                    names.push(name);
                }
                "" => {}
                _ if plain.ends_with(".jsonl") => names.push(format!("{folder}/{name}")),
                _ => {}
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// A file of ours that is not listed would be left out silently: an estate edited and not sealed.
fn refuse_unlisted(dir: &Path, manifest: &Manifest) -> Result<(), SnapshotError> {
    let listed = |name: &str| {
        manifest
            .files
            .iter()
            .any(|entry| entry.path.to_string() == name)
    };
    match present(dir)?.into_iter().find(|name| !listed(name)) {
        Some(file) => Err(SnapshotError::Unlisted {
            path: dir.to_path_buf(),
            file,
        }),
        None => Ok(()),
    }
}
