//! The embedded tables are whole, sorted, and say what they are.

use std::collections::BTreeSet;

use super::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

/// Every figure of every wide table, by region and name.
fn figures(text: &'static str) -> BTreeMap<(&'static str, &'static str), &'static str> {
    let of = |region| table::wide(text, region).unwrap();
    table::regions(text)
        .flat_map(|region| of(region).map(move |(name, cell)| ((region, name), cell)))
        .collect()
}

fn all_regions(tables: &Tables) -> BTreeSet<&'static str> {
    let prices = tables.prices.iter();
    prices.flat_map(|text| table::regions(text)).collect()
}

#[test]
fn every_row_of_every_table_is_read() {
    for tables in &TABLES {
        let rows = lines(tables.types).count() - 1;
        assert_eq!(types(tables.provider).unwrap().len(), rows);
        let mut listed = BTreeSet::new();
        for text in tables.prices {
            // Every row is as wide as the first line, and no cell is lost.
            let width = lines(text).next().unwrap().split(',').count();
            let cells = lines(text)
                .skip(1)
                .flat_map(|line| line.split(',').skip(1))
                .filter(|cell| !cell.is_empty())
                .count();
            assert!(lines(text).all(|line| line.split(',').count() == width));
            assert_eq!(figures(text).len(), cells);
            listed.extend(figures(text).into_keys());
        }
        let parsed: usize = all_regions(tables)
            .into_iter()
            .map(|name| region(tables.provider, name).unwrap().by_name.len())
            .sum();
        assert_eq!(parsed, listed.len());
        for name in all_regions(tables) {
            for price in region(tables.provider, name).unwrap().by_name.values() {
                assert!(price.usd > Decimal::ZERO && price.for_a_month() <= price.usd);
                assert!(!price.as_of.is_empty() && !price.source.is_empty());
            }
        }
    }
    for (place, tables) in TABLES.iter().enumerate() {
        let rows = tables.units.iter().filter_map(|units| match units {
            Units::Rows(text) => Some(*text),
            Units::Wide(_) => None,
        });
        let rows: Vec<&str> = rows.collect();
        assert_eq!(rows.len(), 1, "prices of a second table would not be found");
        assert_eq!(row_prices(place, rows[0]).len(), lines(rows[0]).count() - 1);
    }
}

#[test]
fn every_table_is_sorted_and_says_what_as_of_from_where_and_under_which_licence() {
    for tables in &TABLES {
        for text in tables.all() {
            for key in ["What", "As of", "Derived", "Origin", "Licence"] {
                let line = format!("# {key}: ");
                assert!(text.lines().any(|found| found.starts_with(&line)), "{key}");
            }
            let keys: Vec<Vec<&str>> = lines(text)
                .skip(1)
                .map(|line| line.split(',').take(2).collect())
                .collect();
            assert!(keys.is_sorted() && keys.iter().collect::<BTreeSet<_>>().len() == keys.len());
        }
        assert_eq!(origins(tables.provider).len(), tables.all().count());
    }
}

#[test]
fn the_catalogue_is_small() {
    let all = TABLES.iter().flat_map(Tables::all);
    let bytes: usize = all.map(str::len).sum();
    assert!(bytes < 1_000_000, "{bytes} bytes are built in");
}

#[test]
fn prices_are_those_of_the_region_and_say_whether_they_were_published() {
    let table = [
        // As listed.
        (
            Provider::Aws,
            "us-east-1",
            "m5.xlarge",
            "0.192",
            false,
            "2026-07-20",
        ),
        // An estimate.
        (
            Provider::Aws,
            "eu-west-1",
            "m5.xlarge",
            "0.214",
            true,
            "2023-08-06",
        ),
        (
            Provider::Azure,
            "westeurope",
            "Standard_D4s_v5",
            "0.23",
            false,
            "2026-06-18",
        ),
        // Azure does not mind the case.
        (
            Provider::Azure,
            "westeurope",
            "standard_d4S_V5",
            "0.23",
            false,
            "2026-06-18",
        ),
        (
            Provider::Gcp,
            "us-central1",
            "e2-medium",
            "0.033506",
            false,
            "2026-07-30",
        ),
    ];
    for (provider, region, name, usd, derived, as_of) in table {
        let price = instance_price(provider, region, name).unwrap();
        assert_eq!(
            (price.usd, price.derived, price.as_of),
            (dec(usd), derived, as_of),
            "{name}"
        );
    }
    for (provider, region, name) in [
        (Provider::Aws, "eu-west-1", "m99.xlarge"),
        (Provider::Aws, "mars-north-1", "m5.xlarge"),
        (Provider::Azure, "us-east-1", "Standard_D4s_v5"),
        (Provider::Gcp, "us-central1", "n2-custom-4-8192"),
    ] {
        assert_eq!(instance_price(provider, region, name), None, "{name}");
    }
}

#[test]
fn a_price_with_a_windows_licence_is_not_taken_for_one_without() {
    // The origin lists 1.568 for it in West Europe: 0.046 a processor above its family, the Windows licence.
    assert_eq!(
        instance_price(Provider::Azure, "westeurope", "Standard_D16as_v5"),
        None
    );
    let small = instance_price(Provider::Azure, "westeurope", "Standard_D2as_v5").unwrap();
    assert_eq!(small.usd, dec("0.104"));
    // What is left of a family costs the same a processor within a region.
    for region in all_regions(&TABLES[1]) {
        let rate = |vcpu: u32| {
            let name = format!("Standard_D{vcpu}as_v5");
            let price = instance_price(Provider::Azure, region, &name)?;
            Some(price.usd / Decimal::from(vcpu))
        };
        let rates: Vec<Decimal> = [2, 4, 8, 16, 32, 48, 64, 96]
            .into_iter()
            .filter_map(rate)
            .collect();
        let (least, most) = (rates.iter().min(), rates.iter().max());
        if let (Some(least), Some(most)) = (least, most) {
            assert!(*most <= *least * dec("1.02"), "{region}");
        }
    }
}

#[test]
fn google_takes_off_for_a_whole_month_where_it_says_so() {
    let month = |name| {
        let price = instance_price(Provider::Gcp, "us-central1", name).unwrap();
        price.all_month
    };
    assert_eq!(month("n1-standard-4"), dec("0.7"));
    assert_eq!(month("n2-standard-4"), dec("0.8"));
    assert_eq!(month("e2-standard-4"), Decimal::ONE);
    assert_eq!(month("c3-standard-4"), Decimal::ONE);
}

#[test]
fn a_unit_price_is_of_its_region_or_of_every_region_but_never_of_another() {
    let usd = |provider, region, item| unit_price(provider, region, item).map(|price| price.usd);
    let table = [
        (Provider::Aws, "us-east-1", "volume.gp3", Some("0.08")),
        (Provider::Aws, "eu-west-1", "volume.gp3", None),
        (Provider::Aws, "eu-west-1", "address.ipv4", Some("0.005")),
        (
            Provider::Gcp,
            "asia-east1",
            "volume.pd-balanced",
            Some("0.1"),
        ),
        (
            Provider::Gcp,
            "asia-east1",
            "volume.hyperdisk-extreme",
            None,
        ),
        (Provider::Gcp, "mars-north1", "volume.pd-balanced", None),
        (Provider::Azure, "westeurope", "volume.Premium_LRS", None),
    ];
    for (provider, region, item, expected) in table {
        assert_eq!(usd(provider, region, item), expected.map(dec), "{item}");
    }
}

#[test]
fn the_offer_that_is_cheapest_for_a_month_comes_first() {
    for (provider, region, at_least) in [
        (Provider::Aws, "us-east-1", 900),
        (Provider::Aws, "eu-west-1", 200),
        (Provider::Azure, "westeurope", 1_000),
        (Provider::Gcp, "europe-west1", 400),
    ] {
        let offers = offers(provider, region);
        assert!(offers.len() > at_least, "{region} {}", offers.len());
        assert!(offers.is_sorted_by_key(|offer| offer.price.for_a_month()));
    }
    assert!(offers(Provider::Aws, "mars-north-1").is_empty());
}
