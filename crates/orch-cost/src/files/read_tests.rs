use std::collections::BTreeMap;
use std::io::Write as _;

use orch_model::ChargeCategory;
use polars::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::charge::Charge;

/// Real billing data where it is at hand.
fn recorded(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ORCH_RECORDED")?;
    let path = PathBuf::from(folder).join("billing").join(name);
    path.exists().then_some(path)
}

pub(in crate::files) fn of(text: &str, wanted: &Wanted) -> Reading {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    read(file.path(), wanted).unwrap()
}

fn sum(charges: &[Charge], of: impl Fn(&Charge) -> Option<Decimal>) -> String {
    let sum: Decimal = charges.iter().filter_map(of).sum();
    sum.normalize().to_string()
}

fn faults(reading: &BTreeMap<Fault, Lines>) -> Vec<String> {
    let told = reading
        .iter()
        .map(|(fault, lines)| format!("{} ({}): {lines}", fault.0, lines.count));
    told.collect()
}

#[test]
fn the_recorded_files_have_the_sums_that_were_stated_of_them() {
    let Some(focus) = recorded("focus-1.0-sample.csv") else {
        eprintln!("skipped: ORCH_RECORDED names no folder with billing/");
        return;
    };
    let reading = read(&focus, &Wanted::default()).unwrap();
    assert_eq!((reading.format, reading.rows), ("FOCUS", 1_000));
    assert!(reading.malformed.is_empty() && reading.lacking.is_empty());
    assert!(!reading.charges.rounded);
    let charges = reading.charges.into_sorted();
    for (provider, rows, billed, effective, list) in [
        ("AWS", 942, "18.0066386184", "13", "18.1493176406"),
        (
            "Microsoft",
            51,
            "1.97651418586",
            "1.97651418586",
            "1.97651418586",
        ),
        ("Oracle", 7, "0.53707392473", "0", "0.26507392473"),
    ] {
        let own: Vec<Charge> = charges
            .iter()
            .filter(|charge| charge.key.provider == provider)
            .cloned()
            .collect();
        assert_eq!(own.iter().map(|charge| charge.sums.rows).sum::<u64>(), rows);
        assert_eq!(sum(&own, |charge| charge.sums.billed), billed);
        assert_eq!(sum(&own, |charge| charge.sums.effective), effective);
        assert_eq!(sum(&own, |charge| charge.sums.list), list);
    }

    let actual = recorded("azure-ea-actual-cost.csv").unwrap();
    let reading = read(&actual, &Wanted::default()).unwrap();
    assert_eq!((reading.format, reading.rows), ("Azure cost export", 11));
    assert!(reading.malformed.is_empty());
    let charges = reading.charges.into_sorted();
    assert_eq!(
        sum(&charges, |charge| charge.sums.billed),
        "8.5450077867419368"
    );
    assert!(charges.iter().all(|charge| charge.sums.effective.is_none()));
    let commitment = charges
        .iter()
        .find(|charge| charge.key.part == Part::Commitment);
    assert_eq!(commitment.unwrap().sums.billed, Some(Decimal::new(325, 2)));

    let amortised = recorded("azure-ea-amortized-cost.csv").unwrap();
    let reading = read(&amortised, &Wanted::default()).unwrap();
    assert_eq!(
        (reading.format, reading.rows),
        ("Azure cost export, amortised", 28)
    );
    assert!(!reading.charges.rounded);
    let charges = reading.charges.into_sorted();
    assert_eq!(
        sum(&charges, |charge| charge.sums.effective),
        "16.296932136636644627485419"
    );
    assert!(charges.iter().all(|charge| charge.sums.billed.is_none()));
}

const HEAD: &str = "ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargeCategory,ChargeClass,ServiceName,RegionId,CommitmentDiscountId,CommitmentDiscountStatus,BillingCurrency,BilledCost,EffectiveCost,Tags";

#[test]
fn every_malformed_row_is_told_with_its_line() {
    let reading = of(
        &format!(
            "{HEAD}
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,1.5,1.5,{{}}
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,abc,1.5,
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,,1.5,
AWS,1,2,not a day,Usage,,EC2,eu-west-1,,,USD,1,1,
AWS,1,2,2024-09-18,Gift,,EC2,eu-west-1,,,USD,1,1,
AWS,1,2,2024-09-18,Usage,,\"EC2
over two lines\",eu-west-1,,,USD,1,1,
AWS,1,2
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,,1,1,
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,1,NULL,
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,abc,1.5,"
        ),
        &Wanted::default(),
    );
    assert_eq!(
        faults(&reading.malformed),
        [
            "3 cells where the header has 14 (1): 9",
            "BilledCost is empty (1): 4",
            "BilledCost is not a number (2): 3, 12",
            "ChargeCategory is not one of FOCUS (1): 6",
            "the currency is empty (1): 10",
            "the day is not a date such as 2026-11-30 (1): 5",
        ]
    );
    assert_eq!(faults(&reading.lacking), ["EffectiveCost is empty (1): 11"]);
    assert_eq!(reading.rows, 3);
    let charges = reading.charges.into_sorted();
    assert_eq!(sum(&charges, |charge| charge.sums.billed), "3.5");
}

#[test]
fn bytes_that_are_no_text_make_a_malformed_row() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{HEAD}").unwrap();
    file.write_all(b"AWS,1,2,2024-09-18,Usage,,\xff\xfe,eu-west-1,,,USD,1,1,\n")
        .unwrap();
    let reading = read(file.path(), &Wanted::default()).unwrap();
    assert_eq!(
        faults(&reading.malformed),
        ["ServiceName is not UTF-8 (1): 2"]
    );
}

#[test]
fn the_parts_of_a_bill_are_kept_apart() {
    let reading = of(
        &format!(
            "{HEAD}
AWS,1,2,2024-09-18,Usage,,EC2,,,,USD,1,1,
AWS,1,2,2024-09-18,Usage,,EC2,,sp-1,Unused,USD,0,2,
AWS,1,2,2024-09-18,Purchase,,EC2,,sp-1,,USD,4,0,
AWS,1,2,2024-09-18,Purchase,,Marketplace,,,,USD,8,8,
AWS,1,2,2024-09-18,Purchase,,AWS Support (Business),,,,USD,16,16,
AWS,1,2,2024-09-18,Tax,,,,,,USD,32,32,
AWS,1,2,2024-09-18,Credit,,EC2,,,,USD,-64,-64,
AWS,1,2,2024-09-18,Usage,Correction,EC2,,,,USD,-128,-128,"
        ),
        &Wanted::default(),
    );
    let parts: BTreeMap<&str, (i64, i64)> = reading
        .charges
        .into_sorted()
        .iter()
        .map(|charge| {
            let whole = |amount: Option<Decimal>| amount.unwrap().mantissa() as i64;
            let sums = (whole(charge.sums.billed), whole(charge.sums.effective));
            (charge.key.part.as_str(), sums)
        })
        .collect();
    let expected = [
        ("usage", (1, 1)),
        ("unused-commitment", (0, 2)),
        ("support", (16, 16)),
        ("commitment", (4, 0)),
        ("purchase", (8, 8)),
        ("tax", (32, 32)),
        ("credit", (-64, -64)),
        ("refund", (-128, -128)),
    ];
    assert_eq!(parts, BTreeMap::from(expected));
}

#[test]
fn semicolons_gzip_and_a_mark_of_order_are_read() {
    let text = format!(
        "\u{feff}{}\nAWS;1;2;2024-09-18;Usage;;EC2;;;;USD;1.5;1;\n",
        HEAD.replace(',', ";")
    );
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(&mut file, flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let reading = read(file.path(), &Wanted::default()).unwrap();
    assert_eq!((reading.rows, reading.malformed.len()), (1, 0));

    // Half a file is no bill.
    let whole = std::fs::read(file.path()).unwrap();
    std::fs::write(file.path(), &whole[..whole.len() / 2]).unwrap();
    let error = read(file.path(), &Wanted::default()).unwrap_err();
    assert!(matches!(error, FileError::Io { .. }), "{error}");
}

#[test]
fn tags_and_resources_are_kept_where_they_are_asked_for() {
    let text = format!(
        "{HEAD},ResourceId
AWS,1,2,2024-09-18,Usage,,EC2,,,,USD,1,1,\"{{\"\"team\"\": \"\"a\"\"}}\",i-1
AWS,1,2,2024-09-18,Usage,,EC2,,,,USD,2,2,{{}},i-2"
    );
    let plain = of(&text, &Wanted::default()).charges.into_sorted();
    let told: Vec<_> = plain
        .iter()
        .map(|charge| (charge.key.tagged, charge.key.resource.is_some()))
        .collect();
    assert_eq!(told, [(Some(false), false), (Some(true), false)]);
    let wanted = Wanted {
        resources: true,
        tags: vec!["team".into()],
        ..Wanted::default()
    };
    let fine = of(&text, &wanted).charges.into_sorted();
    let told: Vec<_> = fine
        .iter()
        .map(|charge| {
            (
                charge.key.resource.as_deref(),
                charge.key.tags[0].as_deref(),
            )
        })
        .collect();
    assert_eq!(told, [(Some("i-2"), None), (Some("i-1"), Some("a"))]);
}

#[test]
fn the_lines_of_a_usage_report_of_aws_are_amortised_as_it_documents() {
    // Made after the column reference of the report: one hour of an instance that a plan covers, the plan's fee
    // with a quarter unused, an unused reservation's fee, and what a discount takes off.
    let reading = of(
        "bill_payer_account_id,line_item_usage_account_id,line_item_usage_start_date,line_item_line_item_type,line_item_product_code,product_region_code,line_item_currency_code,line_item_unblended_cost,savings_plan_savings_plan_effective_cost,savings_plan_total_commitment_to_date,savings_plan_used_commitment,reservation_unused_recurring_fee,reservation_unused_amortized_upfront_fee_for_billing_period,bill_bill_type
1,2,2024-09-18T01:00:00Z,SavingsPlanCoveredUsage,AmazonEC2,eu-west-1,USD,0.10,0.06,,,,,Anniversary
1,2,2024-09-18T01:00:00Z,SavingsPlanNegation,AmazonEC2,eu-west-1,USD,-0.10,,,,,,Anniversary
1,2,2024-09-18T01:00:00Z,SavingsPlanRecurringFee,ComputeSavingsPlans,,USD,0.08,,0.08,0.06,,,Anniversary
1,2,2024-09-18T01:00:00Z,RIFee,AmazonEC2,eu-west-1,USD,5,,,,1,2,Anniversary
1,2,2024-09-18T01:00:00Z,EdpDiscount,AmazonEC2,eu-west-1,USD,-0.01,,,,,,Anniversary
1,2,2024-09-18T01:00:00Z,Surprise,AmazonEC2,eu-west-1,USD,1,,,,,,Anniversary
",
        &Wanted::default(),
    );
    assert_eq!(reading.format, "AWS CUR");
    assert_eq!(
        faults(&reading.malformed),
        ["line_item_line_item_type is not a type that AWS documents (1): 7"]
    );
    let charges = reading.charges.into_sorted();
    let part = |part: Part| {
        let own: Vec<Charge> = charges
            .iter()
            .filter(|charge| charge.key.part == part)
            .cloned()
            .collect();
        (
            sum(&own, |charge| charge.sums.billed),
            sum(&own, |charge| charge.sums.effective),
        )
    };
    assert_eq!(part(Part::Usage), ("-0.01".into(), "0.05".into()));
    assert_eq!(part(Part::Commitment), ("5.08".into(), "0".into()));
    assert_eq!(part(Part::UnusedCommitment), ("0".into(), "3.02".into()));
}

const GOOGLE: [&str; 3] = [
    r#"{"billing_account_id":"01-A","service":{"id":"6F81","description":"Compute Engine"},"usage_start_time":"2024-09-18 07:00:00 UTC","project":{"id":"shop"},"labels":[{"key":"team","value":"a"}],"location":{"region":"europe-west1"},"cost":1.5,"currency":"EUR","credits":[{"name":"CUD","amount":-0.25,"type":"COMMITTED_USAGE_DISCOUNT"},{"name":"trial","amount":-1,"type":"PROMOTION"}],"cost_type":"regular"}"#,
    r#"{"billing_account_id":"01-A","service":{"description":"Invoice"},"usage_start_time":"2024-09-18 07:00:00 UTC","cost":"0.3","currency":"EUR","credits":[],"cost_type":"tax"}"#,
    r#"{"billing_account_id":"01-A","service":{"description":"Cloud SQL"},"usage_start_time":"2024-09-18 07:00:00 UTC","cost":"oops","currency":"EUR","cost_type":"regular"}"#,
];

#[test]
fn rows_of_google_cloud_are_read_as_lines_and_as_a_list() {
    let lines = format!("{}\nnot json\n{}\n{}\n", GOOGLE[0], GOOGLE[1], GOOGLE[2]);
    let list = format!("[\n{},\n{},\n{}\n]", GOOGLE[0], GOOGLE[1], GOOGLE[2]);
    let pretty: String = GOOGLE
        .iter()
        .map(|row| {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            serde_json::to_string_pretty(&row).unwrap() + "\n"
        })
        .collect();
    for (text, malformed) in [
        (
            lines,
            vec![
                "cost is not a number (1): 4",
                "the line is no JSON object (1): 2",
            ],
        ),
        (list, vec!["cost is not a number (1): 4"]),
        (pretty, vec!["cost is not a number (1): 47-56"]),
    ] {
        let reading = of(&text, &Wanted::default());
        assert_eq!(reading.format, "Google Cloud billing export");
        assert_eq!(faults(&reading.malformed), malformed);
        let told: Vec<_> = reading
            .charges
            .into_sorted()
            .iter()
            .map(|charge| {
                let key = &charge.key;
                (
                    key.account.to_string(),
                    key.category,
                    charge.sums.billed.unwrap().to_string(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("01-A".into(), ChargeCategory::Tax, "0.3".into()),
                ("shop".into(), ChargeCategory::Usage, "1.25".into()),
                ("shop".into(), ChargeCategory::Credit, "-1".into()),
            ]
        );
    }
}

#[test]
fn what_is_no_billing_file_is_told_so() {
    for text in ["", "a,b,c\n1,2,3\n", "{\"manifest\": 1}", "[]", "[1,2]"] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let error = read(file.path(), &Wanted::default()).unwrap_err();
        assert!(matches!(error, FileError::Format { .. }), "{text}: {error}");
    }
}

/// What a CSV file says as a Parquet file: amounts as decimals, as floating point, or as text.
pub(in crate::files) fn parquet(text: &str, amounts: &DataType) -> tempfile::NamedTempFile {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let columns = head.iter().enumerate().map(|(i, name)| {
        let cells = rows
            .iter()
            .map(|row| Some(row[i]).filter(|cell| !cell.is_empty()));
        let column = Column::new((*name).into(), cells.collect::<Vec<_>>());
        match *name {
            "BilledCost" | "EffectiveCost" | "ListCost" => column.cast(amounts).unwrap(),
            "ChargePeriodStart" | "ChargePeriodEnd" if *amounts != DataType::String => {
                let days: Vec<Option<i64>> = rows
                    .iter()
                    .map(|row| {
                        let time = super::super::row::time(row[i]).or_else(|| {
                            let day = super::super::row::day(row[i], true)?;
                            Some(day.and_hms_opt(5, 0, 0)?.and_utc())
                        });
                        Some(time?.timestamp_millis())
                    })
                    .collect();
                Int64Chunked::new((*name).into(), days)
                    .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
                    .into_column()
            }
            _ => column,
        }
    });
    let mut frame = DataFrame::new(rows.len(), columns.collect()).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    ParquetWriter::new(file.reopen().unwrap())
        .finish(&mut frame)
        .unwrap();
    file
}

#[test]
fn a_parquet_file_says_what_the_same_rows_say_as_text() {
    let text = format!(
        "{HEAD}
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,1.5,1.5,{{}}
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,0.0000000001,0.25,
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,,1.5,
AWS,1,2,2024-09-18,Gift,,EC2,eu-west-1,,,USD,1,1,
AWS,1,2,2024-09-19,Usage,,EC2,,,,USD,2,,[]
AWS,1,2,2024-09-19,Purchase,,Plans,,sp-1,,USD,3,0,
AWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,,1,1,
AWS,1,2,,Usage,,EC2,eu-west-1,,,USD,1,1,
AWS,1,2,2024-09-18,Gift,,EC2,eu-west-1,,,USD,1,1,"
    );
    let of_text = of(&text, &Wanted::default());
    let expected = of_text.charges.into_sorted();
    for amounts in [
        DataType::Decimal(38, 12),
        DataType::Float64,
        DataType::String,
    ] {
        let file = parquet(&text, &amounts);
        let reading = read(file.path(), &Wanted::default()).unwrap();
        assert_eq!((reading.format, reading.rows), ("FOCUS", 4), "{amounts:?}");
        assert_eq!(
            faults(&reading.malformed),
            [
                "BilledCost is not a number (1): 3",
                "ChargeCategory is not one of FOCUS (2): 4, 9",
                "the currency is empty (1): 7",
                "the day is empty (1): 8",
            ],
            "{amounts:?}"
        );
        assert_eq!(faults(&reading.lacking), ["EffectiveCost is empty (1): 5"]);
        assert_eq!(reading.charges.into_sorted(), expected, "{amounts:?}");
    }
}

#[test]
fn a_damaged_parquet_file_is_an_error() {
    let text = format!("{HEAD}\nAWS,1,2,2024-09-18,Usage,,EC2,eu-west-1,,,USD,1.5,1.5,{{}}");
    let file = parquet(&text, &DataType::Float64);
    let whole = std::fs::read(file.path()).unwrap();
    for cut in [4, 8, whole.len() / 2, whole.len() - 5] {
        std::fs::write(file.path(), &whole[..cut]).unwrap();
        let error = read(file.path(), &Wanted::default()).unwrap_err();
        assert!(matches!(error, FileError::Parquet { .. }), "{cut}: {error}");
    }
}

/// The rows of [`GOOGLE`] as BigQuery exports them: records are structs, repeated ones lists of structs, costs floating
/// point, times in microseconds. The third row has no cost.
fn google() -> tempfile::NamedTempFile {
    let text = |name: &str, values: [&str; 3]| Column::new(name.into(), values);
    let record = |name: &str, members: &[Column]| {
        StructChunked::from_columns(name.into(), 3, members)
            .unwrap()
            .into_column()
    };
    let list = |name: &str, rows: [&[(&str, &str)]; 3], numbers: bool, members: [&str; 2]| {
        let rows = rows.map(|row| {
            let first: Vec<&str> = row.iter().map(|(first, _)| *first).collect();
            let second: Vec<&str> = row.iter().map(|(_, second)| *second).collect();
            let second = Series::new(members[1].into(), second);
            let second = match numbers {
                true => second.cast(&DataType::Float64).unwrap(),
                false => second,
            };
            let of = [Series::new(members[0].into(), first), second];
            StructChunked::from_series("".into(), row.len(), of.iter())
                .unwrap()
                .into_series()
        });
        Column::from(Series::new(name.into(), rows))
    };
    let at = 1_726_642_800_000_000_i64; // 2024-09-18T07:00:00Z
    let time = |name: &str, at: i64| {
        Int64Chunked::new(name.into(), [at, at, at])
            .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
            .into_column()
    };
    let columns = vec![
        text("billing_account_id", ["01-A"; 3]),
        record(
            "service",
            &[
                text("id", ["6F81", "0000", "9662"]),
                text("description", ["Compute Engine", "Invoice", "Cloud SQL"]),
            ],
        ),
        record(
            "sku",
            &[text(
                "description",
                ["N2 Instance Core running in EMEA", "Tax", "DB"],
            )],
        ),
        time("usage_start_time", at),
        time("usage_end_time", at + 3_600_000_000),
        Column::new(
            "project.name".into(),
            [Some("a column with a point"), None, None],
        ),
        record(
            "project",
            &[Column::new("id".into(), [Some("shop"), None, None])],
        ),
        list(
            "labels",
            [&[("team", "a")], &[], &[]],
            false,
            ["key", "value"],
        ),
        record(
            "location",
            &[Column::new(
                "region".into(),
                [Some("europe-west1"), None, None],
            )],
        ),
        Column::new("cost".into(), [Some(1.5), Some(0.3), None]),
        text("currency", ["EUR"; 3]),
        list(
            "credits",
            [
                &[("COMMITTED_USAGE_DISCOUNT", "-0.25"), ("PROMOTION", "-1")],
                &[],
                &[("PROMOTION", "-9")],
            ],
            true,
            ["type", "amount"],
        ),
        text("cost_type", ["regular", "tax", "regular"]),
    ];
    let mut frame = DataFrame::new(3, columns).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    ParquetWriter::new(file.reopen().unwrap())
        .finish(&mut frame)
        .unwrap();
    file
}

#[test]
fn nested_columns_of_google_cloud_are_read_from_parquet() {
    let file = google();
    let wanted = Wanted {
        tags: vec!["team".into()],
        commitments: true,
        ..Wanted::default()
    };
    let reading = read(file.path(), &wanted).unwrap();
    assert_eq!(reading.format, "Google Cloud billing export");
    assert_eq!(faults(&reading.malformed), ["cost is not a number (1): 3"]);
    let covered: Vec<String> = reading
        .usage
        .places
        .values()
        .flat_map(|hours| hours.iter())
        .map(|(time, hour)| {
            let (paid, covered) = (hour.on_demand.normalize(), hour.covered_list.normalize());
            format!("{time} {paid} {covered}")
        })
        .collect();
    // 1.5 less the 0.25 that a commitment covers.
    assert_eq!(covered, ["2024-09-18 07:00:00 UTC 1.25 0.25"]);
    let told: Vec<_> = reading
        .charges
        .into_sorted()
        .iter()
        .map(|charge| {
            let key = &charge.key;
            (
                key.account.to_string(),
                key.service.to_string(),
                key.region.as_ref().map(ToString::to_string),
                key.tags[0].as_ref().map(ToString::to_string),
                charge.sums.billed.unwrap().normalize().to_string(),
            )
        })
        .collect();
    let (region, team) = (Some("europe-west1".to_owned()), Some("a".to_owned()));
    assert_eq!(
        told,
        [
            ("01-A".into(), "Invoice".into(), None, None, "0.3".into()),
            (
                "shop".into(),
                "Compute Engine".into(),
                region.clone(),
                team.clone(),
                "1.25".into()
            ),
            (
                "shop".into(),
                "Compute Engine".into(),
                region,
                team,
                "-1".into()
            ),
        ]
    );
    // Without tags it is the same bill.
    let plain = read(file.path(), &Wanted::default()).unwrap();
    let charges = plain.charges.into_sorted();
    assert_eq!(sum(&charges, |charge| charge.sums.billed), "0.55");
}

#[test]
fn lines_are_counted_alike_whatever_ends_them() {
    let unix = "ProviderName,BillingAccountId,ChargePeriodStart,ChargeCategory,ServiceName,BillingCurrency,BilledCost\nAWS,1,2024-09-18,Usage,S3,USD,1\nAWS,1,2024-09-18,Usage,S3,USD,one\nAWS,1,2024-09-18,Usage,\"S3\nII\",USD,two\nAWS,1,2024-09-18,Usage,S3,USD,1\nAWS,1,2024-09-18,Usage,S3\n";
    let told = faults(&of(unix, &Wanted::default()).malformed);
    assert_eq!(
        told,
        [
            "5 cells where the header has 7 (1): 7",
            "BilledCost is not a number (2): 3-5"
        ]
    );
    let windows = unix.replace('\n', "\r\n");
    assert_eq!(faults(&of(&windows, &Wanted::default()).malformed), told);
    let half = unix.replacen('\n', "\r\n", 2);
    assert_eq!(faults(&of(&half, &Wanted::default()).malformed), told);
}

#[test]
fn a_list_that_is_cut_short_is_an_error() {
    let row = r#"{"ProviderName":"AWS","BillingAccountId":"1","ChargePeriodStart":"2024-09-18","ChargeCategory":"Usage","ServiceName":"S3","BillingCurrency":"USD","BilledCost":1}"#;
    let list = format!("[{row},\n{row},\n{row}]");
    assert_eq!(of(&list, &Wanted::default()).rows, 3);
    let pretty = row.replace(',', ",\n");
    assert_eq!(
        of(&format!("{pretty}\n{pretty}\n"), &Wanted::default()).rows,
        2
    );
    for cut in [
        list.len() - 1,
        list.len() - 2,
        list.len() - 40,
        row.len() + 3,
        row.len() + 1,
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &list[..cut]).unwrap();
        let error = read(file.path(), &Wanted::default()).unwrap_err();
        assert!(matches!(error, FileError::Json { .. }), "{cut}: {error}");
    }
}

const AZURE_DAYS: &str = "SubscriptionId,Date,MeterCategory,ChargeType,CostInBillingCurrency,BillingCurrency,ResourceLocation";

#[test]
fn a_file_whose_days_come_first_is_not_read_as_months() {
    // The first row alone could be either.
    let text = format!(
        "{AZURE_DAYS}\ns,05/10/2026,Storage,Usage,1,usd,EastUS\ns,31/10/2026,Storage,Usage,1,usd,EastUS\n"
    );
    let reading = of(&text, &Wanted::default());
    assert_eq!(reading.rows, 0);
    assert!(reading.charges.into_sorted().is_empty());
    let told = faults(&reading.malformed).join("; ");
    assert!(told.contains("with the day first"), "{told}");
    // The billing period of a row can tell it as well.
    let text = format!(
        "{AZURE_DAYS},BillingPeriodEndDate\ns,05/10/2026,Storage,Usage,1,usd,EastUS,31/10/2026\n"
    );
    assert_eq!(of(&text, &Wanted::default()).rows, 0);
    let text = format!(
        "{AZURE_DAYS},BillingPeriodEndDate\ns,10/05/2026,Storage,Usage,1,usd,EastUS,10/31/2026\n"
    );
    let reading = of(&text, &Wanted::default());
    let charges = reading.charges.into_sorted();
    let key = &charges[0].key;
    assert_eq!(key.day.to_string(), "2026-10-05");
    assert_eq!(
        (key.currency.0.as_str(), key.region.as_deref()),
        ("USD", Some("eastus"))
    );
}

#[test]
fn tags_in_columns_of_their_own_are_tags() {
    let text = "lineItem/UnblendedCost,lineItem/UsageStartDate,lineItem/LineItemType,lineItem/CurrencyCode,\
                lineItem/ProductCode,resourceTags/user:team,resourceTags/aws:createdBy\n\
                1,2026-11-01T00:00:00Z,Usage,USD,AmazonEC2,shop,\n\
                2,2026-11-01T00:00:00Z,Usage,USD,AmazonEC2,,\n";
    let wanted = Wanted {
        tags: vec!["team".into()],
        ..Wanted::default()
    };
    let charges = of(text, &wanted).charges.into_sorted();
    let told: Vec<(Option<&str>, Option<bool>)> = charges
        .iter()
        .map(|charge| (charge.key.tags[0].as_deref(), charge.key.tagged))
        .collect();
    assert_eq!(told, [(None, Some(false)), (Some("shop"), Some(true))]);
}

#[test]
fn what_a_commitment_of_google_cloud_costs_is_no_usage() {
    let row = |sku: &str, cost: u32| {
        format!(
            r#"{{"service":{{"description":"Compute Engine"}},"sku":{{"description":"{sku}"}},"usage_start_time":"2026-11-01T00:00:00Z","cost_type":"regular","currency":"EUR","cost":{cost}}}"#
        )
    };
    let text = [
        row("Commitment v1: Cpu in Belgium for 1 Year", 40),
        row("N2 Instance Core running in Belgium", 290),
    ]
    .join("\n");
    let charges = of(&text, &Wanted::default()).charges.into_sorted();
    let parts: Vec<(Part, Option<Decimal>)> = charges
        .iter()
        .map(|charge| (charge.key.part, charge.sums.billed))
        .collect();
    assert!(
        parts.contains(&(Part::Commitment, Some(Decimal::from(40)))),
        "{parts:?}"
    );
    assert!(
        parts.contains(&(Part::Usage, Some(Decimal::from(290)))),
        "{parts:?}"
    );
}

#[test]
fn rows_that_do_not_say_what_they_are_leave_the_coverage_open() {
    let head = "BilledCost,EffectiveCost,ListCost,ChargePeriodStart,ChargePeriodEnd,BillingCurrency,ChargeCategory,\
                ServiceName,ProviderName,PricingCategory,CommitmentDiscountId,CommitmentDiscountStatus,ChargeDescription";
    let hour = "2026-11-01T00:00:00Z,2026-11-01T01:00:00Z,USD,Usage,Amazon Elastic Compute Cloud - Compute,AWS";
    let text = format!(
        "{head}\n0,1,2,{hour},Committed,sp-1,Used,m5.large On Demand hour\n5,5,5,{hour},Standard,,,\n"
    );
    let wanted = Wanted {
        commitments: true,
        ..Wanted::default()
    };
    let usage = of(&text, &wanted).usage;
    let unnamed: Vec<_> = usage.unnamed.values().collect();
    assert_eq!(unnamed, [&(1, Decimal::from(5))]);
    let window = crate::commitment::Window {
        from: "2026-11-01T00:00:00Z".parse().unwrap(),
        until: "2026-11-02T00:00:00Z".parse().unwrap(),
    };
    let report = crate::commitment::report(&usage, window);
    assert_eq!(report.providers[0].coverage.percent, None);
    assert_eq!(report.unknown.len(), 1);
}

#[test]
fn a_first_json_row_without_values_has_its_columns_all_the_same() {
    let row = |cost: &str, tags: &str| {
        format!(
            r#"{{"ProviderName":"AWS","BillingAccountId":"1","ChargePeriodStart":"2026-11-01T00:00:00Z","ChargePeriodEnd":"2026-11-02T00:00:00Z","ChargeCategory":"Usage","ServiceName":"S","BillingCurrency":"USD","BilledCost":{cost}{tags}}}"#
        )
    };
    let told = |text: &str| {
        let reading = of(text, &Wanted::default());
        let malformed: u64 = reading.malformed.values().map(|lines| lines.count).sum();
        let charges = reading.charges.into_sorted();
        let tagged: Vec<Option<bool>> = charges.iter().map(|one| one.key.tagged).collect();
        (reading.rows, malformed, tagged)
    };
    let tags = r#","Tags":{"env":"a"}"#;
    let first = format!("{}\n{}\n", row("1", r#","Tags":null"#), row("2", tags));
    assert_eq!(told(&first), (2, 0, vec![Some(false), Some(true)]));
    // A row that lacks its cost is a malformed row, and no reason to leave out the file.
    let no_cost = format!("{}\n{}\n", row("null", tags), row("2", tags));
    assert_eq!(told(&no_cost), (1, 1, vec![Some(true)]));
    // A column that comes with the second row only: of the first nothing is known.
    let later = format!("{}\n{}\n", row("1", ""), row("2", tags));
    assert_eq!(told(&later), (2, 0, vec![None, Some(true)]));
}
