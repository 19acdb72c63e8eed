//! storage.account: storage accounts with their blob and file services.

use orch_collect::CollectorSpec;
use orch_model::kind::StorageAccount;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text, Time};

use super::common::{blocks, either, enabled, min_tls, one, or_default, private_endpoints};
use super::list::{ArmList, Around, Element, Part, Source, free};
use crate::convert::resource;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Storage/storageAccounts/read";
const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/read";
const FILES: &str = "Microsoft.Storage/storageAccounts/fileServices/read";
const LIFE: &str = "Microsoft.Storage/storageAccounts/managementPolicies/read";
const VERSION: &str = "2023-05-01";

/// Storage accounts.
pub(super) struct StorageAccounts;

impl ArmList for StorageAccounts {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "storage.accounts",
        service: "storage",
        datasets: &[Dataset::Kind(Kind::StorageAccount)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(BLOBS), free(FILES), free(LIFE)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Storage/storageAccounts",
        VERSION,
    );
    const PARTS: &'static [Part] = &[
        Part {
            when: |_, account| !is_kind(account, &["FileStorage"]),
            fields: &[
                "body.blob_soft_delete_days",
                "body.container_soft_delete_days",
                "body.versioning",
            ],
            ..Part::one(
                "blobs",
                Source::get(BLOBS, "{id}/blobServices/default", VERSION),
            )
        },
        Part {
            when: |_, account| !is_kind(account, &["BlobStorage", "BlockBlobStorage"]),
            fields: &["body.file_soft_delete_days"],
            ..Part::one(
                "files",
                Source::get(FILES, "{id}/fileServices/default", VERSION),
            )
        },
        Part {
            when: |_, account| has_life(account),
            none_on_404: true,
            fields: &["body.lifecycle_rules"],
            ..Part::one(
                "life",
                Source::get(LIFE, "{id}/managementPolicies/default", VERSION),
            )
        },
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        // Accounts have told since early 2021 when their keys were made: what such an answer leaves out has
        // its default. Network access by one switch came half a year later.
        let is_current = of.has("properties.keyCreationTime");
        let is_newer = is_current && of.has("properties.publicNetworkAccess");
        let mut body = StorageAccount {
            sku: of.seen_text("sku.name")?,
            https_only: of.seen_bool("properties.supportsHttpsTrafficOnly")?,
            min_tls: match min_tls(of, "properties.minimumTlsVersion")? {
                // Until somebody chooses a version, the first one is taken.
                Field::NotRead if is_current => Field::Value(Text::new_static("1.0")),
                read => read,
            },
            public_access: public_access(of, is_current)?,
            denies_by_default: either(of, "properties.networkAcls.defaultAction", "Deny", "Allow")?,
            allowed_blocks: blocks(of, "properties.networkAcls.ipRules", "value")?,
            trusted_services: trusted(of)?,
            // What stands in for these two has changed over the years.
            anonymous_blobs: of.seen_bool("properties.allowBlobPublicAccess")?,
            cross_tenant_replication: of.seen_bool("properties.allowCrossTenantReplication")?,
            shared_key: or_default(
                of.boolean("properties.allowSharedKeyAccess")?,
                is_current,
                true,
            ),
            double_encryption: or_default(
                of.boolean("properties.encryption.requireInfrastructureEncryption")?,
                is_current,
                false,
            ),
            customer_key: either(
                of,
                "properties.encryption.keySource",
                "Microsoft.Keyvault",
                "Microsoft.Storage",
            )?,
            private_endpoints: private_endpoints(of)?,
            blob_soft_delete_days: Field::NotRead,
            container_soft_delete_days: Field::NotRead,
            file_soft_delete_days: Field::NotRead,
            versioning: Field::NotRead,
            access_tier: of.read_text("properties.accessTier")?,
            lifecycle_rules: match found.part("life") {
                Some(policies) => Field::Value(rules(policies)?),
                None if has_life(of) => Field::NotRead,
                None => Field::None,
            },
            key_expiry_days: match of.int("properties.keyPolicy.keyExpirationPeriodInDays")? {
                Some(days) => Field::Value(days),
                None if is_current => Field::None,
                None => Field::NotRead,
            },
            keys_created_at: keys(of)?,
            portal_signs_in: or_default(
                of.boolean("properties.defaultToOAuthAuthentication")?,
                is_newer,
                false,
            ),
        };
        if let Some(blobs) = one(found, "blobs") {
            // The oldest answers know blobs only; those with this member know all that is asked for.
            let is_current = blobs.has("properties.deleteRetentionPolicy.allowPermanentDelete");
            body.blob_soft_delete_days = kept(blobs, "deleteRetentionPolicy", is_current)?;
            body.container_soft_delete_days =
                kept(blobs, "containerDeleteRetentionPolicy", is_current)?;
            body.versioning = or_default(
                blobs.boolean("properties.isVersioningEnabled")?,
                is_current,
                false,
            );
        }
        if let Some(files) = one(found, "files") {
            body.file_soft_delete_days = kept(files, "shareDeleteRetentionPolicy", false)?;
        }
        let created = Field::seen(of.time("properties.creationTime")?);
        Ok(vec![resource(around.names, of, created, body, [])?])
    }
}

/// Whether it can be reached over public networks. It can until somebody turns that off: the rule of Azure Policy
/// for it (StoragePublicNetworkAccess_AuditDeny) takes every account to be open that does not say `Disabled` or
/// `SecuredByPerimeter`, and before there was the switch every account was.
fn public_access(of: Node<'_>, is_current: bool) -> Result<Field<bool>, Malformed> {
    const PATH: &str = "properties.publicNetworkAccess";
    if is_current && !of.has(PATH) {
        return Ok(Field::Value(true));
    }
    enabled(of, PATH)
}

/// Whether an account can have rules for the life of its blobs: those of files and those of the first generation
/// cannot ("Azure Blob Storage lifecycle management overview").
fn has_life(account: Node<'_>) -> bool {
    is_kind(account, &["StorageV2", "BlobStorage", "BlockBlobStorage"])
}

/// The rules in force that move or delete blobs. An account has one policy or none.
fn rules(policies: &[Element]) -> Result<i64, Malformed> {
    let mut count = 0;
    for policy in policies {
        for rule in policy.node().list("properties.policy.rules")? {
            count += i64::from(rule.boolean("enabled")? != Some(false));
        }
    }
    Ok(count)
}

/// Whether an account is of one of these kinds, which lack a service.
fn is_kind(account: Node<'_>, kinds: &[&str]) -> bool {
    account.word("kind", kinds) == Ok(Some(true))
}

/// Whether the services of Azure pass its list of networks.
fn trusted(of: Node<'_>) -> Result<Field<bool>, Malformed> {
    let bypass = of.text("properties.networkAcls.bypass")?;
    Ok(Field::seen(bypass.map(|bypass| {
        bypass
            .split(',')
            .any(|one| one.trim().eq_ignore_ascii_case("AzureServices"))
    })))
}

/// When each key was made; not read where one of them is older than these times.
fn keys(of: Node<'_>) -> Result<Field<Vec<Time>>, Malformed> {
    let mut made = Vec::new();
    for (_, key) in of.members("properties.keyCreationTime")? {
        match key.time("")? {
            Some(time) => made.push(time),
            None => return Ok(Field::NotRead),
        }
    }
    made.sort_unstable();
    Ok(Field::seen(Some(made).filter(|made| !made.is_empty())))
}

/// For how many days a service keeps what was deleted.
fn kept(service: Node<'_>, policy: &str, is_current: bool) -> Result<Field<i64>, Malformed> {
    let policy = service.at(&format!("properties.{policy}"))?;
    Ok(match policy.boolean("enabled")? {
        Some(true) => Field::seen(policy.int("days")?),
        Some(false) => Field::None,
        None if is_current => Field::None,
        None => Field::NotRead,
    })
}

#[cfg(test)]
#[path = "storage_accounts_tests.rs"]
mod tests;
