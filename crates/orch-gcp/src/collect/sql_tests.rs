//! Tests of the collector `sql.instances`.

use orch_model::Body;
use serde_json::json;

use super::*;
use crate::collect::parts::wire;

fn server(resource: &Resource) -> &DatabaseServer {
    match &resource.body {
        Body::DatabaseServer(server) => server,
        other => panic!("{other:?}"),
    }
}

fn of(instance: Value) -> DatabaseServer {
    let body = json!({"items": [instance]}).to_string();
    let decoded = crate::decode("sql.instances", body.as_bytes()).unwrap();
    assert_eq!(decoded.gap, None);
    server(&decoded.resources[0]).clone()
}

#[test]
fn an_instance_tells_who_reaches_it_and_what_protects_it() {
    let decoded = crate::decode("sql.instances", &wire("sql")).unwrap();
    let [orders, replica] = &decoded.resources[..] else {
        panic!()
    };
    assert_eq!(
        orders.uid.as_str(),
        "//cloudsql.googleapis.com/projects/project/instances/orders"
    );
    assert_eq!(orders.scope.region, "europe-west1");
    assert_eq!(orders.tag("env"), Field::Value("prod"));
    let all = server(orders);
    assert_eq!(
        (all.engine.as_str(), all.version.value().unwrap().as_str()),
        ("postgres", "15")
    );
    assert_eq!(all.public_access, Field::Value(true));
    assert_eq!(
        all.public_addresses.value().unwrap()[0].to_string(),
        "203.0.113.7"
    );
    let ranges: Vec<_> = all
        .allowed
        .value()
        .unwrap()
        .iter()
        .map(|range| {
            (
                range.name.as_str(),
                range.first.to_string(),
                range.last.to_string(),
            )
        })
        .collect();
    assert_eq!(
        ranges,
        [
            (
                "office",
                "198.51.100.0".to_owned(),
                "198.51.100.255".to_owned()
            ),
            (
                "0.0.0.0/0",
                "0.0.0.0".to_owned(),
                "255.255.255.255".to_owned()
            )
        ]
    );
    assert_eq!(
        (all.backups, all.backup_days, all.point_in_time),
        (Field::Value(true), Field::Value(14), Field::Value(true))
    );
    assert_eq!(
        (all.high_availability, all.deletion_protection),
        (Field::Value(true), Field::Value(true))
    );
    assert_eq!(
        (all.geo_backups, all.maintenance_window),
        (Field::Value(true), Field::Value(true))
    );
    assert_eq!(
        all.settings.value().unwrap()["cloudsql.iam_authentication"],
        "on"
    );
    assert_eq!(
        (all.customer_key, &all.replica_of),
        (Field::Value(true), &Field::None)
    );
    let copy = server(replica);
    assert_eq!(copy.replica_of.value().unwrap(), &orders.uid);
    assert_eq!(copy.version.value().unwrap(), "15.4");
    assert_eq!(
        (copy.public_access, copy.allowed.value().unwrap().len()),
        (Field::Value(false), 0)
    );
    assert_eq!(copy.deletion_protection, Field::NotRead);
}

#[test]
fn a_region_that_did_not_answer_is_a_gap() {
    let gap = crate::decode("sql.instances", &wire("sql"))
        .unwrap()
        .gap
        .unwrap();
    assert_eq!(gap.cause, Cause::ServerError);
    assert_eq!(
        gap.detail,
        "cloudsql.instances.list us-east1 REGION_UNREACHABLE"
    );
}

#[test]
fn encryption_is_required_by_word_or_by_switch() {
    let required = |ip: Value| {
        of(json!({"name": "x", "databaseVersion": "MYSQL_8_0", "settings": {"ipConfiguration": ip}})).tls_required
    };
    for (ip, expected) in [
        (json!({}), false),
        (json!({"requireSsl": true}), true),
        (
            json!({"sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED", "requireSsl": false}),
            false,
        ),
        (
            json!({"sslMode": "ENCRYPTED_ONLY", "requireSsl": false}),
            true,
        ),
        (
            json!({"sslMode": "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}),
            true,
        ),
    ] {
        assert_eq!(required(ip.clone()), Field::Value(expected), "{ip}");
    }
    assert_eq!(
        of(json!({"databaseVersion": "MYSQL_8_0"})).tls_required,
        Field::NotRead
    );
}

#[test]
fn versions_are_numbers_with_points() {
    let all = [
        "POSTGRES_9_6",
        "MYSQL_8_0_36",
        "SQLSERVER_2019_STANDARD",
        "POSTGRES",
    ];
    let numbers = all.map(|version| number(version).unwrap_or_default().to_string());
    assert_eq!(numbers, ["9.6", "8.0.36", "2019", ""]);
    assert_eq!(engine("SQLSERVER_2019_STANDARD"), "sqlserver");
}

#[test]
fn an_address_that_is_none_is_no_answer() {
    let bad = json!({"items": [{"name": "x", "databaseVersion": "MYSQL_8_0",
        "settings": {"ipConfiguration": {"authorizedNetworks": [{"value": "everywhere"}]}}}]});
    let decoded = crate::decode("sql.instances", bad.to_string().as_bytes()).unwrap();
    assert!(decoded.resources.is_empty());
    assert_eq!(
        decoded.gap.unwrap().detail,
        "cloudsql.instances.list address block"
    );
}
