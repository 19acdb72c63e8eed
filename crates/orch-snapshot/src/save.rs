//! Writing a snapshot that is in memory, and sealing an estate that was edited by hand.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use orch_model::{Resource, Series, Snapshot};

use crate::layout::{Content, FileName, MANIFEST, Manifest};
use crate::load::{self, Source};
use crate::merge::merge;
use crate::seal::{Index, sort_costs};
use crate::series::RawSeries;
use crate::shard::Shard;
use crate::write::Assembly;
use crate::{Form, SnapshotError, files};

/// Writes a snapshot to a directory that does not exist yet or is empty. The digests in `snapshot` are not
/// written: `series` are the points they come from, in any order.
///
/// # Errors
/// When something is at `dir`, it cannot be written, or one uid belongs to two kinds.
pub fn save(
    snapshot: &Snapshot,
    series: impl Iterator<Item = Series>,
    dir: &Path,
    form: Form,
) -> Result<(), SnapshotError> {
    let out = files::vacant(dir)?;
    let staging = Staging::beside(&out)?;
    write(snapshot, series.map(Ok), &staging.0, form)?;
    files::publish(&staging.0, &out)
}

/// Seals a text estate that was edited by hand: sorts its lines, merges duplicates, and writes the manifest
/// anew. From manifest.json only time, scopes and collectors are taken; other files stay.
///
/// # Errors
/// When a line cannot be understood, or the directory cannot be written. Killed in between it does not
/// load, and can be sealed again.
pub fn reseal(dir: &Path) -> Result<(), SnapshotError> {
    let manifest = Manifest::read_unsealed(dir)?;
    let mut names = Vec::new();
    for file in load::present(dir)? {
        let foreign = |_| SnapshotError::ForeignFile {
            path: dir.join(MANIFEST),
            file: file.clone(),
        };
        names.push(file.parse::<FileName>().map_err(foreign)?);
    }
    let series = |name: &FileName| matches!(name.content, Content::Series(_));
    let (series, others): (Vec<FileName>, Vec<FileName>) =
        names.iter().partition(|name| series(name));
    let unsealed =
        |names: Vec<FileName>| names.into_iter().map(Source::Unsealed).collect::<Vec<_>>();
    let mut parts = load::parts(dir, &unsealed(others), &AtomicBool::new(false))?;
    sort_costs(&mut parts.costs);
    let snapshot = Snapshot {
        as_of: manifest.as_of,
        scopes: manifest.scopes,
        collectors: manifest.collectors,
        resources: parts.resources,
        series: Vec::new(),
        costs: parts.costs,
        reads: parts.reads,
        ledger: parts.ledger,
    };
    let at = fs::canonicalize(dir).map_err(|error| SnapshotError::reading(dir, error))?;
    let staging = Staging::beside(&at)?;
    write(
        &snapshot,
        RawSeries::new(dir, unsealed(series)),
        &staging.0,
        Form::Text,
    )?;

    let written = Manifest::read(&staging.0)?;
    for entry in &written.files {
        let name = entry.path.to_string();
        let to = dir.join(&name);
        if let Some(folder) = to.parent() {
            files::create_dir(folder)?;
        }
        fs::rename(staging.0.join(&name), &to)
            .map_err(|error| SnapshotError::writing(&to, error))?;
    }
    for name in names {
        if !written.files.iter().any(|entry| entry.path == name) {
            let path = dir.join(name.to_string());
            fs::remove_file(&path).map_err(|error| SnapshotError::writing(&path, error))?;
        }
    }
    let to = dir.join(MANIFEST);
    fs::rename(staging.0.join(MANIFEST), &to)
        .map_err(|error| SnapshotError::writing(&to, error))?;
    files::sync_dir(dir)
}

/// A directory beside the one to write, gone when it is not needed any longer.
struct Staging(PathBuf);

impl Staging {
    fn beside(out: &Path) -> Result<Self, SnapshotError> {
        let path = files::with_suffix(out, &format!(".saving-{}", std::process::id()));
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(SnapshotError::writing(&path, error));
            }
            _ => {}
        }
        files::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // It is not there when it has become the snapshot, and else it does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(
    snapshot: &Snapshot,
    series: impl Iterator<Item = Result<Series, SnapshotError>>,
    dir: &Path,
    form: Form,
) -> Result<(), SnapshotError> {
    let manifest = Manifest::new(snapshot.as_of, &snapshot.scopes, &snapshot.collectors);
    let mut assembly = Assembly::new(dir, form, manifest);
    write_resources(&snapshot.resources, dir, &mut assembly)?;

    // Points are many: they go through a file, so that they can come in any order.
    let scratch = dir.join("series.scratch");
    let mut shard = Shard::at(scratch.clone());
    for one in series {
        shard.push(one?)?;
    }
    if shard.close()?.is_some() {
        let mut index = Index::default();
        index.add(&scratch)?;
        index.write(&mut assembly)?;
        fs::remove_file(&scratch).map_err(|error| SnapshotError::writing(&scratch, error))?;
    }

    assembly.costs(&snapshot.costs)?;
    let mut reads = snapshot.reads.clone();
    reads.sort_unstable();
    assembly.finish(&reads, &snapshot.ledger)
}

fn write_resources(
    resources: &[Resource],
    dir: &Path,
    assembly: &mut Assembly,
) -> Result<(), SnapshotError> {
    let mut resources: Vec<&Resource> = resources.iter().collect();
    resources.sort_by(|a, b| (&a.uid, &a.scope).cmp(&(&b.uid, &b.scope)));
    let two_kinds =
        |pair: &&[&Resource]| pair[0].uid == pair[1].uid && pair[0].kind() != pair[1].kind();
    if let Some(pair) = resources.windows(2).find(two_kinds) {
        let uid = pair[0].uid.to_string();
        return Err(SnapshotError::Twice {
            path: dir.to_path_buf(),
            uid,
        });
    }
    resources.sort_by_key(|resource| resource.kind());
    for of_kind in resources.chunk_by(|a, b| a.kind() == b.kind()) {
        let mut file = assembly.file(Content::Resources(of_kind[0].kind()))?;
        for readings in of_kind.chunk_by(|a, b| a.uid == b.uid) {
            match readings {
                [one] => file.line(one)?,
                several => {
                    if let Some(one) = merge(several.iter().copied().cloned().collect()) {
                        file.line(&one)?;
                    }
                }
            }
        }
        assembly.add(file)?;
    }
    Ok(())
}
