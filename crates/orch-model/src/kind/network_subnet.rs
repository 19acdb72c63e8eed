//! network.subnet: a part of a network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field, Text, Uid};

/// A subnet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkSubnet {
    /// Its network.
    pub vpc: Uid,
    /// Its blocks of both families.
    pub blocks: Vec<Cidr>,
    /// Its zone.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub zone: Field<Text>,
    /// Whether new instances get a public IPv4 address.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub assigns_public_address: Field<bool>,
    /// Whether new instances get an IPv6 address.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub assigns_ipv6_address: Field<bool>,
    /// Free IPv4 addresses.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub free_addresses: Field<i64>,
    /// Whether the provider made it as a default subnet.
    pub is_default: bool,
}
