//! What is saved is what was given; saved again it is the same bytes.

use std::collections::BTreeSet;
use std::fs;

use orch_model::kind::{ComputeInstance, MetadataService, NetworkFirewall, StorageVolume};
use orch_model::{Body, Dataset, Digest, Field, Kind, Metric, Reach, Resource, Series, Snapshot};
use orch_snapshot::{Form, Needs, load, raw_series, reseal, save};
use orch_testkit::builder::{self, SnapshotBuilder, firewall, instance, tcp, volume};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::sample;

/// The largest amount that a row of a bill may have.
const LARGEST: i64 = 1_000_000_000_000_000;

#[test]
fn everything_comes_back_in_both_forms() {
    for form in [Form::Text, Form::Compressed] {
        let (_folder, dir) = sample::place();
        let snapshot = sample::snapshot();
        save(&snapshot, sample::series().into_iter(), &dir, form).unwrap();
        assert_eq!(load(&dir, &Needs::ALL).unwrap(), snapshot);
        let mut raw: Vec<Series> = raw_series(&dir).unwrap().collect::<Result<_, _>>().unwrap();
        raw.sort_by(|a, b| (&a.uid, a.metric).cmp(&(&b.uid, b.metric)));
        let mut given = sample::series();
        given.sort_by(|a, b| (&a.uid, a.metric).cmp(&(&b.uid, b.metric)));
        assert_eq!(raw, given);
    }
}

#[test]
fn only_what_is_needed_is_opened() {
    let (_folder, dir) = sample::place();
    save(
        &sample::snapshot(),
        sample::series().into_iter(),
        &dir,
        Form::Text,
    )
    .unwrap();
    for file in [
        "resources/storage.volume.jsonl",
        "series/cpu.jsonl",
        "costs.csv",
    ] {
        fs::remove_file(dir.join(file)).unwrap();
    }
    let needs = Needs(Some(BTreeSet::from([
        Dataset::Kind(Kind::ComputeInstance),
        Dataset::Series(Metric::NetworkIn),
    ])));
    let part = load(&dir, &needs).unwrap();
    assert_eq!(part.resources.len(), 2);
    assert_eq!(part.series.len(), 2);
    assert_eq!(part.reads, sample::snapshot().reads);
    assert!(part.costs.is_empty());
}

#[test]
fn one_resource_seen_from_two_accounts_is_the_owners() {
    let owner = builder::scope("eu-west-1");
    let guest = orch_model::Scope::new(owner.provider, "aws", "000000000001", "eu-west-1");
    let mut seen = firewall(&owner, "sg-1", vec![]);
    seen.scope = guest.clone();
    seen.name = "as the guest sees it".into();
    let own = firewall(&owner, "sg-1", vec![tcp(22, &["10.0.0.0/8"])]);
    let mut snapshot = SnapshotBuilder::new()
        .scope(&owner)
        .scope(&guest)
        .collector(
            "ec2.security-groups",
            &[Dataset::Kind(Kind::NetworkFirewall)],
            Reach::PerRegion,
        )
        .build();
    snapshot.resources = vec![seen, own.clone()];
    let (_folder, dir) = sample::place();
    save(&snapshot, std::iter::empty(), &dir, Form::Text).unwrap();
    let loaded = load(&dir, &Needs::ALL).unwrap();
    assert_eq!(
        loaded.resources,
        [Resource {
            seen_from: vec![guest, owner],
            ..own
        }]
    );
}

#[test]
fn an_edited_estate_is_sealed_again() {
    let (_folder, dir) = sample::place();
    let mut snapshot = sample::snapshot();
    save(&snapshot, sample::series().into_iter(), &dir, Form::Text).unwrap();
    let before = sample::tree(&dir);
    reseal(&dir).unwrap();
    assert_eq!(sample::tree(&dir), before, "nothing was edited");

    // Lines in another order, a blank one, a new file, one gone, and a note that is none of ours.
    let file = dir.join("resources/storage.volume.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().rev().collect();
    fs::write(&file, format!("{}\n\n", lines.join("\n"))).unwrap();
    let mut address = instance(&builder::scope("eu-west-1"), "i-0zz");
    address.name = "new".into();
    let new = serde_json::to_string(&address).unwrap();
    let file = dir.join("resources/compute.instance.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{new}\n{text}")).unwrap();
    fs::remove_file(dir.join("resources/cloud.account.jsonl")).unwrap();
    fs::write(dir.join("README.md"), "about it").unwrap();

    reseal(&dir).unwrap();
    snapshot
        .resources
        .retain(|resource| resource.kind() != Kind::CloudAccount);
    snapshot.resources.push(address);
    snapshot.resources.sort_by(|a, b| a.uid.cmp(&b.uid));
    let mut loaded = load(&dir, &Needs::ALL).unwrap();
    loaded
        .costs
        .sort_by(|a, b| a.service_name.cmp(&b.service_name));
    snapshot
        .costs
        .sort_by(|a, b| a.service_name.cmp(&b.service_name));
    assert_eq!(loaded, snapshot);
    assert_eq!(
        fs::read_to_string(dir.join("README.md")).unwrap(),
        "about it"
    );
}

#[test]
fn a_large_inventory_is_the_same_in_both_forms() {
    let base = sample::snapshot();
    let large = orch_testkit::multiply::multiply(&base, 3_000);
    let loaded: Vec<Snapshot> = [Form::Text, Form::Compressed]
        .into_iter()
        .map(|form| {
            let (_folder, dir) = sample::place();
            save(&large, std::iter::empty(), &dir, form).unwrap();
            load(&dir, &Needs::ALL).unwrap()
        })
        .collect();
    assert!(loaded[0].resources.len() >= 3_000);
    assert_eq!(loaded[0].resources, large.resources);
    assert_eq!(loaded[0], loaded[1]);
}

fn text() -> impl Strategy<Value = smol_str::SmolStr> {
    prop_oneof![
        "[a-z0-9./:-]{0,40}",
        any::<String>().prop_map(|text| text.chars().take(40).collect()),
    ]
    .prop_map(smol_str::SmolStr::from)
}

fn field<T: std::fmt::Debug>(
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Field<T>> {
    option::of(option::of(value)).prop_map(|value| match value {
        None => Field::NotRead,
        Some(None) => Field::None,
        Some(Some(value)) => Field::Value(value),
    })
}

fn body() -> impl Strategy<Value = Body> {
    let region = builder::scope("eu-west-1");
    let (one, disk, group) = (
        instance(&region, "i"),
        volume(&region, "v", None),
        firewall(&region, "g", vec![]),
    );
    let fields = (
        field(text()),
        field(any::<bool>()),
        text(),
        field(any::<i64>()),
        any::<i64>(),
    );
    (0..3, fields).prop_map(
        move |(kind, (label, flag, name, number, size))| match kind {
            0 => {
                let Body::ComputeInstance(base) = one.body.clone() else {
                    panic!("an instance")
                };
                let metadata_service = number.map(|hop_limit| MetadataService {
                    enabled: true,
                    token_required: false,
                    hop_limit,
                });
                ComputeInstance {
                    profile: label,
                    detailed_monitoring: flag,
                    instance_type: name,
                    metadata_service,
                    ..*base
                }
                .into()
            }
            1 => {
                let Body::StorageVolume(base) = disk.body.clone() else {
                    panic!("a volume")
                };
                StorageVolume {
                    key: label,
                    iops: number,
                    size_gib: size,
                    volume_type: name,
                    ..*base
                }
                .into()
            }
            _ => {
                let Body::NetworkFirewall(base) = group.body.clone() else {
                    panic!("a firewall")
                };
                let mut rule = tcp(size, &["10.0.0.0/8", "2000::/3"]);
                rule.from_port = number;
                NetworkFirewall {
                    description: label,
                    ingress: vec![rule],
                    ..*base
                }
                .into()
            }
        },
    )
}

prop_compose! {
    fn resource()(
        region in prop_oneof!["eu-west-1", "eu-south-2"],
        id in "[a-z0-9]{1,6}",
        name in text(),
        tags in field(btree_map(text(), text(), 0..4)),
        body in body(),
    ) -> Resource {
        let scope = builder::scope(&region);
        let uid = builder::ec2_uid(&scope, body.kind().as_str(), &id);
        let mut resource = builder::resource(uid, &scope, body);
        (resource.name, resource.tags) = (name, tags);
        resource
    }
}

prop_compose! {
    fn points()(
        id in "[a-z]{1,3}",
        metric in proptest::sample::select(&Metric::ALL),
        values in vec(option::of(prop_oneof![any::<f64>(), -1e9..1e9_f64]), 0..50),
    ) -> Series {
        let values = values.into_iter().map(|value: Option<f64>| value.filter(|v| v.is_finite())).collect();
        builder::series(&builder::ec2_uid(&builder::scope("eu-west-1"), "instance", &id), metric, values)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn saving_what_was_loaded_gives_the_same_bytes(
        resources in vec(resource(), 0..30),
        series in vec(points(), 0..10),
        amounts in vec((-LARGEST..=LARGEST, 0..20_u32, text()), 0..5),
        compressed in any::<bool>(),
    ) {
        let form = if compressed { Form::Compressed } else { Form::Text };
        let mut snapshot = sample::snapshot();
        snapshot.resources = resources;
        snapshot.costs = amounts
            .into_iter()
            .map(|(amount, scale, service)| {
                builder::cost(1, &service, rust_decimal::Decimal::new(amount, scale))
            })
            .collect();
        let (_folder, first) = sample::place();
        save(&snapshot, series.into_iter(), &first, form).unwrap();
        let loaded = load(&first, &Needs::ALL).unwrap();
        let raw: Vec<Series> = raw_series(&first).unwrap().collect::<Result<_, _>>().unwrap();
        let digests = raw.iter().filter_map(Digest::of).count();
        prop_assert_eq!(loaded.series.len(), digests);
        prop_assert_eq!(&loaded.costs, &snapshot.costs);
        prop_assert!(loaded.resources.windows(2).all(|pair| pair[0].uid < pair[1].uid));
        for resource in &snapshot.resources {
            prop_assert!(loaded.resources.iter().any(|other| other.uid == resource.uid));
        }
        let (_folder, second) = sample::place();
        save(&loaded, raw.into_iter(), &second, form).unwrap();
        prop_assert_eq!(sample::tree(&first), sample::tree(&second));
    }
}
