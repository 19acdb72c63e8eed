//! container.node-pool: equal nodes of a cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A node pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerNodePool {
    /// Its cluster.
    pub cluster: Uid,
    /// The type of its nodes; none where there are several.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub instance_type: Field<Text>,
    /// How many nodes it has or begins with.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub nodes: Field<i64>,
    /// Whether broken nodes are replaced.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub auto_repair: Field<bool>,
    /// Whether nodes get new versions by themselves.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub auto_upgrade: Field<bool>,
    /// The system of its nodes.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub image: Field<Text>,
    /// The identity of its nodes.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub service_account: Field<Text>,
    /// Whether nodes boot only what is signed.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub secure_boot: Field<bool>,
    /// Whether what nodes booted is compared.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub integrity_monitoring: Field<bool>,
    /// Whether nodes get public addresses.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_addresses: Field<bool>,
}
