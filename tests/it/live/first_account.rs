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
            let id = uid.rsplit([':', '/']).next().unwrap_or(uid);
            let name = account().names.get(id).map_or(uid, String::as_str);
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
