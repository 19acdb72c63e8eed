//! governance.policy: a rule of the customer's that the provider checks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A policy and how it went (Azure: policy assignment and state; Google Cloud: organization policy).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GovernancePolicy {
    /// What it is about: a definition's or constraint's id.
    pub constraint: Text,
    /// Whether it is enforced.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enforced: Field<bool>,
    /// How many resources break it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub noncompliant: Field<i64>,
    /// The values it allows, where it lists some.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub allows: Field<Vec<Text>>,
}
