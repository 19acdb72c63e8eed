//! The kinds of resources, one struct per file.

mod cloud_account;
mod compute_app;
mod compute_capacity_reservation;
mod compute_image;
mod compute_instance;
mod compute_instance_type;
mod compute_scaling_group;
mod container_cluster;
mod container_node_pool;
mod container_registry;
mod database_database;
mod database_document;
mod database_server;
mod dns_policy;
mod dns_zone;
mod governance_lock;
mod governance_policy;
mod governance_recommendation;
mod governance_service;
mod identity_api_key;
mod identity_grant;
mod identity_role;
mod identity_service_account;
mod monitor_alert;
mod monitor_log_metric;
mod monitor_log_sink;
mod network_acl;
mod network_address;
mod network_firewall;
mod network_flow_log;
mod network_gateway;
mod network_interface;
mod network_load_balancer;
mod network_route_table;
mod network_subnet;
mod network_vpc;
mod network_watcher;
mod security_contact;
mod security_key;
mod security_plan;
mod security_secret;
mod security_vault;
mod storage_account;
mod storage_bucket;
mod storage_snapshot;
mod storage_volume;

use std::fmt;
use std::str::FromStr;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

pub use cloud_account::{CloudAccount, GoogleProject, RegionStatus};
pub use compute_app::ComputeApp;
pub use compute_capacity_reservation::ComputeCapacityReservation;
pub use compute_image::ComputeImage;
pub use compute_instance::{
    AzureInstance, ComputeInstance, GoogleInstance, InstanceState, Lifecycle, MetadataService,
    TrustedLaunch,
};
pub use compute_instance_type::ComputeInstanceType;
pub use compute_scaling_group::ComputeScalingGroup;
pub use container_cluster::ContainerCluster;
pub use container_node_pool::ContainerNodePool;
pub use container_registry::ContainerRegistry;
pub use database_database::DatabaseDatabase;
pub use database_document::DatabaseDocument;
pub use database_server::{AllowedRange, DatabaseServer};
pub use dns_policy::DnsPolicy;
pub use dns_zone::DnsZone;
pub use governance_lock::GovernanceLock;
pub use governance_policy::GovernancePolicy;
pub use governance_recommendation::GovernanceRecommendation;
pub use governance_service::GovernanceService;
pub use identity_api_key::IdentityApiKey;
pub use identity_grant::IdentityGrant;
pub use identity_role::IdentityRole;
pub use identity_service_account::{AccountKey, IdentityServiceAccount};
pub use monitor_alert::MonitorAlert;
pub use monitor_log_metric::MonitorLogMetric;
pub use monitor_log_sink::MonitorLogSink;
pub use network_acl::{AclEntry, NetworkAcl};
pub use network_address::NetworkAddress;
pub use network_firewall::{FirewallRule, FirewallStage, NetworkFirewall, PrefixList, RuleAction};
pub use network_flow_log::NetworkFlowLog;
pub use network_gateway::NetworkGateway;
pub use network_interface::NetworkInterface;
pub use network_load_balancer::{Listener, NetworkLoadBalancer, Target};
pub use network_route_table::{NetworkRouteTable, Route};
pub use network_subnet::NetworkSubnet;
pub use network_vpc::{NetworkFilter, NetworkVpc};
pub use network_watcher::NetworkWatcher;
pub use security_contact::SecurityContact;
pub use security_key::SecurityKey;
pub use security_plan::SecurityPlan;
pub use security_secret::SecuritySecret;
pub use security_vault::SecurityVault;
pub use storage_account::StorageAccount;
pub use storage_bucket::StorageBucket;
pub use storage_snapshot::StorageSnapshot;
pub use storage_volume::{StorageVolume, VolumeAttachment};

/// The one table of kinds: variant and struct, name, boxed or not by size.
macro_rules! kinds {
    ($($name:ident = $text:literal,)*) => {
        /// A kind of resource, the same on every cloud that has it.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum Kind { $(#[doc = $text] #[serde(rename = $text)] $name,)* }

        impl Kind {
            /// Every kind, in order of name.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name: `compute.instance`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The JSON schema of its body, everything inline: the type that the rule checker uses.
            pub fn schema(self) -> Schema {
                let settings = SchemaSettings::draft2020_12().with(|settings| {
                    settings.inline_subschemas = true;
                });
                let generator = settings.into_generator();
                match self { $(Self::$name => generator.into_root_schema_for::<$name>(),)* }
            }
        }

        /// What only one kind has.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum Body { $(#[doc = $text] #[serde(rename = $text)] $name(Box<$name>),)* }

        impl Body {
            /// The kind.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)* }
            }

            /// Serializes the kind's struct alone, without the name of the kind around it.
            ///
            /// # Errors
            /// Those of the serializer.
            pub fn serialize_inner<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$name(body) => body.serialize(serializer),)* }
            }
        }

        $(impl From<$name> for Body {
            fn from(body: $name) -> Self { Self::$name(Box::new(body)) }
        })*
    };
}

kinds! {
    CloudAccount = "cloud.account",
    ComputeApp = "compute.app",
    ComputeCapacityReservation = "compute.capacity-reservation",
    ComputeImage = "compute.image",
    ComputeInstance = "compute.instance",
    ComputeInstanceType = "compute.instance-type",
    ComputeScalingGroup = "compute.scaling-group",
    ContainerCluster = "container.cluster",
    ContainerNodePool = "container.node-pool",
    ContainerRegistry = "container.registry",
    DatabaseDatabase = "database.database",
    DatabaseDocument = "database.document",
    DatabaseServer = "database.server",
    DnsPolicy = "dns.policy",
    DnsZone = "dns.zone",
    GovernanceLock = "governance.lock",
    GovernancePolicy = "governance.policy",
    GovernanceRecommendation = "governance.recommendation",
    GovernanceService = "governance.service",
    IdentityApiKey = "identity.api-key",
    IdentityGrant = "identity.grant",
    IdentityRole = "identity.role",
    IdentityServiceAccount = "identity.service-account",
    MonitorAlert = "monitor.alert",
    MonitorLogMetric = "monitor.log-metric",
    MonitorLogSink = "monitor.log-sink",
    NetworkAcl = "network.acl",
    NetworkAddress = "network.address",
    NetworkFirewall = "network.firewall",
    NetworkFlowLog = "network.flow-log",
    NetworkGateway = "network.gateway",
    NetworkInterface = "network.interface",
    NetworkLoadBalancer = "network.load-balancer",
    NetworkRouteTable = "network.route-table",
    NetworkSubnet = "network.subnet",
    NetworkVpc = "network.vpc",
    NetworkWatcher = "network.watcher",
    SecurityContact = "security.contact",
    SecurityKey = "security.key",
    SecurityPlan = "security.plan",
    SecuritySecret = "security.secret",
    SecurityVault = "security.vault",
    StorageAccount = "storage.account",
    StorageBucket = "storage.bucket",
    StorageSnapshot = "storage.snapshot",
    StorageVolume = "storage.volume",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a kind"))
    }
}
