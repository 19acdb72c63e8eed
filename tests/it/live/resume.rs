//! A run that is killed leaves nothing that passes for complete, and can be taken up again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use orch_testkit::harness::{Action, Fault};
use serde_json::Value;

use super::{REGIONS, orch, session};

/// The lines of a JSON-lines file.
fn lines(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

/// What is completely read so far, as (scope, collector).
fn finished(partial: &Path) -> BTreeSet<(String, String)> {
    lines(&partial.join("reads.jsonl"))
        .iter()
        .filter(|read| read["outcome"] == "complete")
        .map(|read| {
            let text = |name: &str| read[name].as_str().unwrap_or_default().to_owned();
            (text("scope"), text("collector"))
        })
        .collect()
}

/// The files of a folder with their bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

#[test]
fn kill_and_resume() {
    let home = tempfile::tempdir().expect("a folder");
    let collect = |session: &orch_testkit::harness::Session<'_>, more: &[&str]| {
        orch(home.path(), session)
            .args(["collect", "--provider", "aws", "--max-api-cost", "10"])
            .args(more)
    };

    let undisturbed = session();
    let run = collect(&undisturbed, &["--regions", REGIONS, "--out", "whole"])
        .run()
        .expect("orch runs");
    assert_eq!(run.code, Some(0), "{run}");

    // One region's volumes never come: everything else is done while the run hangs on them.
    let killed = session();
    killed
        .fault(
            &Fault::new(Action::Hang)
                .operation("DescribeVolumes")
                .region("eu-west-1"),
        )
        .expect("the fault is set");
    let mut child = collect(&killed, &["--regions", REGIONS, "--out", "cut"])
        .spawn()
        .expect("orch starts");
    let partial = home.path().join("cut.partial");
    let patience = Instant::now() + Duration::from_secs(60);
    let mut seen = (0, Instant::now());
    loop {
        let done = std::fs::read_to_string(partial.join("reads.jsonl"))
            .map_or(0, |reads| reads.lines().count());
        if done != seen.0 {
            seen = (done, Instant::now());
        }
        // Nothing new for a while: only what hangs is left.
        if done > 20 && seen.1.elapsed() > Duration::from_millis(1500) {
            break;
        }
        assert!(Instant::now() < patience, "only {done} reads were finished");
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().expect("the run is killed");
    child.wait().expect("the run is gone");

    // Nothing passes for complete.
    assert!(!home.path().join("cut").exists());
    let refused = orch(home.path(), &killed)
        .args(["audit", "--snapshot", "cut.partial"])
        .run()
        .expect("orch runs");
    assert_eq!(refused.code, Some(4), "{refused}");
    assert!(refused.stderr.contains("--resume"), "{refused}");

    let done = finished(&partial);
    let ledger = lines(&partial.join("ledger.jsonl")).len();
    killed.heal().expect("the fault is gone");
    let run = orch(home.path(), &killed)
        .args(["collect", "--provider", "aws", "--resume", "cut.partial"])
        .args(["--max-api-cost", "10"])
        .run()
        .expect("orch runs");
    assert_eq!(run.code, Some(0), "{run}");
    assert!(!partial.exists());

    // The same resources as an undisturbed run.
    let (whole, cut) = (home.path().join("whole"), home.path().join("cut"));
    assert_eq!(
        files(&whole.join("resources")),
        files(&cut.join("resources")),
        "the resumed run holds other resources"
    );

    // No call twice for finished work.
    let ledger = calls(&cut, ledger);
    for call in ledger {
        let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
        let of = (text("scope"), text("collector"));
        assert!(
            !done.contains(&of),
            "{} again for {of:?}",
            text("operation")
        );
    }
}

/// The ledger's calls after the first `skip`.
fn calls(snapshot: &Path, skip: usize) -> Vec<Value> {
    let loaded = orch_snapshot::load(snapshot, &orch_snapshot::Needs(None)).expect("it loads");
    loaded
        .ledger
        .iter()
        .skip(skip)
        .map(|call| serde_json::to_value(call).expect("a call is JSON"))
        .collect()
}

#[test]
fn an_output_that_is_there_is_never_written_over() {
    let home = tempfile::tempdir().expect("a folder");
    let session = session();
    let full = home.path().join("full");
    std::fs::create_dir(&full).expect("a folder");
    std::fs::write(full.join("mine.txt"), "mine").expect("a file");
    let run = orch(home.path(), &session)
        .args(["collect", "--provider", "aws", "--out", "full"])
        .run()
        .expect("orch runs");
    assert_eq!(run.code, Some(2), "{run}");
    assert!(
        session.requests().expect("a log").is_empty(),
        "refused before anything is called"
    );
    assert_eq!(files(&full).keys().collect::<Vec<_>>(), ["mine.txt"]);
}

#[cfg(unix)]
#[test]
fn a_saved_audit_that_is_told_to_end_reports_and_can_be_gone_on_with() {
    let home = tempfile::tempdir().expect("a folder");
    let session = hanging();
    let ended = told_to_end(saving(home.path(), &session), home.path());
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("orch collect --resume"), "{said}");
    assert!(said.contains("kept.partial"), "{said}");
    let report: Value = serde_json::from_slice(&ended.stdout).expect("a report");
    assert!(report["coverage"]["gaps"].is_array());
    let partial = home.path().join("kept.partial");
    assert!(partial.exists() && !home.path().join("kept").exists());

    session.heal().expect("the fault is gone");
    let run = orch(home.path(), &session)
        .args(["collect", "--provider", "aws", "--resume", "kept.partial"])
        .args(["--max-api-cost", "10"])
        .run()
        .expect("orch runs");
    assert_eq!(run.code, Some(0), "{run}");
    assert!(home.path().join("kept").exists() && !partial.exists());
}

#[cfg(unix)]
#[test]
fn what_was_read_is_named_also_where_no_report_can_be_made_of_it() {
    let home = tempfile::tempdir().expect("a folder");
    let session = hanging();
    let nowhere = saving(home.path(), &session).env("TMPDIR", home.path().join("nowhere"));
    let lost = told_to_end(nowhere, home.path());
    let said = String::from_utf8_lossy(&lost.stderr);
    assert_eq!(lost.status.code(), Some(2), "{said}");
    assert!(said.contains("nowhere"), "{said}");
    let words: Vec<&str> = said.split_whitespace().collect();
    assert!(
        words
            .join(" ")
            .contains("go on with `orch collect --resume"),
        "{said}"
    );
    assert!(said.contains("kept.partial"), "{said}");
    assert!(home.path().join("kept.partial").exists());
}

/// A session in which one thing never comes.
#[cfg(unix)]
fn hanging() -> orch_testkit::harness::Session<'static> {
    let session = session();
    session
        .fault(&Fault::new(Action::Hang).operation("DescribeVolumes"))
        .expect("the fault is set");
    session
}

/// An audit that keeps what it reads in `kept`.
#[cfg(unix)]
fn saving(home: &Path, session: &orch_testkit::harness::Session<'_>) -> orch_testkit::cli::Cli {
    orch(home, session)
        .args(["audit", "--provider", "aws", "--max-api-cost", "10"])
        .args(["--regions", "eu-west-1", "--save", "kept"])
        .args(["--format", "json"])
}

/// What is said when it is told to end after some reads.
#[cfg(unix)]
fn told_to_end(saving: orch_testkit::cli::Cli, home: &Path) -> std::process::Output {
    let child = saving.spawn().expect("orch starts");
    let partial = home.join("kept.partial");
    let patience = Instant::now() + Duration::from_secs(60);
    while std::fs::read_to_string(partial.join("reads.jsonl"))
        .map_or(0, |reads| reads.lines().count())
        < 5
    {
        assert!(Instant::now() < patience, "nothing was read");
        std::thread::sleep(Duration::from_millis(50));
    }
    std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .expect("the signal is sent");
    child.wait_with_output().expect("orch ends")
}
