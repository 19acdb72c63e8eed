//! storage.account: an account of blobs, files, queues and tables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field, Text, Time};

/// An Azure storage account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StorageAccount {
    /// Redundancy and tier: `Standard_LRS`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub sku: Field<Text>,
    /// The tier of blobs that name none: `Hot`; none where it has none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub access_tier: Field<Text>,
    /// How many rules move or delete old blobs; none where it can have none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub lifecycle_rules: Field<i64>,
    /// Whether plain HTTP is refused.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub https_only: Field<bool>,
    /// The oldest version of TLS it takes: `1.2`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub min_tls: Field<Text>,
    /// Whether it can be reached from outside private networks at all.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_access: Field<bool>,
    /// Whether only networks on its list reach it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub denies_by_default: Field<bool>,
    /// The blocks on that list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_blocks: Vec<Cidr>,
    /// Whether the provider's own services may pass that list.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub trusted_services: Field<bool>,
    /// Whether containers may be opened to everybody.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub anonymous_blobs: Field<bool>,
    /// Whether its keys may be used to sign in.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub shared_key: Field<bool>,
    /// Whether objects may be copied to another organisation.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub cross_tenant_replication: Field<bool>,
    /// Whether a second layer of encryption is on.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub double_encryption: Field<bool>,
    /// Whether it is encrypted with a key of the customer's.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub customer_key: Field<bool>,
    /// How many private endpoints are approved.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub private_endpoints: Field<i64>,
    /// How many days deleted blobs are kept; none when they are not.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub blob_soft_delete_days: Field<i64>,
    /// How many days deleted containers are kept; none when they are not.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub container_soft_delete_days: Field<i64>,
    /// How many days deleted file shares are kept; none when they are not.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub file_soft_delete_days: Field<i64>,
    /// Whether old versions of blobs are kept.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub versioning: Field<bool>,
    /// After how many days its keys should be renewed; none when nobody is reminded.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub key_expiry_days: Field<i64>,
    /// When each of its keys was made.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub keys_created_at: Field<Vec<Time>>,
    /// Whether the portal uses people's own accounts and not the keys.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub portal_signs_in: Field<bool>,
}
