//! `orch cost` against recordings: Cost Management and the billing export in BigQuery.

use orch_testkit::cli::Run;
use orch_testkit::replay::Cloud;
use serde_json::Value;

use super::{estate, orch, replay, text};

fn cost(cloud: Cloud) -> (Run, Value) {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(
        home.path().join("orch.toml"),
        "[gcp]\nfolder = \"42\"\nbilling_table = \"orch-billing.export.gcp_billing\"\n",
    )
    .expect("a file");
    let replay = replay(cloud, estate(cloud));
    let run = orch(home.path(), &replay)
        .args(["cost", "--provider", cloud.as_str(), "--format", "json"])
        .args(["--max-api-cost", "10"])
        .run()
        .expect("orch runs");
    let told = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"));
    (run, told)
}

/// Total, parts and services of each bill, and what each account says.
fn summed(told: &Value) -> Value {
    let bills = told["bills"].as_array().expect("bills").iter();
    let bills: Vec<Value> = bills
        .map(|bill| {
            serde_json::json!({
                "currency": bill["currency"],
                "total": bill["total"],
                "parts": bill["parts"],
            })
        })
        .collect();
    let sources = told["sources"].as_array().expect("sources").iter();
    let sources: Vec<String> = sources
        .map(|source| {
            let gap = source["gap"].as_str().unwrap_or("read");
            format!("{} {} rows: {gap}", text(source, "name"), source["rows"])
        })
        .collect();
    serde_json::json!({ "bills": bills, "sources": sources })
}

#[cfg(feature = "azure")]
#[test]
fn the_bill_of_azure() {
    let (run, told) = cost(Cloud::Azure);
    insta::assert_json_snapshot!(summed(&told));
    assert!(run.stderr.contains("exit "), "{run}");
}

#[cfg(feature = "gcp")]
#[test]
fn the_bill_of_google_cloud() {
    let (run, told) = cost(Cloud::Gcp);
    insta::assert_json_snapshot!(summed(&told));
    assert!(run.stderr.contains("exit "), "{run}");
}
