//! The conformance suite holds for a provider that does everything right, and finds what does not.

use orch_model::Cause;
use orch_testkit::conformance::{
    Options, assert_absent, assert_gap_only, assert_same, assert_sound, assert_stopped, collected,
};
use orch_testkit::fake_provider::{FakeCollector, FakeProvider, Step};

use crate::stage::{denied, page, run, south, wait, west};

fn provider(broken: bool) -> FakeProvider {
    let mut script = vec![wait(3), page(&west(), &["i-2", "i-1"])];
    if broken {
        script.insert(0, Step::Fail(denied()));
    }
    FakeProvider::new(
        vec![west(), south()],
        vec![
            FakeCollector::instances("ec2.instances")
                .script("eu-west-1", script)
                .script("eu-south-2", vec![page(&south(), &["i-3"])]),
            FakeCollector::new("cw.cpu", "cloudwatch", &[]).after(&["ec2.instances"]),
        ],
    )
}

#[tokio::test(start_paused = true)]
async fn two_runs_are_equal_and_sound() {
    let (first, second) = (run(&provider(false)).await, run(&provider(false)).await);
    assert_sound(&first.snapshot);
    assert_same(&first.snapshot, &second.snapshot);
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_is_a_gap_and_nothing_else() {
    let (whole, gapped) = (run(&provider(false)).await, run(&provider(true)).await);
    let touched = ["ec2.instances", "cw.cpu"];
    assert_gap_only(
        &whole.snapshot,
        &gapped.snapshot,
        &west(),
        &touched,
        Cause::Denied,
    );
}

#[tokio::test(start_paused = true)]
async fn a_stopped_run_keeps_what_was_read() {
    let whole = run(&provider(false)).await;
    for after in 1..=3 {
        let options = Options {
            cancel_after: Some(after),
            ..Options::default()
        };
        let stopped = collected(&provider(false), &options).await.unwrap();
        assert_stopped(&whole.snapshot, &stopped);
    }
}

#[tokio::test(start_paused = true)]
async fn secrets_are_found_wherever_they_stand() {
    let collection = run(&provider(false)).await;
    assert_absent(&collection.dir, &["hunter2", "a secret in an answer"]).unwrap();
    let dir = collection.dir.clone();
    let found = std::panic::catch_unwind(|| assert_absent(&dir, &["i-3"]));
    assert!(found.is_err(), "an id stands there");
}
