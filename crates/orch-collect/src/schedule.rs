//! Runs collectors in scopes: concurrent, limited, in order, within deadlines, and never all for one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use orch_model::{Cause, Gap, Outcome, Provider, Read, Resource, Scope, Text, Time};
use orch_snapshot::{Partial, Plan};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::context::CURRENT;
use crate::plan::runs_in;
use crate::writer::Writer;
use crate::{
    Batch, CloudProvider, CollectContext, CollectError, CollectFailure, CollectSettings, Collector,
    Disposition, Progress, Run,
};

/// What a collection came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// Every read that was to be made, those of an earlier, interrupted run included; sorted.
    pub reads: Vec<Read>,
    /// Why everything left was given up: credentials that do not hold any longer.
    pub aborted: Option<Gap>,
    /// Whether the user stopped it.
    pub cancelled: bool,
}

/// Reads what `plan` names and `done` does not, from all its clouds at once, into `partial`. A failed read is
/// a gap in its own scope and in what comes after it, nothing else; credentials that do not hold any longer
/// end the reads of their own cloud.
///
/// # Errors
/// When the directory cannot be written, or the plan names what no provider has.
pub async fn collect(
    providers: &[&dyn CloudProvider],
    plan: &Plan,
    partial: &Partial,
    done: &[Read],
    settings: &Arc<CollectSettings>,
    run: &Run,
) -> Result<Collected, CollectFailure> {
    let jobs = jobs(providers, plan, done)?;
    let mut scopes: BTreeMap<Scope, u64> =
        plan.scopes.iter().map(|scope| (scope.clone(), 0)).collect();
    for job in &jobs {
        *scopes.entry(job.scope.clone()).or_default() += 1;
    }
    run.emit(Progress::Scopes {
        scopes,
        reads: jobs.len() as u64,
        done: done.len() as u64,
    });
    let before = partial.clone();
    match tokio::task::spawn_blocking(move || before.calls()).await {
        Ok(calls) => run.spent_before(&calls?),
        Err(_) => return Err(CollectFailure::WriterGone),
    }
    let writer = Writer::new(partial);
    run.write_calls_to(&writer);
    let stage = Stage {
        partial,
        settings,
        run,
        as_of: plan.as_of,
        writer: writer.clone(),
        all: Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
        services: services(&jobs, settings),
        clocks: plan
            .scopes
            .iter()
            .map(|scope| (scope.clone(), OnceLock::new()))
            .collect(),
        aborts: Provider::ALL
            .map(|provider| (provider, Abort::default()))
            .into(),
        outcomes: outcomes(plan, done, &jobs),
    };
    let mut running: FuturesUnordered<_> = jobs.iter().map(|job| stage.read(job)).collect();
    let mut reads = done.to_vec();
    while let Some(read) = running.next().await {
        // None: it could not be written down. The writer knows why.
        let Some(read) = read else { break };
        reads.push(read);
    }
    drop(running);
    run.keep_calls();
    writer.flush().await?;
    reads.sort_unstable();
    Ok(Collected {
        reads,
        aborted: stage
            .aborts
            .into_values()
            .find_map(|abort| abort.why.into_inner()),
        cancelled: run.cancel().is_cancelled(),
    })
}

/// One collector in one scope.
struct Job<'p> {
    scope: Scope,
    collector: &'p dyn Collector,
}

impl Job<'_> {
    fn name(&self) -> &'static str {
        self.collector.spec().name
    }

    fn key(&self) -> (Scope, Text) {
        (self.scope.clone(), Text::new_static(self.name()))
    }

    fn service(&self) -> (Scope, &'static str) {
        (self.scope.clone(), self.collector.spec().service)
    }
}

/// What is left to read, in order of scope, then of the provider's list.
fn jobs<'p>(
    providers: &[&'p dyn CloudProvider],
    plan: &Plan,
    done: &[Read],
) -> Result<Vec<Job<'p>>, CollectFailure> {
    let known: BTreeMap<(Provider, &str), &dyn Collector> = providers
        .iter()
        .flat_map(|provider| {
            let of = provider.provider();
            let collectors = provider.collectors().iter();
            collectors.map(move |collector| ((of, collector.spec().name), &**collector))
        })
        .collect();
    let settled: BTreeSet<(&Scope, &str)> = plan
        .excluded
        .iter()
        .chain(done)
        .map(|read| (&read.scope, read.collector.as_str()))
        .collect();
    let mut jobs = Vec::new();
    for scope in &plan.scopes {
        let notes = plan.collectors.iter();
        // A collection that was begun before notes named their cloud has one cloud only.
        for note in notes.filter(|note| note.provider.is_none_or(|of| of == scope.provider)) {
            let collector = *known
                .get(&(scope.provider, note.name.as_str()))
                .ok_or_else(|| CollectFailure::UnknownCollector(note.name.to_string()))?;
            if runs_in(collector.spec(), scope) && !settled.contains(&(scope, note.name.as_str())) {
                jobs.push(Job {
                    scope: scope.clone(),
                    collector,
                });
            }
        }
    }
    Ok(jobs)
}

/// One limit per account, region and service.
fn services(
    jobs: &[Job<'_>],
    settings: &CollectSettings,
) -> HashMap<(Scope, &'static str), Semaphore> {
    let permits = settings
        .service_concurrency
        .clamp(1, Semaphore::MAX_PERMITS);
    jobs.iter()
        .map(|job| (job.service(), Semaphore::new(permits)))
        .collect()
}

/// How each read ended; none while it goes on.
type Outcomes = HashMap<(Scope, Text), watch::Sender<Option<Outcome>>>;

fn outcomes(plan: &Plan, done: &[Read], jobs: &[Job<'_>]) -> Outcomes {
    let settled = plan.excluded.iter().chain(done).map(|read| {
        let key = (read.scope.clone(), read.collector.clone());
        (key, watch::Sender::new(Some(read.outcome.clone())))
    });
    settled
        .chain(jobs.iter().map(|job| (job.key(), watch::Sender::new(None))))
        .collect()
}

/// What all reads of a collection share.
struct Stage<'a> {
    partial: &'a Partial,
    settings: &'a Arc<CollectSettings>,
    run: &'a Run,
    as_of: Time,
    writer: Writer,
    all: Semaphore,
    services: HashMap<(Scope, &'static str), Semaphore>,
    /// When each scope has to be through; set by the first of its reads that starts.
    clocks: HashMap<Scope, OnceLock<Instant>>,
    aborts: BTreeMap<Provider, Abort>,
    outcomes: Outcomes,
}

/// Whether the reads of one cloud were given up, and why.
#[derive(Default)]
struct Abort {
    token: CancellationToken,
    why: OnceLock<Gap>,
}

impl Stage<'_> {
    /// One read from waiting to written; none when it could not be written.
    async fn read(&self, job: &Job<'_>) -> Option<Read> {
        let mut batch = Batch::new(self.writer.clone(), job.scope.clone(), job.key().1);
        let ended = self.attempt(job, &mut batch).await;
        batch.hand_over();
        let gap = ended.err().or_else(|| batch.gap().cloned());
        let outcome = match gap {
            None => Outcome::Complete,
            Some(gap) if batch.count() == 0 => Outcome::Failed(gap),
            Some(gap) => Outcome::Partial(gap),
        };
        let read = Read {
            scope: job.scope.clone(),
            collector: Text::new_static(job.name()),
            datasets: job.collector.spec().datasets.to_vec(),
            outcome: outcome.clone(),
            count: batch.count(),
        };
        if !self.writer.finish(read.clone()).await {
            return None;
        }
        self.run.emit(Progress::ReadFinished(read.clone()));
        if let Some(sender) = self.outcomes.get(&job.key()) {
            sender.send_replace(Some(outcome));
        }
        Some(read)
    }

    /// The read itself; the gap is what keeps it from being complete.
    async fn attempt(&self, job: &Job<'_>, batch: &mut Batch) -> Result<(), Gap> {
        let inherited = self.dependencies(job).await?;
        let _permits = tokio::select! {
            biased;
            gap = self.stopped(job) => return Err(gap),
            permits = self.permits(job) => permits,
        };
        let deadline = match self.clocks.get(&job.scope) {
            Some(clock) => *clock.get_or_init(|| Instant::now() + self.settings.scope),
            None => Instant::now() + self.settings.scope,
        };
        if Instant::now() >= deadline {
            return Err(self.scope_deadline());
        }
        let context = CollectContext {
            scope: job.scope.clone(),
            as_of: self.as_of,
            prior: self.prior(job).await?,
            settings: Arc::clone(self.settings),
            run: self.run.clone(),
        };
        self.run.emit(Progress::ReadStarted {
            scope: job.scope.clone(),
            collector: job.key().1,
        });
        let collect = CURRENT.scope(job.key(), job.collector.collect(&context, batch));
        let ended = tokio::select! {
            biased;
            ended = AssertUnwindSafe(collect).catch_unwind() => ended,
            gap = self.stopped(job) => return Err(gap),
            () = tokio::time::sleep_until(deadline) => return Err(self.scope_deadline()),
        };
        match ended {
            Ok(Ok(())) => inherited.map_or(Ok(()), Err),
            Ok(Err(error)) => Err(self.failed(job, &error)),
            // What a panic says may quote an answer, so it is not recorded.
            Err(_) => Err(Gap::new(
                Cause::Undecodable,
                format!("internal error in {}", job.name()),
            )),
        }
    }

    /// Waits for what the collector comes after. A read that failed passes its gap on; one that is partial
    /// gives what it has, and its gap.
    async fn dependencies(&self, job: &Job<'_>) -> Result<Option<Gap>, Gap> {
        let mut inherited = None;
        for before in job.collector.spec().after {
            let key = (job.scope.clone(), Text::new_static(before));
            let missing = || Gap::new(Cause::NotCollected, format!("needs {before}"));
            let mut outcome = self.outcomes.get(&key).ok_or_else(missing)?.subscribe();
            let outcome = tokio::select! {
                biased;
                outcome = outcome.wait_for(Option::is_some) => outcome.ok().and_then(|outcome| outcome.clone()),
                gap = self.stopped(job) => return Err(gap),
            };
            match outcome {
                Some(Outcome::Complete) => {}
                Some(Outcome::Partial(gap)) => inherited = inherited.or(Some(gap)),
                Some(Outcome::Failed(gap)) => return Err(gap),
                Some(Outcome::Excluded(_)) | None => return Err(missing()),
            }
        }
        Ok(inherited)
    }

    /// The service's permit first: whoever waits for it must not keep the others from running.
    async fn permits(
        &self,
        job: &Job<'_>,
    ) -> (
        Option<tokio::sync::SemaphorePermit<'_>>,
        Option<tokio::sync::SemaphorePermit<'_>>,
    ) {
        // The semaphores are never closed, so there is always a permit.
        let service = match self.services.get(&job.service()) {
            Some(service) => service.acquire().await.ok(),
            None => None,
        };
        (service, self.all.acquire().await.ok())
    }

    async fn prior(&self, job: &Job<'_>) -> Result<Vec<Resource>, Gap> {
        let after = job.collector.spec().after;
        if after.is_empty() {
            return Ok(Vec::new());
        }
        let (partial, scope) = (self.partial.clone(), job.scope.clone());
        let read = move || {
            after.iter().try_fold(Vec::new(), |mut all, before| {
                all.extend(partial.resources(&scope, before)?);
                Ok::<_, orch_snapshot::SnapshotError>(all)
            })
        };
        let unreadable = || {
            Gap::new(
                Cause::Undecodable,
                "what was read before cannot be read back",
            )
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(prior)) => Ok(prior),
            Ok(Err(error)) => {
                tracing::warn!("{error}");
                Err(unreadable())
            }
            Err(_) => Err(unreadable()),
        }
    }

    /// Returns when nothing more is to be read, with the reason.
    async fn stopped(&self, job: &Job<'_>) -> Gap {
        let abort = self.aborts.get(&job.scope.provider);
        let aborted = async {
            match abort {
                Some(abort) => abort.token.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = aborted => {
                let unknown = || Gap::new(Cause::AuthExpired, "");
                abort.and_then(|abort| abort.why.get().cloned()).unwrap_or_else(unknown)
            }
            () = self.run.cancel().cancelled() => Gap::new(Cause::Cancelled, ""),
            () = self.writer.failed().cancelled() => Gap::new(Cause::Cancelled, "the snapshot cannot be written"),
        }
    }

    fn scope_deadline(&self) -> Gap {
        let seconds = self.settings.scope.as_secs();
        Gap::new(
            Cause::TimedOut,
            format!("deadline of {seconds} s for the scope"),
        )
    }

    fn failed(&self, job: &Job<'_>, error: &CollectError) -> Gap {
        if let Some(cause) = error.cause() {
            tracing::debug!("{} in {}: {cause}", job.name(), job.scope);
        }
        let gap = error.recorded().clone();
        if error.disposition() == Disposition::Abort
            && let Some(abort) = self.aborts.get(&job.scope.provider)
        {
            // The first one names the reason.
            let _ = abort.why.set(gap.clone());
            abort.token.cancel();
        }
        gap
    }
}
