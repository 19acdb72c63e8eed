//! Does one packet from the internet reach an interface on Azure? Asked step by step, as the meaning has them.

use std::net::IpAddr;

use orch_model::kind::{
    FirewallRule, FirewallStage, NetworkLoadBalancer, NetworkSubnet, RuleAction,
};
use orch_model::{Cidr, Field, Text, Uid};

use crate::brute::{
    Packet, Subject, Told, World, block_of, blocks_contain, contains, decisions, has_public,
    is_about, listed_public, with_unmodelled, within,
};
use crate::brute_balancer::through;
use crate::packets::is_public;

/// The address from which Azure's load balancers ask how their targets are.
const PROBES: &str = "168.63.129.16/32";

/// Over all paths.
pub(crate) fn judge(world: &World<'_>, subject: Subject<'_>, packet: Packet) -> Told {
    let mut told = direct(world, subject, packet);
    for balancer in world.load_balancers() {
        told = told.or(match balancer.purpose.as_str() {
            "passthrough" => passed_through(world, balancer, subject, packet),
            _ => by_gateway(world, balancer, subject, packet),
        });
    }
    told
}

fn direct(world: &World<'_>, subject: Subject<'_>, packet: Packet) -> Told {
    let card = subject.card;
    let bare = || {
        Told::whichever(card.addresses.iter().map(|uid| {
            let sku = world.address(uid).map(|address| &address.sku);
            sku.map_or(Told::Unknown, unguarded)
        }))
    };
    Told::from(card.attached)
        .and(has_public(card, packet))
        .and(firewalls(world, subject, packet, bare))
        .and(route_back(world, subject, packet.from))
}

/// Whether an address or balancer of this tier is open where no firewall stands.
fn unguarded(sku: &Field<Text>) -> Told {
    match sku {
        Field::Value(sku) if sku.eq_ignore_ascii_case("basic") => Told::Yes,
        Field::Value(sku) if sku.eq_ignore_ascii_case("standard") => Told::No,
        _ => Told::Unknown,
    }
}

/// Steps 1 and 2; `bare` is asked where no network security group stands.
fn firewalls(
    world: &World<'_>,
    subject: Subject<'_>,
    packet: Packet,
    bare: impl Fn() -> Told,
) -> Told {
    let here = Here::of(world, subject);
    let groups = security_groups(world, subject, &here, packet, bare);
    Told::whichever(
        admin_answers(world, &here, packet)
            .into_iter()
            .map(|answer| match answer {
                Some(RuleAction::AlwaysAllow) => Told::Yes,
                Some(RuleAction::Deny) => Told::No,
                _ => groups,
            }),
    )
}

/// What rules may ask about the side that they guard.
struct Here<'w> {
    world: &'w World<'w>,
    addresses: Vec<IpAddr>,
    memberships: &'w [Text],
    vpc: Option<&'w Uid>,
}

impl<'w> Here<'w> {
    fn of(world: &'w World<'w>, subject: Subject<'w>) -> Self {
        let card = subject.card;
        let addresses = card.private_addresses.iter().chain(&card.ipv6_addresses);
        Self {
            world,
            addresses: addresses.copied().collect(),
            memberships: &card.memberships,
            vpc: world.network_of(card),
        }
    }

    fn is_meant(&self, rule: &FirewallRule, packet: Packet) -> bool {
        if rule.local_blocks.is_empty() && rule.members.is_empty() {
            return true;
        }
        let mut own = self.addresses.iter();
        own.any(|own| own.is_ipv4() == packet.from.is_ipv4() && within(&rule.local_blocks, *own))
            || rule
                .members
                .iter()
                .any(|member| self.memberships.contains(member))
    }

    fn matches(&self, rule: &FirewallRule, packet: Packet) -> Told {
        let peers = rule
            .peers
            .iter()
            .map(|peer| self.is_peer(peer, packet.from));
        let source = blocks_contain(rule, packet.from).or(Told::any(peers));
        is_about(rule, packet)
            .and(Told::from(self.is_meant(rule, packet)))
            .and(with_unmodelled(rule, source))
    }

    fn is_peer(&self, peer: &str, from: IpAddr) -> Told {
        match peer {
            "Internet" => Told::from(is_public(from)),
            "AzureLoadBalancer" => {
                Told::from(block_of(PROBES).is_some_and(|block| contains(&block, from)))
            }
            "VirtualNetwork" => {
                let Some(vpc) = self.vpc.and_then(|vpc| self.world.vpc(vpc)) else {
                    return Told::Unknown;
                };
                let peers = vpc.peers.iter().filter_map(|peer| self.world.vpc(peer));
                let mut blocks = vpc.blocks.iter().chain(peers.flat_map(|peer| &peer.blocks));
                Told::from(blocks.any(|block| contains(block, from)))
            }
            _ => Told::Unknown,
        }
    }
}

/// Step 1: all that the admin rules may say; none and `allow` go on to step 2.
fn admin_answers(world: &World<'_>, here: &Here<'_>, packet: Packet) -> Vec<Option<RuleAction>> {
    let open = vec![Some(RuleAction::AlwaysAllow), Some(RuleAction::Deny), None];
    let vpc = here.vpc.and_then(|vpc| world.vpc(vpc));
    let filters = match vpc.map(|vpc| &vpc.filters) {
        None | Some(Field::NotRead) => return open,
        Some(Field::None) => return vec![None],
        Some(Field::Value(filters)) => filters,
    };
    let mut may = Vec::new();
    for filter in filters {
        let Field::Value(uid) = &filter.firewall else {
            continue;
        };
        let Some(firewall) = world.firewall(uid) else {
            may.extend(open.iter().copied());
            continue;
        };
        if firewall.stage != FirewallStage::AdminRules {
            continue;
        }
        let mut said = decisions(&firewall.ingress, |rule| here.matches(rule, packet));
        let goes_on = said.last() == Some(&None);
        said.retain(Option::is_some);
        may.extend(said);
        if !goes_on {
            return may;
        }
    }
    may.push(None);
    may
}

/// Step 2.
fn security_groups(
    world: &World<'_>,
    subject: Subject<'_>,
    here: &Here<'_>,
    packet: Packet,
    bare: impl Fn() -> Told,
) -> Told {
    let subnet = match &subject.card.subnet {
        Field::Value(subnet) => world.subnet(subnet).map(|subnet| &subnet.firewalls),
        Field::None => Some(&Field::None),
        Field::NotRead => None,
    };
    let own = &subject.card.firewalls;
    let (mut told, guarded) = match subnet {
        None | Some(Field::NotRead) => (Told::Unknown, true),
        Some(Field::None) => (Told::Yes, !own.is_empty()),
        Some(Field::Value(uids)) => (
            all_allow(world, uids, here, packet),
            !own.is_empty() || !uids.is_empty(),
        ),
    };
    told = told.and(all_allow(world, own, here, packet));
    if guarded { told } else { bare() }
}

fn all_allow(world: &World<'_>, uids: &[Uid], here: &Here<'_>, packet: Packet) -> Told {
    let each = uids.iter().map(|uid| {
        let Some(firewall) = world.firewall(uid) else {
            return Told::Unknown;
        };
        let may = decisions(&firewall.ingress, |rule| here.matches(rule, packet));
        let allows = |answer| matches!(answer, Some(RuleAction::Allow | RuleAction::AlwaysAllow));
        Told::whichever(may.into_iter().map(|answer| Told::from(allows(answer))))
    });
    each.fold(Told::Yes, Told::and)
}

/// Step 3.
fn route_back(world: &World<'_>, subject: Subject<'_>, to: IpAddr) -> Told {
    let subnet = match &subject.card.subnet {
        Field::Value(subnet) => world.subnet(subnet),
        Field::None | Field::NotRead => None,
    };
    let Some(subnet) = subnet else {
        return Told::Unknown;
    };
    // The system's routes first: a table's route of the same length replaces them.
    let mut best = (0, Told::Yes);
    let vpc = world.vpc(&subnet.vpc);
    for block in vpc.iter().flat_map(|vpc| &vpc.blocks) {
        if contains(block, to) && block.net().prefix_len() >= best.0 {
            best = (block.net().prefix_len(), Told::No);
        }
    }
    let routes = match &subnet.route_table {
        Field::None => [].as_slice(),
        Field::NotRead => return Told::Unknown,
        Field::Value(uid) => match world.route_table(uid) {
            None => return Told::Unknown,
            Some(table) => table.routes.as_slice(),
        },
    };
    for route in routes {
        let Some(block) = block_of(&route.destination) else {
            continue;
        };
        if !route.active || !contains(&block, to) || block.net().prefix_len() < best.0 {
            continue;
        }
        let told = match route.via.as_str() {
            "internet-gateway" => Told::Yes,
            "none" | "local" | "peering" => Told::No,
            _ => Told::Unknown,
        };
        best = (block.net().prefix_len(), told);
    }
    // Without the network its own blocks are not known; they would only refuse.
    let network = Told::Unknown.or(Told::from(vpc.is_some()));
    best.1.and(network)
}

/// A balancer that hands packets on as they are.
fn passed_through(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    subject: Subject<'_>,
    packet: Packet,
) -> Told {
    let front = listed_public(&balancer.public_addresses, packet);
    let bare = || unguarded(&balancer.sku);
    let behind =
        || firewalls(world, subject, packet, bare).and(route_back(world, subject, packet.from));
    front.and(through(
        world,
        balancer,
        subject,
        packet,
        |_| Told::Yes,
        |_| behind(),
    ))
}

/// An application gateway: it speaks for the client from the blocks of its subnets.
fn by_gateway(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    subject: Subject<'_>,
    packet: Packet,
) -> Told {
    let front = listed_public(&balancer.public_addresses, packet);
    let behind = || {
        let blocks = balancer.subnets.iter().map(|uid| world.subnet(uid));
        let Some(subnets) = blocks.collect::<Option<Vec<&NetworkSubnet>>>() else {
            return Told::Unknown;
        };
        let blocks: Vec<Cidr> = subnets.iter().flat_map(|one| one.blocks.clone()).collect();
        let senders = world.addresses.iter().filter(|one| within(&blocks, **one));
        // Traffic inside of a network is refused by security groups alone, never by a tier.
        Told::whichever(
            senders.map(|sender| firewalls(world, subject, packet.sent_by(*sender), || Told::Yes)),
        )
    };
    front.and(through(
        world,
        balancer,
        subject,
        packet,
        |packet| {
            let subnets = balancer.subnets.iter();
            Told::any(subnets.map(|uid| into_gateway(world, uid, packet)))
        },
        |_| behind(),
    ))
}

/// Whether the security group of a gateway's subnet lets a packet to the gateway.
fn into_gateway(world: &World<'_>, uid: &Uid, packet: Packet) -> Told {
    let Some(subnet) = world.subnet(uid) else {
        return Told::Unknown;
    };
    let here = Here {
        world,
        addresses: Vec::new(),
        memberships: &[],
        vpc: Some(&subnet.vpc),
    };
    match &subnet.firewalls {
        Field::Value(uids) => all_allow(world, uids, &here, packet),
        Field::None => Told::Yes,
        Field::NotRead => Told::Unknown,
    }
}
