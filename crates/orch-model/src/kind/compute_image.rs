//! compute.image: what disks of new instances are made from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// An image that the account owns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeImage {
    /// Who may use it beside its owner: `all`, or accounts.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_to: Field<Vec<Text>>,
    /// Whether all its disks are encrypted.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub encrypted: Field<bool>,
    /// `linux` or `windows`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub platform: Field<Text>,
    /// What it was made from.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub source: Field<Uid>,
}
