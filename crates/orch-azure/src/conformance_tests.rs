//! The promises that every provider keeps, kept by this one against the recorded estate.

use std::path::Path;

use orch_collect::CollectSettings;
use orch_model::{Cause, Scope};
use orch_testkit::conformance::{
    Collection, Options, assert_absent, assert_gap_only, assert_same, assert_sound, assert_stopped,
    collected,
};
use orch_testkit::replay::{Cloud, Fault, Recording, Replay, Trouble};

use crate::auth::AzureOptions;
use crate::provider::AzureProvider;

const GROUPS: &str = "network.security-groups";

fn replay() -> Replay {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wire/azure");
    let recording = Recording::read(&root, &["whole", ""]).unwrap();
    Replay::start(Cloud::Azure, recording).unwrap()
}

async fn collect(replay: &Replay, options: &Options) -> Collection {
    let settings = CollectSettings::default();
    let provider = AzureProvider::to_stand_in(replay.url(), &AzureOptions::default(), &settings)
        .await
        .unwrap();
    collected(&provider, options).await.unwrap()
}

fn global() -> Scope {
    "azure:azure:11111111-2222-3333-4444-555555555555:global"
        .parse()
        .unwrap()
}

#[tokio::test]
async fn two_runs_are_equal_and_sound() {
    let replay = replay();
    let first = collect(&replay, &Options::default()).await;
    let second = collect(&replay, &Options::default()).await;
    assert_sound(&first.snapshot);
    assert_same(&first.snapshot, &second.snapshot);
    assert!(first.snapshot.resources.len() > 60);
}

#[tokio::test]
async fn a_denied_call_is_a_gap_and_nothing_else() {
    let replay = replay();
    let whole = collect(&replay, &Options::default()).await;
    replay.fault(
        Fault::new(Trouble::Status(403)).on("/providers/Microsoft.Network/networkSecurityGroups"),
    );
    let gapped = collect(&replay, &Options::default()).await;
    assert_gap_only(
        &whole.snapshot,
        &gapped.snapshot,
        &global(),
        &[GROUPS],
        Cause::Denied,
    );
}

#[tokio::test]
async fn a_stopped_run_keeps_what_was_read() {
    let replay = replay();
    let whole = collect(&replay, &Options::default()).await;
    for after in [1, 7, 20] {
        let options = Options {
            cancel_after: Some(after),
            ..Options::default()
        };
        assert_stopped(&whole.snapshot, &collect(&replay, &options).await);
    }
}

#[tokio::test]
async fn what_lies_in_another_resource_says_why_it_was_not_read() {
    let replay = replay();
    replay.fault(Fault::new(Trouble::Status(403)).on("/vaults/safe/keys/disk"));
    replay.fault(Fault::new(Trouble::Status(403)).on("/transparentDataEncryption/"));
    let gapped = collect(&replay, &Options::default()).await.snapshot;
    let why = |end: &str, field: &str| {
        let mut resources = gapped.resources.iter();
        let resource = resources
            .find(|one| one.uid.as_str().ends_with(end))
            .unwrap();
        let not_read = resource.not_read.as_deref();
        not_read.and_then(|fields| Some(fields.get(field)?.cause))
    };
    assert_eq!(why("/keys/disk", "body.rotation_days"), Some(Cause::Denied));
    assert_eq!(why("/keys/sign", "body.rotation_days"), None);
    assert_eq!(
        why("/databases/shop", "body.encrypted"),
        Some(Cause::Denied)
    );
}

#[tokio::test]
async fn no_secret_of_an_answer_is_kept() {
    let collection = collect(&replay(), &Options::default()).await;
    let secrets = [
        "canary-",
        "SECRETKEY",
        "SECRETSETTING",
        "QUtJQVNFQ1JFVA",
        "U0VDUkVUREFUQQ",
    ];
    assert_absent(&collection.dir, &secrets).unwrap();
}
