//! security.key: a key that encrypts or signs; never its material.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Time, Uid};

/// A key (Google Cloud: KMS crypto key; Azure: Key Vault key; AWS: KMS key).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityKey {
    /// Whether it can be used.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
    /// `encrypt`, `sign`, as the provider words it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub purpose: Field<Text>,
    /// After how many days it rotates by itself; none when it does not.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub rotation_days: Field<i64>,
    /// When it rotates next.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub next_rotation: Field<Time>,
    /// When it expires; none when it never does.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub expires_at: Field<Time>,
    /// The vault or key ring it lies in.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub vault: Field<Uid>,
    /// The rights that everybody has, as `role to whom`; empty when nobody outside has any.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_to: Field<Vec<Text>>,
    /// Whether its vault gives rights by roles.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub role_based: Field<bool>,
}
