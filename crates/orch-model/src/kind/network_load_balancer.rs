//! network.load-balancer: spreads connections over instances.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field, Text, Uid};

/// A load balancer (AWS: ELBv2 or Classic; Azure: load balancer or application gateway; Google Cloud: a forwarding rule with what is behind it).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkLoadBalancer {
    /// `application`, `network`, `gateway`, `classic`, `passthrough`, `proxy`.
    pub purpose: Text,
    /// Whether it has a public address.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub internet_facing: Field<bool>,
    /// Its tier as the provider words it: `Standard`, `Basic`, `WAF_v2`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub sku: Field<Text>,
    /// Its network.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub vpc: Field<Uid>,
    /// The subnets it stands in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<Uid>,
    /// Its firewalls; none where it can have none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub firewalls: Field<Vec<Uid>>,
    /// Its public addresses.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_addresses: Field<Vec<IpAddr>>,
    /// The reserved addresses it uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Uid>,
    /// The addresses from which it speaks to its targets, where it hides the client's.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub private_addresses: Field<Vec<IpAddr>>,
    /// The blocks from which it speaks to its targets, where the provider shares them among customers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_blocks: Vec<Cidr>,
    /// What it listens for.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub listeners: Field<Vec<Listener>>,
    /// Whether it is of use without a target: it answers by itself, sends callers to another place, runs a function,
    /// or lets machines out. Refusals and ways back to itself are of no use.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub answers_itself: Field<bool>,
    /// Whether it records requests.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub logging: Field<bool>,
    /// Whether a web application firewall stands before it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub waf: Field<bool>,
    /// Mechanisms of it that exposure does not follow, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmodelled: Vec<Text>,
}

/// One listener or rule: a range of ports and who answers there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listener {
    /// Its name.
    pub name: Text,
    /// `tcp`, `udp`, `all`, or the protocol's number.
    pub protocol: Text,
    /// First port.
    pub from_port: i64,
    /// Last port, inclusive.
    pub to_port: i64,
    /// `http`, `https`, `tls`; none where bytes are passed on as they are.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub application: Field<Text>,
    /// The policy of ciphers and versions.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub tls_policy: Field<Text>,
    /// Whether targets, and the firewalls before them, see the client's address.
    pub keeps_client: bool,
    /// Who answers.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub targets: Field<Vec<Target>>,
}

/// One target of a listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The instance.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub instance: Field<Uid>,
    /// The interface.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub interface: Field<Uid>,
    /// The private address.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub address: Field<IpAddr>,
    /// The port there; none means the one asked for.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub port: Field<i64>,
}
