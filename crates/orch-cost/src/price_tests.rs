//! Prices of whole resources against amounts computed by hand.

use serde_json::{Value, json};

use super::*;

fn resource(region: &str, kind: &str, body: Value) -> Resource {
    serde_json::from_value(json!({
        "uid": "arn:aws:ec2:x:111122223333:x/x",
        "scope": format!("aws:aws:111122223333:{region}"),
        "name": "x",
        "body": { kind: body },
    }))
    .unwrap()
}

fn instance(region: &str, changes: Value) -> Resource {
    let mut body = json!({
        "state": "running", "instance_type": "m5.xlarge", "platform": "linux", "lifecycle": "on-demand",
        "tenancy": "default", "private_addresses": [], "firewalls": [], "volumes": [],
    });
    for (key, value) in changes.as_object().unwrap() {
        if value == "absent" {
            body.as_object_mut().unwrap().remove(key);
        } else {
            body[key] = value.clone();
        }
    }
    resource(region, "compute.instance", body)
}

fn volume(region: &str, body: Value) -> Resource {
    let mut whole = json!({ "state": "in-use", "encrypted": true, "attachments": [] });
    for (key, value) in body.as_object().unwrap() {
        whole[key] = value.clone();
    }
    resource(region, "storage.volume", whole)
}

fn snapshot(tier: Value) -> Resource {
    let mut body = json!({
        "volume_size_gib": 80, "taken_at": "2026-01-01T00:00:00Z", "encrypted": true, "state": "completed",
    });
    if tier != "absent" {
        body["tier"] = tier;
    }
    resource("us-east-1", "storage.snapshot", body)
}

#[test]
fn list_prices_by_hand() {
    let address = |ip| {
        resource(
            "ap-southeast-2",
            "network.address",
            json!({ "address": ip }),
        )
    };
    let gp3 = |iops: Value, throughput: Value| {
        let body = json!({ "volume_type": "gp3", "size_gib": 500, "iops": iops, "throughput_mib": throughput });
        volume("us-east-1", body)
    };
    let table = [
        // 0.192 × 730
        (instance("us-east-1", json!({})), "140.16", "730 h × 0.192"),
        // 0.214 × 730, derived
        (instance("eu-west-1", json!({})), "156.22", "730 h × 0.214"),
        // 500 × 0.08
        (gp3(json!(3000), json!(125)), "40", "500 GiB × 0.08"),
        (gp3(Value::Null, Value::Null), "40", "500 GiB × 0.08"),
        // 40 + 1,000 × 0.005 + 125 × 0.04
        (
            gp3(json!(4000), json!(250)),
            "50",
            "500 GiB × 0.08 + 1000 IOPS × 0.005 + 125 MiB/s × 0.04",
        ),
        // 100 × 0.125 + 2,000 × 0.065
        (
            volume(
                "us-east-1",
                json!({ "volume_type": "io1", "size_gib": 100, "iops": 2000 }),
            ),
            "142.5",
            "100 GiB × 0.125 + 2000 IOPS × 0.065",
        ),
        (
            volume(
                "us-east-1",
                json!({ "volume_type": "st1", "size_gib": 2000 }),
            ),
            "90",
            "2000 GiB × 0.045",
        ),
        (
            volume(
                "us-east-1",
                json!({ "volume_type": "standard", "size_gib": 20 }),
            ),
            "1",
            "20 GiB × 0.05, and requests on top",
        ),
        (snapshot(json!("standard")), "4", "80 GiB × 0.05 at most"),
        (snapshot(Value::Null), "4", "80 GiB × 0.05 at most"),
        // 0.005 × 730, the same in every region
        (address("203.0.113.7"), "3.65", "730 h × 0.005"),
    ];
    for (resource, monthly, formula) in table {
        let price = price(&resource).unwrap();
        let amount: Decimal = monthly.parse().unwrap();
        assert_eq!((price.monthly.0, price.formula.as_str()), (amount, formula));
        assert_eq!(
            price.derived,
            resource.scope.region == "eu-west-1",
            "{formula}"
        );
        assert!(!price.as_of.is_empty() && !price.source.is_empty());
    }
}

#[test]
fn what_the_catalogue_does_not_state_is_unknown_with_its_reason() {
    let gp3 = json!({ "volume_type": "gp3", "size_gib": 10, "iops": 3000, "throughput_mib": 125 });
    let china = {
        let mut resource = instance("cn-north-1", json!({}));
        resource.scope = "aws:aws-cn:111122223333:cn-north-1".parse().unwrap();
        resource
    };
    let table = [
        (
            instance("us-east-1", json!({ "platform": "windows" })),
            "the licence of windows",
        ),
        (
            instance("us-east-1", json!({ "platform": "absent" })),
            "the platform was not read",
        ),
        (
            instance("us-east-1", json!({ "lifecycle": "spot" })),
            "a spot price",
        ),
        (
            instance("us-east-1", json!({ "lifecycle": "capacity-block" })),
            "a reservation",
        ),
        (
            instance("us-east-1", json!({ "tenancy": "dedicated" })),
            "dedicated tenancy",
        ),
        (
            instance("us-east-1", json!({ "instance_type": "m99.large" })),
            "m99.large in us-east-1",
        ),
        (
            instance("us-east-1", json!({ "zone": "us-east-1-bos-1a" })),
            "the zone us-east-1-bos-1a",
        ),
        (
            instance("eu-west-1", json!({ "instance_type": "t3.large" })),
            "t3.large in eu-west-1",
        ),
        (china, "no price list for aws-cn"),
        (volume("eu-west-1", gp3), "volume.gp3 in eu-west-1"),
        (
            volume("us-east-1", json!({ "volume_type": "gp3", "size_gib": 10 })),
            "the volume's iops was not read",
        ),
        (
            volume(
                "us-east-1",
                json!({ "volume_type": "io2", "size_gib": 10, "iops": 32001 }),
            ),
            "above 32,000",
        ),
        (snapshot(json!("archive")), "the tier archive"),
        (snapshot(json!("absent")), "the tier was not read"),
        (
            resource(
                "us-east-1",
                "network.address",
                json!({ "address": "2001:db8::1" }),
            ),
            "IPv6",
        ),
        (
            resource(
                "us-east-1",
                "network.vpc",
                json!({ "blocks": [], "is_default": false }),
            ),
            "no price list for network.vpc",
        ),
    ];
    for (resource, why) in table {
        let reason = price(&resource).unwrap_err().to_string();
        assert!(reason.contains(why), "{reason}: {why}");
    }
}

#[test]
fn what_is_billed_by_the_hour_for_being_there() {
    let at = |scope: &str, kind: &str, body: Value| -> Resource {
        serde_json::from_value(
            json!({ "uid": "x", "scope": scope, "name": "x", "body": { kind: body } }),
        )
        .unwrap()
    };
    let aws = "aws:aws:111122223333:us-east-1";
    let azure = "azure:azure:11111111-2222-3333-4444-555555555555:westeurope";
    let gcp = "gcp:gcp:shop:us-central1";
    let balancer = |purpose| at(aws, "network.load-balancer", json!({ "purpose": purpose }));
    let nat = |scope| at(scope, "network.gateway", json!({ "purpose": "nat" }));
    let database = |scope, engine: &str, size: &str, twice: bool| {
        let body = json!({
            "engine": engine, "instance_type": size, "high_availability": twice, "storage_gb": 20,
        });
        at(scope, "database.server", body)
    };
    let table = [
        // 0.0225 × 730
        (
            balancer("application"),
            "16.425",
            "730 h × 0.0225, and what it passes on",
        ),
        (
            balancer("classic"),
            "18.25",
            "730 h × 0.025, and what it passes on",
        ),
        (nat(aws), "32.85", "730 h × 0.045, and what it passes on"),
        (nat(azure), "32.85", "730 h × 0.045, and what it passes on"),
        (
            database(aws, "postgres", "db.t3.large", false),
            "105.85",
            "730 h × 0.145, and storage and backups",
        ),
        (
            database(aws, "mysql", "db.t3.large", true),
            "198.56",
            "730 h × 0.272, and storage and backups",
        ),
        // 2 × 730 × 0.0413 + 7.5 × 730 × 0.007 = 60.298 + 38.325
        (
            database(gcp, "postgres", "db-custom-2-7680", false),
            "98.623",
            "1460 vCPU-h × 0.0413 + 5475 GiB-h × 0.007, and storage and backups",
        ),
        (
            at(gcp, "container.cluster", json!({})),
            "73",
            "730 h × 0.10 for its management",
        ),
    ];
    for (resource, monthly, formula) in table {
        let price = price(&resource).unwrap();
        let amount: Decimal = monthly.parse().unwrap();
        assert_eq!((price.monthly.0, price.formula.as_str()), (amount, formula));
    }
    let unknown = [
        (
            balancer("gateway"),
            "none listed for balancer.gateway in us-east-1",
        ),
        (
            at(
                azure,
                "network.load-balancer",
                json!({ "purpose": "passthrough", "sku": "Standard" }),
            ),
            "a load balancer is billed by its rules, and not all of them are told",
        ),
        (
            at(
                gcp,
                "network.load-balancer",
                json!({ "purpose": "application" }),
            ),
            "the first five forwarding rules of a project are billed as one",
        ),
        (
            database(gcp, "sqlserver", "db-custom-2-7680", false),
            "the licence of sqlserver is not in the price list",
        ),
        (
            database(aws, "postgres", "db.t3.large", true),
            "none listed for database.postgres.db.t3.large.standby in us-east-1",
        ),
        (
            at(
                aws,
                "database.server",
                json!({ "engine": "postgres", "instance_type": "db.t3.large",
                    "high_availability": false, "storage_gb": null }),
            ),
            "none listed for servers without a disk of their own",
        ),
        (
            at(aws, "network.gateway", json!({ "purpose": "internet" })),
            "no price list for internet gateways",
        ),
        (
            at(
                aws,
                "database.server",
                json!({ "engine": "mysql", "instance_type": "db.t3.large" }),
            ),
            "whether there are two of it was not read",
        ),
    ];
    for (resource, why) in unknown {
        let reason = price(&resource).unwrap_err();
        assert_eq!(reason.why, Why::Untold(why.into()));
    }
}
