//! Tests of the exit code's precedence.

use orch_model::{Category, Confidence, Fingerprint, Kind, Provider, Rank, Scope, Uid};
use rust_decimal::Decimal;

use super::*;

fn scope() -> Scope {
    Scope::new(Provider::Aws, "aws", "1", "eu-west-1")
}

fn finding(severity: Severity, state: State) -> Finding {
    Finding {
        fingerprint: Fingerprint("0".into()),
        rule: "rule".into(),
        resource: Uid::new("u"),
        name: "u".into(),
        kind: Kind::ComputeInstance,
        scope: scope(),
        key: None,
        category: Category::Security,
        severity,
        confidence: Confidence::High,
        title: "t".into(),
        message: "m".into(),
        evidence: Vec::new(),
        saving: None,
        saving_unknown: None,
        rank: Rank {
            total: Decimal::ZERO,
            risk: Decimal::ZERO,
            money: Decimal::ZERO,
        },
        state,
    }
}

fn waived() -> State {
    State::Waived {
        reason: "r".into(),
        owner: "o".into(),
        until: chrono::NaiveDate::from_ymd_opt(2030, 1, 1).unwrap(),
    }
}

fn gap(cause: Cause, collector: &str) -> Why {
    Why::Gap {
        scope: scope(),
        collector: collector.into(),
        gap: Gap::new(cause, "op"),
    }
}

fn unassessed(why: Why) -> Unassessed {
    Unassessed {
        rule: "rule".into(),
        scope: scope(),
        reason: Reason {
            what: "network.firewall".into(),
            why,
        },
    }
}

fn unknown(whys: Vec<Why>) -> UnknownAnswer {
    UnknownAnswer {
        rule: "rule".into(),
        resource: Uid::new("u"),
        scope: scope(),
        reasons: whys
            .into_iter()
            .map(|why| Reason {
                what: "w".into(),
                why,
            })
            .collect(),
    }
}

fn high() -> FailOn {
    FailOn::Severity(Severity::High)
}

#[test]
fn findings_count_from_the_severity_on_and_waived_ones_do_not() {
    let code = |findings: &[Finding], fail_on| {
        let verdicts = Verdicts {
            findings,
            unknown: &[],
            unassessed: &[],
            faults: BTreeSet::new(),
        };
        decide(&verdicts, fail_on, &AllowGaps::No).code.number()
    };
    assert_eq!(code(&[], high()), 0);
    assert_eq!(code(&[finding(Severity::Medium, State::Open)], high()), 0);
    assert_eq!(code(&[finding(Severity::High, State::Open)], high()), 1);
    assert_eq!(code(&[finding(Severity::Critical, waived())], high()), 0);
    assert_eq!(
        code(&[finding(Severity::Critical, State::Open)], FailOn::Never),
        0
    );
}

#[test]
fn the_first_code_that_holds_wins() {
    let findings = [finding(Severity::Critical, State::Open)];
    let unassessed = [unassessed(gap(Cause::Denied, "ec2.security-groups"))];
    let mut verdicts = Verdicts {
        findings: &findings,
        unknown: &[],
        unassessed: &unassessed,
        faults: BTreeSet::new(),
    };
    let exit = decide(&verdicts, high(), &AllowGaps::No);
    assert_eq!(exit.code, ExitCode::Incomplete);
    assert_eq!(
        exit.why,
        "incomplete view: 1 answer is not known because of ec2.security-groups in eu-west-1 denied"
    );
    verdicts.faults.insert("broken-rule");
    assert_eq!(decide(&verdicts, high(), &AllowGaps::No).code.number(), 4);
    let order = [
        ExitCode::Internal,
        ExitCode::Usage,
        ExitCode::Invalid,
        ExitCode::NoCredentials,
        ExitCode::Incomplete,
        ExitCode::Findings,
        ExitCode::Clean,
    ];
    assert!(order.is_sorted());
    assert_eq!(order.map(ExitCode::number), [70, 2, 4, 5, 3, 1, 0]);
}

#[test]
fn only_gaps_that_are_not_allowed_make_the_view_incomplete() {
    let code = |answer: UnknownAnswer, allow: &AllowGaps| {
        let verdicts = Verdicts {
            findings: &[],
            unknown: &[answer],
            unassessed: &[],
            faults: BTreeSet::new(),
        };
        decide(&verdicts, high(), allow).code.number()
    };
    let denied = || gap(Cause::Denied, "ec2.interfaces");
    let some = |causes: &[Cause], collectors: &[&str]| AllowGaps::Some {
        causes: causes.to_vec(),
        collectors: collectors.iter().map(|name| (*name).into()).collect(),
    };
    assert_eq!(code(unknown(vec![denied()]), &AllowGaps::No), 3);
    assert_eq!(code(unknown(vec![denied()]), &AllowGaps::All), 0);
    assert_eq!(
        code(unknown(vec![denied()]), &some(&[Cause::Denied], &[])),
        0
    );
    assert_eq!(
        code(unknown(vec![denied()]), &some(&[], &["ec2.interfaces"])),
        0
    );
    assert_eq!(
        code(
            unknown(vec![denied()]),
            &some(&[Cause::Throttled], &["ce.costs"])
        ),
        3
    );
    let two = vec![denied(), gap(Cause::Throttled, "ec2.volumes")];
    assert_eq!(code(unknown(two), &some(&[Cause::Denied], &[])), 3);
    assert_eq!(
        code(
            unknown(vec![Why::Excluded("--regions".into())]),
            &AllowGaps::No
        ),
        0
    );
    assert_eq!(
        code(
            unknown(vec![Why::Untold("no price".into())]),
            &AllowGaps::No
        ),
        0
    );
}

#[test]
fn every_way_to_end_early_has_its_code_and_a_next_step() {
    use std::io;

    use orch_collect::DiscoverError;
    use orch_snapshot::SnapshotError;

    use crate::{AppError, Mistake};

    let full = || io::Error::from(io::ErrorKind::StorageFull);
    let refused = || io::Error::from(io::ErrorKind::PermissionDenied);
    let cases: Vec<(AppError, u8)> = vec![
        (AppError::usage(Mistake::new("m", "h")), 2),
        (AppError::NothingToAudit, 2),
        (AppError::NotBuilt(Provider::Aws), 2),
        (
            AppError::Write {
                path: "f".into(),
                source: refused(),
            },
            2,
        ),
        (
            AppError::Write {
                path: "f".into(),
                source: full(),
            },
            2,
        ),
        (
            AppError::Read {
                path: "f".into(),
                source: refused(),
            },
            4,
        ),
        (AppError::Input(Mistake::new("m", "h")), 4),
        (
            AppError::Snapshot(SnapshotError::OutNotEmpty { path: "d".into() }),
            2,
        ),
        (
            AppError::Snapshot(SnapshotError::Unwritable {
                path: "d".into(),
                source: refused(),
            }),
            2,
        ),
        (
            AppError::Snapshot(SnapshotError::DiskFull {
                path: "d".into(),
                source: full(),
            }),
            2,
        ),
        (
            AppError::Snapshot(SnapshotError::Missing { path: "d".into() }),
            4,
        ),
        (AppError::Credentials(Mistake::new("m", "h")), 5),
        (
            AppError::Discover(DiscoverError::UnknownRegion {
                region: "r".into(),
                help: "h".into(),
            }),
            2,
        ),
        (
            AppError::Discover(DiscoverError::Provider {
                gap: Gap::new(Cause::Unreachable, "op"),
                help: "h".into(),
            }),
            3,
        ),
        (AppError::Stopped, 3),
        (AppError::Internal("x".into()), 70),
    ];
    for (error, code) in cases {
        assert_eq!(error.exit_code().number(), code, "{error}");
        assert!(
            error.next_step().is_some_and(|step| !step.is_empty()),
            "{error}"
        );
    }
}
