use orch_model::{Body, Cause};
use serde_json::{Value, json};

use super::super::standin::{self, Read};
use super::*;

fn server(read: &Read) -> &DatabaseServer {
    match &read.named("orders").body {
        Body::DatabaseServer(body) => body,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_is_read_with_its_parts_and_databases() {
    let read = standin::read("database.sql-servers", "sql").await;
    assert!(read.is_whole(), "{read:?}");
    // The provider's own database is none of ours.
    assert_eq!(read.resources.len(), 2);
    let found = server(&read);
    assert_eq!(
        (&*found.engine, &found.min_tls),
        ("sqlserver", &Field::Value("1.2".into()))
    );
    let allowed = found.allowed.value().unwrap();
    assert_eq!(allowed[0].name, "AllowAllWindowsAzureIps");
    assert_eq!(allowed[0].last.to_string(), "0.0.0.0");
    assert_eq!(allowed[1].first.to_string(), "203.0.113.4");
    assert_eq!(found.private_endpoints, Field::Value(1));
    assert_eq!(found.auditing, Field::Value(true));
    assert_eq!(found.audit_days, Field::Value(120));
    assert_eq!(found.threat_detection, Field::Value(false));
    assert_eq!(found.directory_admin, Field::Value(true));
    assert_eq!(found.directory_only, Field::Value(true));
    assert_eq!(found.customer_key, Field::Value(false));
    let Body::DatabaseDatabase(database) = &read.named("shop").body else {
        panic!("{read:?}");
    };
    assert_eq!(database.server, read.named("orders").uid);
    assert_eq!(database.encrypted, Field::Value(true));
    assert_eq!(database.masked, Field::Value(false));
    assert_eq!(database.tier, Field::Value("S0".into()));
}

#[tokio::test]
async fn what_belongs_to_people_or_opens_doors_is_not_kept() {
    let read = standin::read("database.sql-servers", "sql").await;
    let kept = serde_json::to_string(&read.resources).unwrap();
    assert!(!kept.contains("somebody") && !kept.contains("not to be kept"));
}

#[tokio::test]
async fn a_refused_database_list_makes_the_read_incomplete() {
    let deny = |exchange: &mut Value| {
        if exchange["path"].as_str().unwrap().ends_with("/databases") {
            exchange["status"] = json!(403);
            exchange["body"] = json!({ "error": { "code": "AuthorizationFailed" } });
        }
    };
    let read = standin::read_changed("database.sql-servers", "sql", deny).await;
    assert_eq!(read.gap.as_ref().unwrap().cause, Cause::Denied);
    assert_eq!(server(&read).auditing, Field::Value(true));
}

#[tokio::test]
async fn a_server_without_an_administrator_of_the_directory_is_not_bound_to_it() {
    let none = |exchange: &mut Value| {
        if exchange["path"]
            .as_str()
            .unwrap()
            .ends_with("/administrators")
        {
            exchange["body"] = json!({ "value": [] });
        }
    };
    let read = standin::read_changed("database.sql-servers", "sql", none).await;
    let found = server(&read);
    assert_eq!(found.directory_admin, Field::Value(false));
    assert_eq!(found.directory_only, Field::Value(false));
}

#[test]
fn policies_of_old_versions_have_a_status() {
    let old = json!({ "properties": { "status": "Enabled" } });
    assert_eq!(state(Some(Node::of(&old))), Ok(Field::Value(true)));
    assert_eq!(state(None), Ok(Field::NotRead));
}
