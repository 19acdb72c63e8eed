//! Every weakness planted in an account is found, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use orch_testkit::harness::Options;
use serde_json::Value;

use super::{Account, REGIONS, account, audit, project, text};

/// Rule, logical name of the resource, key (empty without one).
type Expected = BTreeSet<(String, String, String)>;

/// Regions of the second account.
const OTHERS: &str = "us-west-2,eu-central-1,us-east-1";

#[test]
fn exactly_what_was_planted_in_the_first_account_is_found() {
    compare(account(), "fixtures/accounts/first", REGIONS);
}

/// Written by somebody who had not seen the rules.
#[test]
fn exactly_what_was_planted_in_the_second_account_is_found() {
    compare(
        &Account::build("fixtures/accounts/second"),
        "fixtures/accounts/second",
        OTHERS,
    );
}

/// Fails with everything that is missing or extra, and the precision and recall of (rule, thing).
fn compare(account: &Account, folder: &str, regions: &str) {
    let home = tempfile::tempdir().expect("a folder");
    let session = account
        .harness
        .session(&Options::default())
        .expect("a session");
    let (run, report) = audit(home.path(), &session, &["--regions", regions]);

    let expected =
        std::fs::read_to_string(project(folder).join("expected.json")).expect("the list is there");
    let rules: BTreeMap<String, BTreeMap<String, Vec<Value>>> =
        serde_json::from_str(&expected).expect("the list is rule, thing, keys");
    let mut expected = Expected::new();
    let mut loose: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (rule, things) in &rules {
        for (thing, keys) in things {
            if keys.is_empty() {
                expected.insert((rule.clone(), thing.clone(), String::new()));
            }
            for key in keys {
                let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                if key == "*" {
                    loose.insert((rule, thing));
                }
                expected.insert((rule.clone(), thing.clone(), key));
            }
        }
    }

    let found: Expected = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| {
            let uid = text(&finding["resource"], "uid");
            let id = match text(&finding["resource"], "kind") {
                "cloud.account" => text(&finding["resource"], "account"),
                _ => uid.rsplit([':', '/']).next().unwrap_or(uid),
            };
            let name = account.names.get(id).map_or(uid, String::as_str);
            let rule = text(finding, "rule");
            let key = if loose.contains(&(rule, name)) {
                "*"
            } else {
                text(finding, "key")
            };
            (rule.to_owned(), name.to_owned(), key.to_owned())
        })
        .collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    let extra: Vec<_> = found.difference(&expected).collect();
    let pairs = |of: &Expected| -> BTreeSet<(String, String)> {
        of.iter()
            .map(|(rule, thing, _)| (rule.clone(), thing.clone()))
            .collect()
    };
    let (wanted, seen) = (pairs(&expected), pairs(&found));
    let both = wanted.intersection(&seen).count();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{folder}: precision {:.4}, recall {:.4}\nmissing {}: {missing:#?}\nextra {}: {extra:#?}\n{}",
        both as f64 / seen.len() as f64,
        both as f64 / wanted.len() as f64,
        missing.len(),
        extra.len(),
        run.stderr,
    );
}
