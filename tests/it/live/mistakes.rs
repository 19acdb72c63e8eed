//! What a person sees after a mistake that only AWS can tell: the message, the next step, the exit code.

use orch_testkit::harness::{Action, Fault, Session};

use super::{orch, session};
use crate::cli_mistakes::{Unwritable, told};

/// A name, the arguments, and what goes wrong at AWS.
type Case = (&'static str, &'static [&'static str], Option<Fault>);

const AUDIT: &[&str] = &["audit", "--provider", "aws", "--regions", "us-east-1"];

fn cases() -> Vec<Case> {
    let sts = |action| Some(Fault::new(action).service("sts"));
    // Half a minute over, so that a slow test still reads the same number.
    let skew = |minutes: i64| {
        sts(Action::Skew {
            seconds: minutes * 60 + 30 * minutes.signum(),
        })
    };
    vec![
        (
            "misspelt region",
            &["audit", "--provider", "aws", "--regions", "us-esat-1"],
            None,
        ),
        (
            "region that is nowhere near",
            &[
                "collect",
                "--provider",
                "aws",
                "--out",
                "new",
                "--regions",
                "mars",
            ],
            None,
        ),
        (
            "misspelt region to leave out",
            &[
                "audit",
                "--provider",
                "aws",
                "--exclude-region",
                "eu-wset-1",
            ],
            None,
        ),
        (
            "every region left out",
            &[
                "audit",
                "--provider",
                "aws",
                "--regions",
                "us-east-1",
                "--exclude-region",
                "us-east-1",
            ],
            None,
        ),
        ("clock that is behind", AUDIT, skew(15)),
        ("clock that is ahead", AUDIT, skew(-300)),
        (
            "expired credentials",
            AUDIT,
            sts(Action::error("ExpiredToken")),
        ),
        (
            "credentials that AWS does not know",
            AUDIT,
            sts(Action::error("InvalidClientTokenId")),
        ),
        (
            "role that may not be taken on",
            &[
                "audit",
                "--provider",
                "aws",
                "--role",
                "arn:aws:iam::111122223333:role/audit",
            ],
            Some(Fault::new(Action::error("AccessDenied")).operation("AssumeRole")),
        ),
    ]
}

fn broken(fault: Option<&Fault>) -> Session<'static> {
    let session = session();
    if let Some(fault) = fault {
        session.fault(fault).expect("the fault is set");
    }
    session
}

#[test]
fn every_mistake_that_only_aws_can_tell_is_explained() {
    let home = tempfile::tempdir().expect("a home");
    let mut all = String::new();
    for (name, args, fault) in cases() {
        let session = broken(fault.as_ref());
        let cli = orch(home.path(), &session).env("COLUMNS", "100").args(args);
        all.push_str(&told(name, args, cli));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_snapshot_that_cannot_be_written_is_told_before_anything_is_read() {
    let home = tempfile::tempdir().expect("a home");
    let closed = Unwritable::new(home.path());
    let mut all = String::new();
    for (name, command) in [
        (
            "snapshot in a place that cannot be written",
            ["collect", "--out"],
        ),
        (
            "audit kept in a place that cannot be written",
            ["audit", "--save"],
        ),
    ] {
        let session = session();
        let [command, option] = command;
        let place = closed.path("snapshot");
        let args = [
            command,
            "--provider",
            "aws",
            "--regions",
            "us-east-1",
            option,
            &place,
        ];
        let cli = orch(home.path(), &session).env("COLUMNS", "100").args(args);
        all.push_str(&closed.hide(&told(name, &args, cli)));
        let read = session.requests().expect("a log");
        let only =
            |operation: &str| operation == "GetCallerIdentity" || operation == "DescribeRegions";
        assert!(
            read.iter().all(|request| only(&request.operation)),
            "{read:?}"
        );
    }
    insta::assert_snapshot!(all);
}
