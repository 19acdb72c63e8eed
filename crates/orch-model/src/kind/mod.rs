//! The kinds of resources, one struct per file.

mod cloud_account;
mod compute_instance;
mod compute_instance_type;
mod network_acl;
mod network_address;
mod network_firewall;
mod network_flow_log;
mod network_interface;
mod network_route_table;
mod network_subnet;
mod network_vpc;
mod storage_snapshot;
mod storage_volume;

use std::fmt;
use std::str::FromStr;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

pub use cloud_account::{CloudAccount, RegionStatus};
pub use compute_instance::{ComputeInstance, InstanceState, Lifecycle, MetadataService};
pub use compute_instance_type::ComputeInstanceType;
pub use network_acl::{AclEntry, NetworkAcl};
pub use network_address::NetworkAddress;
pub use network_firewall::{FirewallRule, NetworkFirewall, PrefixList};
pub use network_flow_log::NetworkFlowLog;
pub use network_interface::NetworkInterface;
pub use network_route_table::{NetworkRouteTable, Route};
pub use network_subnet::NetworkSubnet;
pub use network_vpc::NetworkVpc;
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
    ComputeInstance = "compute.instance",
    ComputeInstanceType = "compute.instance-type",
    NetworkAcl = "network.acl",
    NetworkAddress = "network.address",
    NetworkFirewall = "network.firewall",
    NetworkFlowLog = "network.flow-log",
    NetworkInterface = "network.interface",
    NetworkRouteTable = "network.route-table",
    NetworkSubnet = "network.subnet",
    NetworkVpc = "network.vpc",
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
