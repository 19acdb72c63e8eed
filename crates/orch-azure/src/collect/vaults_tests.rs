use orch_model::{Body, Cause};
use serde_json::{Value, json};

use super::super::standin::{self, Read};
use super::*;

fn vault<'r>(read: &'r Read, name: &str) -> &'r SecurityVault {
    match &read.named(name).body {
        Body::SecurityVault(body) => body,
        other => panic!("{other:?}"),
    }
}

fn key<'r>(read: &'r Read, name: &str) -> &'r SecurityKey {
    match &read.named(name).body {
        Body::SecurityKey(body) => body,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_vault_is_read_with_what_it_holds() {
    let read = standin::read("security.vaults", "vaults").await;
    assert!(read.is_whole(), "{read:?}");
    let safe = vault(&read, "safe");
    assert_eq!(safe.soft_delete, Field::Value(true));
    assert_eq!(safe.purge_protection, Field::Value(true));
    assert_eq!(safe.role_based, Field::Value(true));
    assert_eq!(safe.public_access, Field::Value(false));
    assert_eq!(safe.denies_by_default, Field::Value(true));
    assert_eq!(safe.private_endpoints, Field::Value(1));
    assert_eq!(safe.logging, Field::Value(true));
    let disk = key(&read, "disk");
    assert_eq!(disk.rotation_days, Field::Value(90));
    assert!(disk.expires_at.value().is_some());
    assert_eq!(disk.vault, Field::Value(read.named("safe").uid.clone()));
    let sign = key(&read, "sign");
    assert_eq!(
        (sign.enabled, sign.expires_at),
        (Field::Value(false), Field::None)
    );
    assert_eq!(sign.rotation_days, Field::None);
    let Body::SecuritySecret(secret) = &read.named("api").body else {
        panic!("{read:?}");
    };
    assert_eq!(secret.expires_at, Field::None);
    assert_eq!(secret.role_based, Field::Value(true));
    let Body::MonitorLogSink(sink) = &read.named("audit").body else {
        panic!("{read:?}");
    };
    assert_eq!(sink.source, read.named("safe").uid.as_str());
    assert_eq!(sink.categories, Field::Value(vec!["AuditEvent".into()]));
}

#[tokio::test]
async fn a_vault_that_never_chose_has_what_azure_gives_it() {
    let read = standin::read("security.vaults", "vaults").await;
    let old = vault(&read, "old");
    assert_eq!(old.purge_protection, Field::Value(false));
    assert_eq!(old.role_based, Field::Value(false));
    assert_eq!(old.public_access, Field::Value(true));
    assert_eq!(old.denies_by_default, Field::Value(false));
    assert_eq!(old.logging, Field::Value(false));
    // Nobody says what these two are where an answer lacks them.
    assert!(old.soft_delete.is_not_read() && old.private_endpoints.is_not_read());
}

#[tokio::test]
async fn a_vault_without_properties_tells_nothing_of_them() {
    let strip = |exchange: &mut Value| {
        if exchange["path"].as_str().unwrap().ends_with("/vaults") {
            let vault = exchange["body"]["value"][1].as_object_mut().unwrap();
            vault.remove("properties");
        }
    };
    let read = standin::read_changed("security.vaults", "vaults", strip).await;
    let old = vault(&read, "old");
    assert!(old.purge_protection.is_not_read() && old.role_based.is_not_read());
    assert!(old.public_access.is_not_read() && old.denies_by_default.is_not_read());
}

#[tokio::test]
async fn a_key_without_properties_does_not_say_that_it_never_rotates() {
    let strip = |exchange: &mut Value| {
        if exchange["path"].as_str().unwrap().ends_with("/keys/sign") {
            exchange["body"]
                .as_object_mut()
                .unwrap()
                .remove("properties");
        }
    };
    let read = standin::read_changed("security.vaults", "vaults", strip).await;
    assert!(key(&read, "sign").rotation_days.is_not_read());
    assert_eq!(key(&read, "disk").rotation_days, Field::Value(90));
}

#[tokio::test]
async fn keys_that_may_not_be_listed_make_the_read_incomplete() {
    let deny = |exchange: &mut Value| {
        if exchange["path"].as_str().unwrap().ends_with("/keys") {
            exchange["status"] = json!(403);
            exchange["body"] = json!({ "error": { "code": "AuthorizationFailed" } });
        }
    };
    let read = standin::read_changed("security.vaults", "vaults", deny).await;
    let gap = read.gap.as_ref().unwrap();
    assert_eq!(gap.cause, Cause::Denied);
    assert_eq!(
        gap.detail,
        "Microsoft.KeyVault/vaults/keys/read AuthorizationFailed"
    );
    assert!(read.resources.iter().any(|one| one.name == "api"));
}

#[tokio::test]
async fn settings_that_may_not_be_listed_leave_the_sinks_incomplete_and_the_logging_unread() {
    let deny = |exchange: &mut Value| {
        let path = exchange["path"].as_str().unwrap();
        if path.contains("/safe/") && path.ends_with("/diagnosticSettings") {
            exchange["status"] = json!(403);
            exchange["body"] = json!({ "error": { "code": "AuthorizationFailed" } });
        }
    };
    let read = standin::read_changed("security.vaults", "vaults", deny).await;
    assert_eq!(read.gap.as_ref().unwrap().cause, Cause::Denied);
    assert!(vault(&read, "safe").logging.is_not_read());
    let why = read.named("safe").not_read.as_ref().unwrap();
    assert_eq!(why["body.logging"].cause, Cause::Denied);
}
