//! network.vpc: a private network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Cidr;

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkVpc {
    /// Its blocks of both families.
    pub blocks: Vec<Cidr>,
    /// Whether the provider made it as the region's default.
    pub is_default: bool,
}
