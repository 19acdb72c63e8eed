//! The servers that the tests of this crate ask: one that answers as a script says, or as recorded exchanges do.

use std::path::Path;

use orch_testkit::loopback::Loopback;
use orch_testkit::replay::{Cloud, Recording, Replay};
use serde_json::Value;

pub(crate) use orch_testkit::loopback::{Answer, Asked, say};

pub(crate) fn ok(body: Value) -> Answer {
    orch_testkit::loopback::ok(&body)
}

/// A server that answers by what is asked.
pub(crate) fn answering(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Loopback {
    Loopback::start(move |_, asked, _| answer(asked)).unwrap()
}

/// A server that gives these answers in turn, the last one for ever.
pub(crate) fn in_turn(answers: Vec<Answer>) -> Loopback {
    Loopback::in_turn(answers).unwrap()
}

/// Answers as the exchanges of one folder of fixtures do.
pub(crate) fn replaying(case: &str) -> Loopback {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wire/gcp");
    let recording = Recording::read(&root, &[case]).unwrap();
    Replay::start(Cloud::Gcp, recording)
        .unwrap()
        .into_loopback()
}
