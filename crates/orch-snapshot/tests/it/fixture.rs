//! Every format ever released stays readable: one committed snapshot per version.

use std::path::PathBuf;

use orch_model::{Kind, Snapshot};
use orch_snapshot::{FORMAT, Form, Needs, load, raw_series, save};

use crate::sample;

fn committed(version: u32) -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/snapshots"
    ))
    .join(format!("v{version}"))
}

#[test]
fn format_1_still_loads() {
    let snapshot: Snapshot = load(&committed(1), &Needs::ALL).unwrap();
    assert_eq!(snapshot.resources.len(), 6);
    assert_eq!(snapshot.series.len(), 4);
    assert_eq!(snapshot.costs.len(), 2);
    assert_eq!(snapshot.reads.len(), 8);
    assert_eq!(snapshot.ledger.len(), 1);
    assert!(
        snapshot
            .resources
            .iter()
            .any(|resource| resource.kind() == Kind::NetworkFirewall)
    );
}

/// The newest format is also written as it always was. When it has to change, it gets a new number.
#[test]
fn the_newest_format_is_written_as_committed() {
    let dir = committed(FORMAT);
    let (_folder, again) = sample::place();
    let snapshot = load(&dir, &Needs::ALL).unwrap();
    let series = raw_series(&dir).unwrap().map(Result::unwrap);
    save(&snapshot, series, &again, Form::Text).unwrap();
    let (mut committed, mut written) = (sample::tree(&dir), sample::tree(&again));
    // The manifest names the version of orch that wrote it.
    let manifest = PathBuf::from("manifest.json");
    assert!(committed.remove(&manifest).is_some() && written.remove(&manifest).is_some());
    assert_eq!(committed, written);
}

/// Run with `ORCH_WRITE_FIXTURE=1` once per new format.
#[test]
fn write_the_fixture_of_a_new_format() {
    let dir = committed(FORMAT);
    if std::env::var_os("ORCH_WRITE_FIXTURE").is_some() && !dir.exists() {
        save(
            &sample::snapshot(),
            sample::series().into_iter(),
            &dir,
            Form::Text,
        )
        .unwrap();
    }
}
