//! compute.scaling-group: a group of equal instances.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A scaling group (AWS: Auto Scaling group; Azure: scale set; Google Cloud: managed instance group).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeScalingGroup {
    /// The type of its instances; none where there are several.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub instance_type: Field<Text>,
    /// How many it has or should have.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub size: Field<i64>,
    /// The zones it spreads over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Text>,
    /// The firewalls of its instances' interfaces.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub firewalls: Field<Vec<Uid>>,
    /// Whether each instance gets a public address.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_addresses_per_instance: Field<bool>,
    /// Whether instances get new images by themselves.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub automatic_upgrades: Field<bool>,
    /// Whether unhealthy instances are replaced.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub autohealing: Field<bool>,
}
