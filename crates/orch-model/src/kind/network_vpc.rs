//! network.vpc: a private network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field, Text, Uid};

/// A virtual network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkVpc {
    /// Its blocks of both families.
    pub blocks: Vec<Cidr>,
    /// Whether the provider made it as the region's default.
    pub is_default: bool,
    /// Whether it is of the first generation, without subnets (Google Cloud).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub legacy: Field<bool>,
    /// The firewalls that are asked for all of it, in order (Google Cloud, Azure admin rules); none where
    /// only interfaces and subnets name firewalls.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub filters: Field<Vec<NetworkFilter>>,
    /// What of the internet the account keeps out or in for the whole network (AWS: VPC Block Public
    /// Access): `off`, `ingress`, `both`, or `changing` while it is not known which.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub blocks_internet: Field<Text>,
    /// The networks it is joined with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Uid>,
}

/// One firewall in the order of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkFilter {
    /// The firewall; none is the place of the network's own VPC rules.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub firewall: Field<Uid>,
    /// The only region it holds for; none means all.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub region: Field<Text>,
}
