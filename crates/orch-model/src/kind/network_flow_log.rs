//! network.flow-log: a record of the traffic of a network, subnet or interface.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A flow log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkFlowLog {
    /// What it records.
    pub target: Uid,
    /// Whether it is active.
    pub active: bool,
    /// `all`, `accept` or `reject`.
    pub traffic: Text,
    /// The kind of destination: `cloud-watch-logs`, `s3`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub destination: Field<Text>,
    /// For how many days it is kept; 0 means for ever.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub retention_days: Field<i64>,
    /// Whether it is analysed too (Azure: traffic analytics).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub analysed: Field<bool>,
    /// Whether the last delivery worked.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub delivering: Field<bool>,
}
