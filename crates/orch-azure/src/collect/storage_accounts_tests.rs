use orch_model::{Body, Cause};
use serde_json::{Value, json};

use super::super::standin::{self, Read, scope};
use super::*;

fn account<'r>(read: &'r Read, name: &str) -> &'r StorageAccount {
    match &read.named(name).body {
        Body::StorageAccount(body) => body,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_account_is_read_with_its_services() {
    let read = standin::read("storage.accounts", "storage").await;
    assert!(read.is_whole(), "{read:?}");
    let found = account(&read, "prodlogs");
    assert_eq!(found.sku, Field::Value("Standard_GRS".into()));
    assert_eq!(found.https_only, Field::Value(true));
    assert_eq!(found.min_tls, Field::Value("1.2".into()));
    assert_eq!(found.public_access, Field::Value(true));
    assert_eq!(found.denies_by_default, Field::Value(true));
    assert_eq!(found.allowed_blocks, ["203.0.113.0/28".parse().unwrap()]);
    assert_eq!(found.trusted_services, Field::Value(true));
    assert_eq!(found.anonymous_blobs, Field::Value(false));
    assert_eq!(found.shared_key, Field::Value(false));
    assert_eq!(found.cross_tenant_replication, Field::Value(false));
    assert_eq!(found.double_encryption, Field::Value(true));
    assert_eq!(found.customer_key, Field::Value(true));
    assert_eq!(found.private_endpoints, Field::Value(1));
    assert_eq!(found.key_expiry_days, Field::Value(90));
    let made = found.keys_created_at.value().unwrap();
    assert_eq!(made[0].to_rfc3339(), "2025-01-10T08:00:00+00:00");
    assert_eq!(made.len(), 2);
    assert_eq!(found.portal_signs_in, Field::Value(true));
    assert_eq!(found.blob_soft_delete_days, Field::Value(14));
    assert_eq!(found.container_soft_delete_days, Field::None);
    assert_eq!(found.versioning, Field::Value(false));
    assert_eq!(found.file_soft_delete_days, Field::Value(7));
    assert_eq!(found.access_tier, Field::Value("Hot".into()));
    // Three rules, one of which is off.
    assert_eq!(found.lifecycle_rules, Field::Value(2));
    let whole = read.named("prodlogs");
    assert_eq!(whole.scope, scope().in_region("westeurope"));
    assert_eq!(whole.tag("env"), Field::Value("prod"));
    assert!(whole.created_at.value().is_some());
}

#[tokio::test]
async fn an_account_of_files_has_no_blobs_to_ask_for() {
    let read = standin::read("storage.accounts", "storage").await;
    let found = account(&read, "prodshares");
    assert!(found.blob_soft_delete_days.is_not_read() && found.versioning.is_not_read());
    assert_eq!(found.file_soft_delete_days, Field::None);
    assert_eq!(found.lifecycle_rules, Field::None);
    // Keys that are older than the times of keys.
    assert!(found.keys_created_at.is_not_read());
    assert_eq!(found.shared_key, Field::Value(true));
    assert_eq!(found.key_expiry_days, Field::None);
    // Nobody ever turned the switch.
    assert_eq!(found.public_access, Field::Value(true));
    assert!(found.portal_signs_in.is_not_read());
    assert!(found.anonymous_blobs.is_not_read());
}

#[tokio::test]
async fn what_may_not_be_read_is_not_read_and_says_why() {
    let deny = |exchange: &mut Value| {
        if exchange["path"]
            .as_str()
            .unwrap()
            .ends_with("/blobServices/default")
        {
            exchange["status"] = json!(403);
            exchange["body"] = json!({ "error": { "code": "AuthorizationFailed" } });
        }
    };
    let read = standin::read_changed("storage.accounts", "storage", deny).await;
    assert!(read.result.is_ok() && read.gap.is_none(), "{read:?}");
    assert!(account(&read, "prodlogs").versioning.is_not_read());
    let whole = read.named("prodlogs");
    let gap = &whole.not_read.as_ref().unwrap()["body.versioning"];
    assert_eq!(gap.cause, Cause::Denied);
    assert_eq!(
        gap.detail,
        "Microsoft.Storage/storageAccounts/blobServices/read AuthorizationFailed"
    );
}

#[tokio::test]
async fn an_account_for_which_nobody_chose_takes_the_first_version_of_tls() {
    let forget = |exchange: &mut Value| {
        for account in exchange["body"]["value"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            let properties = account["properties"].as_object_mut().unwrap();
            properties.remove("minimumTlsVersion");
        }
    };
    let read = standin::read_changed("storage.accounts", "storage", forget).await;
    assert_eq!(
        account(&read, "prodlogs").min_tls,
        Field::Value("1.0".into())
    );
}

#[test]
fn what_an_old_answer_leaves_out_is_not_false() {
    let scope = scope();
    let old = Element::bare(json!({
        "id": "/subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/A",
        "name": "a", "location": "eastus", "properties": { "supportsHttpsTrafficOnly": false },
    }));
    let made = StorageAccounts::resources(&Around::bare(&scope), &old).unwrap();
    let Body::StorageAccount(body) = &made[0].body else {
        panic!("{made:?}");
    };
    assert_eq!(body.https_only, Field::Value(false));
    assert!(body.min_tls.is_not_read() && body.shared_key.is_not_read());
    assert!(body.double_encryption.is_not_read() && body.key_expiry_days.is_not_read());
    assert!(body.denies_by_default.is_not_read() && body.private_endpoints.is_not_read());
    assert!(body.public_access.is_not_read());
}

#[test]
fn an_account_whose_networks_a_perimeter_decides_is_neither_open_nor_shut() {
    let scope = scope();
    let found = Element::bare(json!({
        "id": "/subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/A",
        "properties": { "keyCreationTime": {}, "publicNetworkAccess": "SecuredByPerimeter" },
    }));
    let made = StorageAccounts::resources(&Around::bare(&scope), &found).unwrap();
    let Body::StorageAccount(body) = &made[0].body else {
        panic!("{made:?}");
    };
    assert!(body.public_access.is_not_read());
}

#[test]
fn an_account_without_a_policy_has_no_rules() {
    assert_eq!(rules(&[]).unwrap(), 0);
}
