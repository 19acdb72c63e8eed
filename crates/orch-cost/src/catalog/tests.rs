//! The embedded tables are whole, sorted, and say what they are.

use std::collections::BTreeSet;

use super::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Rows a file should yield: its lines without head and column names.
fn rows(text: &str) -> usize {
    text.lines().filter(|line| !line.starts_with('#')).count() - 1
}

#[test]
fn every_row_of_every_table_is_read() {
    let instances: usize = instance_prices().values().map(BTreeMap::len).sum();
    assert_eq!(instances, rows(PUBLISHED) + rows(DERIVED));
    assert_eq!(specs().len(), rows(SPECS));
    assert_eq!(unit_prices().len(), rows(STORAGE));
    let prices = instance_prices()
        .values()
        .flat_map(BTreeMap::values)
        .chain(unit_prices().values());
    for price in prices {
        assert!(price.usd > Decimal::ZERO && !price.as_of.is_empty() && !price.source.is_empty());
    }
}

#[test]
fn every_table_is_sorted_and_says_what_as_of_from_where_and_under_which_licence() {
    for text in [PUBLISHED, DERIVED, SPECS, STORAGE] {
        let (head, _) = table::read::<3>(text);
        for key in ["What", "As of", "Derived", "Origin", "Licence"] {
            assert!(head.get(key).is_some(), "no {key}");
        }
        let keys: Vec<Vec<&str>> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .skip(1)
            .map(|line| line.split(',').take(2).collect())
            .collect();
        assert!(keys.is_sorted() && keys.iter().collect::<BTreeSet<_>>().len() == keys.len());
    }
}

#[test]
fn a_published_price_is_not_derived_and_one_of_another_region_is() {
    let here = instance_price("us-east-1", "m5.xlarge").unwrap();
    assert_eq!(
        (here.usd, here.derived, here.as_of),
        (dec("0.192"), false, "2026-07-20")
    );
    let there = instance_price("eu-west-1", "m5.xlarge").unwrap();
    assert_eq!(
        (there.usd, there.derived, there.as_of),
        (dec("0.214"), true, "2023-08-06")
    );
    assert_eq!(instance_price("eu-west-1", "m99.xlarge"), None);
    assert_eq!(instance_price("mars-north-1", "m5.xlarge"), None);
}

#[test]
fn a_unit_price_is_of_its_region_or_of_every_region_but_never_of_another() {
    assert_eq!(
        unit_price("us-east-1", "volume.gp3").unwrap().usd,
        dec("0.08")
    );
    assert_eq!(unit_price("eu-west-1", "volume.gp3"), None);
    assert_eq!(
        unit_price("eu-west-1", "address.ipv4").unwrap().usd,
        dec("0.005")
    );
}

#[test]
fn a_spec_is_found_by_the_name_of_the_type() {
    let spec = machine("g4dn.xlarge").unwrap();
    assert_eq!(
        (spec.vcpu, spec.memory_gib, spec.accelerators),
        (4, dec("16"), 1)
    );
    assert_eq!(
        (spec.architecture, spec.current_generation),
        ("x86_64", true)
    );
    assert_eq!(machine("m99.xlarge"), None);
}
