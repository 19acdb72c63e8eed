//! Short words for the tests.

use std::time::Duration;

use orch_collect::{CollectSettings, Selection};
use orch_model::{Cause, Gap, Outcome, Read, Scope};
use orch_snapshot::Item;
use orch_testkit::builder::{self, instance};
use orch_testkit::conformance::{Collection, Options, collected};
use orch_testkit::fake_provider::{FakeProvider, Step};

pub(crate) fn west() -> Scope {
    builder::scope("eu-west-1")
}

pub(crate) fn south() -> Scope {
    builder::scope("eu-south-2")
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn wait(time: u64) -> Step {
    Step::Wait(seconds(time))
}

/// A page of instances of one region.
pub(crate) fn page(scope: &Scope, ids: &[&str]) -> Step {
    Step::Page(
        ids.iter()
            .map(|id| Item::Resource(instance(scope, id)))
            .collect(),
    )
}

pub(crate) fn denied() -> Gap {
    Gap::new(Cause::Denied, "fake:List")
}

pub(crate) async fn run(provider: &FakeProvider) -> Collection {
    run_with(provider, CollectSettings::default()).await
}

pub(crate) async fn run_with(provider: &FakeProvider, settings: CollectSettings) -> Collection {
    collected(
        provider,
        &Options {
            settings,
            ..Options::default()
        },
    )
    .await
    .unwrap()
}

pub(crate) async fn run_of(provider: &FakeProvider, selection: Selection) -> Collection {
    collected(
        provider,
        &Options {
            selection,
            ..Options::default()
        },
    )
    .await
    .unwrap()
}

pub(crate) fn read<'c>(collection: &'c Collection, scope: &Scope, collector: &str) -> &'c Read {
    let mine = |read: &&Read| read.scope == *scope && read.collector == collector;
    collection.snapshot.reads.iter().find(mine).unwrap()
}

pub(crate) fn outcome(collection: &Collection, scope: &Scope, collector: &str) -> Outcome {
    read(collection, scope, collector).outcome.clone()
}

pub(crate) fn cause(collection: &Collection, scope: &Scope, collector: &str) -> Option<Cause> {
    read(collection, scope, collector)
        .gap()
        .map(|gap| gap.cause)
}
