//! Cheaper disks by hand, and what must always hold of them.

use orch_model::{Statistic, Uid};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::rightsizing::Effort;
use crate::rightsizing::tests::{dec, defaults};

/// Fourteen days of five-minute sums whose largest is so much a second.
fn digest(metric: Metric, a_second: f64) -> Digest {
    let sum = a_second * 300.0;
    Digest {
        uid: Uid::new("vol-1"),
        metric,
        statistic: Statistic::Sum,
        start: chrono::DateTime::UNIX_EPOCH,
        step_s: 300,
        periods: 4_032,
        points: 4_032,
        mean: sum,
        min: 0.0,
        p50: sum,
        p90: sum,
        p95: sum,
        p99: sum,
        p995: sum,
        max: sum,
        days: Vec::new(),
        week: None,
    }
}

fn disk(
    provider: &str,
    region: &str,
    kind: &str,
    gib: i64,
    settings: serde_json::Value,
) -> Resource {
    let mut body = json!({
        "state": "in-use", "volume_type": kind, "size_gib": gib, "encrypted": true, "zone": format!("{region}a"),
        "attachments": [{ "instance": "i-1", "state": "attached" }],
    });
    for (key, value) in settings.as_object().unwrap() {
        body[key] = value.clone();
    }
    serde_json::from_value(json!({
        "uid": "vol-1", "scope": format!("{provider}:{provider}:111122223333:{region}"), "name": "vol-1",
        "body": { "storage.volume": body },
    }))
    .unwrap()
}

fn ask(resource: &Resource, iops: f64, mib: f64) -> DiskEntry {
    let Body::StorageVolume(volume) = &resource.body else {
        panic!("a volume");
    };
    let used = (
        &digest(Metric::VolumeOperations, iops),
        &digest(Metric::VolumeBytes, mib * MIB),
    );
    entry(resource, volume, used, &defaults(), 13.0).unwrap()
}

/// us-east-1: gp3 0.08 a GiB, 0.005 an operation above 3,000, 0.04 a MiB/s above 125; io2 0.125 a GiB and 0.065 an
/// operation. 500 GiB of gp3 with 6,000 operations and 500 MiB/s: 40 + 15 + 15 = 70. 1,500 operations and 40 MiB/s at
/// 80 % are 1,875 and 50, which is included: 40, and 30 saved; 1,500 of 3,000 are 50 %, 40 of 125 are 32 %.
#[test]
fn what_is_bought_and_not_used_is_given_back() {
    let bought = json!({ "iops": 6000, "throughput_mib": 500 });
    let entry = ask(&disk("aws", "us-east-1", "gp3", 500, bought), 1_500.0, 40.0);
    assert_eq!(entry.now.price.monthly, Amount(dec("70")));
    let first = &entry.candidates[0];
    assert_eq!(first.disk.volume_type, "gp3");
    assert_eq!(
        (first.disk.iops, first.disk.throughput_mib),
        (Some(3_000), Some(125))
    );
    assert_eq!(first.disk.price.monthly, Amount(dec("40")));
    assert_eq!(first.saving, Amount(dec("30")));
    assert_eq!(
        (first.projected_iops, first.projected_throughput),
        (dec("50"), dec("32"))
    );
    assert_eq!(first.less, None);
}

/// 100 GiB of io2 with 5,000 operations: 12.5 + 325 = 337.5. 1,000 operations at 80 % are 1,250: gp3 has 3,000 for 8,
/// io2 itself costs 12.5 + 81.25 = 93.75.
#[test]
fn a_disk_of_bought_operations_becomes_a_general_one_or_a_smaller_one() {
    let entry = ask(
        &disk("aws", "us-east-1", "io2", 100, json!({ "iops": 5000 })),
        1_000.0,
        10.0,
    );
    assert_eq!(entry.now.price.monthly, Amount(dec("337.5")));
    let of = |name: &str| {
        let mut found = entry.candidates.iter();
        let found = found.find(|one| one.disk.volume_type == name);
        found.map(|one| (one.disk.iops.unwrap(), one.disk.price.monthly.0))
    };
    assert_eq!(of("gp3"), Some((3_000, dec("8"))));
    assert_eq!(of("io2"), Some((1_250, dec("93.75"))));
    assert_eq!(entry.saving(), Some(Amount(dec("329.5"))));
    assert!(entry.candidates[0].less.unwrap().contains("99.999"));
}

/// More than gp3 delivers leaves only io1 and io2; above 125 MiB/s each MiB/s takes four operations.
#[test]
fn what_is_used_is_never_given_back() {
    let fast = disk("aws", "us-east-1", "io2", 1_000, json!({ "iops": 30000 }));
    let entry = ask(&fast, 20_000.0, 100.0);
    assert!(
        entry
            .candidates
            .iter()
            .all(|one| one.disk.volume_type != "gp3")
    );
    assert_eq!(entry.candidates[0].disk.iops, Some(25_000));
    let wide = json!({ "iops": 16000, "throughput_mib": 1000 });
    let entry = ask(&disk("aws", "us-east-1", "gp3", 1_000, wide), 100.0, 640.0);
    let first = &entry.candidates[0].disk;
    assert_eq!((first.iops, first.throughput_mib), (Some(3_200), Some(800)));
}

/// europe-west1: pd-ssd 0.187 a GiB, pd-balanced 0.11, pd-standard 0.044. 500 GiB of pd-balanced deliver 3,000 + 6 × 500 =
/// 6,000 operations and 140 + 0.28 × 500 = 280 MiB/s; of pd-standard 375 and 60.
#[test]
fn disks_of_google_cloud_deliver_by_their_size() {
    let ssd = disk("gcp", "europe-west1", "pd-ssd", 500, json!({}));
    let busy = ask(&ssd, 2_000.0, 50.0);
    let types = |entry: &DiskEntry| -> Vec<SmolStr> {
        let names = entry
            .candidates
            .iter()
            .map(|one| one.disk.volume_type.clone());
        names.collect()
    };
    assert_eq!(types(&busy), ["pd-balanced"]);
    assert_eq!(busy.candidates[0].disk.iops, Some(6_000));
    assert_eq!(busy.candidates[0].disk.throughput_mib, Some(280));
    assert!(!busy.candidates[0].in_place);
    assert_eq!(
        types(&ask(&ssd, 200.0, 20.0)),
        ["pd-standard", "pd-balanced"]
    );
    assert_eq!(types(&ask(&ssd, 5_000.0, 20.0)), Vec::<SmolStr>::new());
}

/// The disks of Google Cloud are copied to change, and io2 becomes gp3 in use.
#[test]
fn a_disk_is_not_copied_where_only_little_work_is_wanted() {
    let little = Settings {
        most_effort: Effort::VeryLow,
        ..defaults()
    };
    let types = |resource: &Resource, settings: &Settings| -> Vec<SmolStr> {
        let Body::StorageVolume(volume) = &resource.body else {
            panic!("a volume");
        };
        let used = (
            &digest(Metric::VolumeOperations, 1_000.0),
            &digest(Metric::VolumeBytes, 10.0 * MIB),
        );
        let entry = entry(resource, volume, used, settings, 13.0).unwrap();
        let names = entry.candidates.into_iter();
        names.map(|one| one.disk.volume_type).collect()
    };
    let ssd = disk("gcp", "europe-west1", "pd-ssd", 500, json!({}));
    assert_eq!(types(&ssd, &little), Vec::<SmolStr>::new());
    let low = Settings {
        most_effort: Effort::Low,
        ..defaults()
    };
    assert_eq!(types(&ssd, &low), Vec::<SmolStr>::new());
    assert_eq!(types(&ssd, &defaults()), ["pd-balanced"]);
    let io2 = disk("aws", "us-east-1", "io2", 100, json!({ "iops": 5000 }));
    assert_eq!(types(&io2, &little), types(&io2, &defaults()));
}

#[test]
fn too_few_days_say_nothing() {
    let resource = disk("aws", "us-east-1", "io2", 100, json!({ "iops": 5000 }));
    let Body::StorageVolume(volume) = &resource.body else {
        panic!("a volume");
    };
    let mut short = digest(Metric::VolumeOperations, 1.0);
    short.points = 288;
    let used = (&short, &digest(Metric::VolumeBytes, 1.0));
    let unseen = entry(&resource, volume, used, &defaults(), 13.0).unwrap_err();
    let why: Vec<String> = unseen.0.iter().map(ToString::to_string).collect();
    assert_eq!(why, ["use: measured on 1.0 days, and 13.0 are needed"]);
}

proptest! {
    #[test]
    fn no_disk_is_below_the_need_or_dearer_and_twice_the_work_never_costs_less(
        kind in prop::sample::select(vec!["gp3", "io1", "io2"]),
        gib in 1_i64..=16_384,
        iops in 100_i64..=30_000,
        mib in 125_i64..=1_000,
        used in 0.0_f64..20_000.0,
        wide in 0.0_f64..900.0,
    ) {
        let settings = match kind {
            "gp3" => json!({ "iops": iops.max(3_000), "throughput_mib": mib }),
            _ => json!({ "iops": iops }),
        };
        let resource = disk("aws", "us-east-1", kind, gib, settings);
        let once = ask(&resource, used, wide);
        for one in &once.candidates {
            prop_assert!(one.saving.0 > Decimal::ZERO);
            prop_assert!(one.projected_iops <= dec("80"));
            prop_assert!(one.projected_throughput <= dec("80"));
        }
        let twice = ask(&resource, used * 2.0, wide * 2.0);
        prop_assert!(twice.saving() <= once.saving());
    }
}
