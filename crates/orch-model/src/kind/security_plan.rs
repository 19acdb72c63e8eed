//! security.plan: one protection plan of the provider's for one type of resource.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A protection plan (Azure: Microsoft Defender for Cloud).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityPlan {
    /// The type of resource: `VirtualMachines`.
    pub plan: Text,
    /// Whether it is paid for and on.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
}
