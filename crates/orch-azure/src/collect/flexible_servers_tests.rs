use orch_model::Body;

use super::super::standin::{self, Read};
use super::*;

fn server<'r>(read: &'r Read, name: &str) -> &'r DatabaseServer {
    assert!(read.is_whole(), "{read:?}");
    match &read.named(name).body {
        Body::DatabaseServer(body) => body,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_postgresql_server_tells_tls_by_its_settings() {
    let read = standin::read(
        "database.postgresql-flexible-servers",
        "postgresql-flexible",
    )
    .await;
    let found = server(&read, "facts");
    assert_eq!(
        (&*found.engine, &found.version),
        ("postgres", &Field::Value("16".into()))
    );
    assert_eq!(found.tls_required, Field::Value(true));
    assert_eq!(found.min_tls, Field::Value("1.2".into()));
    assert_eq!(
        found.settings.value().unwrap()["logfiles.retention_days"],
        "3"
    );
    assert_eq!(found.directory_admin, Field::Value(true));
    assert_eq!(found.directory_only, Field::Value(false));
    assert_eq!(found.customer_key, Field::Value(true));
    assert_eq!(found.high_availability, Field::Value(true));
    assert_eq!(found.geo_backups, Field::Value(true));
    assert_eq!(found.allowed.value().unwrap().len(), 1);
    assert_eq!(found.maintenance_window, Field::Value(false));
}

#[tokio::test]
async fn a_server_inside_a_network_has_no_firewall_rules_to_ask_for() {
    let read = standin::read(
        "database.postgresql-flexible-servers",
        "postgresql-flexible",
    )
    .await;
    let found = server(&read, "facts-inside");
    assert_eq!(found.public_access, Field::Value(false));
    assert_eq!(found.allowed, Field::Value(Vec::new()));
    assert_eq!(found.high_availability, Field::Value(false));
}

#[tokio::test]
async fn a_mysql_server_takes_the_oldest_version_that_it_lists() {
    let read = standin::read("database.mysql-flexible-servers", "mysql-flexible").await;
    let found = server(&read, "news");
    assert_eq!(found.min_tls, Field::Value("1.2".into()));
    assert_eq!(found.tls_required, Field::Value(false));
    assert_eq!(found.auditing, Field::Value(false));
    assert_eq!(found.replica_of, Field::None);
    assert!(found.customer_key.is_not_read());
}
