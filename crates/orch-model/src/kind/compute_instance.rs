//! compute.instance: a virtual machine.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Time, Uid};

/// What an instance is doing.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceState {
    /// Starting.
    Pending,
    /// Up.
    Running,
    /// Going down.
    Stopping,
    /// Off, disks kept.
    Stopped,
    /// Being deleted.
    ShuttingDown,
    /// Deleted, still listed.
    Terminated,
}

/// How an instance is bought.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Lifecycle {
    /// Pay as you go.
    OnDemand,
    /// Spare capacity that can be taken back.
    Spot,
    /// A scheduled reservation.
    Scheduled,
    /// A reserved capacity block.
    CapacityBlock,
}

/// The metadata service inside an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetadataService {
    /// Whether it answers at all.
    pub enabled: bool,
    /// Whether it wants a session token (AWS: IMDSv2 required).
    pub token_required: bool,
    /// How many network hops an answer may travel.
    pub hop_limit: i64,
}

/// A virtual machine. User data and start-up scripts are never read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeInstance {
    /// What it is doing.
    pub state: InstanceState,
    /// Since when it is stopped or terminated; none while it runs.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub stopped_since: Field<Time>,
    /// Why it changed its state, as the provider words it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub state_reason: Field<Text>,
    /// Its type: `m5.large`.
    pub instance_type: Text,
    /// When it was last started.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub launched_at: Field<Time>,
    /// The image it was made from.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub image: Field<Text>,
    /// `linux` or `windows`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub platform: Field<Text>,
    /// `x86_64`, `arm64`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub architecture: Field<Text>,
    /// How it is bought.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub lifecycle: Field<Lifecycle>,
    /// `default`, `dedicated`, `host`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub tenancy: Field<Text>,
    /// Its zone.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub zone: Field<Text>,
    /// Its network.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub vpc: Field<Uid>,
    /// Its subnet.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub subnet: Field<Uid>,
    /// Private IPv4 addresses.
    pub private_addresses: Vec<IpAddr>,
    /// Public IPv4 addresses, empty when it has none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_addresses: Field<Vec<IpAddr>>,
    /// IPv6 addresses, which are routable by nature.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub ipv6_addresses: Field<Vec<IpAddr>>,
    /// The identity its software can use (AWS: instance profile).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub profile: Field<Text>,
    /// The metadata service inside it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub metadata_service: Field<MetadataService>,
    /// The firewalls (AWS: security groups) of its interfaces.
    pub firewalls: Vec<Uid>,
    /// Its disks.
    pub volumes: Vec<Uid>,
    /// The key pair it was started with.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub key_name: Field<Text>,
    /// Whether it is measured every minute and not every five.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub detailed_monitoring: Field<bool>,
    /// The group that starts and stops it (AWS: Auto Scaling group).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub scaling_group: Field<Text>,
}
