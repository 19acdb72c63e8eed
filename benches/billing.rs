//! A hundred million billing rows: makes them, and adds them up by service, region and day.
//!
//! `generate DIR ROWS` writes Parquet files of five million rows each; a file that is there is left alone, so
//! that a run that was stopped goes on. `group DIR` adds BilledCost and EffectiveCost of all of them up and
//! prints how many groups there are and the total, so that another engine's answer can be held against it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops at the first thing that is wrong, and prints its figure"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use orch_cost::files::{find, sum_by};
use polars::prelude::*;
use rust_decimal::Decimal;

/// Rows of one file.
const FILE: usize = 5_000_000;
/// Rows of one row group: what the writer holds in memory.
const GROUP: usize = 500_000;
/// Fraction digits of the amounts.
const SCALE: usize = 10;

fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["generate", directory, rows] => generate(Path::new(directory), rows.parse().unwrap()),
        ["group", directory] => group(Path::new(directory)),
        _ => println!("generate DIR ROWS | group DIR"),
    }
}

fn group(directory: &Path) {
    let files = find(directory).unwrap().files;
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let keys = ["ServiceName", "RegionId", "ChargePeriodStart"];
    let groups = sum_by(&files, &keys, &["BilledCost", "EffectiveCost"]).unwrap();
    let rows: u64 = groups.iter().map(|group| group.rows).sum();
    let total = |at: usize| -> Decimal { groups.iter().filter_map(|group| group.sums[at]).sum() };
    println!(
        "{} groups, {rows} rows, billed {}, effective {}",
        groups.len(),
        total(0).normalize(),
        total(1).normalize()
    );
}

/// A small generator of numbers (SplitMix64): the files are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

fn generate(directory: &Path, rows: usize) {
    fs::create_dir_all(directory).unwrap();
    for number in 0..rows.div_ceil(FILE) {
        let path = directory.join(format!("part-{number:04}.parquet"));
        if path.exists() {
            continue;
        }
        let part = directory.join(format!("part-{number:04}.writing"));
        let mut numbers = Numbers(number as u64);
        let mut left = FILE.min(rows - number * FILE);
        let mut writer = None;
        while left > 0 {
            let length = left.min(GROUP);
            let frame = rows_of(&mut numbers, number, length);
            let writer = writer.get_or_insert_with(|| {
                ParquetWriter::new(File::create(&part).unwrap())
                    .with_compression(ParquetCompression::Snappy)
                    .batched(frame.schema())
                    .unwrap()
            });
            writer.write_batch(&frame).unwrap();
            left -= length;
        }
        writer.unwrap().finish().unwrap();
        fs::rename(&part, &path).unwrap();
        println!("{}", path.display());
    }
}

/// Text of a column: one of so many values.
fn words(name: &str, numbers: &mut Numbers, length: usize, prefix: &str, values: u64) -> Column {
    let known: Vec<String> = (0..values)
        .map(|value| format!("{prefix}{value}"))
        .collect();
    let column: Vec<&str> = (0..length)
        .map(|_| known[numbers.below(values) as usize].as_str())
        .collect();
    Column::new(name.into(), column)
}

fn one(name: &str, length: usize, value: &str) -> Column {
    Column::new_scalar(name.into(), Scalar::from(PlSmallStr::from(value)), length)
}

fn decimals(name: &str, mantissas: &[i128]) -> Column {
    let column = Int128Chunked::from_slice(name.into(), mantissas);
    column.into_decimal_unchecked(38, SCALE).into_column()
}

fn times(name: &str, hours: &[i64]) -> Column {
    let micros: Vec<i64> = hours.iter().map(|hour| hour * 3_600_000_000).collect();
    Int64Chunked::from_slice(name.into(), &micros)
        .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
        .into_column()
}

/// Rows as a large company's export has them: hourly, sixty services, thirty regions, two hundred accounts, a
/// month spread over two files or so.
fn rows_of(numbers: &mut Numbers, file: usize, length: usize) -> DataFrame {
    let n = &mut *numbers;
    // 2024-01-01 and eighteen days a file: twenty files are a year.
    let first = 19_723 * 24 + file as i64 * 18 * 24;
    let starts: Vec<i64> = (0..length)
        .map(|_| first + n.below(18 * 24) as i64)
        .collect();
    let ends: Vec<i64> = starts.iter().map(|start| start + 1).collect();
    // Most rows are fractions of a cent, few are dollars.
    let billed: Vec<i128> = (0..length)
        .map(|_| {
            let digits = n.below(9) as u32 + 3;
            i128::from(n.below(10_u64.pow(digits)))
        })
        .collect();
    let share = |percent: i128| -> Vec<i128> {
        billed.iter().map(|amount| amount * percent / 100).collect()
    };
    let quantities: Vec<i128> = (0..length)
        .map(|_| i128::from(n.below(10_000_000_000)))
        .collect();
    let resources: Vec<String> = (0..length)
        .map(|_| {
            format!(
                "arn:aws:ec2:eu-west-1:111122223333:instance/i-{:012x}",
                n.below(200_000)
            )
        })
        .collect();
    let columns = vec![
        words("AvailabilityZone", n, length, "eu-west-1", 6),
        decimals("BilledCost", &billed),
        one("BillingAccountId", length, "111122223333"),
        one("BillingAccountName", length, "Example"),
        one("BillingCurrency", length, "USD"),
        times("BillingPeriodStart", &vec![first; length]),
        times("BillingPeriodEnd", &vec![first + 720; length]),
        words("ChargeCategory", n, length, "Usage", 1),
        one("ChargeFrequency", length, "Usage-Based"),
        words(
            "ChargeDescription",
            n,
            length,
            "USD per hour of something that is described at length ",
            2_000,
        ),
        times("ChargePeriodStart", &starts),
        times("ChargePeriodEnd", &ends),
        words("CommitmentDiscountStatus", n, length, "Used", 2),
        decimals("ConsumedQuantity", &quantities),
        words("ConsumedUnit", n, length, "Unit", 12),
        decimals("ContractedCost", &share(97)),
        decimals("EffectiveCost", &share(80)),
        decimals("ListCost", &share(110)),
        words("PricingCategory", n, length, "Category", 4),
        decimals("PricingQuantity", &quantities),
        words("PricingUnit", n, length, "Unit", 12),
        one("ProviderName", length, "AWS"),
        one("PublisherName", length, "Amazon Web Services, Inc."),
        words("RegionId", n, length, "region-", 30),
        Column::new("ResourceId".into(), resources),
        words("ServiceCategory", n, length, "Category of services ", 15),
        words("ServiceName", n, length, "Amazon service number ", 60),
        words("SkuId", n, length, "SKU", 5_000),
        words("SubAccountId", n, length, "4444555566", 200),
        words(
            "Tags",
            n,
            length,
            "{\"environment\":\"prod\",\"team\":\"t",
            300,
        ),
    ];
    DataFrame::new(length, columns).unwrap()
}
