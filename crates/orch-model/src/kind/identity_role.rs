//! identity.role: a set of rights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A role of the customer's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdentityRole {
    /// Whether the customer made it.
    pub custom: bool,
    /// What it allows, as the provider writes it: `*`, `Microsoft.Compute/*/read`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub actions: Field<Vec<Text>>,
    /// What it takes away from that.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub not_actions: Field<Vec<Text>>,
    /// Where it can be given.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub assignable: Field<Vec<Text>>,
}
