//! network.firewall: a set of rules on who may talk to what (AWS: security group; Azure: network security
//! group; Google Cloud: a VPC firewall rule or a firewall policy).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field, Text, Uid};

/// What a firewall is, and so how it is asked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallStage {
    /// It admits what any of its rules admits (AWS).
    #[default]
    SecurityGroup,
    /// The matching rule of the smallest priority decides (Azure).
    NetworkSecurityGroup,
    /// A rule of Azure Virtual Network Manager, asked before network security groups.
    AdminRules,
    /// One VPC firewall rule (Google Cloud): it is asked together with those of its network.
    VpcRule,
    /// A firewall policy (Google Cloud): the matching rule of the smallest priority decides, or hands on.
    Policy,
}

/// What a rule does with what it matches.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    /// Lets it through.
    #[default]
    Allow,
    /// Lets it through whatever network security groups say (Azure admin rules).
    AlwaysAllow,
    /// Refuses it.
    Deny,
    /// Leaves it to the next firewall in order (Google Cloud policies).
    Next,
}

/// A firewall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkFirewall {
    /// What its owner wrote about it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub description: Field<Text>,
    /// What it is.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = "security-group"))]
    pub stage: FirewallStage,
    /// What it guards beside what names it itself: networks, folders, an organisation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Uid>,
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

/// One rule: protocol × ports × peers. A rule of the provider's with several protocols or ranges of ports is
/// several of these, with one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FirewallRule {
    /// Its name; none where rules have none.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub name: Field<Text>,
    /// What it does.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = "allow"))]
    pub action: RuleAction,
    /// Its place; smaller is asked first, and a refusal before a permission of the same place. None where all
    /// rules count alike.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub priority: Field<i64>,
    /// Whether it is switched off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("default" = false))]
    pub disabled: bool,
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
    /// The provider's names for peers: service tags (Azure), network tags and service accounts as
    /// `tag:NAME` and `account:EMAIL` (Google Cloud). They are beside `blocks`, not instead of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<Text>,
    /// The blocks on the side of what is guarded that are meant; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_blocks: Vec<Cidr>,
    /// The members that are meant: application security groups by id (Azure), `tag:NAME` and
    /// `account:EMAIL` (Google Cloud); empty means all. A member need carry only one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Text>,
    /// Whether it matches only some ports of the sender.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("default" = false))]
    pub some_source_ports: bool,
    /// Conditions of it that we do not follow, by name: `secure tags`, `geo location`, `fqdn`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmodelled: Vec<Text>,
    /// Named lists of blocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix_lists: Vec<PrefixList>,
    /// What its owner wrote about it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub description: Field<Text>,
}

impl FirewallRule {
    /// A rule that admits a protocol on ports, still for nobody.
    pub fn of(protocol: Text, from_port: Field<i64>, to_port: Field<i64>) -> Self {
        Self {
            name: Field::None,
            action: RuleAction::Allow,
            priority: Field::None,
            disabled: false,
            protocol,
            from_port,
            to_port,
            blocks: Vec::new(),
            firewalls: Vec::new(),
            peers: Vec::new(),
            local_blocks: Vec::new(),
            members: Vec::new(),
            some_source_ports: false,
            unmodelled: Vec::new(),
            prefix_lists: Vec::new(),
            description: Field::None,
        }
    }
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

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
