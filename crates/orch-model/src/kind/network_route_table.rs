//! network.route-table: where traffic of subnets goes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A route table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkRouteTable {
    /// Its network.
    pub vpc: Uid,
    /// Whether subnets without a table of their own use it.
    pub is_main: bool,
    /// The subnets that name it.
    pub subnets: Vec<Uid>,
    /// Its routes.
    pub routes: Vec<Route>,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// Its name; none where routes have none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub name: Field<Text>,
    /// Its place among routes to one destination; smaller goes first. None where there is one route to each.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub priority: Field<i64>,
    /// The network tags of the only instances it holds for; empty means all (Google Cloud).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Text>,
    /// An address block, or the id of a prefix list.
    pub destination: Text,
    /// What carries it: `internet-gateway`, `nat-gateway`, `local`, `interface`, `instance`,
    /// `transit-gateway`, `peering`, `egress-only-gateway`, `vpn-gateway`, `endpoint`, `appliance`, `none`,
    /// `other`.
    pub via: Text,
    /// The id of what carries it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub target: Field<Text>,
    /// Whether it works; a black hole does not.
    pub active: bool,
}
