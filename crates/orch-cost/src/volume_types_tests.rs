//! Successors of volume types, computed by hand.

use serde_json::{Value, json};

use super::*;
use crate::catalog::Catalogue;

fn volume(region: &str, volume_type: &str, size_gib: i64, iops: Value) -> Resource {
    serde_json::from_value(json!({
        "uid": "arn:aws:ec2:x:111122223333:volume/vol-1",
        "scope": format!("aws:aws:111122223333:{region}"),
        "name": "x",
        "body": { "storage.volume": {
            "state": "in-use", "volume_type": volume_type, "size_gib": size_gib, "iops": iops,
            "encrypted": true, "attachments": [],
        } },
    }))
    .unwrap()
}

#[test]
fn a_gp2_volume_becomes_gp3_without_getting_slower() {
    // (size, iops, throughput, monthly, saving)
    for (size, iops, throughput, monthly, saving) in [
        // 100 × 0.08 = 8 against 100 × 0.10
        (100, 3_000, 125, "8", "2"),
        // 500 × 0.08 + 125 × 0.04 = 45 against 50
        (500, 3_000, 250, "45", "5"),
        // 2,000 × 0.08 + 3,000 × 0.005 + 125 × 0.04 = 180 against 200
        (2_000, 6_000, 250, "180", "20"),
        // 200 × 0.08 + 125 × 0.04 = 21 against 20: it saves nothing
        (200, 3_000, 250, "21", "0"),
        // 6,000 GiB stop at 16,000 operations: 480 + 13,000 × 0.005 + 5 = 550 against 600
        (6_000, 16_000, 250, "550", "50"),
    ] {
        let Field::Value(modern) = modern(
            Catalogue::embedded(),
            &volume("us-east-1", "gp2", size, Value::Null),
        )
        .unwrap() else {
            unreachable!("gp2 has a successor")
        };
        assert_eq!(
            (modern.volume_type.as_str(), modern.iops),
            ("gp3", iops),
            "{size}"
        );
        assert_eq!(modern.throughput_mib, throughput, "{size}");
        let amounts = (monthly.parse().unwrap(), saving.parse().unwrap());
        assert_eq!((modern.monthly.0, modern.saving.0), amounts, "{size}");
    }
}

#[test]
fn an_io1_volume_becomes_io2_at_the_same_price() {
    let Field::Value(modern) = modern(
        Catalogue::embedded(),
        &volume("us-east-1", "io1", 100, json!(2000)),
    )
    .unwrap() else {
        unreachable!("io1 has a successor")
    };
    assert_eq!(
        (modern.volume_type.as_str(), modern.saving.0),
        ("io2", Decimal::ZERO)
    );
    assert_eq!(modern.monthly.0, "142.5".parse().unwrap());
}

#[test]
fn current_types_have_none_and_what_cannot_be_compared_is_unknown() {
    assert_eq!(
        modern(
            Catalogue::embedded(),
            &volume("us-east-1", "gp3", 100, json!(3000))
        ),
        Ok(Field::None)
    );
    for unknown in [
        volume("us-east-1", "standard", 100, Value::Null),
        volume("eu-west-1", "gp2", 100, Value::Null),
        volume("us-east-1", "io1", 100, Value::Null),
    ] {
        assert!(modern(Catalogue::embedded(), &unknown).is_err());
    }
}
