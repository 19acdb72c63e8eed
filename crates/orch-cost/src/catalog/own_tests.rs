//! Tables of the user's come before those that are built in, region by region, and a damaged one is an error.

use super::*;
use crate::catalog::import::{Imported, import};

const HEAD: &str =
    "# What: prices\n# As of: 2026-11-18\n# Derived: no\n# Origin: a list\n# Licence: facts\n";

fn own(region: &str, rows: &str) -> OwnTable {
    OwnTable {
        provider: Provider::Aws,
        region: region.to_owned(),
        text: format!("{HEAD}{COLUMNS}\n{rows}"),
    }
}

fn usd(price: Option<UnitPrice>) -> Option<String> {
    price.map(|price| price.usd.to_string())
}

#[test]
fn a_table_of_the_users_comes_first_where_it_knows_something() {
    let east = "us-east-1,instance.m5.large,hour,0.5,2026-11-18,\"own\"\n\
        us-east-1,volume.gp3,gib-month,0.09,2026-11-18,\"own\"\n";
    let everywhere = "*,address.ipv4,hour,0.006,2026-11-18,\"own\"\n";
    let prices = Catalogue::with(vec![own("us-east-1", east), own("*", everywhere)]).unwrap();
    let embedded = Catalogue::embedded();
    let aws = Provider::Aws;
    let price = prices.instance_price(aws, "us-east-1", "m5.large").unwrap();
    assert_eq!(
        (price.usd.to_string().as_str(), price.as_of, price.source),
        ("0.5", "2026-11-18", "own")
    );
    // The list of a region is whole: what is not in it is not on sale there any longer.
    assert_eq!(prices.instance_price(aws, "us-east-1", "m5.xlarge"), None);
    assert_eq!(prices.offers(aws, "us-east-1").len(), 1);
    // Other regions and clouds are as they were.
    assert_eq!(
        prices.instance_price(aws, "eu-west-1", "m5.large"),
        embedded.instance_price(aws, "eu-west-1", "m5.large")
    );
    assert_eq!(
        prices.offers(Provider::Gcp, "us-central1").len(),
        embedded.offers(Provider::Gcp, "us-central1").len()
    );
    // Units are taken one by one: those that the list lacks are known from elsewhere.
    assert_eq!(
        usd(prices.unit_price(aws, "us-east-1", "volume.gp3")).as_deref(),
        Some("0.09")
    );
    assert_eq!(
        usd(prices.unit_price(aws, "us-east-1", "volume.gp2")).as_deref(),
        Some("0.10")
    );
    assert_eq!(
        usd(prices.unit_price(aws, "eu-west-1", "address.ipv4")).as_deref(),
        Some("0.006")
    );
    assert_eq!(prices.unit_price(aws, "eu-west-1", "volume.gp3"), None);
}

#[test]
fn reports_name_the_tables_of_their_regions() {
    let row = |region: &str| {
        own(
            region,
            &format!("{region},volume.gp3,gib-month,1,2026,\"own\"\n"),
        )
    };
    let prices = Catalogue::with(vec![row("us-east-1"), row("eu-west-1")]).unwrap();
    let own = |provider, regions: &[&str]| {
        let origins = prices.origins(provider, &regions.iter().copied().collect());
        origins
            .iter()
            .filter(|origin| origin.source == "a list")
            .count()
    };
    assert_eq!(own(Provider::Aws, &["us-east-1"]), 1);
    assert_eq!(own(Provider::Aws, &["us-east-1", "eu-west-1"]), 2);
    assert_eq!(own(Provider::Aws, &["us-west-2"]), 0);
    assert_eq!(own(Provider::Gcp, &["us-east-1"]), 0);
    let listings = prices.listings(Provider::Aws);
    let told: Vec<(Option<&str>, usize)> = listings
        .iter()
        .filter(|listing| listing.own)
        .map(|listing| (listing.region, listing.figures))
        .collect();
    assert_eq!(told, [(Some("eu-west-1"), 1), (Some("us-east-1"), 1)]);
    assert!(
        listings
            .iter()
            .any(|listing| !listing.own && listing.figures > 900)
    );
}

#[test]
fn what_an_importer_writes_can_be_read() {
    let page = r#"{"Items":[{"type":"Consumption","currencyCode":"USD","serviceName":"Virtual Machines",
        "armRegionName":"westeurope","productName":"Virtual Machines DSv5 Series","skuName":"D4s v5",
        "meterName":"D4s v5","armSkuName":"Standard_D4s_v5","unitOfMeasure":"1 Hour","retailPrice":0.123}]}"#;
    let mut read = Imported::default();
    import(Provider::Azure, page.as_bytes(), "2026-11-23", &mut read).unwrap();
    let mut text = Vec::new();
    read.write(Provider::Azure, "westeurope", &mut text)
        .unwrap();
    let table = OwnTable {
        provider: Provider::Azure,
        region: "westeurope".to_owned(),
        text: String::from_utf8(text).unwrap(),
    };
    let prices = Catalogue::with(vec![table]).unwrap();
    // Azure does not mind the case.
    let price = prices
        .instance_price(Provider::Azure, "westeurope", "standard_d4S_V5")
        .unwrap();
    assert_eq!(
        (price.usd.to_string().as_str(), price.as_of),
        ("0.123", "2026-11-23")
    );
    assert!(!price.derived);
}

#[test]
fn no_table_is_the_embedded_catalogue() {
    assert_eq!(Catalogue::with(Vec::new()), Ok(Catalogue::embedded()));
}

#[test]
fn a_damaged_table_is_an_error_with_its_line() {
    let mistake = |text: String| {
        let table = OwnTable {
            provider: Provider::Aws,
            region: "us-east-1".to_owned(),
            text,
        };
        Catalogue::with(vec![table])
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    let row = |row: &str| mistake(format!("{HEAD}{COLUMNS}\n{row}\n"));
    let told = [
        mistake(String::new()),
        mistake("<html>".to_owned()),
        mistake(HEAD.to_owned()),
        mistake(format!("{HEAD}x\n")),
        row("us-east-1,volume.gp3,gib-month,0.09"),
        row("us-east-1,volume.gp3,gib-month,cheap,2026,\"own\""),
        row("us-east-1,volume.gp3,gib-month,-1,2026,\"own\""),
        row("us-east-1,volume.gp3,gib-month,0,2026,\"own\""),
        row("us-east-1,volume.gp3,gib-month,79228162514264337593543950335,2026,\"own\""),
        row("us-east-1,volume.gp3,hour,0.08,2026,\"own\""),
        row("eu-west-1,volume.gp3,gib-month,1,2026,\"own\""),
        row("us-east-1,a,hour,1,2026,\"own\"\nus-east-1,a,hour,1,2026,\"own\""),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    line 1: the head does not say as of when and from where
    line 1: the head does not say as of when and from where
    line 1: no names of columns
    line 6: no line of the head, and not the names of the columns
    line 7: not six columns
    line 7: not a price
    line 7: not a price
    line 7: not a price
    line 7: not a price
    line 7: of another unit than the item has
    line 7: of another region than the file
    line 8: a second price for one item
    ");
}
