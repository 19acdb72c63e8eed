//! network.gateway: a way between a network and the outside.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A gateway (AWS: internet, egress-only and NAT gateway; Azure: NAT gateway, Bastion; Google Cloud: Cloud NAT).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkGateway {
    /// `internet`, `egress-only`, `nat`, `bastion`, `vpn`.
    pub purpose: Text,
    /// The network it serves; none when it is attached to none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub vpc: Field<Uid>,
    /// The subnets it stands in or serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<Uid>,
    /// Its public addresses.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_addresses: Field<Vec<IpAddr>>,
    /// What it is doing, as the provider words it: `available`, `failed`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub state: Field<Text>,
    /// Whether it records what it translates.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub logging: Field<bool>,
}
