//! dns.policy: how names are resolved in networks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Uid};

/// A DNS policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnsPolicy {
    /// Whether questions are recorded.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub logging: Field<bool>,
    /// The networks it holds for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vpcs: Vec<Uid>,
}
