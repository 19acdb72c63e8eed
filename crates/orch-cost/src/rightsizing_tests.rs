//! Smaller types, checked against the catalogue by hand.

use super::*;

fn scope(region: &str) -> Scope {
    Scope::new(Provider::Aws, "aws", "111122223333", region)
}

fn found(region: &str, name: &str, p995: f64) -> Option<Smaller> {
    match smaller(&scope(region), name, p995).unwrap() {
        Field::Value(smaller) => Some(smaller),
        Field::None | Field::NotRead => None,
    }
}

/// The same question asked of the whole catalogue, one condition at a time.
fn candidates(now: &str, region: &str) -> Vec<&'static MachineSpec> {
    let now = catalog::machine(now).unwrap();
    catalog::instance_types(region)
        .iter()
        .map(|(spec, _)| *spec)
        .filter(|spec| spec.vcpu < now.vcpu && spec.memory_gib >= now.memory_gib)
        .collect()
}

#[test]
fn the_cheapest_type_that_fits_is_found_with_its_numbers() {
    // m5.2xlarge: 8 processors, 32 GiB, 0.384. At 20 % it needs 1.6 processors.
    let smaller = found("us-east-1", "m5.2xlarge", 20.0).unwrap();
    let spec = catalog::machine(&smaller.instance_type).unwrap();
    assert!(spec.vcpu < 8 && spec.memory_gib >= Decimal::from(32));
    assert_eq!(smaller.need_vcpu, 1.6);
    assert_eq!(smaller.projected_p995, 1.6 / f64::from(spec.vcpu) * 100.0);
    let price = catalog::instance_price("us-east-1", spec.name).unwrap();
    let month = Decimal::from(730);
    assert_eq!(smaller.monthly, Field::Value(Amount(price.usd * month)));
    let paid: Decimal = "0.384".parse().unwrap();
    assert_eq!(
        smaller.saving,
        Field::Value(Amount((paid - price.usd) * month))
    );
    assert!(!smaller.derived);
    // Nothing cheaper in the catalogue fits.
    for other in candidates("m5.2xlarge", "us-east-1") {
        let cheaper = catalog::instance_price("us-east-1", other.name)
            .unwrap()
            .usd
            < price.usd;
        let fits = 160 <= other.vcpu * CPU_TARGET
            && other.architecture == "x86_64"
            && other.current_generation
            && Family::of("m5.2xlarge").may_become(&Family::of(other.name));
        assert!(!(cheaper && fits), "{} is cheaper", other.name);
    }
}

#[test]
fn the_need_may_take_80_percent_of_the_new_type_and_no_more() {
    // Half the processors: 40 % becomes exactly 80 %.
    let smaller = found("us-east-1", "m5.2xlarge", 40.0).unwrap();
    assert_eq!((smaller.vcpu, smaller.projected_p995), (4, 80.0));
    assert_eq!(found("us-east-1", "m5.2xlarge", 40.1), None);
}

#[test]
fn memory_architecture_burst_and_disks_are_kept() {
    for (name, region) in [
        ("m5.2xlarge", "us-east-1"),
        ("m6g.2xlarge", "us-east-1"),
        ("m5d.2xlarge", "us-east-1"),
        ("c5.4xlarge", "eu-west-1"),
        ("t3.2xlarge", "us-east-1"),
    ] {
        let now = catalog::machine(name).unwrap();
        let smaller = found(region, name, 5.0).unwrap();
        let spec = catalog::machine(&smaller.instance_type).unwrap();
        assert!(spec.memory_gib >= now.memory_gib, "{name} → {}", spec.name);
        assert_eq!(
            spec.architecture, now.architecture,
            "{name} → {}",
            spec.name
        );
        assert!(
            spec.current_generation && !Family::of(spec.name).bursts(),
            "{name} → {}",
            spec.name
        );
        assert_eq!(smaller.derived, region != "us-east-1");
    }
    let disk = found("us-east-1", "m5d.2xlarge", 5.0).unwrap();
    assert!(
        Family::of(&disk.instance_type).letters.contains('d'),
        "{}",
        disk.instance_type
    );
}

#[test]
fn special_machines_stay_what_they_are() {
    for name in [
        "g4dn.2xlarge",
        "g5.12xlarge",
        "i3.2xlarge",
        "inf1.6xlarge",
        "m5.metal",
    ] {
        assert_eq!(found("us-east-1", name, 1.0), None, "{name}");
    }
}

#[test]
fn an_unknown_type_price_or_cloud_is_unknown_and_not_none() {
    assert!(smaller(&scope("us-east-1"), "m99.large", 5.0).is_err());
    assert!(smaller(&scope("mars-north-1"), "m5.large", 5.0).is_err());
    assert!(smaller(&scope("us-east-1"), "m5.large", f64::NAN).is_err());
    let azure = Scope::new(Provider::Azure, "azure", "s", "westeurope");
    assert!(smaller(&azure, "Standard_D4s_v5", 5.0).is_err());
}

#[test]
fn a_family_name_is_taken_apart() {
    let family = Family::of("c5dn.18xlarge");
    assert_eq!((family.series, family.letters), ("c", "dn"));
    assert!(Family::of("c7i-flex.large").bursts() && Family::of("t4g.nano").bursts());
    assert!(!Family::of("trn1.2xlarge").bursts());
    assert_eq!(Family::of("u-6tb1.56xlarge").series, "u-");
}
