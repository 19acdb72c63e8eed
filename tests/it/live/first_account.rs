//! Every weakness planted in the first account is found, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{REGIONS, account, audit, project, session, text};

/// Rule, logical name of the resource, key (empty without one).
type Expected = BTreeSet<(String, String, String)>;

#[test]
fn exactly_what_was_planted_is_found() {
    let home = tempfile::tempdir().expect("a folder");
    let (run, report) = audit(home.path(), &session(), &["--regions", REGIONS]);

    let expected = std::fs::read_to_string(project("fixtures/accounts/first/expected.json"))
        .expect("the list is there");
    let expected: Vec<Value> = serde_json::from_str(&expected).expect("the list is JSON");
    let names: BTreeMap<&str, &str> = account()
        .names
        .iter()
        .map(|(name, uid)| (uid.as_str(), name.as_str()))
        .collect();

    let expected: Expected = expected
        .iter()
        .map(|entry| {
            let part = |name: &str| text(entry, name).to_owned();
            (part("rule"), part("resource"), part("key"))
        })
        .collect();
    let loose: BTreeSet<(&str, &str)> = expected
        .iter()
        .filter(|(_, _, key)| key == "*")
        .map(|(rule, resource, _)| (rule.as_str(), resource.as_str()))
        .collect();
    let found: Expected = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| {
            let uid = text(&finding["resource"], "uid");
            let name = names.get(uid).copied().unwrap_or(uid);
            let rule = text(finding, "rule");
            let key = if loose.contains(&(rule, name)) { "*" } else { text(finding, "key") };
            (rule.to_owned(), name.to_owned(), key.to_owned())
        })
        .collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    let extra: Vec<_> = found.difference(&expected).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {}: {missing:#?}\nextra {}: {extra:#?}\n{}",
        missing.len(),
        extra.len(),
        run.stderr,
    );
}
