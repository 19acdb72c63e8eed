//! What names and tables tell of types, against what the clouds' pages say of them.

use super::*;
use crate::catalog::machine;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn of(provider: Provider, name: &str) -> MachineType {
    machine(provider, name).unwrap().into_owned()
}

/// Processors, memory in GiB and architecture, as far as they are known.
type Size = (Option<u32>, Option<&'static str>, Option<&'static str>);

#[test]
fn sizes_come_from_the_table_or_from_the_name_and_are_never_made_up() {
    let table: [(Provider, &str, Size); 16] = [
        (
            Provider::Aws,
            "m5.2xlarge",
            (Some(8), Some("32"), Some("x86_64")),
        ),
        (
            Provider::Aws,
            "m6g.medium",
            (Some(1), Some("4"), Some("arm64")),
        ),
        (
            Provider::Aws,
            "g4dn.xlarge",
            (Some(4), Some("16"), Some("x86_64")),
        ),
        (
            Provider::Azure,
            "Standard_D4s_v5",
            (Some(4), Some("16"), Some("x86_64")),
        ),
        (
            Provider::Azure,
            "Standard_D16ps_v5",
            (Some(16), Some("64"), Some("arm64")),
        ),
        // Cut to 2 of 4 processors, the memory stays; the origin says 4.
        (
            Provider::Azure,
            "Standard_E4-2s_v4",
            (Some(2), Some("32"), Some("x86_64")),
        ),
        (
            Provider::Azure,
            "Standard_DS12-1_v2",
            (Some(1), Some("28"), Some("x86_64")),
        ),
        // The origin does not know it; D15i_v2 does not count processors.
        (
            Provider::Azure,
            "Standard_D15i_v2",
            (None, None, Some("x86_64")),
        ),
        // Half a GiB, rounded down to none.
        (
            Provider::Azure,
            "Standard_B1ls",
            (Some(1), None, Some("x86_64")),
        ),
        (
            Provider::Gcp,
            "n2-standard-4",
            (Some(4), Some("16"), Some("x86_64")),
        ),
        (
            Provider::Gcp,
            "n1-standard-1",
            (Some(1), Some("3.75"), Some("x86_64")),
        ),
        (
            Provider::Gcp,
            "t2a-standard-1",
            (Some(1), Some("4"), Some("arm64")),
        ),
        (
            Provider::Gcp,
            "n2-custom-4-8192",
            (Some(4), Some("8"), Some("x86_64")),
        ),
        (
            Provider::Gcp,
            "custom-6-23040",
            (Some(6), Some("22.5"), Some("x86_64")),
        ),
        (
            Provider::Gcp,
            "n2-custom-2-24576-ext",
            (Some(2), Some("24"), Some("x86_64")),
        ),
        (
            Provider::Gcp,
            "e2-custom-small-3072",
            (Some(2), Some("3"), Some("x86_64")),
        ),
    ];
    for (provider, name, (vcpu, memory, architecture)) in table {
        let machine = of(provider, name);
        assert_eq!(
            (machine.vcpu, machine.memory_gib, machine.architecture),
            (vcpu, memory.map(dec), architecture),
            "{name}"
        );
    }
    for (provider, name) in [
        (Provider::Aws, "m99.large"),
        (Provider::Azure, "Standard_Unheard_of"),
        (Provider::Gcp, "n2-custom-four-8192"),
        (Provider::Gcp, "unheard-of-2"),
        (Provider::Aws, "n2-custom-4-8192"),
    ] {
        assert_eq!(machine(provider, name), None, "{name}");
    }
}

#[test]
fn rounded_memory_may_be_up_to_a_gib_more() {
    let rounded = of(Provider::Azure, "Standard_DS1_v2");
    assert_eq!(rounded.memory_at_least(), Some(dec("3")));
    assert_eq!(rounded.memory_at_most(), Some(dec("4")));
    let exact = of(Provider::Gcp, "n1-standard-1");
    assert_eq!(exact.memory_at_most(), exact.memory_at_least());
}

#[test]
fn names_are_taken_apart_into_families() {
    let table = [
        (Provider::Aws, "c5dn.18xlarge", "c5dn", "c", Some(5), true),
        (
            Provider::Aws,
            "m7i-flex.large",
            "m7i-flex",
            "m",
            Some(7),
            true,
        ),
        // T3 has the processors of M5.
        (Provider::Aws, "t3.large", "t3", "t", Some(5), true),
        (Provider::Aws, "trn1.2xlarge", "trn1", "trn", Some(1), false),
        (
            Provider::Aws,
            "u-6tb1.56xlarge",
            "u-6tb1",
            "u-",
            Some(6),
            false,
        ),
        (
            Provider::Azure,
            "Standard_D4ads_v5",
            "Dads_v5",
            "D",
            Some(5),
            true,
        ),
        (
            Provider::Azure,
            "Standard_DS3_v2",
            "DS_v2",
            "D",
            Some(2),
            true,
        ),
        (
            Provider::Azure,
            "Standard_E16-4as_v4",
            "Eas_v4",
            "E",
            Some(4),
            true,
        ),
        (
            Provider::Azure,
            "Standard_NC24ads_A100_v4",
            "NCads_A100_v4",
            "NC",
            Some(4),
            false,
        ),
        (
            Provider::Azure,
            "Standard_M416s_9_v2",
            "Ms_9_v2",
            "M",
            Some(2),
            false,
        ),
        (Provider::Azure, "Standard_F8", "F", "F", Some(2), true),
        (Provider::Gcp, "n2d-highmem-16", "n2d", "n", Some(2), true),
        (Provider::Gcp, "custom-4-8192", "n1", "n", Some(1), true),
        (Provider::Gcp, "a2-highgpu-1g", "a2", "a", Some(2), false),
    ];
    for (provider, name, family, series, generation, exchangeable) in table {
        let read = machine(provider, name).map(|machine| machine.family.clone());
        let expected = Family {
            name: family.into(),
            series: series.into(),
            generation,
            exchangeable,
        };
        // Not all of these are in the tables.
        let named = match provider {
            Provider::Aws => aws::named(name.into()),
            Provider::Azure => azure::named(name.into()),
            Provider::Gcp => gcp::named(name.into()),
        };
        assert_eq!(named.family, expected, "{name}");
        assert!(read.is_none_or(|read| read == expected), "{name}");
    }
}

#[test]
fn features_are_there_not_there_or_not_known() {
    use Feature::{
        AcceleratedNetworking, BareMetal, Confidential, LocalDisk, Network, PremiumStorage,
    };
    let table = [
        (Provider::Aws, "m5d.large", LocalDisk, Some(true)),
        (Provider::Aws, "m5.large", LocalDisk, Some(false)),
        // Its name does not say so, its cloud does.
        (Provider::Aws, "i3.large", LocalDisk, Some(true)),
        (Provider::Aws, "c5n.large", Network, Some(true)),
        (Provider::Aws, "m5.metal", BareMetal, Some(true)),
        // Since version 4 the letter d says it; before, all had one.
        (Provider::Azure, "Standard_D4ds_v5", LocalDisk, Some(true)),
        (Provider::Azure, "Standard_D4s_v5", LocalDisk, Some(false)),
        (Provider::Azure, "Standard_D4s_v3", LocalDisk, Some(true)),
        (Provider::Azure, "Standard_B2ms", LocalDisk, Some(true)),
        (Provider::Azure, "Standard_B2s_v2", LocalDisk, Some(false)),
        (
            Provider::Azure,
            "Standard_D4s_v5",
            PremiumStorage,
            Some(true),
        ),
        (
            Provider::Azure,
            "Standard_DS3_v2",
            PremiumStorage,
            Some(true),
        ),
        (
            Provider::Azure,
            "Standard_D4_v5",
            PremiumStorage,
            Some(false),
        ),
        // M takes premium disks without saying so.
        (Provider::Azure, "Standard_M128", PremiumStorage, None),
        (
            Provider::Azure,
            "Standard_B12ms",
            AcceleratedNetworking,
            Some(true),
        ),
        (
            Provider::Azure,
            "Standard_B8ms",
            AcceleratedNetworking,
            Some(false),
        ),
        (
            Provider::Azure,
            "Standard_D2s_v3",
            AcceleratedNetworking,
            None,
        ),
        (
            Provider::Azure,
            "Standard_D2s_v5",
            AcceleratedNetworking,
            Some(true),
        ),
        (
            Provider::Azure,
            "Standard_DC4as_v5",
            Confidential,
            Some(true),
        ),
        (Provider::Gcp, "c3-standard-8-lssd", LocalDisk, Some(true)),
        (Provider::Gcp, "c3-standard-8", LocalDisk, Some(false)),
        // Local disks are attached one by one, and no type tells.
        (Provider::Gcp, "n2-standard-8", LocalDisk, None),
        (Provider::Gcp, "e2-standard-8", LocalDisk, Some(false)),
    ];
    for (provider, name, feature, told) in table {
        assert_eq!(
            of(provider, name).features.get(feature),
            told,
            "{name} {feature:?}"
        );
    }
    assert_eq!(of(Provider::Aws, "p4d.24xlarge").accelerators, Some(8));
    assert_eq!(of(Provider::Aws, "inf1.xlarge").accelerators, Some(1));
    assert_eq!(
        of(Provider::Azure, "Standard_NC24ads_A100_v4").accelerators,
        None
    );
    assert_eq!(of(Provider::Gcp, "n1-standard-4").accelerators, None);
    assert_eq!(of(Provider::Gcp, "n2-standard-4").accelerators, Some(0));
}

#[test]
fn a_feature_that_is_missing_or_not_known_refuses() {
    let needs = |now: &str, then: &str| {
        let (now, then) = (of(Provider::Azure, now), of(Provider::Azure, then));
        let same = now.family.name == then.family.name;
        then.features.replace(now.features, same)
    };
    assert_eq!(needs("Standard_D4s_v5", "Standard_D2s_v5"), Ok(()));
    assert_eq!(needs("Standard_D4s_v5", "Standard_D2ds_v5"), Ok(()));
    assert_eq!(
        needs("Standard_D4ds_v5", "Standard_D2s_v5"),
        Err(Misses::Lacks)
    );
    assert_eq!(
        needs("Standard_D4s_v5", "Standard_D2_v5"),
        Err(Misses::Lacks)
    );
    // Whether the small one takes part in accelerated networking, the pages disagree.
    assert_eq!(
        needs("Standard_D4s_v4", "Standard_F2s_v2"),
        Err(Misses::NotKnown)
    );
    // Of one family all are alike.
    assert_eq!(
        needs("Standard_D4s_v3", "Standard_D2s_v3"),
        Err(Misses::NotKnown)
    );
    assert_eq!(needs("Standard_D2s_v3", "Standard_D2s_v3"), Ok(()));
}

#[test]
fn types_that_share_processors_say_what_is_theirs_for_ever() {
    let table = [
        (Provider::Aws, "t3.large", Some("30")),
        (Provider::Aws, "t4g.nano", Some("5")),
        (Provider::Aws, "t2.xlarge", Some("22.5")),
        (Provider::Aws, "t2.2xlarge", Some("17")),
        (Provider::Aws, "m7i-flex.large", Some("40")),
        (Provider::Azure, "Standard_B2s_v2", Some("40")),
        (Provider::Azure, "Standard_B2ms", Some("30")),
        (Provider::Azure, "Standard_B2as_v2", None),
        (Provider::Gcp, "e2-micro", Some("12.5")),
        (Provider::Gcp, "e2-custom-medium-4096", Some("50")),
    ];
    for (provider, name, baseline) in table {
        let burst = of(provider, name).burst.unwrap();
        assert_eq!(burst.baseline, baseline.map(dec), "{name}");
    }
    for (provider, name) in [
        (Provider::Aws, "trn1.2xlarge"),
        (Provider::Aws, "m7i.large"),
        (Provider::Azure, "Standard_D2s_v5"),
        (Provider::Gcp, "e2-standard-2"),
    ] {
        assert_eq!(of(provider, name).burst, None, "{name}");
    }
}

#[test]
fn a_type_that_was_read_from_its_cloud_has_the_family_of_its_name() {
    let body = serde_json::json!({
        "instance_type": "m9g.large", "vcpu": 2, "memory_mib": 8192, "architectures": ["arm64"],
        "accelerators": 0, "current_generation": true, "burstable": false,
    });
    let body: orch_model::kind::ComputeInstanceType = serde_json::from_value(body).unwrap();
    let machine = read(Provider::Aws, &body);
    assert_eq!(
        (machine.vcpu, machine.memory_gib),
        (Some(2), Some(dec("8")))
    );
    assert_eq!(machine.architecture, Some("arm64"));
    assert_eq!(machine.family.name, "m9g");
}
