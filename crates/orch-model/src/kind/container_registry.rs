//! container.registry: a store of container images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A container registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerRegistry {
    /// Its tier.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub sku: Field<Text>,
    /// Whether it can be reached from outside private networks at all.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_access: Field<bool>,
    /// Whether the one shared account is on.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub admin_user: Field<bool>,
    /// Whether everybody may read from it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub anonymous_pull: Field<bool>,
    /// Whether it is encrypted with a key of the customer's.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub customer_key: Field<bool>,
    /// How many private endpoints are approved.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub private_endpoints: Field<i64>,
}
