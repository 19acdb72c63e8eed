//! network.firewall: a set of rules on who may talk to what (AWS: security group).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field, Text, Uid};

/// A firewall that admits what any of its rules admits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkFirewall {
    /// What its owner wrote about it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub description: Field<Text>,
    /// Its network; none outside of one.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub vpc: Field<Uid>,
    /// Whether the provider made it as the network's default.
    pub is_default: bool,
    /// Rules for arriving traffic.
    pub ingress: Vec<FirewallRule>,
    /// Rules for leaving traffic.
    pub egress: Vec<FirewallRule>,
}

/// One rule: protocol × ports × peers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FirewallRule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `all`, or the protocol's number.
    pub protocol: Text,
    /// First port (ICMP: type); none means all.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub from_port: Field<i64>,
    /// Last port (ICMP: code), inclusive; none means all.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub to_port: Field<i64>,
    /// Address blocks of both families.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Cidr>,
    /// Other firewalls whose members are meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub firewalls: Vec<Uid>,
    /// Named lists of blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix_lists: Vec<PrefixList>,
    /// What its owner wrote about it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub description: Field<Text>,
}

/// A named list of address blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrefixList {
    /// Its id.
    pub id: Text,
    /// Its blocks; not read where it could not be resolved.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub blocks: Field<Vec<Cidr>>,
}
