//! network.address: a public address that the account holds.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A reserved public address (AWS: Elastic IP; Azure: public IP address; Google Cloud: external address).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkAddress {
    /// The address; none while none is given out.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub address: Field<IpAddr>,
    /// The instance that uses it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub instance: Field<Uid>,
    /// The interface that uses it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub interface: Field<Uid>,
    /// What else uses it: a load balancer, a gateway.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub user: Field<Uid>,
    /// Its tier: `basic` is open where no firewall is, `standard` is closed (Azure).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub sku: Field<Text>,
    /// The private address behind it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub private_address: Field<IpAddr>,
    /// Where the provider announces it from, when that is not the region.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub border_group: Field<Text>,
}
