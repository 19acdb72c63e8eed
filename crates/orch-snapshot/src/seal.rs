//! From shards to the files of a snapshot: sorted by index, so that only one item is in memory at a time.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use orch_model::{Call, CostLine, Kind, Metric, Read, Resource, Series, Statistic, Uid};

use crate::layout::{Content, Manifest};
use crate::merge::merge;
use crate::partial::Finished;
use crate::write::Assembly;
use crate::{Form, Item, Plan, SnapshotError};

/// Where an item stands in the shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    shard: usize,
    offset: u64,
    len: usize,
}

/// The items of the shards by what they are.
#[derive(Default)]
pub(crate) struct Index {
    shards: Vec<(PathBuf, File)>,
    resources: Vec<(Kind, Uid, Place)>,
    /// More points come first.
    series: Vec<(Metric, Uid, Statistic, std::cmp::Reverse<usize>, Place)>,
    costs: Vec<CostLine>,
}

/// Writes the snapshot of a collection into an empty directory.
pub(crate) fn seal(
    shards: &Path,
    plan: &Plan,
    finished: &[Finished],
    mut calls: Vec<Call>,
    dir: &Path,
    form: Form,
) -> Result<(), SnapshotError> {
    let mut index = Index::default();
    for (name, _) in finished
        .iter()
        .filter_map(|finished| finished.shard.as_ref())
    {
        index.add(&shards.join(name))?;
    }
    let manifest = Manifest::new(plan.as_of, &plan.scopes, &plan.collectors);
    let mut assembly = Assembly::new(dir, form, manifest);
    index.write(&mut assembly)?;
    sort_costs(&mut index.costs);
    assembly.costs(&index.costs)?;

    let mut reads: Vec<Read> = finished
        .iter()
        .map(|finished| finished.read.clone())
        .collect();
    reads.extend(plan.excluded.iter().cloned());
    reads.sort_unstable();
    // A read that was made outweighs the note that it would not be: `Excluded` sorts after all others.
    reads.dedup_by(|later, first| later.scope == first.scope && later.collector == first.collector);
    calls.sort_by_key(|call| call.at);
    assembly.finish(&reads, &calls)
}

/// Puts billing lines in the order of a snapshot, whatever order the provider lists them in.
pub(crate) fn sort_costs(costs: &mut [CostLine]) {
    costs.sort_by(|a, b| {
        let key = |line: &CostLine| (line.charge_period_start, line.charge_period_end);
        key(a)
            .cmp(&key(b))
            .then_with(|| a.sub_account_id.cmp(&b.sub_account_id))
            .then_with(|| a.service_name.cmp(&b.service_name))
            .then_with(|| a.region_id.cmp(&b.region_id))
            .then_with(|| a.resource_id.cmp(&b.resource_id))
            .then_with(|| a.charge_category.cmp(&b.charge_category))
            .then_with(|| a.billed_cost.cmp(&b.billed_cost))
    });
}

impl Index {
    /// Notes the items of a shard.
    pub(crate) fn add(&mut self, path: &Path) -> Result<(), SnapshotError> {
        let shard = self.shards.len();
        let mut offset = 0;
        let file = each(path, |item, len| {
            let place = Place { shard, offset, len };
            offset += len as u64;
            match item {
                Item::Resource(resource) => {
                    self.resources.push((resource.kind(), resource.uid, place));
                }
                Item::Series(series) => {
                    let points = series.values.iter().flatten().count();
                    let points = std::cmp::Reverse(points);
                    self.series
                        .push((series.metric, series.uid, series.statistic, points, place));
                }
                Item::Cost(line) => self.costs.push(line),
            }
        })?;
        self.shards.push((path.to_path_buf(), file));
        Ok(())
    }

    /// Writes resources and series, each file in order.
    pub(crate) fn write(&mut self, assembly: &mut Assembly) -> Result<(), SnapshotError> {
        let mut resources = std::mem::take(&mut self.resources);
        resources.sort_unstable_by(|a, b| (&a.1, a.0, a.2).cmp(&(&b.1, b.0, b.2)));
        let mut kinds = resources.first().map(|first| (first.1.clone(), first.0));
        resources.retain(|(kind, uid, _)| match &kinds {
            Some((first, of)) if first == uid => {
                if of != kind {
                    tracing::warn!("`{uid}` was read as {of} and as {kind}; {of} is kept");
                }
                of == kind
            }
            _ => {
                kinds = Some((uid.clone(), *kind));
                true
            }
        });
        resources.sort_unstable_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
        for of_kind in resources.chunk_by(|a, b| a.0 == b.0) {
            let mut file = assembly.file(Content::Resources(of_kind[0].0))?;
            for readings in of_kind.chunk_by(|a, b| a.1 == b.1) {
                let mut items = Vec::with_capacity(readings.len());
                for (_, _, place) in readings {
                    if let Item::Resource(resource) = self.item(*place)? {
                        items.push(resource);
                    }
                }
                if let Some(resource) = merge(items) {
                    file.line(&resource)?;
                }
            }
            assembly.add(file)?;
        }

        let mut series = std::mem::take(&mut self.series);
        series.sort_unstable();
        for of_metric in series.chunk_by(|a, b| a.0 == b.0) {
            let mut file = assembly.file(Content::Series(of_metric[0].0))?;
            for same in of_metric.chunk_by(|a, b| (&a.1, a.2) == (&b.1, b.2)) {
                if let Item::Series(series) = self.item(same[0].4)? {
                    file.line::<Series>(&series)?;
                }
            }
            assembly.add(file)?;
        }
        Ok(())
    }

    fn item(&mut self, place: Place) -> Result<Item, SnapshotError> {
        let (path, file) = &mut self.shards[place.shard];
        let mut line = vec![0; place.len];
        file.seek(SeekFrom::Start(place.offset))
            .and_then(|_| file.read_exact(&mut line))
            .map_err(|error| SnapshotError::reading(path, error))?;
        parse(path, &line)
    }
}

/// The resources of one shard.
pub(crate) fn resources(path: &Path) -> Result<Vec<Resource>, SnapshotError> {
    let mut resources = Vec::new();
    each(path, |item, _| {
        if let Item::Resource(resource) = item {
            resources.push(resource);
        }
    })?;
    Ok(resources)
}

/// Hands on the items of a shard with the lengths of their lines.
fn each(path: &Path, mut take: impl FnMut(Item, usize)) -> Result<File, SnapshotError> {
    let reading = |error| SnapshotError::reading(path, error);
    let file = File::open(path).map_err(reading)?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let len = reader.read_until(b'\n', &mut line).map_err(reading)?;
        if len == 0 {
            return Ok(reader.into_inner());
        }
        take(parse(path, &line)?, len);
    }
}

fn parse(path: &Path, line: &[u8]) -> Result<Item, SnapshotError> {
    serde_json::from_slice(line)
        .map_err(|error| SnapshotError::reading(path, io::Error::other(error)))
}
