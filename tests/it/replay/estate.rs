//! Each cloud's estate of `fixtures/wire`: the findings are those that a person found in the bodies, and no
//! secret goes further than the wire.

use std::collections::{BTreeMap, BTreeSet};

use orch_snapshot::Form;
use orch_testkit::conformance::{assert_absent, assert_same, assert_sound};
use orch_testkit::replay::Cloud;
use serde_json::Value;

use super::{CLOUDS, audit, differences, estate, expected, findings, orch, replay, snapshot, text};

/// Every secret of the fixtures: each begins with `canary-`.
pub(super) fn canaries(cloud: Cloud) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for exchange in estate(cloud).exchanges {
        let body = exchange.body.to_string();
        for (place, _) in body.match_indices("canary-") {
            let end =
                body[place..].find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
            let end = end.map_or(body.len(), |end| place + end);
            found.insert(body[place..end].to_owned());
        }
    }
    found
}

/// The findings of a list of the expectation.
fn named(expected: &Value, list: &str) -> BTreeSet<(String, String)> {
    let list = expected[list].as_array().expect("a list").iter();
    let one = |one| {
        (
            text(one, "rule").to_owned(),
            text(one, "resource").to_owned(),
        )
    };
    list.map(one).collect()
}

/// Where the expectation says how bad a finding is and why, and the report says otherwise.
fn other_severities(expected: &Value, report: &Value) -> String {
    let mut wrong = String::new();
    let mut told = 0;
    for one in expected["findings"].as_array().expect("a list") {
        let Some(severity) = one["severity"].as_str() else {
            continue;
        };
        told += 1;
        let found = report["findings"].as_array().expect("findings").iter();
        let of = found.filter(|finding| {
            text(finding, "rule") == text(one, "rule")
                && text(&finding["resource"], "uid") == text(one, "resource")
        });
        let as_told = |finding: &&Value| {
            text(finding, "severity") == severity && finding.to_string().contains(text(one, "says"))
        };
        if !of.clone().any(|finding| as_told(&finding)) {
            let found: Vec<_> = of.collect();
            wrong.push_str(&format!("{one}\n  is {found:#?}\n"));
        }
    }
    assert!(told > 0, "no finding is weighed");
    wrong
}

/// What the bodies hold stands in `findings`. What the program is known to miss or to find without reason stands
/// in `missed` and `false`, each with its reason, until that is mended.
#[test]
fn findings_are_those_that_the_bodies_hold() {
    let mut wrong = String::new();
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, estate(*cloud));
        let (run, report) = audit(home.path(), *cloud, &replay, "kept", &[]);
        let expected = expected(cloud.as_str());
        assert_eq!(
            run.code.map(i64::from),
            expected["exit"].as_i64(),
            "{}",
            run.stderr
        );
        let (missed, untrue) = (named(&expected, "missed"), named(&expected, "false"));
        let mut wanted: BTreeSet<_> = named(&expected, "findings");
        assert!(missed.is_subset(&wanted) && untrue.is_disjoint(&wanted));
        wanted.retain(|one| !missed.contains(one));
        wanted.extend(untrue);
        wrong.push_str(&differences(&wanted, &findings(&report)));
        wrong.push_str(&other_severities(&expected, &report));
        let unmatched: Vec<String> = replay.unmatched().into_iter().collect();
        let listed: Vec<String> = serde_json::from_value(expected["not_recorded"].clone())
            .expect("the questions without an answer are listed");
        if unmatched != listed {
            wrong.push_str(&format!("not recorded: {unmatched:#?}\n"));
        }
    }
    assert!(wrong.is_empty(), "missing (-), not expected (+):\n{wrong}");
}

#[test]
fn two_runs_agree_and_offline_finds_the_same() {
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, estate(*cloud));
        let (_, one) = audit(home.path(), *cloud, &replay, "one", &[]);
        let (_, two) = audit(home.path(), *cloud, &replay, "two", &[]);
        let (first, second) = (snapshot(home.path(), "one"), snapshot(home.path(), "two"));
        assert_sound(&first);
        assert_same(&first, &second);
        for part in ["unknown", "unassessed", "rules", "coverage"] {
            assert_eq!(one[part], two[part], "{part}");
        }
        assert_eq!(findings(&one), findings(&two));
        let again = orch(home.path(), &replay)
            .args(["audit", "--snapshot", "one", "--format", "json"])
            .run()
            .expect("orch runs");
        let report: Value = serde_json::from_str(&again.stdout).expect("a report");
        assert_eq!(one["findings"], report["findings"]);
    }
}

#[test]
fn no_secret_of_an_answer_goes_further() {
    for cloud in CLOUDS {
        let canaries = canaries(*cloud);
        assert!(canaries.len() >= 3, "{canaries:?}");
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, estate(*cloud));
        let (run, report) = audit(home.path(), *cloud, &replay, "kept", &[]);
        let table = orch(home.path(), &replay)
            .args(["audit", "--snapshot", "kept"])
            .run()
            .expect("orch runs");
        let kept = snapshot(home.path(), "kept");
        let series = orch_snapshot::raw_series(&home.path().join("kept"))
            .expect("it has series")
            .map(Result::unwrap);
        orch_snapshot::save(&kept, series, &home.path().join("plain"), Form::Text)
            .expect("it is written");
        std::fs::remove_dir_all(home.path().join("kept")).expect("the packed one goes");
        let secrets: Vec<&str> = canaries.iter().map(String::as_str).collect();
        assert_absent(home.path(), &secrets).expect("the folder reads");
        let told = BTreeMap::from([
            ("report", report.to_string()),
            ("standard error", run.stderr),
            ("table", table.to_string()),
        ]);
        for (what, text) in told {
            for secret in &secrets {
                assert!(!text.contains(secret), "{secret} stands in the {what}");
            }
        }
    }
}
