//! One committed list of requests for each cloud, and everything that must agree with it.

use std::collections::BTreeSet;
use std::path::Path;

use orch_testkit::replay::{Cloud, Fault, Recording, Replay, Trouble};
use serde_json::{Value, json};

use super::{CLOUDS, allowed, audit, estate, gaps, lines_of, orch, replay};

/// What leads to the requests that a plain run has no cause for: a management group, and no Resource Graph; a
/// folder, and a table of billing.
fn other_ways(cloud: Cloud, home: &Path, replay: &Replay) {
    let config = match cloud {
        Cloud::Azure => {
            replay.fault(Fault::new(Trouble::Status(403)).on("ResourceGraph"));
            "[azure]\nmanagement_group = \"shop-prod\"\n"
        }
        Cloud::Gcp => {
            "[gcp]\nfolder = \"42\"\nbilling_table = \"orch-billing.export.gcp_billing\"\n"
        }
    };
    std::fs::write(home.join("orch.toml"), config).expect("the configuration is written");
}

#[test]
fn the_wire_and_the_list_agree() {
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, estate(*cloud));
        audit(home.path(), *cloud, &replay, "plain", &[]);
        other_ways(*cloud, home.path(), &replay);
        audit(home.path(), *cloud, &replay, "other", &[]);
        let list = allowed(*cloud);
        let mut seen = BTreeSet::new();
        for request in replay.requests() {
            let lines = lines_of(&list, &request);
            assert!(!lines.is_empty(), "not on the list: {request:?}");
            seen.extend(lines);
        }
        let unseen: BTreeSet<String> = list
            .iter()
            .filter(|line| !seen.contains(line))
            .map(|line| format!("{} {}", line.method, line.path))
            .collect();
        assert_eq!(unseen, BTreeSet::new(), "on the list and never asked");
    }
}

/// Every text in a list of this name, wherever it stands.
fn named<'v>(value: &'v Value, name: &str, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| named(item, name, found)),
        Value::Object(members) => {
            for (key, member) in members {
                if key.eq_ignore_ascii_case(name) {
                    found.extend(
                        member
                            .as_array()
                            .into_iter()
                            .flatten()
                            .filter_map(Value::as_str),
                    );
                }
                named(member, name, found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_role_that_is_printed_is_the_list() {
    for cloud in CLOUDS {
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, Recording::default());
        let printed = orch(home.path(), &replay)
            .args(["permissions", "--provider", cloud.as_str()])
            .run()
            .expect("orch runs");
        assert_eq!(printed.code, Some(0), "{printed}");
        let role: Value = serde_json::from_str(&printed.stdout).expect("a role is JSON");
        let mut actions = BTreeSet::new();
        for name in ["actions", "includedPermissions"] {
            named(&role, name, &mut actions);
        }
        let list = allowed(*cloud);
        let operations: BTreeSet<&str> = list.iter().map(|line| line.operation.as_str()).collect();
        let missing: Vec<_> = operations.difference(&actions).collect();
        let surplus: Vec<_> = actions.difference(&operations).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "{}: called and not granted: {missing:?}; granted and never called: {surplus:?}",
            cloud.as_str()
        );
        assert!(
            replay.requests().is_empty(),
            "a role is printed without a call"
        );
    }
}

/// What an answer names cannot lead to a call that hands out secrets.
#[test]
fn no_answer_leads_to_a_call_that_hands_out_secrets() {
    for cloud in CLOUDS {
        let mut recording = estate(*cloud);
        let (list, secret) = match cloud {
            Cloud::Azure => ("/providers/microsoft.storage/storageaccounts", "listkeys"),
            Cloud::Gcp => ("/aggregated/instancegroups", "serialport"),
        };
        let changed = recording
            .exchanges
            .iter_mut()
            .find(|one| one.path.to_ascii_lowercase().ends_with(list))
            .expect("the list is there");
        match cloud {
            Cloud::Azure => {
                let id = changed.body["value"][0]["id"]
                    .as_str()
                    .expect("an id")
                    .to_owned();
                changed.body["nextLink"] =
                    json!(format!("https://management.azure.com{id}/listKeys"));
            }
            Cloud::Gcp => {
                let groups = &mut changed.body["items"]["zones/europe-west1-b"]["instanceGroups"];
                groups[0]["name"] = json!("../instances/web-1/serialPort?x=");
            }
        }
        let home = tempfile::tempdir().expect("a folder");
        let replay = replay(*cloud, recording);
        let (run, report) = audit(home.path(), *cloud, &replay, "kept", &[]);
        // As it goes over the wire: what is written with percent signs is a name, not a path.
        for asked in replay.asked() {
            let parts: Vec<String> = asked.path.split('/').map(str::to_ascii_lowercase).collect();
            assert!(
                !parts.iter().any(|part| part.starts_with(secret)),
                "{}",
                asked.path
            );
        }
        if *cloud == Cloud::Azure {
            assert!(
                gaps(&report)
                    .iter()
                    .any(|gap| gap.ends_with("storage.accounts denied")),
                "{run}"
            );
        }
    }
}
