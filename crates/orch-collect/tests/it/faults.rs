//! Failures stay where they are.

use std::sync::Arc;

use orch_collect::CloudProvider as _;
use orch_collect::{CollectFailure, CollectSettings, Run, ScopeFilter, Selection, collect, plan};
use orch_model::{Cause, Gap, Outcome};
use orch_snapshot::{Partial, SnapshotError};
use orch_testkit::builder::as_of;
use orch_testkit::conformance::assert_sound;
use orch_testkit::fake_provider::{FakeCollector, FakeProvider, Step};
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

use crate::stage::{cause, denied, outcome, page, read, run, run_with, south, wait, west};

/// Two regions; the script is that of the first.
fn provider(script: Vec<Step>) -> FakeProvider {
    let first = FakeCollector::instances("ec2.instances")
        .script("eu-west-1", script)
        .script("eu-south-2", vec![wait(30), page(&south(), &["i-9"])]);
    let other = FakeCollector::new("ec2.volumes", "ec2", &[]).script("*", vec![wait(30)]);
    let after = FakeCollector::new("cw.cpu", "cloudwatch", &[]).after(&["ec2.instances"]);
    FakeProvider::new(
        vec![west(), south()],
        vec![first, other, after.script("*", vec![wait(1)])],
    )
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_passes_its_gap_to_what_comes_after_it() {
    let provider = provider(vec![Step::Fail(denied())]);
    let collection = run(&provider).await;
    assert_sound(&collection.snapshot);
    assert_eq!(
        outcome(&collection, &west(), "ec2.instances"),
        Outcome::Failed(denied())
    );
    assert_eq!(
        outcome(&collection, &west(), "cw.cpu"),
        Outcome::Failed(denied())
    );
    assert_eq!(
        provider
            .log()
            .most_at_once(|event| event.scope == west() && event.collector == "cw.cpu"),
        0
    );
    assert_eq!(
        outcome(&collection, &west(), "ec2.volumes"),
        Outcome::Complete
    );
    assert_eq!(outcome(&collection, &south(), "cw.cpu"), Outcome::Complete);
    assert_eq!(
        (collection.collected.aborted, collection.collected.cancelled),
        (None, false)
    );
}

#[tokio::test(start_paused = true)]
async fn a_partial_read_gives_what_it_has_and_its_gap() {
    let gap = Gap::new(Cause::Throttled, "fake:List");
    let collection = run(&provider(vec![
        page(&west(), &["i-1"]),
        Step::Fail(gap.clone()),
    ]))
    .await;
    assert_eq!(
        outcome(&collection, &west(), "ec2.instances"),
        Outcome::Partial(gap.clone())
    );
    assert_eq!(read(&collection, &west(), "cw.cpu").gap(), Some(&gap));
    assert_eq!(collection.snapshot.resources.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_could_not_be_read_makes_the_read_partial() {
    let collection = run(&provider(vec![
        Step::NotRead(denied()),
        page(&west(), &["i-1"]),
    ]))
    .await;
    assert_eq!(
        outcome(&collection, &west(), "ec2.instances"),
        Outcome::Partial(denied())
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_gap_that_quotes_nothing() {
    let collection = run(&provider(vec![page(&west(), &["i-1"]), Step::Panic])).await;
    let Outcome::Partial(gap) = outcome(&collection, &west(), "ec2.instances") else {
        panic!("partial")
    };
    assert_eq!(
        gap,
        Gap::new(Cause::Undecodable, "internal error in ec2.instances")
    );
    assert_eq!(
        outcome(&collection, &south(), "ec2.instances"),
        Outcome::Complete
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_token_that_repeats_ends_the_read() {
    let script = vec![
        Step::Token("a"),
        Step::Token("b"),
        Step::Token("a"),
        Step::Token("c"),
    ];
    let provider = provider(script);
    let collection = run(&provider).await;
    assert_eq!(
        cause(&collection, &west(), "ec2.instances"),
        Some(Cause::PagingBroken)
    );
    assert_eq!(provider.log().calls(&west(), "ec2.instances"), 3);
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_end_everything_that_is_left() {
    let collection = run(&provider(vec![
        wait(10),
        page(&west(), &["i-1"]),
        Step::Abort,
    ]))
    .await;
    assert_sound(&collection.snapshot);
    let gap = Gap::new(Cause::AuthExpired, "ExpiredToken");
    assert_eq!(collection.collected.aborted, Some(gap.clone()));
    assert_eq!(
        outcome(&collection, &west(), "ec2.instances"),
        Outcome::Partial(gap.clone())
    );
    for (scope, name) in [
        (west(), "ec2.volumes"),
        (west(), "cw.cpu"),
        (south(), "ec2.instances"),
        (south(), "ec2.volumes"),
        (south(), "cw.cpu"),
    ] {
        assert_eq!(
            read(&collection, &scope, name).gap(),
            Some(&gap),
            "{name} in {scope}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn charged_calls_stop_at_the_limit_of_an_account() {
    let three = |n: i64| Step::Charged(Decimal::new(n, 2));
    let costs = FakeCollector::new("ce.costs", "ce", &[])
        .charged()
        .script("*", vec![three(3), three(3), three(3), three(1), three(1)]);
    let free = FakeCollector::instances("ec2.instances");
    let provider = FakeProvider::new(vec![west()], vec![costs, free]);
    let collection = run(&provider).await;
    let Outcome::Failed(gap) = outcome(&collection, &west(), "ce.costs") else {
        panic!("failed")
    };
    assert_eq!(
        gap,
        Gap::new(Cause::BudgetReached, "limit of 0.1 USD an account")
    );
    assert_eq!(provider.log().calls(&west(), "ce.costs"), 4);
    let spent: Decimal = collection
        .snapshot
        .ledger
        .iter()
        .map(|call| call.charge_usd)
        .sum();
    assert_eq!(spent, Decimal::new(10, 2));
    assert_eq!(
        outcome(&collection, &west(), "ec2.instances"),
        Outcome::Complete
    );
}

#[tokio::test(start_paused = true)]
async fn the_ledger_knows_who_called() {
    let collection = run(&provider(vec![page(&west(), &["i-1"])])).await;
    let calls: Vec<_> = collection
        .snapshot
        .ledger
        .iter()
        .map(|call| {
            (
                call.scope.clone(),
                call.collector.as_deref().unwrap_or("none"),
                call.items,
            )
        })
        .collect();
    let expected = [
        (None, "none", 1),
        (Some(west()), "ec2.instances", 1),
        (Some(south()), "ec2.instances", 1),
    ];
    assert_eq!(calls, expected, "discovery first");
}

#[test]
fn a_circuit_opens_after_failures_in_a_row() {
    let run = Run::new(&CollectSettings::default(), CancellationToken::new(), None);
    for _ in 0..2 {
        assert!(!run.host_failed("a.example"));
        assert!(!run.host_failed("a.example"));
        run.host_answered("a.example");
    }
    assert!(run.admit("a.example").is_ok());
    let opened: Vec<bool> = (0..4).map(|_| run.host_failed("a.example")).collect();
    assert_eq!(opened, [false, false, true, false]);
    run.host_answered("a.example");
    let gap = run.admit("a.example").unwrap_err();
    assert_eq!(gap.cause, Cause::SkippedAfterFailures);
    assert!(run.admit("b.example").is_ok());
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn a_full_disk_ends_the_collection_and_keeps_what_was_read() {
    let scope = west();
    let provider = FakeProvider::new(
        vec![west(), south()],
        vec![
            FakeCollector::instances("ec2.instances")
                .script("eu-south-2", vec![page(&south(), &["i-1"])])
                .script(
                    "eu-west-1",
                    vec![wait(5), page(&scope, &["i-2"]), wait(500)],
                ),
        ],
    );
    let settings = Arc::new(CollectSettings::default());
    let run = Run::new(&settings, CancellationToken::new(), None);
    let discovery = provider
        .discover(&ScopeFilter::default(), &run)
        .await
        .unwrap();
    let plan = plan(&provider, &discovery, &Selection::all(), as_of(), &settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let partial = Partial::create(&folder.path().join("out"), &plan).unwrap();
    let dir = partial.dir().to_path_buf();
    // A device that is always full takes the place of the second shard.
    let name = {
        let mut probe = partial.shard(&scope, "ec2.instances");
        probe
            .push(orch_testkit::builder::instance(&scope, "i-2"))
            .unwrap();
        std::fs::read_dir(dir.join("shards"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path()
    };
    std::fs::remove_file(&name).unwrap();
    std::os::unix::fs::symlink("/dev/full", &name).unwrap();
    let failure = collect(&[&provider], &plan, &partial, &[], &settings, &run)
        .await
        .unwrap_err();
    assert!(
        matches!(
            failure,
            CollectFailure::Snapshot(SnapshotError::DiskFull { .. })
        ),
        "{failure}"
    );
    drop((partial, run));
    std::fs::remove_file(&name).unwrap();
    let (_, _, done) = Partial::resume(&dir).unwrap();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].scope, south());
}

#[tokio::test(start_paused = true)]
async fn a_slow_region_does_not_hold_back_the_rest() {
    let provider = provider(vec![wait(400), page(&west(), &["i-1"])]);
    let settings = CollectSettings {
        concurrency: 4,
        ..CollectSettings::default()
    };
    let collection = run_with(&provider, settings).await;
    assert!(
        collection
            .snapshot
            .reads
            .iter()
            .all(|read| read.outcome == Outcome::Complete)
    );
}
