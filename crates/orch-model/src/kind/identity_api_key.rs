//! identity.api-key: a key that names a project to an API; never its text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Field;

/// An API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdentityApiKey {
    /// Whether it opens only named APIs.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub restricted_to_apis: Field<bool>,
    /// Whether only named hosts, addresses or apps may use it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub restricted_to_callers: Field<bool>,
}
