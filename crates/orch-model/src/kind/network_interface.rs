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
    /// What rules of firewalls know it by: application security groups by id (Azure), `tag:NAME` and
    /// `account:EMAIL` (Google Cloud).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memberships: Vec<Text>,
    /// Whether it forwards what is not for itself.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub ip_forwarding: Field<bool>,
    /// Private IPv4 addresses.
    pub private_addresses: Vec<IpAddr>,
    /// Public IPv4 addresses.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_addresses: Field<Vec<IpAddr>>,
    /// The reserved public addresses it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Uid>,
    /// IPv6 addresses.
    pub ipv6_addresses: Vec<IpAddr>,
}
