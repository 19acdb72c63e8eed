//! Interrupted collections end like undisturbed ones, and no finished call is made again.

use std::path::Path;
use std::sync::Arc;

use orch_collect::{
    CloudProvider, CollectSettings, Progress, Run, ScopeFilter, Selection, collect, plan,
};
use orch_model::{Call, CallOutcome, Cause, Outcome, Read, Snapshot};
use orch_snapshot::{Form, Needs, Partial, Plan, SnapshotError, load};
use orch_testkit::builder::as_of;
use orch_testkit::conformance::assert_same;
use orch_testkit::fake_provider::{FakeCollector, FakeProvider};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::stage::{page, run, south, wait, west};

fn provider() -> FakeProvider {
    FakeProvider::new(
        vec![west(), south()],
        vec![
            FakeCollector::instances("ec2.instances")
                .script("eu-west-1", vec![wait(1), page(&west(), &["i-2", "i-1"])])
                .script(
                    "eu-south-2",
                    vec![
                        wait(20),
                        page(&south(), &["i-3"]),
                        wait(9),
                        page(&south(), &["i-4"]),
                    ],
                ),
            FakeCollector::new("ec2.volumes", "ec2", &[])
                .script("*", vec![wait(2), page(&west(), &[])]),
            FakeCollector::new("cw.cpu", "cloudwatch", &[])
                .after(&["ec2.instances"])
                .script("*", vec![wait(2), page(&west(), &[])]),
        ],
    )
}

/// Begins a collection and drops it after so many ended reads, as a kill would.
async fn killed(provider: &FakeProvider, out: &Path, after: usize) {
    let settings = Arc::new(CollectSettings::default());
    let (sender, mut events) = mpsc::unbounded_channel();
    let run = Run::new(&settings, CancellationToken::new(), Some(sender));
    let discovery = provider
        .discover(&ScopeFilter::default(), &run)
        .await
        .unwrap();
    let plan = plan(provider, &discovery, &Selection::all(), as_of(), &settings).unwrap();
    let partial = Partial::create(out, &plan).unwrap();
    let enough = async {
        let mut ended = 0;
        while ended < after {
            let event = events.recv().await.unwrap();
            ended += usize::from(matches!(event, Progress::ReadFinished(_)));
        }
    };
    let providers: [&dyn CloudProvider; 1] = [provider];
    tokio::select! {
        biased;
        () = enough => {}
        _ = collect(&providers, &plan, &partial, &[], &settings, &run) => {}
    }
}

/// A collection whose run has ended. Whatever its writer still has to do, and a program that another test
/// starts at this moment, end before the lock is let go.
async fn taken_up(dir: &Path) -> (Partial, Plan, Vec<Read>) {
    loop {
        match Partial::resume(dir) {
            Err(SnapshotError::Busy { .. }) => {
                tokio::task::spawn_blocking(std::thread::yield_now)
                    .await
                    .unwrap();
            }
            ended => return ended.unwrap(),
        }
    }
}

async fn resumed(provider: &FakeProvider, dir: &Path) -> Snapshot {
    let (partial, plan, done) = taken_up(dir).await;
    let settings = Arc::new(CollectSettings::default().resumed(&plan));
    let run = Run::new(&settings, CancellationToken::new(), None);
    let collected = collect(&[provider], &plan, &partial, &done, &settings, &run)
        .await
        .unwrap();
    assert_eq!(collected.reads.len(), 6);
    let dir = partial.seal(Form::Text).unwrap();
    load(&dir, &Needs::ALL).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_killed_collection_is_finished_without_repeating_calls() {
    let whole = run(&provider()).await.snapshot;
    for after in 0..=5 {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let first = provider();
        killed(&first, &out, after).await;
        let dir = folder.path().join("out.partial");
        let (_, _, done) = taken_up(&dir).await;
        assert!(done.len() >= after, "{after} had ended");
        assert!(!out.exists());
        let second = provider();
        let snapshot = resumed(&second, &dir).await;
        assert_same(&whole, &snapshot);
        for read in &done {
            assert_eq!(
                second.log().calls(&read.scope, &read.collector),
                0,
                "{}",
                read.collector
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_is_read_again() {
    let provider = provider();
    let settings = Arc::new(CollectSettings::default());
    let cancel = CancellationToken::new();
    let run_one = Run::new(&settings, cancel.clone(), None);
    let discovery = provider
        .discover(&ScopeFilter::default(), &run_one)
        .await
        .unwrap();
    let plan = plan(&provider, &discovery, &Selection::all(), as_of(), &settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let partial = Partial::create(&out, &plan).unwrap();
    let stop = async {
        tokio::time::sleep(std::time::Duration::from_secs(25)).await;
        cancel.cancel();
    };
    let providers: [&dyn CloudProvider; 1] = [&provider];
    let (collected, ()) = tokio::join!(
        collect(&providers, &plan, &partial, &[], &settings, &run_one),
        stop
    );
    let collected = collected.unwrap();
    assert!(collected.cancelled);
    let cut = collected
        .reads
        .iter()
        .find(|read| read.count == 1 && read.gap().is_some())
        .unwrap();
    assert!(matches!(&cut.outcome, Outcome::Partial(gap) if gap.cause == Cause::Cancelled));
    assert_eq!(cut.count, 1, "the first page is kept");
    drop((partial, run_one));
    let snapshot = resumed(&provider, &folder.path().join("out.partial")).await;
    assert_same(&run(&provider).await.snapshot, &snapshot);
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_a_resumed_collection_counts_what_was_spent_before() {
    let provider = provider();
    let settings = Arc::new(CollectSettings::default());
    let run = || Run::new(&settings, CancellationToken::new(), None);
    let discovery = provider
        .discover(&ScopeFilter::default(), &run())
        .await
        .unwrap();
    let plan = plan(&provider, &discovery, &Selection::all(), as_of(), &settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let begun = Partial::create(&folder.path().join("out"), &plan).unwrap();
    begun
        .call(&Call {
            at: as_of(),
            scope: Some(west()),
            collector: Some("cw.cpu".into()),
            operation: "fake:Metrics".into(),
            attempts: 1,
            outcome: CallOutcome::Ok,
            items: 0,
            page: None,
            charge_usd: "0.08".parse().unwrap(),
        })
        .unwrap();
    drop(begun);

    let (partial, plan, done) = taken_up(&folder.path().join("out.partial")).await;
    let run = run();
    collect(&[&provider], &plan, &partial, &done, &settings, &run)
        .await
        .unwrap();
    assert_eq!(run.spent()[&west().account], "0.08".parse().unwrap());
    let refused = run.charge(&south(), "0.03".parse().unwrap()).unwrap_err();
    assert_eq!(refused.cause, Cause::BudgetReached);
    run.charge(&south(), "0.02".parse().unwrap()).unwrap();
}

#[test]
fn a_resumed_collection_reads_as_many_days() {
    let begun = CollectSettings {
        metric_days: 3,
        cost_days: 90,
        ..CollectSettings::default()
    };
    let provider = FakeProvider::new(vec![], vec![]);
    let plan = plan(
        &provider,
        &orch_collect::Discovery::default(),
        &Selection::all(),
        as_of(),
        &begun,
    );
    let resumed = CollectSettings::default().resumed(&plan.unwrap());
    assert_eq!(resumed, begun);
}
