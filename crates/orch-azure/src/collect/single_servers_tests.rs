use orch_model::Body;

use super::super::standin::{self, Read};
use super::*;

fn only(read: &Read) -> &DatabaseServer {
    assert!(read.is_whole(), "{read:?}");
    match &read.resources[..] {
        [server] => match &server.body {
            Body::DatabaseServer(body) => body,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_postgresql_server_has_its_settings() {
    let read = standin::read("database.postgresql-servers", "postgresql-single").await;
    let found = only(&read);
    assert_eq!(&*found.engine, "postgres");
    assert_eq!(found.tls_required, Field::Value(true));
    assert_eq!(found.min_tls, Field::Value("1.2".into()));
    assert_eq!(found.double_encryption, Field::Value(false));
    assert_eq!(found.storage_gb, Field::Value(50));
    assert_eq!(found.backup_days, Field::Value(7));
    assert_eq!(found.geo_backups, Field::Value(false));
    assert_eq!(found.replica_of, Field::None);
    let settings = found.settings.value().unwrap();
    assert_eq!(settings["log_checkpoints"], "on");
    assert_eq!(settings["log_connections"], "off");
    assert_eq!(settings["log_retention_days"], "7");
    assert!(!settings.contains_key("array_nulls"));
    let allowed = &found.allowed.value().unwrap()[0];
    assert_eq!(allowed.last.to_string(), "255.255.255.255");
    assert!(found.auditing.is_not_read());
}

#[tokio::test]
async fn a_mysql_server_audits_where_its_setting_is_on() {
    let read = standin::read("database.mysql-servers", "mysql-single").await;
    let found = only(&read);
    assert_eq!(
        (&*found.engine, found.auditing),
        ("mysql", Field::Value(true))
    );
    assert_eq!(found.settings.value().unwrap().len(), 2);
}
