//! The promises that every provider keeps, kept by this one against the recorded estate.

use std::path::Path;

use google_cloud_auth::credentials::anonymous;
use orch_collect::CollectSettings;
use orch_model::{Cause, Scope};
use orch_testkit::conformance::{
    Collection, Options, assert_absent, assert_gap_only, assert_same, assert_sound, assert_stopped,
    collected,
};
use orch_testkit::replay::{Cloud, Fault, Recording, Replay, Trouble};

use crate::auth::GcpOptions;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::provider::{Gcp, GcpProvider};

const FIREWALLS: &str = "compute.firewalls";

fn replay() -> Replay {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wire/gcp");
    let recording = Recording::read(&root, &["whole", ""]).unwrap();
    Replay::start(Cloud::Gcp, recording).unwrap()
}

async fn collect(replay: &Replay, options: &Options) -> Collection {
    let settings = CollectSettings::default();
    let endpoint = Endpoint::instead(replay.url()).unwrap();
    let client = Client::new(endpoint, anonymous::Builder::new().build(), &settings).unwrap();
    let provider = GcpProvider::over(Gcp::new(client, GcpOptions::default()));
    collected(&provider, options).await.unwrap()
}

fn global() -> Scope {
    "gcp:gcp:orch-wire-1:global".parse().unwrap()
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
    replay.fault(Fault::new(Trouble::Status(403)).on("/projects/orch-wire-1/global/firewalls"));
    let gapped = collect(&replay, &Options::default()).await;
    assert_gap_only(
        &whole.snapshot,
        &gapped.snapshot,
        &global(),
        &[FIREWALLS],
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
async fn no_secret_of_an_answer_is_kept() {
    let collection = collect(&replay(), &Options::default()).await;
    let secrets = ["canary-", "somebody@", "secret words"];
    assert_absent(&collection.dir, &secrets).unwrap();
}
