//! security.contact: whom the provider tells about threats.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A security contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityContact {
    /// Whether an address is set.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub has_email: Field<bool>,
    /// Whether owners of the account are told too.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub notifies_owners: Field<bool>,
    /// From which severity on it tells; none when it does not.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub minimum_severity: Field<Text>,
}
