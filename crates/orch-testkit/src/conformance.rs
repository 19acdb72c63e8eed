//! What every provider has to keep, whatever cloud it reads.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use orch_collect::{
    CloudProvider, CollectSettings, Collected, Progress, Run, ScopeFilter, Selection, collect, plan,
};
use orch_model::{Cause, GLOBAL_REGION, Outcome, Reach, Read, Resource, Scope, Snapshot, Time};
use orch_snapshot::{Form, Needs, Partial, load};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A collection from discovery to the loaded snapshot.
#[derive(Debug)]
pub struct Collection {
    /// What was loaded again.
    pub snapshot: Snapshot,
    /// What the scheduler told.
    pub collected: Collected,
    /// The snapshot's directory, there as long as this is.
    pub dir: PathBuf,
    _folder: TempDir,
}

/// How to run a collection.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time of the snapshot.
    pub as_of: Time,
    /// The regions.
    pub filter: ScopeFilter,
    /// The collectors.
    pub selection: Selection,
    /// The limits.
    pub settings: CollectSettings,
    /// Stops the run after so many reads have ended.
    pub cancel_after: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            as_of: crate::builder::as_of(),
            filter: ScopeFilter::default(),
            selection: Selection::all(),
            settings: CollectSettings::default(),
            cancel_after: None,
        }
    }
}

/// Reads what a provider offers, and makes and loads the snapshot.
///
/// # Errors
/// When any of it fails as a whole.
pub async fn collected(
    provider: &dyn CloudProvider,
    options: &Options,
) -> Result<Collection, Box<dyn Error>> {
    let settings = Arc::new(options.settings.clone());
    let cancel = CancellationToken::new();
    let (sender, mut events) = mpsc::unbounded_channel();
    let run = Run::new(&settings, cancel.clone(), Some(sender));
    let discovery = provider.discover(&options.filter, &run).await?;
    let plan = plan(
        provider,
        &discovery,
        &options.selection,
        options.as_of,
        &settings,
    )?;
    let folder = tempfile::tempdir()?;
    let partial = Partial::create(&folder.path().join("snapshot"), &plan)?;

    let limit = options.cancel_after.unwrap_or(usize::MAX);
    let watch = async {
        let mut ended = 0;
        while let Some(event) = events.recv().await {
            ended += usize::from(matches!(event, Progress::ReadFinished(_)));
            if ended >= limit {
                cancel.cancel();
            }
        }
    };
    let providers = [provider];
    let collected = tokio::select! {
        collected = collect(&providers, &plan, &partial, &[], &settings, &run) => collected?,
        () = watch => return Err("the events of a run end with it, not before".into()),
    };
    let dir = partial.seal(Form::Text)?;
    let snapshot = load(&dir, &Needs::ALL)?;
    Ok(Collection {
        snapshot,
        collected,
        dir,
        _folder: folder,
    })
}

/// Every uid once and in order; every collector has one read in every scope of its reach; what is there was
/// read by a read that counts it.
///
/// # Panics
/// When it does not hold.
pub fn assert_sound(snapshot: &Snapshot) {
    for pair in snapshot.resources.windows(2) {
        assert!(
            pair[0].uid < pair[1].uid,
            "{} stands before {}",
            pair[0].uid,
            pair[1].uid
        );
    }
    let mut seen = BTreeSet::new();
    for read in &snapshot.reads {
        let fresh = seen.insert((read.scope.clone(), read.collector.clone()));
        assert!(fresh, "{} has two reads in {}", read.collector, read.scope);
        if matches!(read.outcome, Outcome::Failed(_) | Outcome::Excluded(_)) {
            assert_eq!(
                read.count, 0,
                "{} failed in {} and counts items",
                read.collector, read.scope
            );
        }
    }
    for note in &snapshot.collectors {
        for scope in &snapshot.scopes {
            let here = scope.is_global() == (note.reach == Reach::Global);
            let read = seen.contains(&(scope.clone(), note.name.clone()));
            assert_eq!(read, here, "{} in {scope}", note.name);
        }
    }
}

/// Two runs over the same cloud read the same. The ledger differs in times.
///
/// # Panics
/// When they do not.
pub fn assert_same(first: &Snapshot, second: &Snapshot) {
    assert_eq!(first.scopes, second.scopes);
    assert_eq!(first.collectors, second.collectors);
    assert_eq!(first.reads, second.reads);
    assert_eq!(first.resources.len(), second.resources.len());
    for (one, other) in first.resources.iter().zip(&second.resources) {
        assert_eq!(one, other);
    }
    assert_eq!(first.series, second.series);
    assert_eq!(first.costs, second.costs);
}

/// A denied call is a gap of its read and of those that come after it, and nothing else changes. `touched`
/// are the collectors that may differ, in `scope`.
///
/// # Panics
/// When the gap is missing, or anything else differs.
pub fn assert_gap_only(
    whole: &Snapshot,
    gapped: &Snapshot,
    scope: &Scope,
    touched: &[&str],
    cause: Cause,
) {
    let touches = |read: &&Read| read.scope == *scope && touched.contains(&read.collector.as_str());
    let gaps: Vec<&Read> = gapped.reads.iter().filter(touches).collect();
    assert_eq!(gaps.len(), touched.len(), "a read for each of {touched:?}");
    for read in gaps {
        let found = read.gap().map(|gap| gap.cause);
        assert_eq!(found, Some(cause), "{} in {}", read.collector, read.scope);
    }
    let others = |snapshot: &Snapshot| -> Vec<Read> {
        snapshot
            .reads
            .iter()
            .filter(|read| !touches(read))
            .cloned()
            .collect()
    };
    assert_eq!(others(whole), others(gapped));
    let kinds: BTreeSet<_> = whole
        .reads
        .iter()
        .filter(touches)
        .flat_map(|read| read.datasets.clone())
        .collect();
    let untouched = |snapshot: &Snapshot| -> Vec<Resource> {
        let mine = |resource: &&Resource| {
            covers(scope, &resource.scope)
                && kinds.contains(&orch_model::Dataset::Kind(resource.kind()))
        };
        snapshot
            .resources
            .iter()
            .filter(|resource| !mine(resource))
            .cloned()
            .collect()
    };
    assert_eq!(untouched(whole), untouched(gapped));
}

/// Whether what lies in a scope may be told by a read in another: one of a whole account tells of all regions.
fn covers(read: &Scope, resource: &Scope) -> bool {
    read == resource || read.is_global() && *read == resource.in_region(GLOBAL_REGION)
}

/// A run that was stopped keeps the reads that had ended, marks all others, and holds nothing that the whole
/// run does not.
///
/// # Panics
/// When it does not.
pub fn assert_stopped(whole: &Snapshot, stopped: &Collection) {
    assert!(stopped.collected.cancelled, "the run was stopped");
    assert_sound(&stopped.snapshot);
    let mut ended = 0;
    for read in &stopped.snapshot.reads {
        match &read.outcome {
            Outcome::Partial(gap) | Outcome::Failed(gap) if gap.cause == Cause::Cancelled => {}
            outcome => {
                ended += 1;
                let same = whole.reads.iter().any(|other| other == read);
                assert!(
                    same,
                    "{} in {} ended {outcome:?}",
                    read.collector, read.scope
                );
            }
        }
    }
    assert!(ended > 0, "some reads had ended");
    for resource in &stopped.snapshot.resources {
        let whole = whole
            .resources
            .iter()
            .find(|other| other.uid == resource.uid);
        let unread = resource.not_read.iter().flat_map(|fields| fields.values());
        let cut_short = unread.into_iter().any(|gap| gap.cause == Cause::Cancelled);
        // What two accounts see is told, and seen, by those that came.
        let same = whole.is_some_and(|whole| {
            let told = Resource {
                scope: resource.scope.clone(),
                seen_from: resource.seen_from.clone(),
                ..whole.clone()
            };
            *resource == told
        });
        assert!(
            same || whole.is_some() && cut_short,
            "the whole run has {whole:#?}, the stopped one {resource:#?}"
        );
    }
    let reads = stopped.snapshot.reads.iter();
    let (complete, cut): (Vec<&Read>, Vec<&Read>) =
        reads.partition(|read| read.outcome == Outcome::Complete);
    for read in complete {
        let of = |snapshot: &Snapshot| -> usize {
            let mine = |resource: &&Resource| {
                let kind = orch_model::Dataset::Kind(resource.kind());
                // What two collectors tell of is there as far as both came.
                let also_cut = cut
                    .iter()
                    .any(|cut| cut.scope == read.scope && cut.datasets.contains(&kind));
                covers(&read.scope, &resource.scope) && read.datasets.contains(&kind) && !also_cut
            };
            snapshot.resources.iter().filter(mine).count()
        };
        assert_eq!(
            of(&stopped.snapshot),
            of(whole),
            "{} in {}",
            read.collector,
            read.scope
        );
    }
}

/// None of the secrets stands in any file below `dir`, nor in a file's name.
///
/// # Errors
/// When a file cannot be read.
///
/// # Panics
/// When one does, or a file is compressed and cannot be searched.
pub fn assert_absent(dir: &Path, secrets: &[&str]) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            assert_absent(&path, secrets)?;
            continue;
        }
        assert!(
            path.extension().is_none_or(|end| end != "zst"),
            "{} is packed",
            path.display()
        );
        let bytes = fs::read(&path)?;
        let name = path.to_string_lossy();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(
                !found && !name.contains(secret),
                "a secret stands in {}",
                path.display()
            );
        }
    }
    Ok(())
}
