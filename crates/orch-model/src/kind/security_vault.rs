//! security.vault: a vault of keys, secrets and certificates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Field;

/// A vault (Azure: Key Vault).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityVault {
    /// Whether what is deleted can be brought back.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub soft_delete: Field<bool>,
    /// Whether nobody can cut that time short.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub purge_protection: Field<bool>,
    /// Whether rights are given by roles and not by its own list.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub role_based: Field<bool>,
    /// Whether it can be reached from outside private networks at all.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_access: Field<bool>,
    /// Whether only networks on its list reach it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub denies_by_default: Field<bool>,
    /// How many private endpoints are approved.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub private_endpoints: Field<i64>,
    /// Whether use is recorded.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub logging: Field<bool>,
}
