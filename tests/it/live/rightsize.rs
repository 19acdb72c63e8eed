//! `orch rightsize` of a live account: what it reads, and that a snapshot answers the same.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{REGIONS, orch, session};

#[test]
fn a_live_account_and_its_snapshot_answer_the_same() {
    let home = tempfile::tempdir().expect("a folder");
    let session = session();
    let live = orch(home.path(), &session)
        .args(["rightsize", "--provider", "aws", "--format", "json"])
        .args(["--regions", REGIONS, "--max-api-cost", "10"])
        .run()
        .expect("orch runs");
    let requests = session.requests().expect("a log");
    let asked: BTreeSet<&str> = requests
        .iter()
        .map(|request| request.action.as_str())
        .collect();
    for other in ["ec2:DescribeSecurityGroups", "ce:GetCostAndUsage"] {
        assert!(!asked.contains(other), "{asked:?}");
    }
    let read: Value = serde_json::from_str(&live.stdout).unwrap_or_else(|_| panic!("{live}"));
    let recommended = read["recommendations"].as_array().expect("a list");
    assert!(!recommended.is_empty(), "{live}");

    let kept = home.path().join("kept");
    let collected = orch(home.path(), &session)
        .args(["collect", "--provider", "aws", "--regions", REGIONS])
        .args(["--max-api-cost", "10", "--out"])
        .args([kept.as_os_str()])
        .run()
        .expect("orch runs");
    assert_eq!(collected.code, Some(0), "{collected}");
    let offline = orch(home.path(), &session)
        .args(["rightsize", "--format", "json", "--snapshot"])
        .args([kept.as_os_str()])
        .run()
        .expect("orch runs");
    assert_eq!(offline.code, live.code, "{offline}{live}");
    let kept: Value = serde_json::from_str(&offline.stdout).expect("JSON");
    assert_eq!(steady(&kept), steady(&read));
}

/// What was recommended, without how many points there were: one more may arrive between two readings.
fn steady(report: &Value) -> Value {
    let mut recommended = report["recommendations"].clone();
    for one in recommended.as_array_mut().expect("a list") {
        let used = one["used"].as_object_mut().expect("what was used");
        assert!(used.remove("points").is_some() && used.remove("days").is_some());
    }
    recommended
}
