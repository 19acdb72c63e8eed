//! network.interface: a network card.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A network card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkInterface {
    /// Whether something uses it.
    pub attached: bool,
    /// The instance that uses it; none for those of managed services.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub instance: Field<Uid>,
    /// What it belongs to: `interface`, `nat_gateway`, `lambda`, `network_load_balancer`.
    pub purpose: Text,
    /// Whether a service of the provider made it.
    pub service_managed: bool,
    /// What its maker wrote about it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub description: Field<Text>,
    /// Its network.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub vpc: Field<Uid>,
    /// Its subnet.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub subnet: Field<Uid>,
    /// Its firewalls.
    pub firewalls: Vec<Uid>,
    /// Private IPv4 addresses.
    pub private_addresses: Vec<IpAddr>,
    /// Public IPv4 addresses.
    pub public_addresses: Vec<IpAddr>,
    /// IPv6 addresses.
    pub ipv6_addresses: Vec<IpAddr>,
}
