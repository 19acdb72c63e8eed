//! network.acl: an ordered, stateless filter in front of subnets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field, Uid};

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkAcl {
    /// Its network.
    pub vpc: Uid,
    /// Whether it is the one that new subnets get.
    pub is_default: bool,
    /// The subnets it guards.
    pub subnets: Vec<Uid>,
    /// Its entries in order of number; the first that matches decides.
    pub entries: Vec<AclEntry>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AclEntry {
    /// Its place; smaller is asked first.
    pub number: i64,
    /// Whether it is for leaving traffic.
    pub egress: bool,
    /// Whether it lets through.
    pub allow: bool,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `all`, or the protocol's number.
    pub protocol: crate::Text,
    /// First port; none where the protocol has no ports or all are meant.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub from_port: Field<i64>,
    /// Last port, inclusive.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub to_port: Field<i64>,
    /// The other side.
    pub block: Cidr,
}
