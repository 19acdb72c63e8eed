//! security.secret: a secret's name and dates; never its value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Time, Uid};

/// A secret in a vault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecuritySecret {
    /// Whether it can be used.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
    /// When it expires; none when it never does.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub expires_at: Field<Time>,
    /// The vault it lies in.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub vault: Field<Uid>,
    /// Whether its vault gives rights by roles.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub role_based: Field<bool>,
}
