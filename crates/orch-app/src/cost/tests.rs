//! `orch cost` with commitments and rates, from files to what is written.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use orch_report::View;
use serde_json::Value;

use super::*;

fn watch() -> Watch {
    Watch {
        cancel: crate::watch::Cancel::new(),
        events: None,
        now: "2026-11-30T06:00:00Z".parse().unwrap(),
    }
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/estates/demo")
}

/// Fourteen days of the demo estate's account by the hour: m5 in us-east-1 for 2 an hour, r6g in eu-west-1 for 1, both
/// on demand; c6i in eu-west-1 under a plan that takes 0.65 an hour for 1 at list price and is used half by night.
fn hours() -> String {
    let mut text = "ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,RegionId,\
        CommitmentDiscountId,CommitmentDiscountStatus,CommitmentDiscountType,PricingCategory,SkuMeter,BillingCurrency,BilledCost,EffectiveCost,ListCost\n".to_owned();
    for at in 0..14 * 24 {
        let start = watch().now - chrono::Duration::days(20) - chrono::Duration::hours(6);
        let start = start + chrono::Duration::hours(at);
        let end = start + chrono::Duration::hours(1);
        let mut row = |region: &str, discount: &str, status: &str, meter: &str, costs: &str| {
            let kind = if discount.is_empty() {
                ""
            } else {
                "Savings Plan"
            };
            let pricing = if discount.is_empty() {
                "Standard"
            } else {
                "Committed"
            };
            writeln!(
                text,
                "AWS,9,111122223333,{},{},Usage,Amazon Elastic Compute Cloud,{region},{discount},{status},{kind},{pricing},{meter},USD,{costs}",
                start.format("%Y-%m-%dT%H:%M:%SZ"),
                end.format("%Y-%m-%dT%H:%M:%SZ"),
            )
            .unwrap();
        };
        row("us-east-1", "", "", "BoxUsage:m5.2xlarge", "2,2,2");
        row("eu-west-1", "", "", "EU-BoxUsage:r6g.xlarge", "1,1,1");
        if at % 24 < 12 {
            row(
                "eu-west-1",
                "sp-1",
                "Used",
                "EU-BoxUsage:c6i.large",
                "0,0.65,1",
            );
        } else {
            row(
                "eu-west-1",
                "sp-1",
                "Used",
                "EU-BoxUsage:c6i.large",
                "0,0.325,0.5",
            );
            row("eu-west-1", "sp-1", "Unused", "", "0,0.325,0");
        }
    }
    text
}

fn asked(dir: &Path) -> CostRequest {
    let file = dir.join("hours.csv");
    fs::write(&file, hours()).unwrap();
    CostRequest {
        focus: Some(file),
        format: Some("json".into()),
        commitments: true,
        discount: vec!["aws-compute-savings-plan=30".into()],
        ..CostRequest::default()
    }
}

fn json(request: &CostRequest) -> Value {
    let outcome = cost(request, &watch()).unwrap();
    let mut out = Vec::new();
    let view = View {
        width: 120,
        colour: false,
        group_by: None,
    };
    outcome.write(view, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// Covered at list price: 168 × 1 + 168 × 0.5 = 252; on demand 336 × 3 = 1,008: 20 %. The plan: 168 × 0.65 + 168 ×
/// 0.325 = 163.80 used, 54.60 not: 75 %. With a plan at 30 % off on 3 an hour: 2.10, saving 3 × 0.3 × 730 = 657.
#[test]
fn hours_of_a_file_tell_coverage_utilisation_and_what_to_buy() {
    let home = tempfile::tempdir().unwrap();
    let request = CostRequest {
        rightsized: true,
        ..asked(home.path())
    };
    let told = json(&request);
    let of = &told["commitments"];
    assert_eq!(of["providers"][0]["coverage"]["percent"], "20.0", "{of:#}");
    assert_eq!(of["providers"][0]["utilisation"]["percent"], "75.0");
    assert_eq!(of["held"][0]["utilisation"]["used"], "163.80");
    assert_eq!(of["advice"][0]["best"]["commitment_hourly"], "2.1000");
    assert_eq!(of["advice"][0]["best"]["monthly_saving"], "657.00");
    assert_eq!(of["hours"].as_array().unwrap().len(), 336);
    assert_eq!(of["left_out"].as_array().unwrap().len(), 0);

    // Who does not ask gets the bill as it was.
    let plain = CostRequest {
        commitments: false,
        rightsized: false,
        discount: Vec::new(),
        ..request
    };
    assert_eq!(json(&plain)["commitments"], Value::Null);
}

/// The demo estate has m5 to right-size in us-east-1, and r6g in eu-west-1 fits: only the 1 an hour of r6g is advised
/// on, 0.70 an hour for 1 × 0.3 × 730 = 219 a month.
#[test]
fn what_a_snapshot_says_is_to_be_right_sized_is_left_out() {
    let home = tempfile::tempdir().unwrap();
    let told = json(&CostRequest {
        snapshot: Some(demo()),
        ..asked(home.path())
    });
    let of = &told["commitments"];
    assert_eq!(
        of["advice"][0]["best"]["monthly_saving"], "219.00",
        "{of:#}"
    );
    let left = of["left_out"].as_array().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["family"], "m5");
    assert!(left[0]["why"].as_str().unwrap().contains("to right-size"));

    // Nobody said anything: nothing is advised.
    let told = json(&asked(home.path()));
    let of = &told["commitments"];
    assert_eq!(of["advice"].as_array().unwrap().len(), 0);
    assert!(
        of["left_out"][0]["why"]
            .as_str()
            .unwrap()
            .contains("--rightsized")
    );
    assert!(
        of["refused"][0]["why"]
            .as_str()
            .unwrap()
            .contains("delete → right-size → schedule → commit")
    );
}

#[test]
fn lines_of_days_say_which_export_would_tell() {
    let told = json(&CostRequest {
        snapshot: Some(demo()),
        format: Some("json".into()),
        commitments: true,
        ..CostRequest::default()
    });
    let unknown = &told["commitments"]["unknown"][0];
    assert_eq!(unknown["provider"], "AWS");
    assert!(unknown["enable"].as_str().unwrap().contains("HOURLY"));
    assert_eq!(
        told["commitments"]["providers"].as_array().unwrap().len(),
        0
    );
}

const TWO: &str = "\
ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,RegionId,BillingCurrency,BilledCost,EffectiveCost
AWS,1,2,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,Usage,EC2,eu-west-1,USD,100,100
AWS,1,2,2026-11-10T00:00:00Z,2026-11-11T00:00:00Z,Usage,EC2,eu-west-1,USD,40,40
AWS,1,2,2026-11-10T00:00:00Z,2026-11-11T00:00:00Z,Usage,EC2,eu-west-1,EUR,7,7
";

fn with_rates(dir: &Path, rates: &str) -> CostRequest {
    let (file, of) = (dir.join("two.csv"), dir.join("rates.toml"));
    fs::write(&file, TWO).unwrap();
    fs::write(&of, rates).unwrap();
    CostRequest {
        focus: Some(file),
        rates: Some(of),
        format: Some("json".into()),
        ..CostRequest::default()
    }
}

/// 100 × 0.92 + 40 × 0.95 + 7 = 92 + 38 + 7 = 137 EUR. A budget of 200 EUR is used by 137 = 68.5 %, one of 200 USD by
/// what was charged in dollars, 140 = 70 %.
#[test]
fn a_file_of_rates_makes_one_total() {
    let home = tempfile::tempdir().unwrap();
    let rates = "to = \"EUR\"\n\
        [[rate]]\ndate = 2026-11-01\nfrom = \"USD\"\nrate = \"0.92\"\nsource = \"ECB\"\n\
        [[rate]]\ndate = 2026-11-05\nfrom = \"USD\"\nrate = \"0.95\"\nsource = \"ECB\"\n";
    let mut request = with_rates(home.path(), rates);
    let config = home.path().join("orch.toml");
    let budgets = "[[budget]]\nname = \"all\"\namount = 200\ncurrency = \"EUR\"\n\
        [[budget]]\nname = \"dollars\"\namount = 200\n";
    fs::write(&config, budgets).unwrap();
    request.setup.config = Some(config);
    let told = json(&request);
    let bills = told["bills"].as_array().unwrap();
    assert_eq!(bills.len(), 1, "{told:#}");
    assert_eq!(bills[0]["currency"], "EUR");
    assert_eq!(bills[0]["total"]["billed"], "137");
    let conversions = told["conversions"].as_array().unwrap();
    assert_eq!(conversions.len(), 2);
    assert_eq!(conversions[1]["rate"], "0.95");
    assert_eq!(conversions[1]["date"], "2026-11-05");
    assert_eq!(conversions[1]["after"]["billed"], "38");
    assert_eq!(told["budgets"][0]["percent"], "68.5");
    assert_eq!(told["budgets"][1]["percent"], "70.0");
}

#[test]
fn a_day_without_a_rate_keeps_two_totals_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let rates = "to = \"EUR\"\n[[rate]]\ndate = 2026-11-05\nfrom = \"USD\"\nrate = \"0.95\"\nsource = \"ECB\"\n";
    let told = json(&with_rates(home.path(), rates));
    let totals: Vec<&str> = told["bills"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bill| bill["total"]["billed"].as_str().unwrap())
        .collect();
    assert_eq!(totals, ["7", "140"]);
    assert_eq!(told["conversions"], Value::Null);
    let note = told["notes"][0].as_str().unwrap();
    assert!(
        note.starts_with("USD is not converted to EUR") && note.contains("2026-11-01"),
        "{note}"
    );
}

#[test]
fn words_that_make_no_sense_together_are_told() {
    let home = tempfile::tempdir().unwrap();
    let told = |request: CostRequest| match cost(&request, &watch()) {
        Err(AppError::Usage(mistakes)) => mistakes
            .iter()
            .map(|one| one.message.clone())
            .collect::<Vec<_>>(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was understood"),
    };
    assert_eq!(
        told(CostRequest {
            commitments: false,
            rightsized: true,
            snapshot: Some(demo()),
            format: Some("commitments-csv".into()),
            ..asked(home.path())
        })
        .len(),
        5
    );
    let far = told(CostRequest {
        discount: vec!["aws-compute-savings-plan=90".into()],
        ..asked(home.path())
    });
    assert!(far[0].contains("66 % off at most"), "{far:?}");
}

fn mistake(request: &CostRequest) -> String {
    match cost(request, &watch()) {
        Ok(_) => panic!("this was refused before"),
        Err(error) => format!("{error:?}"),
    }
}

/// An export with both sums beside one that has amortised cost only.
#[test]
fn a_source_without_the_sum_that_is_asked_for_makes_the_bill_incomplete() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("aws.csv"), hours()).unwrap();
    let azure = "SubscriptionId,BillingAccountId,Date,ChargeType,PricingModel,ServiceFamily,MeterCategory,ResourceLocation,BillingCurrencyCode,CostInBillingCurrency,BenefitId\n\
        s,b,11/12/2026,UnusedReservation,Reservation,Compute,Virtual Machines,westeurope,USD,5,r-1\n\
        s,b,11/12/2026,Usage,OnDemand,Compute,Virtual Machines,westeurope,USD,7,\n";
    fs::write(home.path().join("azure.csv"), azure).unwrap();
    let request = |basis: &str| CostRequest {
        focus: Some(home.path().to_owned()),
        format: Some("json".into()),
        basis: Some(basis.into()),
        ..CostRequest::default()
    };
    let told = json(&request("billed"));
    assert_eq!(told["exit"]["code"], 3, "{told:#}");
    let note = "2 rows of Microsoft have no billed cost: what they cost is in no figure of it (see them with --basis effective)";
    let notes = told["notes"].as_array().unwrap();
    assert!(notes.iter().any(|one| one == note), "{notes:#?}");
    let whole = json(&request("effective"));
    assert_eq!(whole["exit"]["code"], 0, "{whole:#}");
}

#[test]
fn what_a_bill_does_not_look_at_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("hours.csv");
    fs::write(&file, hours()).unwrap();
    let mut request = CostRequest {
        focus: Some(file),
        ..CostRequest::default()
    };
    request.setup.options.regions = vec!["eu-west-1".into()];
    let told = mistake(&request);
    assert!(told.contains("--group-by region"), "{told}");
    request.setup.options.regions.clear();
    request.setup.options.exclude_regions = vec!["eu-west-1".into()];
    let told = mistake(&request);
    assert!(told.contains("--exclude-region is not for bills"), "{told}");
}

#[test]
fn no_more_days_are_read_than_the_clouds_tell() {
    assert_eq!(
        [30, 362, 400].map(|shown| days_read(35, shown)),
        [93, 425, 425]
    );
    assert_eq!(days_read(200, 30), 200);
}
