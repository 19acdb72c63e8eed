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

/// How a machine proves what it booted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrustedLaunch {
    /// Whether it boots only what is signed.
    pub secure_boot: bool,
    /// Whether it has a virtual security chip.
    pub virtual_tpm: bool,
    /// Whether what it booted is compared with what it booted before; not told by Azure.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub integrity_monitoring: Field<bool>,
}

/// What only machines of Azure have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AzureInstance {
    /// Whether all its disks are managed by Azure.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub managed_disks: Field<bool>,
    /// Whether disks and caches are encrypted on the host too.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub encryption_at_host: Field<bool>,
    /// The types of its extensions, sorted; never their settings.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub extensions: Field<Vec<Text>>,
}

/// What only machines of Google Cloud have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GoogleInstance {
    /// Its number.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub numeric_id: Field<Text>,
    /// Whether its identity is the project's default one.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub default_service_account: Field<bool>,
    /// The scopes its identity is limited to.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub scopes: Field<Vec<Text>>,
    /// Whether keys of the whole project open it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub project_keys_blocked: Field<bool>,
    /// Whether people sign in with their own accounts (OS Login); none when the project decides.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub os_login: Field<bool>,
    /// Whether its serial port can be used from outside.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub serial_port: Field<bool>,
    /// Whether it may be stopped for a cheaper customer or moved by itself on maintenance.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub preemptible: Field<bool>,
}

/// A virtual machine. User data and start-up scripts are never read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeInstance {
    /// What it is doing.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub state: Field<InstanceState>,
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
    /// Whether the provider keeps, and bills, its processors: a stopped machine of Azure is billed until it is
    /// deallocated.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub allocated: Field<bool>,
    /// Whether it forwards what is not for itself.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub ip_forwarding: Field<bool>,
    /// How it proves what it booted.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub trusted_launch: Field<TrustedLaunch>,
    /// Whether its memory is encrypted against its host.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub confidential: Field<bool>,
    /// Whether people may sign in with a password.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub password_login: Field<bool>,
    /// What only Azure has.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub azure: Field<AzureInstance>,
    /// What only Google Cloud has.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub gcp: Field<GoogleInstance>,
    /// The group that starts and stops it (AWS: Auto Scaling group).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub scaling_group: Field<Text>,
}
