//! One committed list of operations, and everything that must agree with it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{REGIONS, audit, orch, paged, project, session};

/// The operations an audit may call, as committed.
fn committed() -> BTreeSet<String> {
    std::fs::read_to_string(project("crates/orch-aws/operations.txt"))
        .expect("the list is there")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Every action of a policy document.
fn actions(policy: &Value) -> BTreeSet<String> {
    policy["Statement"]
        .as_array()
        .expect("a policy has statements")
        .iter()
        .inspect(|statement| assert_eq!(statement["Effect"], "Allow", "{statement}"))
        .flat_map(|statement| statement["Action"].as_array().expect("actions are a list"))
        .map(|action| action.as_str().expect("an action is a text").to_owned())
        .collect()
}

#[test]
fn the_wire_the_list_and_the_permissions_agree() {
    let home = tempfile::tempdir().expect("a folder");
    let free = session();
    let (_, whole) = audit(home.path(), &free, &["--regions", REGIONS]);
    // Points that cost money and that no rule looks at are read by a collection alone.
    let collected = orch(home.path(), &free)
        .args(["collect", "--provider", "aws", "--regions", REGIONS])
        .args(["--out", "kept", "--max-api-cost", "10"])
        .run()
        .expect("orch runs");
    assert_eq!(collected.code, Some(0), "{collected}");
    let wire: BTreeSet<String> = free
        .requests()
        .expect("a log")
        .into_iter()
        .map(|request| request.action)
        .collect();

    // Taking a role is no read of the account, and only happens with --role.
    let mut list = committed();
    assert!(list.remove("sts:AssumeRole"));
    assert_eq!(wire, list, "what is called and what may be called differ");

    let printed = orch(home.path(), &free)
        .args(["permissions", "--provider", "aws"])
        .run()
        .expect("orch runs");
    assert_eq!(printed.code, Some(0), "{printed}");
    let policy: Value = serde_json::from_str(&printed.stdout).expect("a policy is JSON");
    let printed = actions(&policy);
    // AWS lets everybody ask who they are.
    let with_identity: BTreeSet<String> = printed
        .iter()
        .cloned()
        .chain(["sts:GetCallerIdentity".to_owned()])
        .collect();
    assert_eq!(
        wire, with_identity,
        "every printed permission is used, and none is missing"
    );

    let allowed = session();
    let names: Vec<&str> = printed.iter().map(String::as_str).collect();
    allowed.allow_only(Some(&names)).expect("the policy is set");
    let (_, report) = audit(home.path(), &allowed, &["--regions", REGIONS]);
    let all = |_: &Value| true;
    assert_eq!(
        super::fingerprints(&whole, all),
        super::fingerprints(&report, all)
    );
    for part in [
        "findings",
        "unknown",
        "unassessed",
        "coverage",
        "rules",
        "totals",
        "billing",
    ] {
        assert_eq!(whole[part], report[part], "{part}");
    }
}

#[test]
fn a_part_of_the_rules_calls_what_its_policy_has() {
    let home = tempfile::tempdir().expect("a folder");
    for chosen in [
        ["--only", "security"],
        ["--only", "right-sizing"],
        ["--rule", "volume-unattached"],
    ] {
        let session = session();
        audit(
            home.path(),
            &session,
            &[&["--regions", REGIONS], &chosen[..]].concat(),
        );
        let wire = session.requests().expect("a log").into_iter();
        let wire: BTreeSet<String> = wire.map(|request| request.action).collect();
        let printed = orch(home.path(), &session)
            .args(["permissions", "--provider", "aws"])
            .args(chosen)
            .run()
            .expect("orch runs");
        let policy: Value = serde_json::from_str(&printed.stdout).expect("a policy is JSON");
        let mut printed = actions(&policy);
        // AWS lets everybody ask who they are.
        printed.insert("sts:GetCallerIdentity".to_owned());
        assert_eq!(wire, printed, "{chosen:?}");
    }
}

#[test]
fn only_security_makes_no_charged_call() {
    let home = tempfile::tempdir().expect("a folder");
    let session = session();
    let (_, report) = audit(
        home.path(),
        &session,
        &["--regions", "us-east-1", "--only", "security"],
    );
    let charged: Vec<String> = session
        .requests()
        .expect("a log")
        .into_iter()
        .map(|request| request.action)
        .filter(|action| action.starts_with("cloudwatch:") || action.starts_with("ce:"))
        .collect();
    assert_eq!(charged, [""; 0]);
    assert_eq!(report["api"]["charge"]["amount"], "0");
}

#[test]
fn a_plan_makes_only_free_calls_and_prints_the_charge() {
    let home = tempfile::tempdir().expect("a folder");
    let session = session();
    let run = orch(home.path(), &session)
        .args(["audit", "--provider", "aws", "--regions", REGIONS, "--plan"])
        .run()
        .expect("orch runs");
    assert_eq!(run.code, Some(0), "{run}");
    for word in ["ec2", "cloudwatch", "ce", "USD"] {
        assert!(run.stdout.contains(word), "{word} is missing:\n{run}");
    }
    let actions: BTreeSet<String> = session
        .requests()
        .expect("a log")
        .into_iter()
        .map(|request| request.action)
        .collect();
    assert!(
        !actions
            .iter()
            .any(|action| action.starts_with("cloudwatch:") || action.starts_with("ce:")),
        "{actions:?}"
    );
}

#[test]
fn a_budget_of_nothing_turns_charged_calls_into_gaps() {
    let home = tempfile::tempdir().expect("a folder");
    let session = session();
    let (run, report) = audit(
        home.path(),
        &session,
        &["--regions", "us-east-1", "--max-api-cost", "0"],
    );
    let gaps = super::gaps(&report);
    for gap in [
        "global ce.costs budget-reached",
        "us-east-1 cloudwatch.cpu budget-reached",
        "us-east-1 cloudwatch.network budget-reached",
    ] {
        assert!(gaps.contains(gap), "{gap} is not among {gaps:?}");
    }
    assert_eq!(run.code, Some(3), "{run}");
    assert!(
        session
            .requests()
            .expect("a log")
            .iter()
            .all(|request| !["monitoring", "ce"].contains(&request.service.as_str())),
    );
}

#[test]
fn calls_are_few() {
    let home = tempfile::tempdir().expect("a folder");
    let session = paged(None);
    let (_, report) = audit(home.path(), &session, &["--regions", REGIONS]);
    let calls = report["api"]["calls"].as_u64().expect("calls are counted");
    let least = report["api"]["least_calls"]
        .as_u64()
        .expect("the least number is stated");
    assert!(calls * 10 <= least * 11, "{calls} calls, {least} would do");
    assert_eq!(
        session.requests().expect("a log").len() as u64,
        report["api"]["requests"]
    );
}

#[test]
fn without_a_region_left_nothing_but_discovery_is_called() {
    let home = tempfile::tempdir().expect("a folder");
    let session = session();
    let run = orch(home.path(), &session)
        .args(["audit", "--provider", "aws", "--save", "kept"])
        .args(["--regions", "us-west-2", "--exclude-region", "us-west-2"])
        .run()
        .expect("orch runs");
    assert_eq!(run.code, Some(2), "{run}");
    assert!(
        run.stderr.contains("no region is left to audit") && run.stderr.contains("help:"),
        "{run}"
    );
    let called: BTreeSet<String> = session
        .requests()
        .expect("the harness tells its requests")
        .into_iter()
        .map(|request| request.operation)
        .collect();
    let discovery = ["DescribeRegions", "GetCallerIdentity"];
    assert!(
        called.iter().all(|name| discovery.contains(&name.as_str())),
        "{called:?}"
    );
    assert!(!home.path().join("kept.partial").exists());
}
