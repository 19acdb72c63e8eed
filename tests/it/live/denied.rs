//! A denied call changes nothing elsewhere, and is said wherever its answer is missed.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::Provider;
use orch_testkit::harness::{Action, Fault};

use crate::law;

use super::{REGIONS, audit, gaps, list, region, session, text};

#[test]
fn security_groups_denied_in_one_region() {
    let home = tempfile::tempdir().expect("a folder");
    let whole = session();
    let (_, before) = audit(home.path(), &whole, &["--regions", REGIONS]);

    let denied = session();
    denied
        .fault(
            &Fault::new(Action::error("UnauthorizedOperation"))
                .operation("DescribeSecurityGroups")
                .region("eu-west-1"),
        )
        .expect("the fault is set");
    let (run, report) = audit(home.path(), &denied, &["--regions", REGIONS]);

    // Findings elsewhere are unchanged.
    let elsewhere = |report: &serde_json::Value| -> BTreeMap<String, serde_json::Value> {
        let findings = list(report, "findings").iter();
        findings
            .filter(|finding| region(finding) != "eu-west-1")
            .map(|finding| (text(finding, "fingerprint").to_owned(), finding.clone()))
            .collect()
    };
    assert_eq!(elsewhere(&before), elsewhere(&report));

    // One Unassessed per rule on groups in that region, naming the gap; none elsewhere.
    let mut asked: BTreeMap<&str, u32> = BTreeMap::new();
    for unassessed in list(&report, "unassessed") {
        assert!(
            text(unassessed, "scope").ends_with(":eu-west-1"),
            "{unassessed}"
        );
        let reason = &unassessed["reason"];
        assert_eq!(text(reason, "cause"), "denied", "{unassessed}");
        assert_eq!(
            text(reason, "collector"),
            "ec2.security-groups",
            "{unassessed}"
        );
        assert!(
            text(reason, "detail").contains("ec2:DescribeSecurityGroups"),
            "{unassessed}"
        );
        *asked.entry(text(unassessed, "rule")).or_default() += 1;
    }
    let catalog = law::catalog();
    let of_groups: BTreeSet<&str> = catalog
        .rules()
        .iter()
        .filter(|rule| rule.id.starts_with("firewall-") && rule.asks(Provider::Aws))
        .map(|rule| rule.id.as_str())
        .collect();
    assert!(of_groups.len() >= 8, "{of_groups:?}");
    assert_eq!(asked.keys().copied().collect::<BTreeSet<_>>(), of_groups);
    assert!(asked.values().all(|times| *times == 1), "{asked:?}");

    // Rules on interfaces that need the groups are unknown per resource, with the gap.
    let unknown: Vec<_> = list(&report, "unknown")
        .iter()
        .filter(|answer| text(answer, "rule") == "interface-exposed-sensitive-port")
        .collect();
    let lost = list(&before, "findings").iter().filter(|finding| {
        text(finding, "rule") == "interface-exposed-sensitive-port"
            && region(finding) == "eu-west-1"
    });
    for finding in lost {
        let uid = text(&finding["resource"], "uid");
        let answer = unknown
            .iter()
            .find(|answer| text(answer, "resource") == uid)
            .unwrap_or_else(|| panic!("{uid} has no unknown answer"));
        let causes: BTreeSet<&str> = answer["reasons"]
            .as_array()
            .expect("reasons")
            .iter()
            .map(|reason| text(reason, "cause"))
            .collect();
        assert_eq!(causes, BTreeSet::from(["denied"]), "{answer}");
    }
    assert!(!unknown.is_empty());
    // Those that passed before are not known either: whatever was decided in that region is missing, and nothing else.
    let decided = |report: &serde_json::Value| {
        let rules = list(report, "rules").iter();
        let mut of_interfaces =
            rules.filter(|counts| text(counts, "rule") == "interface-exposed-sensitive-port");
        let counts = of_interfaces.next().expect("the rule was asked");
        counts["pass"].as_u64().unwrap_or_default() + counts["fail"].as_u64().unwrap_or_default()
    };
    assert_eq!(decided(&before) - decided(&report), unknown.len() as u64);

    // The report says so, and so does the exit code.
    assert_eq!(
        gaps(&report),
        BTreeSet::from(["eu-west-1 ec2.security-groups denied".to_owned()])
    );
    assert_eq!(report["coverage"]["complete"], false);
    assert_eq!(run.code, Some(3), "{run}");
    assert_eq!(report["exit"]["code"], 3);
    let last = run.stderr.lines().last().unwrap_or_default();
    assert!(last.contains("exit 3"), "{last}");
}

#[test]
fn an_allowed_gap_is_no_exit_code_of_its_own() {
    let home = tempfile::tempdir().expect("a folder");
    let denied = session();
    denied
        .fault(
            &Fault::new(Action::error("UnauthorizedOperation"))
                .operation("DescribeFlowLogs")
                .region("us-east-1"),
        )
        .expect("the fault is set");
    let only = ["--regions", "us-east-1", "--rule", "vpc-flow-logs-off"];
    let (run, _) = audit(home.path(), &denied, &only);
    assert_eq!(run.code, Some(3), "{run}");
    for allowed in [
        "--allow-gaps",
        "--allow-gaps=denied",
        "--allow-gaps=ec2.flow-logs",
    ] {
        let (run, _) = audit(home.path(), &denied, &[&only[..], &[allowed]].concat());
        assert_eq!(run.code, Some(0), "{allowed}: {run}");
    }
    let (run, _) = audit(
        home.path(),
        &denied,
        &[&only[..], &["--allow-gaps=throttled"]].concat(),
    );
    assert_eq!(run.code, Some(3), "{run}");
}
