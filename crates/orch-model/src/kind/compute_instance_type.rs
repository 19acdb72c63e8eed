//! compute.instance-type: what a type of virtual machine offers in one region.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// The figures of an instance type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeInstanceType {
    /// The type: `m5.large`.
    pub instance_type: Text,
    /// Virtual processors.
    pub vcpu: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Architectures: `x86_64`, `arm64`.
    pub architectures: Vec<Text>,
    /// Graphics or machine-learning accelerators.
    pub accelerators: i64,
    /// Whether the provider still calls it current.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub current_generation: Field<bool>,
    /// Whether its processors work on credits.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub burstable: Field<bool>,
    /// Network figure as the provider words it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub network: Field<Text>,
}
