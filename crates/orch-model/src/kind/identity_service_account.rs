//! identity.service-account: an account for software.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Time};

/// A service account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdentityServiceAccount {
    /// Its address.
    pub email: Text,
    /// Whether it can be used.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
    /// Whether the provider made it for a service, with wide rights.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub default: Field<bool>,
    /// Its keys; never their material.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub keys: Field<Vec<AccountKey>>,
}

/// A key of a service account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountKey {
    /// Its id.
    pub id: Text,
    /// Whether a person made it and can copy it.
    pub user_managed: bool,
    /// Whether it can be used.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub created_at: Field<Time>,
    /// When it expires; none when it never does.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub expires_at: Field<Time>,
}
