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
    /// Its firewalls; none where subnets have none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub firewalls: Field<Vec<Uid>>,
    /// The route table it names; none when it names none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub route_table: Field<Uid>,
    /// What it is kept for, as the provider words it: `PRIVATE`, `AzureBastionSubnet`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub purpose: Field<Text>,
    /// What stands in it that is no network card of its account: scale sets, gateways, services (Azure); none
    /// where only network cards do.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub occupants: Field<Vec<Uid>>,
    /// Whether its traffic is recorded (Google Cloud: a property of the subnet).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub flow_logs: Field<bool>,
    /// Whether the account's block of the internet leaves it out: `off`, `ingress`, `both` or `changing` for
    /// it alone; none when its network decides (AWS).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub blocks_internet: Field<Text>,
    /// Free IPv4 addresses.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub free_addresses: Field<i64>,
    /// Whether the provider made it as a default subnet.
    pub is_default: bool,
}
