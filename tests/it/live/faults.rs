//! What an audit makes of an AWS that stumbles.

use std::collections::BTreeSet;
use std::path::Path;

use orch_snapshot::{Form, Needs};
use orch_testkit::harness::{Action, Fault, Session};
use serde_json::Value;

use super::{audit, fingerprints, gaps, list, orch, session, text};

const ONE: &[&str] = &["--regions", "us-east-1"];
const TWO: &[&str] = &["--regions", "us-east-1,eu-west-1"];

/// Short deadlines, so that a test of them is short.
fn hasty(home: &Path) {
    let limits = "[network]\nconnect_timeout = \"2s\"\nattempt_timeout = \"2s\"\ncall_timeout = \"10s\"\nscope_timeout = \"30s\"\n\
                  max_attempts = 3\nservice_concurrency = 1\n";
    std::fs::write(home.join("orch.toml"), limits).expect("the configuration is written");
}

fn faulty(action: Action, set: impl Fn(Fault) -> Fault) -> Session<'static> {
    let session = session();
    session
        .fault(&set(Fault::new(action)))
        .expect("the fault is set");
    session
}

fn everything(_: &Value) -> bool {
    true
}

/// Calls of an operation in the ledger that the report sums up, by the harness's own log.
fn requests(session: &Session<'_>, operation: &str, region: &str) -> usize {
    session
        .requests()
        .expect("a log")
        .iter()
        .filter(|request| request.operation == operation && request.region == region)
        .count()
}

#[test]
fn throttling_and_passing_errors_leave_no_trace() {
    let home = tempfile::tempdir().expect("a folder");
    let (_, well) = audit(home.path(), &session(), ONE);
    let passing = [
        Action::Status {
            status: 429,
            retry_after: Some(1),
        },
        Action::Status {
            status: 429,
            retry_after: None,
        },
        Action::Status {
            status: 503,
            retry_after: Some(1),
        },
        Action::Status {
            status: 503,
            retry_after: None,
        },
        Action::error("RequestLimitExceeded"),
        Action::Reset,
    ];
    for action in passing {
        let name = format!("{action:?}");
        let session = faulty(action, |fault| {
            fault.operation("DescribeInstances").times(2)
        });
        let (run, report) = audit(home.path(), &session, ONE);
        assert_eq!(gaps(&report), BTreeSet::new(), "{name}: {run}");
        assert_eq!(
            fingerprints(&well, everything),
            fingerprints(&report, everything),
            "{name}"
        );
        assert!(
            requests(&session, "DescribeInstances", "us-east-1") >= 3,
            "{name}"
        );
    }
}

#[test]
fn a_region_that_never_answers_is_left_alone_after_three_failures() {
    let home = tempfile::tempdir().expect("a folder");
    hasty(home.path());
    let silent = faulty(Action::Hang, |fault| {
        fault.service("ec2").region("eu-west-1")
    });
    let (run, report) = audit(home.path(), &silent, &[TWO, &["--save", "silent"]].concat());
    assert_eq!(run.code, Some(3), "{run}");
    let gaps = gaps(&report);
    assert!(
        gaps.iter().all(|gap| gap.starts_with("eu-west-1 ")),
        "{gaps:?}"
    );
    assert!(
        gaps.contains("eu-west-1 ec2.instances timed-out")
            || gaps.contains("eu-west-1 ec2.instances skipped-after-failures"),
        "{gaps:?}"
    );
    assert!(
        gaps.iter()
            .any(|gap| gap.ends_with(" skipped-after-failures")),
        "{gaps:?}"
    );
    // One call after the other: the third request without an answer is the last that this host gets.
    let saved = orch_snapshot::load(&home.path().join("silent"), &Needs(None)).expect("it loads");
    let to_it = saved.ledger.iter().filter(|call| {
        let scope = call.scope.as_ref();
        call.operation.starts_with("ec2:") && scope.is_some_and(|one| one.region == "eu-west-1")
    });
    let requests: u32 = to_it.map(|call| call.attempts).sum();
    assert_eq!(requests, 3, "{:#?}", saved.ledger);
    let (_, other) = audit(home.path(), &session(), ONE);
    let here = |finding: &Value| super::region(finding) == "us-east-1";
    assert_eq!(fingerprints(&other, here), fingerprints(&report, here));
}

#[test]
fn a_list_whose_token_repeats_is_partial() {
    let home = tempfile::tempdir().expect("a folder");
    let looping = faulty(Action::RepeatToken, |fault| {
        fault.operation("DescribeInstances")
    });
    let (run, report) = audit(home.path(), &looping, ONE);
    assert!(
        gaps(&report).contains("us-east-1 ec2.instances paging-broken"),
        "{run}"
    );
    assert_eq!(run.code, Some(3), "{run}");
    // What was read before is there.
    assert!(
        list(&report, "findings")
            .iter()
            .any(|finding| { text(&finding["resource"], "kind") == "compute.instance" })
    );
}

#[test]
fn an_answer_cut_short_is_a_gap() {
    let home = tempfile::tempdir().expect("a folder");
    hasty(home.path());
    let cut = faulty(Action::Truncate, |fault| fault.operation("DescribeVolumes"));
    let (run, report) = audit(home.path(), &cut, ONE);
    let gaps = gaps(&report);
    assert!(
        gaps.iter()
            .any(|gap| gap.starts_with("us-east-1 ec2.volumes ")),
        "{gaps:?}\n{run}"
    );
    assert_eq!(run.code, Some(3), "{run}");
}

#[test]
fn credentials_that_run_out_keep_what_was_read() {
    let home = tempfile::tempdir().expect("a folder");
    let expiring = faulty(Action::error("RequestExpired"), |fault| {
        fault.service("ec2").after(6)
    });
    let (run, report) = audit(home.path(), &expiring, TWO);
    let gaps = gaps(&report);
    assert!(
        gaps.iter().any(|gap| gap.ends_with(" auth-expired")),
        "{gaps:?}\n{run}"
    );
    assert_eq!(run.code, Some(3), "{run}");
}

#[test]
fn regions_that_may_not_be_listed_are_a_gap_and_the_known_ones_are_read() {
    let home = tempfile::tempdir().expect("a folder");
    let denied = faulty(Action::error("UnauthorizedOperation"), |fault| {
        fault.operation("DescribeRegions")
    });
    let (run, report) = audit(home.path(), &denied, ONE);
    assert!(gaps(&report).contains("global account denied"), "{run}");
    assert!(
        list(&report, "findings")
            .iter()
            .any(|finding| super::region(finding) == "us-east-1")
    );
}

#[test]
fn what_the_account_has_opted_into_is_read_though_nobody_may_list_regions() {
    let home = tempfile::tempdir().expect("a folder");
    let asked = ["--rule", "firewall-default-admits", "--fail-on", "never"];
    let (run, listed) = audit(home.path(), &session(), &asked);
    let denied = faulty(Action::error("UnauthorizedOperation"), |fault| {
        fault.operation("DescribeRegions")
    });
    let (blind, report) = audit(home.path(), &denied, &asked);
    // moto lists the regions of other partitions too.
    let is_ours = |region: &str| !region.starts_with("cn-") && !region.starts_with("us-gov-");
    let read = |report: &Value| -> BTreeSet<String> {
        let regions = list(&report["coverage"], "regions").iter();
        let read = regions.filter(|region| text(region, "state") != "excluded");
        let names = read.map(|region| text(region, "scope").replace("aws:aws:123456789012:", ""));
        names.filter(|region| is_ours(region)).collect()
    };
    assert!(read(&listed).contains("eu-south-1"), "{run}");
    assert_eq!(read(&listed), read(&report), "{blind}");
    let ours = |finding: &Value| is_ours(super::region(finding));
    assert_eq!(fingerprints(&listed, ours), fingerprints(&report, ours));
}

#[test]
fn cost_explorer_that_is_off_is_said_to_be_off() {
    let home = tempfile::tempdir().expect("a folder");
    let off = faulty(Action::error("DataUnavailableException"), |fault| {
        fault.service("ce")
    });
    let (run, report) = audit(home.path(), &off, ONE);
    assert!(
        gaps(&report).contains("global ce.costs disabled"),
        "{:?}\n{run}",
        gaps(&report)
    );
}

#[test]
fn two_runs_say_the_same_and_hold_no_secret() {
    let home = tempfile::tempdir().expect("a folder");
    let session = session();
    let (_, one) = audit(
        home.path(),
        &session,
        &["--regions", "us-east-1", "--save", "one"],
    );
    let (_, two) = audit(
        home.path(),
        &session,
        &["--regions", "us-east-1", "--save", "two"],
    );
    for part in ["unknown", "unassessed", "rules"] {
        assert_eq!(one[part], two[part], "{part}");
    }
    assert_eq!(
        fingerprints(&one, everything),
        fingerprints(&two, everything)
    );

    let again = orch(home.path(), &session)
        .args(["audit", "--snapshot", "one", "--format", "json"])
        .run()
        .expect("orch runs");
    let report: Value = serde_json::from_str(&again.stdout).expect("a report");
    assert_eq!(
        one["findings"], report["findings"],
        "from the saved snapshot"
    );

    for name in ["one", "two"] {
        let packed = home.path().join(name);
        let snapshot = orch_snapshot::load(&packed, &Needs(None)).expect("it loads");
        let series = orch_snapshot::raw_series(&packed)
            .expect("it has series")
            .map(Result::unwrap);
        let plain = home.path().join(format!("plain-{name}"));
        orch_snapshot::save(&snapshot, series, &plain, Form::Text).expect("it is written");
        std::fs::remove_dir_all(&packed).expect("the packed one goes");
    }
    let secrets = ["orch-test-secret", "CANARY-USER-DATA"];
    orch_testkit::conformance::assert_absent(home.path(), &secrets).expect("the folder reads");
}
