//! What is planned: selections, exclusions, prices.

use orch_collect::{
    CloudProvider as _, CollectFailure, CollectSettings, Run, ScopeFilter, Selection, estimates,
    plan, with_dependencies,
};
use orch_model::{Outcome, Read};
use orch_snapshot::Partial;
use orch_testkit::builder::{self, as_of};
use orch_testkit::conformance::{Options, assert_sound, collected};
use orch_testkit::fake_provider::{FakeCollector, FakeProvider};
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

use crate::stage::{outcome, page, run_of, south, west};

fn provider() -> FakeProvider {
    FakeProvider::new(
        vec![west(), south(), west().global()],
        vec![
            FakeCollector::instances("ec2.instances")
                .script("eu-west-1", vec![page(&west(), &["i-1", "i-2"])]),
            FakeCollector::new("cw.cpu", "cloudwatch", &[])
                .after(&["ec2.instances"])
                .charged(),
            FakeCollector::new("ec2.volumes", "ec2", &[]),
            FakeCollector::new("ce.costs", "ce", &[]).global().charged(),
        ],
    )
    .excluded(builder::scope("ap-east-1"), "not opted in")
}

fn excluded(why: &str) -> Outcome {
    Outcome::Excluded(why.into())
}

#[tokio::test(start_paused = true)]
async fn what_the_user_left_out_is_told_with_the_option() {
    let provider = provider();
    let selection = Selection::of(["cw.cpu"], "--only right-sizing");
    let collection = run_of(&provider, selection).await;
    assert_sound(&collection.snapshot);
    for scope in [west(), south()] {
        assert_eq!(outcome(&collection, &scope, "cw.cpu"), Outcome::Complete);
        assert_eq!(
            outcome(&collection, &scope, "ec2.instances"),
            Outcome::Complete,
            "it is needed"
        );
        assert_eq!(
            outcome(&collection, &scope, "ec2.volumes"),
            excluded("--only right-sizing")
        );
    }
    assert_eq!(
        outcome(&collection, &west().global(), "ce.costs"),
        excluded("--only right-sizing")
    );
    let closed = builder::scope("ap-east-1");
    for name in ["cw.cpu", "ec2.instances", "ec2.volumes"] {
        assert_eq!(
            outcome(&collection, &closed, name),
            excluded("not opted in")
        );
    }
    let elsewhere = |read: &&Read| read.scope == closed;
    assert_eq!(
        collection.snapshot.reads.iter().filter(elsewhere).count(),
        3,
        "none that is global"
    );
    assert!(!collection.snapshot.scopes.contains(&closed));
    assert_eq!(
        provider
            .log()
            .most_at_once(|event| event.collector == "ec2.volumes"),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn regions_left_out_are_told_as_well() {
    let filter = ScopeFilter {
        regions: vec!["eu-west-1".into()],
        ..ScopeFilter::default()
    };
    let collection = collected(
        &provider(),
        &Options {
            filter,
            ..Options::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(
        outcome(&collection, &south(), "ec2.volumes"),
        excluded("--regions")
    );
    assert_eq!(
        outcome(&collection, &west(), "ec2.volumes"),
        Outcome::Complete
    );
}

#[tokio::test]
async fn prices_are_told_before_anything_is_charged() {
    let provider = provider();
    let settings = CollectSettings::default();
    let run = Run::new(&settings, CancellationToken::new(), None);
    let free = Selection::of(["ec2.instances", "ec2.volumes"], "--plan");
    let collection = collected(
        &provider,
        &Options {
            selection: free,
            ..Options::default()
        },
    )
    .await
    .unwrap();
    assert!(
        collection
            .snapshot
            .ledger
            .iter()
            .all(|call| call.charge_usd.is_zero())
    );

    let discovery = provider
        .discover(&ScopeFilter::default(), &run)
        .await
        .unwrap();
    let wanted = Selection::of(["cw.cpu"], "--only right-sizing");
    let wanted = plan(&provider, &discovery, &wanted, as_of(), &settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let partial = Partial::create(&folder.path().join("free"), &wanted).unwrap();
    let settings = std::sync::Arc::new(settings);
    orch_collect::collect(&[&provider], &wanted, &partial, &[], &settings, &run)
        .await
        .unwrap();
    let told: Vec<_> = estimates(&provider, &wanted, &partial, &settings)
        .unwrap()
        .into_iter()
        .filter(|told| told.collector == "cw.cpu")
        .map(|told| {
            (
                told.scope,
                told.service,
                told.estimate.calls,
                told.estimate.usd,
            )
        })
        .collect();
    let usd = |n: i64| Decimal::new(n, 2);
    assert_eq!(
        told,
        [
            (south(), "cloudwatch", 0, usd(0)),
            (west(), "cloudwatch", 2, usd(2))
        ]
    );
}

#[tokio::test]
async fn mistakes_in_a_plan_are_told() {
    let provider = provider();
    let error = with_dependencies(&provider, &["ec2.volume"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to plan the collection: there is no collector `ec2.volume`"
    );
    let circle = FakeProvider::new(
        vec![west()],
        vec![
            FakeCollector::instances("a").after(&["b"]),
            FakeCollector::instances("b").after(&["a"]),
        ],
    );
    let error = with_dependencies(&circle, &["a"]).unwrap_err();
    assert!(matches!(error, CollectFailure::Circular(name) if name == "a"));
    let dangling = FakeProvider::new(vec![], vec![FakeCollector::instances("a").after(&["z"])]);
    assert!(with_dependencies(&dangling, &["a"]).is_err());
}
