//! What do the three judges share? One packet, three answers, and the questions that every cloud's rules ask.
//!
//! Nothing here computes with ranges: a block contains an address, a rule matches a packet, and whoever has
//! to know whether *some* port or *every* address does, tries them one after the other.

use std::collections::BTreeSet;
use std::net::IpAddr;

use orch_model::kind::{
    FirewallRule, NetworkAcl, NetworkAddress, NetworkFirewall, NetworkInterface,
    NetworkLoadBalancer, NetworkRouteTable, NetworkSubnet, NetworkVpc, RuleAction,
};
use orch_model::{Body, Cidr, Field, Provider, Resource, Uid};

use crate::{brute_aws, brute_azure, brute_gcp, packets};

/// One packet as it arrives at the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Packet {
    /// The number of its protocol.
    pub(crate) protocol: u8,
    /// Where it goes; of tcp and udp only.
    pub(crate) port: u16,
    /// Who sent it.
    pub(crate) from: IpAddr,
}

impl Packet {
    /// The same packet on its way to another port.
    pub(crate) fn to(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// The same packet from another sender.
    pub(crate) fn sent_by(self, from: IpAddr) -> Self {
        Self { from, ..self }
    }

    /// Whether its protocol has ports.
    pub(crate) fn has_port(self) -> bool {
        self.protocol == 6 || self.protocol == 17
    }
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Told {
    /// It does not get there.
    No,
    /// It cannot be told.
    Unknown,
    /// It gets there.
    Yes,
}

impl From<bool> for Told {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl Told {
    /// Both must hold.
    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One must hold.
    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// What is told when any of these may be what happens.
    pub(crate) fn whichever(all: impl IntoIterator<Item = Self>) -> Self {
        let all: BTreeSet<Self> = all.into_iter().collect();
        match (all.first(), all.len()) {
            (Some(one), 1) => *one,
            _ => Self::Unknown,
        }
    }

    /// Whether one of these holds.
    pub(crate) fn any(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::No, Self::or)
    }
}

/// Everything that was read, and the ports and addresses at which an answer can change.
pub(crate) struct World<'w> {
    /// What was read.
    pub(crate) resources: &'w [Resource],
    /// The ports to try where some port is asked for.
    pub(crate) ports: Vec<u16>,
    /// The addresses to try where all addresses of a block are asked for; others than these never differ
    /// from their neighbours.
    pub(crate) addresses: Vec<IpAddr>,
}

impl<'w> World<'w> {
    /// Tries ports and addresses at the ends of everything that is named, and their neighbours.
    pub(crate) fn new(resources: &'w [Resource]) -> Self {
        let ends = packets::ends(resources);
        Self {
            resources,
            ports: ends.ports.into_iter().collect(),
            addresses: ends.addresses.into_iter().collect(),
        }
    }

    fn body(&self, uid: &Uid) -> Option<&'w Body> {
        let found = self.resources.iter().find(|resource| resource.uid == *uid);
        found.map(|resource| &resource.body)
    }

    /// The firewall of an identity, if it was read.
    pub(crate) fn firewall(&self, uid: &Uid) -> Option<&'w NetworkFirewall> {
        match self.body(uid)? {
            Body::NetworkFirewall(body) => Some(body),
            _ => None,
        }
    }

    /// The subnet of an identity, if it was read.
    pub(crate) fn subnet(&self, uid: &Uid) -> Option<&'w NetworkSubnet> {
        match self.body(uid)? {
            Body::NetworkSubnet(body) => Some(body),
            _ => None,
        }
    }

    /// The network of an identity, if it was read.
    pub(crate) fn vpc(&self, uid: &Uid) -> Option<&'w NetworkVpc> {
        match self.body(uid)? {
            Body::NetworkVpc(body) => Some(body),
            _ => None,
        }
    }

    /// The network of an interface: its own word, or else that of its subnet.
    pub(crate) fn network_of(&self, card: &'w NetworkInterface) -> Option<&'w Uid> {
        if let Field::Value(vpc) = &card.vpc {
            return Some(vpc);
        }
        let subnet = card.subnet.value().and_then(|subnet| self.subnet(subnet));
        subnet.map(|subnet| &subnet.vpc)
    }

    /// The reserved address of an identity, if it was read.
    pub(crate) fn address(&self, uid: &Uid) -> Option<&'w NetworkAddress> {
        match self.body(uid)? {
            Body::NetworkAddress(body) => Some(body),
            _ => None,
        }
    }

    /// The route table of an identity, if it was read.
    pub(crate) fn route_table(&self, uid: &Uid) -> Option<&'w NetworkRouteTable> {
        match self.body(uid)? {
            Body::NetworkRouteTable(body) => Some(body),
            _ => None,
        }
    }

    /// Every firewall.
    pub(crate) fn firewalls(&self) -> impl Iterator<Item = &'w NetworkFirewall> {
        self.resources.iter().filter_map(|one| match &one.body {
            Body::NetworkFirewall(body) => Some(&**body),
            _ => None,
        })
    }

    /// Every route table.
    pub(crate) fn route_tables(&self) -> impl Iterator<Item = &'w NetworkRouteTable> {
        self.resources.iter().filter_map(|one| match &one.body {
            Body::NetworkRouteTable(body) => Some(&**body),
            _ => None,
        })
    }

    /// Every network ACL.
    pub(crate) fn acls(&self) -> impl Iterator<Item = &'w NetworkAcl> {
        self.resources.iter().filter_map(|one| match &one.body {
            Body::NetworkAcl(body) => Some(&**body),
            _ => None,
        })
    }

    /// Every load balancer.
    pub(crate) fn load_balancers(&self) -> impl Iterator<Item = &'w NetworkLoadBalancer> {
        self.resources.iter().filter_map(|one| match &one.body {
            Body::NetworkLoadBalancer(body) => Some(&**body),
            _ => None,
        })
    }
}

/// The interface that is asked about.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'w> {
    /// Its identity.
    pub(crate) uid: &'w Uid,
    /// Where it is.
    pub(crate) region: &'w str,
    /// What it is.
    pub(crate) card: &'w NetworkInterface,
}

/// Whether a packet from the internet reaches an interface, asked rule by rule.
pub(crate) fn judge(world: &World<'_>, resource: &Resource, packet: Packet) -> Told {
    let Body::NetworkInterface(card) = &resource.body else {
        panic!("{} is not an interface", resource.uid);
    };
    let subject = Subject {
        uid: &resource.uid,
        region: &resource.scope.region,
        card,
    };
    match resource.scope.provider {
        Provider::Aws => brute_aws::judge(world, subject, packet),
        Provider::Azure => brute_azure::judge(world, subject, packet),
        Provider::Gcp => brute_gcp::judge(world, subject, packet),
    }
}

/// Whether a block contains an address, by its leading bits.
pub(crate) fn contains(block: &Cidr, address: IpAddr) -> bool {
    let net = block.net();
    match (net.network(), address) {
        (IpAddr::V4(first), IpAddr::V4(address)) => {
            let free = 32 - u32::from(net.prefix_len());
            u64::from(first.to_bits()) >> free == u64::from(address.to_bits()) >> free
        }
        (IpAddr::V6(first), IpAddr::V6(address)) => (0..u32::from(net.prefix_len())).all(|bit| {
            let mask = 1u128 << (127 - bit);
            first.to_bits() & mask == address.to_bits() & mask
        }),
        _ => false,
    }
}

/// Whether one of the blocks contains an address.
pub(crate) fn within(blocks: &[Cidr], address: IpAddr) -> bool {
    blocks.iter().any(|block| contains(block, address))
}

/// The block that a route names; none for a prefix list.
pub(crate) fn block_of(destination: &str) -> Option<Cidr> {
    destination.parse().ok()
}

/// Whether a protocol's name or number means this protocol.
pub(crate) fn speaks(name: &str, protocol: u8) -> bool {
    match name {
        "all" => true,
        "icmp" => protocol == 1,
        "tcp" => protocol == 6,
        "udp" => protocol == 17,
        "icmpv6" => protocol == 58,
        number => number.parse() == Ok(protocol),
    }
}

/// Whether a range of ports takes in the packet's.
pub(crate) fn port_fits(from: &Field<i64>, to: &Field<i64>, packet: Packet) -> Told {
    if !packet.has_port() {
        return Told::Yes;
    }
    if from.is_not_read() || to.is_not_read() {
        return Told::Unknown;
    }
    let (Some(&from), Some(&to)) = (from.value(), to.value()) else {
        return Told::Yes;
    };
    if from < 0 || to < 0 {
        return Told::Yes;
    }
    let port = i64::from(packet.port);
    Told::from(from <= port && port <= to)
}

/// Whether the rule's blocks and named lists contain an address.
pub(crate) fn blocks_contain(rule: &FirewallRule, address: IpAddr) -> Told {
    if within(&rule.blocks, address) {
        return Told::Yes;
    }
    Told::any(rule.prefix_lists.iter().map(|list| match &list.blocks {
        Field::Value(blocks) => Told::from(within(blocks, address)),
        Field::None => Told::No,
        Field::NotRead => Told::Unknown,
    }))
}

/// Whether the rule is for the packet's protocol and port.
pub(crate) fn is_about(rule: &FirewallRule, packet: Packet) -> Told {
    if rule.disabled || !speaks(&rule.protocol, packet.protocol) {
        return Told::No;
    }
    port_fits(&rule.from_port, &rule.to_port, packet)
}

/// What the source side of a rule comes to with the conditions that nobody follows: of those whom the rule
/// names only some may be meant. Where it names nobody, the condition may be all that tells whom it means.
pub(crate) fn with_unmodelled(rule: &FirewallRule, source: Told) -> Told {
    let names_nobody = rule.blocks.is_empty()
        && rule.prefix_lists.is_empty()
        && rule.peers.is_empty()
        && rule.firewalls.is_empty();
    match rule.unmodelled.is_empty() {
        true => source,
        false if names_nobody => Told::Unknown,
        false => source.and(Told::Unknown),
    }
}

/// Everything an ordered list may do with a packet: each rule that may match, up to the first that does.
/// None stands for "no rule matches".
pub(crate) fn decisions<'r>(
    rules: impl IntoIterator<Item = &'r FirewallRule>,
    matches: impl Fn(&FirewallRule) -> Told,
) -> Vec<Option<RuleAction>> {
    let mut rules: Vec<&FirewallRule> = rules.into_iter().collect();
    rules.sort_by_key(|rule| {
        let place = rule.priority.value().copied().unwrap_or(i64::MAX);
        (place, rule.action != RuleAction::Deny)
    });
    let mut may = Vec::new();
    for rule in rules {
        // The sender picks a port that the refusal does not name.
        if rule.action == RuleAction::Deny && rule.some_source_ports {
            continue;
        }
        match matches(rule) {
            Told::No => {}
            Told::Unknown => may.push(Some(rule.action)),
            Told::Yes => {
                may.push(Some(rule.action));
                return may;
            }
        }
    }
    may.push(None);
    may
}

/// Whether there is an address of the packet's family among these.
pub(crate) fn of_family<'a>(
    addresses: impl IntoIterator<Item = &'a IpAddr>,
    packet: Packet,
) -> bool {
    let mut addresses = addresses.into_iter();
    addresses.any(|address| address.is_ipv4() == packet.from.is_ipv4())
}

/// Whether an address is of 2000::/3.
pub(crate) fn is_global_v6(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.segments()[0] & 0xe000 == 0x2000)
}

/// Whether an interface on Azure or Google Cloud has a public address of the packet's family.
pub(crate) fn has_public(card: &NetworkInterface, packet: Packet) -> Told {
    if packet.from.is_ipv6() && card.ipv6_addresses.iter().any(is_global_v6) {
        return Told::Yes;
    }
    listed_public(&card.public_addresses, packet)
}

/// Whether one of the public addresses is of the packet's family.
pub(crate) fn listed_public(addresses: &Field<Vec<IpAddr>>, packet: Packet) -> Told {
    match addresses {
        Field::Value(addresses) => Told::from(of_family(addresses, packet)),
        Field::None => Told::No,
        Field::NotRead => Told::Unknown,
    }
}
