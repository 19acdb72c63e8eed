//! `orch doctor`: each permission is asked for once, and what is missing is said with what to do.

use std::collections::BTreeMap;

use orch_testkit::cli::Run;
use orch_testkit::harness::{Action, Fault, Options, Session};

use super::{account, orch};

/// Pages of three, so that there would be more of most lists.
fn session() -> Session<'static> {
    let options = Options {
        page_size: Some(3),
        ..Options::default()
    };
    account().harness.session(&options).expect("a session")
}

fn doctor(session: &Session<'_>, more: &[&str]) -> Run {
    let home = tempfile::tempdir().expect("a home");
    orch(home.path(), session)
        .env("COLUMNS", "120")
        .args(["doctor", "--provider", "aws"])
        .args(more)
        .run()
        .expect("orch runs")
}

/// How often each operation was called in the regions.
fn calls(session: &Session<'_>) -> BTreeMap<(String, String), usize> {
    let mut calls = BTreeMap::new();
    for request in session.requests().expect("a log") {
        *calls.entry((request.action, request.region)).or_default() += 1;
    }
    calls
}

#[test]
fn each_permission_is_asked_for_once_and_nothing_is_charged() {
    let session = session();
    insta::assert_snapshot!(doctor(&session, &[]));
    let calls = calls(&session);
    for ((action, region), times) in &calls {
        // Two collectors share one permission, for load balancers of two generations.
        let most = if action == "elasticloadbalancing:DescribeLoadBalancers" {
            2
        } else {
            1
        };
        assert!(*times <= most, "{action} in {region}: {times} times");
        assert_eq!(region, "us-east-1", "{action}");
        assert!(
            !action.starts_with("ce:") && !action.starts_with("cloudwatch:"),
            "{action}"
        );
    }
    assert!(calls.len() >= 20, "{calls:?}");
}

#[test]
fn what_is_denied_is_named_with_what_to_type_next() {
    let session = session();
    for operation in [
        "DescribeInstances",
        "DescribeSecurityGroups",
        "DescribeListeners",
        "DescribeVpcBlockPublicAccessOptions",
    ] {
        let fault = Fault::new(Action::error("UnauthorizedOperation")).operation(operation);
        session.fault(&fault).expect("the fault is set");
    }
    let off = Fault::new(Action::error("OptInRequired")).operation("DescribeFlowLogs");
    session.fault(&off).expect("the fault is set");
    insta::assert_snapshot!(doctor(&session, &[]));
}

#[test]
fn charged_calls_are_made_when_asked_for() {
    let session = session();
    let run = doctor(&session, &["--charged", "--regions", "eu-west-1"]);
    assert_eq!(run.code, Some(0), "{run}");
    let calls = calls(&session);
    let times = |action: &str, region: &str| {
        let key = (action.to_owned(), region.to_owned());
        calls.get(&key).copied().unwrap_or_default()
    };
    // Each collector of metrics asks once, if there is something to measure.
    let metrics = times("cloudwatch:GetMetricData", "eu-west-1");
    assert!(metrics >= 4, "{metrics}: {run}");
    assert_eq!(times("cloudwatch:ListMetrics", "eu-west-1"), 1, "{run}");
    assert_eq!(times("ce:GetCostAndUsage", "us-east-1"), 1, "{run}");
    assert_eq!(times("ec2:DescribeInstances", "eu-west-1"), 1);
    assert_eq!(times("ec2:DescribeInstances", "us-east-1"), 0);
}

#[test]
fn credentials_that_do_not_hold_are_no_missing_permission() {
    let session = session();
    let fault = Fault::new(Action::error("ExpiredToken")).operation("DescribeVolumes");
    session.fault(&fault).expect("the fault is set");
    let run = doctor(&session, &[]);
    assert_eq!(run.code, Some(5), "{run}");
}
