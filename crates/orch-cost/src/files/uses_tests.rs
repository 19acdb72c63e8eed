use polars::prelude::DataType;

use super::*;
use crate::files::read::tests::{of, parquet};
use crate::files::{Reading, Wanted, read};

fn asked() -> Wanted {
    Wanted {
        commitments: true,
        ..Wanted::default()
    }
}

/// Every hour of every place, and every commitment, in one line each.
fn told(usage: &Usage) -> Vec<String> {
    let mut lines = Vec::new();
    for (place, hours) in &usage.places {
        let scope = &place.scope;
        for (time, hour) in hours {
            lines.push(format!(
                "{} {} {} {} {}: on demand {} (list {}), covered {} of {}, {} without price",
                time.format("%dT%H"),
                place.account,
                place.region.as_deref().unwrap_or("–"),
                scope.group.as_str(),
                scope.family,
                hour.on_demand.normalize(),
                hour.on_demand_list.normalize(),
                hour.covered.normalize(),
                hour.covered_list.normalize(),
                hour.unpriced,
            ));
        }
    }
    for (key, held) in &usage.commitments {
        let hours: Vec<String> = held
            .hours
            .iter()
            .map(|(time, (used, unused))| {
                format!(
                    "{} {}+{}",
                    time.format("%dT%H"),
                    used.normalize(),
                    unused.normalize()
                )
            })
            .collect();
        lines.push(format!(
            "{} ({}): {}; longer {}+{} in {} rows; {} untold",
            key.id,
            held.kind.as_deref().unwrap_or("–"),
            hours.join(", "),
            held.longer.0.normalize(),
            held.longer.1.normalize(),
            held.longer_rows,
            held.untold,
        ));
    }
    for ((provider, _), (rows, cost)) in &usage.not_hourly {
        lines.push(format!(
            "{provider}: {rows} rows of {} are longer",
            cost.normalize()
        ));
    }
    lines
}

/// An hour on demand and covered, one with the rest of the plan, spot, a data transfer, a day of Azure.
const FOCUS: &str = "\
ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,RegionId,CommitmentDiscountId,CommitmentDiscountStatus,CommitmentDiscountType,PricingCategory,ChargeDescription,x_UsageType,BillingCurrency,BilledCost,EffectiveCost,ListCost,Tags
AWS,1,2,2024-09-18T05:00:00Z,2024-09-18T06:00:00Z,Usage,Amazon Elastic Compute Cloud,eu-west-1,,,,Standard,an hour,EU-BoxUsage:m5.large,USD,0.09,0.09,0.1,{}
AWS,1,2,2024-09-18T05:00:00Z,2024-09-18T06:00:00Z,Usage,Amazon Elastic Compute Cloud,eu-west-1,,,,Standard,an hour,EU-BoxUsage:m5.xlarge,USD,0.18,0.18,0.2,{}
AWS,1,2,2024-09-18T05:00:00Z,2024-09-18T06:00:00Z,Usage,Amazon Elastic Compute Cloud,eu-west-1,sp-1,Used,Savings Plan,Committed,an hour,EU-BoxUsage:m5.large,USD,0,0.07,0.1,{}
AWS,1,2,2024-09-18T06:00:00Z,2024-09-18T07:00:00Z,Usage,Savings Plans,,sp-1,Unused,Savings Plan,Committed,unused,,USD,0,0.07,0,{}
AWS,1,2,2024-09-18T06:00:00Z,2024-09-18T07:00:00Z,Usage,Amazon Elastic Compute Cloud,eu-west-1,,,,Dynamic,an hour,EU-SpotUsage:m5.large,USD,0.03,0.03,0.1,{}
AWS,1,2,2024-09-18T06:00:00Z,2024-09-18T07:00:00Z,Usage,Amazon Elastic Compute Cloud,eu-west-1,,,,Standard,a transfer,EU-DataTransfer-Out-Bytes,USD,5,5,5,{}
AWS,1,2,2024-09-18T00:00:00Z,2024-09-18T01:00:00Z,Purchase,Savings Plans,,sp-1,,Savings Plan,Standard,a fee,,USD,0.07,0,0.07,{}
Microsoft,3,4,2024-09-18T00:00:00Z,2024-09-19T00:00:00Z,Usage,Virtual Machines,westeurope,,,,Standard,D2 v2,,USD,2.4,2.4,2.4,{}
";

const EXPECTED: [&str; 3] = [
    "18T05 2 eu-west-1 compute m5: on demand 0.27 (list 0.3), covered 0.07 of 0.1, 0 without price",
    "sp-1 (Savings Plan): 18T05 0.07+0, 18T06 0+0.07; longer 0+0 in 0 rows; 0 untold",
    "Microsoft: 1 rows of 2.4 are longer",
];

#[test]
fn rows_of_focus_tell_what_each_hour_cost() {
    let reading = of(FOCUS, &asked());
    assert_eq!((reading.rows, reading.malformed.len()), (8, 0));
    assert_eq!(told(&reading.usage), EXPECTED);
    // Who does not ask pays nothing for it, and the bill is the same.
    let plain = of(FOCUS, &Wanted::default());
    assert_eq!(plain.usage, Usage::default());
    assert_eq!(plain.charges.into_sorted(), reading.charges.into_sorted());
}

#[test]
fn a_parquet_file_tells_the_same() {
    for amounts in [DataType::Decimal(38, 12), DataType::String] {
        let file = parquet(FOCUS, &amounts);
        let plain = read(file.path(), &Wanted::default()).unwrap();
        let reading = read(file.path(), &asked()).unwrap();
        assert_eq!(told(&reading.usage), EXPECTED, "{amounts:?}");
        assert_eq!(reading.rows, 8);
        assert_eq!(
            plain.charges.into_sorted(),
            reading.charges.into_sorted(),
            "{amounts:?}"
        );
    }
}

/// The types of lines as the column dictionary of CUR 2.0 has them: an hour on demand, one under a plan with its
/// negation and a fee of which a quarter is unused, one under a reservation whose fee is of the month.
#[test]
fn lines_of_a_usage_report_of_aws_tell_what_each_hour_cost() {
    let reading = of(
        "bill_payer_account_id,line_item_usage_account_id,line_item_usage_start_date,line_item_usage_end_date,line_item_line_item_type,line_item_product_code,line_item_usage_type,product_region_code,line_item_currency_code,line_item_unblended_cost,pricing_public_on_demand_cost,savings_plan_savings_plan_arn,savings_plan_offering_type,savings_plan_savings_plan_effective_cost,savings_plan_total_commitment_to_date,savings_plan_used_commitment,reservation_reservation_arn,reservation_effective_cost,reservation_unused_recurring_fee
1,2,2024-09-18T05:00:00Z,2024-09-18T06:00:00Z,Usage,AmazonEC2,EU-BoxUsage:c5.large,eu-west-1,USD,0.085,0.1,,,,,,,,
1,2,2024-09-18T05:00:00Z,2024-09-18T06:00:00Z,SavingsPlanCoveredUsage,AmazonEC2,EU-BoxUsage:m5.large,eu-west-1,USD,0.1,0.1,sp-1,ComputeSavingsPlans,0.06,,,,,
1,2,2024-09-18T05:00:00Z,2024-09-18T06:00:00Z,SavingsPlanNegation,AmazonEC2,EU-BoxUsage:m5.large,eu-west-1,USD,-0.1,,sp-1,ComputeSavingsPlans,,,,,,
1,2,2024-09-18T05:00:00Z,2024-09-18T06:00:00Z,SavingsPlanRecurringFee,ComputeSavingsPlans,,,USD,0.08,,sp-1,ComputeSavingsPlans,,0.08,0.06,,,
1,2,2024-09-18T05:00:00Z,2024-09-18T06:00:00Z,DiscountedUsage,AmazonRDS,EU-InstanceUsage:db.r5.large,eu-west-1,USD,0,0.29,,,,,,ri-1,0.2,
1,2,2024-09-01T00:00:00Z,2024-09-30T23:59:59Z,RIFee,AmazonRDS,EU-HeavyUsage:db.r5.large,eu-west-1,USD,144,,,,,,,ri-1,,30
",
        &asked(),
    );
    assert_eq!(reading.malformed.len(), 0);
    assert_eq!(
        told(&reading.usage),
        [
            "18T05 2 eu-west-1 compute c5: on demand 0.085 (list 0.1), covered 0 of 0, 0 without price",
            "18T05 2 eu-west-1 compute m5: on demand 0 (list 0), covered 0.06 of 0.1, 0 without price",
            "18T05 2 eu-west-1 database db.r5: on demand 0 (list 0), covered 0.2 of 0.29, 0 without price",
            "ri-1 (–): 18T05 0.2+0; longer 0+30 in 1 rows; 0 untold",
            "sp-1 (ComputeSavingsPlans): 18T05 0.06+0.02; longer 0+0 in 0 rows; 0 untold",
        ]
    );
}

/// An hour of cores of 1.5: a commitment takes 0.9 off, an agreement 0.1; and one without credits.
#[test]
fn credits_of_google_cloud_tell_what_is_covered() {
    let row = |start: u32, cost: &str, credits: &str| {
        format!(
            r#"{{"billing_account_id":"01-A","service":{{"description":"Compute Engine"}},"sku":{{"description":"N2 Instance Core running in EMEA"}},"usage_start_time":"2024-09-18 0{start}:00:00 UTC","usage_end_time":"2024-09-18 0{}:00:00 UTC","project":{{"id":"shop"}},"location":{{"region":"europe-west1"}},"cost":{cost},"currency":"EUR","credits":[{credits}],"cost_type":"regular"}}"#,
            start + 1
        )
    };
    let credits = r#"{"name":"CUD","amount":-0.9,"type":"COMMITTED_USAGE_DISCOUNT"},{"name":"deal","amount":-0.1,"type":"DISCOUNT"},{"name":"trial","amount":-0.5,"type":"PROMOTION"}"#;
    let reading = of(
        &format!("{}\n{}\n", row(5, "1.5", credits), row(6, "1.5", "")),
        &asked(),
    );
    assert_eq!(
        told(&reading.usage),
        [
            "18T05 shop europe-west1 compute n2: on demand 0.5 (list 0.6), covered 0 of 0.9, 0 without price",
            "18T06 shop europe-west1 compute n2: on demand 1.5 (list 1.5), covered 0 of 0, 0 without price",
        ]
    );
}

#[test]
fn exports_of_azure_have_no_hours() {
    let reading: Reading = of(
        "BillingAccountId,SubscriptionId,Date,ChargeType,MeterCategory,MeterName,PricingModel,ReservationId,CostInBillingCurrency,BillingCurrency,ResourceLocation,ResourceId
1,2,09/18/2024,Usage,Virtual Machines,D2 v2,OnDemand,,2.4,USD,EastUS,x
1,2,09/18/2024,Usage,Virtual Machines,D2 v2,Reservation,r-1,1.2,USD,EastUS,x
1,2,09/18/2024,UnusedReservation,Virtual Machines,,Reservation,r-1,0.6,USD,EastUS,
1,2,09/18/2024,Usage,Storage,LRS,OnDemand,,7,USD,EastUS,y
",
        &asked(),
    );
    assert_eq!(
        told(&reading.usage),
        [
            "r-1 (Reservation): ; longer 1.2+0.6 in 2 rows; 0 untold",
            "Microsoft: 2 rows of 3.6 are longer",
        ]
    );
}
