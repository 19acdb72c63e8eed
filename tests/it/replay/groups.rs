//! A management group of Azure as what is audited: all that it holds, nothing else, and what of it is out of sight
//! by name.

use std::path::Path;

use orch_testkit::cli::Run;
use orch_testkit::replay::{Cloud, Fault, Replay, Trouble};
use serde_json::{Value, json};

use super::{audit, estate, findings, gaps, orch, replay};

const SEEN: &str = "11111111-2222-3333-4444-555555555555";
const UNSEEN: &str = "99999999-2222-3333-4444-555555555555";
const OUTSIDE: &str = "22222222-2222-3333-4444-555555555555";

/// The estate beside a subscription that no group holds, and a configuration that names a group.
fn estate_with_another(home: &Path) -> Replay {
    let mut recording = estate(Cloud::Azure);
    let mut exchanges = recording.exchanges.iter_mut();
    let list = exchanges.find(|one| one.path == "/subscriptions");
    let told = &mut list.expect("the list is there").body["value"];
    let another = json!({ "id": format!("/subscriptions/{OUTSIDE}"), "subscriptionId": OUTSIDE,
                          "displayName": "Elsewhere", "state": "Enabled" });
    told.as_array_mut().expect("a list").push(another);
    std::fs::write(
        home.join("orch.toml"),
        "[azure]\nmanagement_group = \"shop-prod\"\n",
    )
    .expect("the configuration is written");
    replay(Cloud::Azure, recording)
}

/// The accounts that gaps are about.
fn accounts(report: &Value) -> Vec<String> {
    let told = gaps(report);
    let accounts = told.iter().filter_map(|gap| gap.split(' ').next());
    let mut accounts: Vec<String> = accounts.map(str::to_owned).collect();
    accounts.dedup();
    accounts
}

fn refused(home: &Path, replay: &Replay) -> Run {
    orch(home, replay)
        .args(["audit", "--provider", "azure"])
        .run()
        .expect("orch runs")
}

#[test]
fn a_group_is_audited_and_what_of_it_is_out_of_sight_is_denied_by_name() {
    let home = tempfile::tempdir().expect("a folder");
    let plain = replay(Cloud::Azure, estate(Cloud::Azure));
    let (_, alone) = audit(home.path(), Cloud::Azure, &plain, "alone", &[]);
    let replay = estate_with_another(home.path());
    let (run, report) = audit(home.path(), Cloud::Azure, &replay, "group", &[]);
    assert_eq!(run.code, Some(3), "{run}");
    assert_eq!(findings(&report), findings(&alone));
    let denied = format!("{UNSEEN} network.security-groups denied");
    assert!(gaps(&report).contains(&denied), "{:#?}", gaps(&report));
    let table = orch(home.path(), &replay)
        .env("COLUMNS", "200")
        .args(["audit", "--snapshot", "group"])
        .run()
        .expect("orch runs");
    let mut lines = table.stdout.lines();
    let named = lines.any(|line| line.contains(UNSEEN) && line.contains("denied"));
    assert!(named, "{table}");
    let of_seen = |gap: &String| gap.starts_with(SEEN);
    let (mine, before): (Vec<_>, Vec<_>) = (
        gaps(&report).into_iter().filter(of_seen).collect(),
        gaps(&alone).into_iter().filter(of_seen).collect(),
    );
    assert_eq!(mine, before, "what is seen is read as before");
    let asked = replay.asked();
    assert!(!asked.iter().any(|one| one.target().contains(OUTSIDE)));
    // Named accounts are those of the group.
    let (run, report) = audit(
        home.path(),
        Cloud::Azure,
        &replay,
        "named",
        &["--accounts", SEEN],
    );
    assert!(!accounts(&report).contains(&UNSEEN.to_owned()), "{run}");
    let elsewhere = orch(home.path(), &replay)
        .args(["audit", "--provider", "azure", "--accounts", OUTSIDE])
        .run()
        .expect("orch runs");
    assert_eq!(elsewhere.code, Some(2), "{elsewhere}");
    assert!(
        elsewhere.stderr.contains("management group `shop-prod`"),
        "{elsewhere}"
    );
}

#[test]
fn a_group_that_is_refused_ends_the_audit_with_what_to_do() {
    let home = tempfile::tempdir().expect("a folder");
    let replay = estate_with_another(home.path());
    for status in [403, 404] {
        replay.heal();
        replay.fault(Fault::new(Trouble::Status(status)).on("/descendants"));
        let run = refused(home.path(), &replay);
        assert_eq!(run.code, Some(5), "{run}");
        for part in ["management group `shop-prod`", "descendants/read", "Reader"] {
            assert!(run.stderr.contains(part), "{part}: {run}");
        }
    }
    replay.heal();
    let odd = "[azure]\nmanagement_group = \"../../x\"\n";
    std::fs::write(home.path().join("orch.toml"), odd).expect("the configuration is written");
    replay.forget();
    let run = refused(home.path(), &replay);
    assert_eq!(run.code, Some(4), "{run}");
    assert!(run.stderr.contains("not its display name"), "{run}");
    assert!(replay.requests().is_empty());
}

#[test]
fn the_permissions_are_tried_where_they_can_be() {
    let home = tempfile::tempdir().expect("a folder");
    let mut recording = estate(Cloud::Azure);
    // Out of sight, and first by its id.
    for exchange in &mut recording.exchanges {
        let body = exchange
            .body
            .to_string()
            .replace(UNSEEN, "00000000-2222-3333-4444-555555555555");
        exchange.body = serde_json::from_str(&body).expect("it is JSON");
    }
    let config = "[azure]\nmanagement_group = \"shop-prod\"\n";
    std::fs::write(home.path().join("orch.toml"), config).expect("the configuration is written");
    let replay = replay(Cloud::Azure, recording);
    let run = orch(home.path(), &replay)
        .args(["doctor", "--provider", "azure"])
        .run()
        .expect("orch runs");
    let asked = replay.asked();
    assert!(asked.iter().any(|one| one.target().contains(SEEN)), "{run}");
    assert!(
        !asked
            .iter()
            .any(|one| one.target().contains("/subscriptions/00000000")),
        "{run}"
    );
}
