//! Right-sizing of the demo estate: what people see and what programs read. The figures are those that were computed
//! by hand in the golden table of `orch-cost`.

use serde_json::Value;

use crate::{offline, project, run};

fn rightsize(more: &[&str]) -> orch_testkit::cli::Run {
    let home = tempfile::tempdir().expect("a home");
    let cli = offline(home.path())
        .args(["rightsize", "--snapshot"])
        .args([project("fixtures/estates/demo")])
        .args(more)
        .env("COLUMNS", "120");
    run(cli)
}

#[test]
fn the_table() {
    insta::assert_snapshot!(rightsize(&[]));
}

#[test]
fn a_preset_with_assumed_memory_and_little_work() {
    let more = [
        "--preset",
        "aws-balanced",
        "--assume-memory",
        "40",
        "--effort",
        "low",
        "--top",
        "1",
    ];
    insta::assert_snapshot!(rightsize(&more));
}

#[test]
fn json_holds_what_the_table_shows_and_is_the_same_twice() {
    let json = rightsize(&["--format", "json"]);
    assert_eq!(json.stdout, rightsize(&["--format", "json"]).stdout);
    let report: Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(report["schema"], "orch-rightsize/v1");
    let first = &report["recommendations"][0];
    assert_eq!(first["name"], "search-1");
    assert_eq!(first["candidates"][0]["instance_type"], "r5a.xlarge");
    assert_eq!(first["saving"], "115.34");
    assert_eq!(first["now"]["monthly"], "280.32");
    assert_eq!(first["used"]["cpu"]["p99.5"], "12.4");
}

/// Two hours of search-1, of which a savings plan covers one: 0.384 at list price each, 0.24 under the plan. It really
/// costs (0.24 + 0.384) / 0.768 = 81.25 % of the list price, 227.76 a month, and r5a.xlarge saves 227.76 - 164.98.
#[test]
fn a_bill_tells_what_is_really_paid() {
    let bill = tempfile::NamedTempFile::with_suffix(".csv").expect("a file");
    std::fs::write(
        bill.path(),
        "\
ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,RegionId,ResourceId,CommitmentDiscountId,CommitmentDiscountStatus,PricingCategory,x_UsageType,BillingCurrency,BilledCost,EffectiveCost,ListCost
AWS,111122223333,111122223333,2026-11-18T05:00:00Z,2026-11-18T06:00:00Z,Usage,Amazon Elastic Compute Cloud,us-east-1,i-04dfab456aac40084,sp-1,Used,Committed,BoxUsage:m5.2xlarge,USD,0,0.24,0.384
AWS,111122223333,111122223333,2026-11-18T06:00:00Z,2026-11-18T07:00:00Z,Usage,Amazon Elastic Compute Cloud,us-east-1,i-04dfab456aac40084,,,Standard,BoxUsage:m5.2xlarge,USD,0.384,0.384,0.384
",
    )
    .expect("it is written");
    let bill = bill.path().to_string_lossy().into_owned();
    let told = rightsize(&["--focus", &bill]);
    let paid = "227.76 USD a month after commitments; against that 62.78 saved";
    assert!(told.stdout.contains(paid), "{}", told.stdout);
    assert_eq!(told.stdout.matches("after commitments").count(), 1);
    let told = rightsize(&["--focus", "/nowhere/bill.csv"]);
    assert_eq!(told.code, Some(4), "{}", told.stderr);
    assert!(
        rightsize(&[])
            .stdout
            .contains("is not known: --focus reads it from a bill")
    );
}

#[test]
fn words_that_cannot_be_meant_are_told() {
    for (more, wrong) in [
        (["--preset", "cheap"], "no preset `cheap`"),
        (["--effort", "some"], "no effort `some`"),
        (
            ["--assume-memory", "120"],
            "`120` is no share of the memory",
        ),
        (["--format", "xml"], "no format `xml`"),
    ] {
        let said = rightsize(&more);
        assert_eq!(said.code, Some(2), "{said}");
        assert!(said.stderr.contains(wrong), "{said}");
    }
}
