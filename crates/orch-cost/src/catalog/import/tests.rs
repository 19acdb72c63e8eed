//! What the clouds send becomes rows, exactly; what is not understood is counted.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use orch_model::Resource;
use serde_json::json;

use super::super::{Catalogue, OwnTable, instance_price};
use super::*;
use crate::price;

const TODAY: &str = "2026-11-23";

fn fixture(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/prices");
    fs::read(root.join(name)).unwrap()
}

fn imported(provider: Provider, names: &[&str]) -> Imported {
    let mut imported = Imported::default();
    for name in names {
        let mut page = Imported::default();
        import(provider, &fixture(name)[..], TODAY, &mut page).unwrap();
        imported.join(page);
    }
    imported.composed(provider)
}

fn table(imported: &Imported, provider: Provider, region: &str) -> String {
    let mut table = Vec::new();
    imported.write(provider, region, &mut table).unwrap();
    String::from_utf8(table).unwrap()
}

fn aws(region: &str) -> Imported {
    let names = AWS_OFFERS.map(|offer| format!("aws/{offer}.{region}.csv"));
    imported(Provider::Aws, &names.each_ref().map(String::as_str))
}

fn usd(imported: &Imported, region: &str, item: &str) -> Option<String> {
    let row = imported.rows.get(&(region.to_owned(), item.to_owned()))?;
    row.usd.map(|usd| usd.to_string())
}

#[test]
fn the_offers_of_aws() {
    let read = aws("us-east-1");
    insta::assert_snapshot!("aws", table(&read, Provider::Aws, "us-east-1"));
    insta::assert_debug_snapshot!("aws_skipped", read.skipped);
    // The letters of a region before the usage type are no part of it.
    let other = aws("eu-west-1");
    assert_eq!(other.len(), read.len());
    assert_eq!(other.skipped, read.skipped);
    assert_eq!(
        usd(&other, "eu-west-1", "volume.gp3.throughput").as_deref(),
        Some("0.044")
    );
    assert_eq!(
        usd(&other, "eu-west-1", "balancer.application").as_deref(),
        Some("0.02475")
    );
}

#[test]
fn the_pages_of_azure() {
    let names = [
        "azure/westeurope.1.json",
        "azure/westeurope.2.json",
        "azure/Global.1.json",
    ];
    let read = imported(Provider::Azure, &names);
    assert_eq!(read.regions(), ["*", "westeurope"]);
    insta::assert_snapshot!("azure", table(&read, Provider::Azure, "westeurope"));
    insta::assert_snapshot!("azure_everywhere", table(&read, Provider::Azure, "*"));
    insta::assert_debug_snapshot!("azure_skipped", read.skipped);
}

#[test]
fn the_pages_of_google() {
    let names = [
        "gcp/6F81-5844-456A.1.json",
        "gcp/6F81-5844-456A.2.json",
        "gcp/9662-B51E-5089.1.json",
    ];
    let read = imported(Provider::Gcp, &names);
    assert_eq!(read.regions(), ["*", "us-central1", "us-east1"]);
    insta::assert_snapshot!("gcp", table(&read, Provider::Gcp, "us-central1"));
    insta::assert_snapshot!("gcp_everywhere", table(&read, Provider::Gcp, "*"));
    insta::assert_debug_snapshot!("gcp_skipped", read.skipped);
}

/// The amounts of the fixture are those of us-central1, so what is put together from them must be what others
/// put together from the same list: the embedded table.
#[test]
fn machine_types_of_google_cost_what_their_parts_do() {
    let names = ["gcp/6F81-5844-456A.1.json", "gcp/6F81-5844-456A.2.json"];
    let read = imported(Provider::Gcp, &names);
    let mut compared = 0;
    for ((region, item), row) in &read.rows {
        let (Some(name), "us-central1") = (item.strip_prefix("instance."), region.as_str()) else {
            continue;
        };
        let (Some(known), Some(usd)) = (instance_price(Provider::Gcp, region, name), row.usd)
        else {
            continue;
        };
        // The embedded table has six digits, and eight where the price is small.
        let difference = (known.usd - usd).abs();
        assert!(
            difference * Decimal::from(2_000) < usd,
            "{name}: {usd}, {}",
            known.usd
        );
        compared += 1;
    }
    assert!(compared >= 40, "{compared}");
}

#[test]
fn a_price_that_stands_there_twice_with_two_amounts_is_none() {
    let mut one = Imported::default();
    let day = (TODAY, "a list");
    one.add("r", "volume.a".into(), "gib-month", Decimal::ONE, day);
    one.add(
        "r",
        "volume.a".into(),
        "gib-month",
        Decimal::new(10, 1),
        day,
    );
    assert_eq!(
        (one.len(), one.skipped.len()),
        (1, 0),
        "the same amount again"
    );
    let mut two = Imported::default();
    two.add("r", "volume.a".into(), "gib-month", Decimal::TWO, day);
    one.join(two.clone());
    assert_eq!(one.len(), 0);
    // Nor does it come back with a third one.
    one.join(two);
    assert_eq!(one.len(), 0);
    assert_eq!(one.skipped["two prices for one thing"], 1);
    assert_eq!(
        table(&one, Provider::Aws, "r").lines().count(),
        6,
        "head and columns"
    );
}

#[test]
fn nothing_of_a_list_gets_out_of_its_cell() {
    let mut read = Imported::default();
    let day = (TODAY, "a list");
    for item in ["volume.a,b", "volume.a\nb", "volume.\"", ""] {
        read.add("r", item.into(), "gib-month", Decimal::ONE, day);
        read.add(item, "volume.a".into(), "gib-month", Decimal::ONE, day);
    }
    read.add("r", "volume.a".into(), "gib-month", Decimal::MAX, day);
    assert!(read.is_empty());
    assert_eq!(
        plain_words("LRS \"Snapshots\"\n, x\u{1b}[0m"),
        "LRS Snapshots, x0m"
    );
}

#[test]
fn what_is_no_price_list_is_refused() {
    let refused = |provider, text: &str| {
        let mut read = Imported::default();
        import(provider, text.as_bytes(), TODAY, &mut read).is_err() && read.is_empty()
    };
    for text in ["", "<html>", "[]", "{\"Items\": 3}", "\"SKU\",\"Price\"\n"] {
        assert!(refused(Provider::Aws, text), "{text}");
        assert!(refused(Provider::Azure, text), "{text}");
    }
    for text in ["", "<html>", "[1]", "{\"skus\": 3}"] {
        assert!(refused(Provider::Gcp, text), "{text}");
    }
    // A list that broke off in the middle of a page is none either.
    let half = |name: &str| {
        let whole = fixture(name);
        String::from_utf8(whole[..whole.len() / 2].to_vec()).unwrap()
    };
    assert!(refused(Provider::Azure, &half("azure/westeurope.1.json")));
    assert!(refused(Provider::Gcp, &half("gcp/6F81-5844-456A.1.json")));
}

#[test]
fn what_is_kept_between_runs_is_read_back() {
    let mut read = aws("us-east-1");
    read.join(aws("eu-west-1"));
    let mut kept = Vec::new();
    read.keep(&mut kept).unwrap();
    assert_eq!(Imported::read_back(&kept[..]).unwrap(), read);
    assert!(kept.len() > 1_000);
    assert!(Imported::read_back(&b"a,b,c"[..]).is_err());
}

/// 730 hours of what the lists say: of Azure NAT gateways, which have one price everywhere, and gateways by their tier;
/// servers by their size, with a standby where the list has one.
#[test]
fn services_cost_what_was_fetched() {
    let lists = [
        (Provider::Aws, aws("us-east-1"), "us-east-1"),
        (
            Provider::Azure,
            imported(
                Provider::Azure,
                &["azure/westeurope.1.json", "azure/westeurope.2.json"],
            ),
            "westeurope",
        ),
        (
            Provider::Azure,
            imported(Provider::Azure, &["azure/Global.1.json"]),
            "*",
        ),
        (
            Provider::Gcp,
            imported(Provider::Gcp, &["gcp/9662-B51E-5089.1.json"]),
            "us-central1",
        ),
    ];
    let own = lists.map(|(provider, read, region)| OwnTable {
        provider,
        region: region.to_owned(),
        text: table(&read, provider, region),
    });
    let prices = Catalogue::with(own.into()).unwrap();
    let aws = "aws:aws:111122223333:us-east-1";
    let (west, north) = ("azure:azure:s:westeurope", "azure:azure:s:northeurope");
    let google = "gcp:gcp:shop:us-central1";
    let database = |engine: &str, size: &str, twice: bool| {
        let server = json!({
            "engine": engine, "instance_type": size, "high_availability": twice, "storage_gb": 20,
        });
        ("database.server", server)
    };
    let nat = || ("network.gateway", json!({ "purpose": "nat" }));
    let balancer = |purpose: &str, sku: &str| {
        (
            "network.load-balancer",
            json!({ "purpose": purpose, "sku": sku }),
        )
    };
    let told: Vec<String> = [
        (aws, database("postgres", "db.m5.large", false)),
        (aws, database("mysql", "db.m5.large", true)),
        (aws, database("postgres", "db.m5.large", true)),
        (aws, balancer("gateway", "x")),
        (aws, nat()),
        (west, database("postgres", "Standard_D2ds_v5", false)),
        (west, database("mysql", "Standard_D2ds_v4", true)),
        (west, database("sqlserver", "GP_Gen5_2", false)),
        (west, balancer("application", "Standard_v2")),
        (west, balancer("application", "WAF_v2")),
        (west, balancer("passthrough", "Standard")),
        (west, nat()),
        (north, nat()),
        (google, database("postgres", "db-custom-2-7680", true)),
        (google, database("mysql", "db-custom-2-7680", false)),
        (google, nat()),
    ]
    .into_iter()
    .map(|(scope, (kind, body))| {
        let resource = json!({ "uid": "x", "scope": scope, "name": "x", "body": { kind: body } });
        let resource: Resource = serde_json::from_value::<Resource>(resource).unwrap();
        match price(prices, &resource) {
            Ok(price) => format!("{} = {}", price.formula, price.monthly.0.normalize()),
            Err(reason) => reason.to_string(),
        }
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

proptest! {
    /// Amounts leave as they came: an importer multiplies and rounds nothing.
    #[test]
    fn amounts_are_exact(units in 0_i64..1_000_000, nanos in 1_i64..1_000_000_000) {
        let page = format!(
            r#"{{"skus":[{{"skuId":"A","description":"Balanced PD Capacity","category":{{"usageType":"OnDemand"}},
            "serviceRegions":["us-central1"],"pricingInfo":[{{"pricingExpression":{{"usageUnit":"GiBy.mo",
            "tieredRates":[{{"unitPrice":{{"currencyCode":"USD","units":"{units}","nanos":{nanos}}}}}]}}}}]}}]}}"#
        );
        let mut read = Imported::default();
        import(Provider::Gcp, page.as_bytes(), TODAY, &mut read).unwrap();
        let wanted = (Decimal::from(units) + Decimal::new(nanos, 9)).normalize().to_string();
        prop_assert_eq!(usd(&read, "us-central1", "volume.pd-balanced"), Some(wanted));
    }

    /// The same of amounts that are numbers of JSON.
    #[test]
    fn numbers_of_json_are_exact(digits in 1_i64..1_000_000_000_000, scale in 0_u32..12) {
        let amount = Decimal::new(digits, scale);
        let page = format!(
            r#"{{"Items":[{{"type":"Consumption","currencyCode":"USD","serviceName":"NAT Gateway","armRegionName":"x",
            "productName":"NAT Gateway","meterName":"Standard Gateway","unitOfMeasure":"1 Hour","retailPrice":{amount}}}]}}"#
        );
        let mut read = Imported::default();
        import(Provider::Azure, page.as_bytes(), TODAY, &mut read).unwrap();
        // Nothing costs more than a million.
        let wanted = (amount <= Decimal::from(1_000_000)).then(|| amount.normalize().to_string());
        prop_assert_eq!(usd(&read, "x", "gateway.nat"), wanted);
    }
}
