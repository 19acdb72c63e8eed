//! Does one packet from the internet reach an interface on Google Cloud? Asked step by step, as the meaning
//! has them.

use std::net::IpAddr;

use orch_model::Field;
use orch_model::kind::{FirewallRule, FirewallStage, NetworkLoadBalancer, Route, RuleAction};

use crate::brute::{
    Packet, Subject, Told, World, block_of, blocks_contain, contains, decisions, has_public,
    is_about, listed_public, with_unmodelled, within,
};
use crate::brute_balancer::through;

/// Over all paths.
pub(crate) fn judge(world: &World<'_>, subject: Subject<'_>, packet: Packet) -> Told {
    let mut told = direct(world, subject, packet);
    for balancer in world.load_balancers() {
        told = told.or(balanced(world, balancer, subject, packet));
    }
    told
}

fn direct(world: &World<'_>, subject: Subject<'_>, packet: Packet) -> Told {
    let card = subject.card;
    let own = card.private_addresses.iter().chain(&card.ipv6_addresses);
    let own: Vec<IpAddr> = own.copied().collect();
    Told::from(card.attached)
        .and(has_public(card, packet))
        .and(firewalls(world, subject, Some(&own), packet))
        .and(route_back(world, subject, packet.from))
}

/// Step 1. `to` are the addresses to which the packet may be on its way when the rules see it; none where that
/// is not known.
fn firewalls(
    world: &World<'_>,
    subject: Subject<'_>,
    to: Option<&[IpAddr]>,
    packet: Packet,
) -> Told {
    let Some(uid) = world.network_of(subject.card) else {
        return Told::Unknown;
    };
    let Some(vpc) = world.vpc(uid) else {
        return Told::Unknown;
    };
    let matches = |rule: &FirewallRule| matches(rule, subject, to, packet);
    let mut rules_of_network: Vec<&FirewallRule> = Vec::new();
    for firewall in world.firewalls() {
        if firewall.stage == FirewallStage::VpcRule && firewall.vpc.value() == Some(uid) {
            rules_of_network.extend(&firewall.ingress);
        }
    }
    let allows = |answer: &RuleAction| Told::from(*answer != RuleAction::Deny);
    let mut may = Vec::new();
    let filters = match &vpc.filters {
        Field::NotRead => return Told::Unknown,
        Field::None => &vec![orch_model::kind::NetworkFilter {
            firewall: Field::None,
            region: Field::None,
        }],
        Field::Value(filters) => filters,
    };
    for filter in filters {
        if filter
            .region
            .value()
            .is_some_and(|region| region != subject.region)
        {
            continue;
        }
        let said = match &filter.firewall {
            Field::None => decisions(rules_of_network.iter().copied(), matches),
            Field::NotRead => return Told::Unknown,
            Field::Value(uid) => match world.firewall(uid) {
                Some(policy) => decisions(&policy.ingress, matches),
                None => vec![Some(RuleAction::Allow), Some(RuleAction::Deny), None],
            },
        };
        let mut goes_on = false;
        for answer in &said {
            match answer {
                None | Some(RuleAction::Next) => goes_on = true,
                Some(answer) => may.push(allows(answer)),
            }
        }
        if !goes_on {
            return Told::whichever(may);
        }
    }
    may.push(Told::No);
    Told::whichever(may)
}

fn matches(
    rule: &FirewallRule,
    subject: Subject<'_>,
    to: Option<&[IpAddr]>,
    packet: Packet,
) -> Told {
    let memberships = &subject.card.memberships;
    let member = rule.members.is_empty()
        || rule
            .members
            .iter()
            .any(|member| memberships.contains(member));
    let meant =
        |to: &IpAddr| to.is_ipv4() == packet.from.is_ipv4() && within(&rule.local_blocks, *to);
    let local = match to {
        _ if rule.local_blocks.is_empty() => Told::Yes,
        Some(to) => Told::from(to.iter().any(meant)),
        None => Told::Unknown,
    };
    is_about(rule, packet)
        .and(Told::from(member))
        .and(local)
        .and(with_unmodelled(rule, blocks_contain(rule, packet.from)))
}

/// Step 2.
fn route_back(world: &World<'_>, subject: Subject<'_>, to: IpAddr) -> Told {
    let Some(vpc) = world.network_of(subject.card) else {
        return Told::Unknown;
    };
    // Of a network that was not read, not all routes need have been.
    if world.vpc(vpc).is_none() {
        return Told::Unknown;
    }
    let mut best: Option<(u8, i64)> = None;
    let mut said: Vec<Told> = Vec::new();
    let tables = world.route_tables().filter(|table| table.vpc == *vpc);
    for route in tables.flat_map(|table| &table.routes) {
        let Some(block) = block_of(&route.destination) else {
            continue;
        };
        if !holds(route, subject) || !contains(&block, to) {
            continue;
        }
        let place = (
            block.net().prefix_len(),
            -route.priority.value().copied().unwrap_or(0),
        );
        if best.is_none_or(|best| best < place) {
            best = Some(place);
            said.clear();
        }
        if best == Some(place) {
            said.push(match route.via.as_str() {
                _ if !route.active => Told::No,
                "internet-gateway" => Told::Yes,
                "local" | "peering" | "none" => Told::No,
                _ => Told::Unknown,
            });
        }
    }
    if said.is_empty() {
        return Told::No;
    }
    Told::whichever(said)
}

/// Whether a route is one of the interface's.
fn holds(route: &Route, subject: Subject<'_>) -> bool {
    let carries = |tag: &str| {
        let mut memberships = subject.card.memberships.iter();
        memberships.any(|member| member.strip_prefix("tag:") == Some(tag))
    };
    route.tags.is_empty() || route.tags.iter().any(|tag| carries(tag))
}

fn balanced(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    subject: Subject<'_>,
    packet: Packet,
) -> Told {
    let front = listed_public(&balancer.public_addresses, packet);
    let handed_on = || {
        // The packet keeps the balancer's address on its way to the target.
        let to = balancer.public_addresses.value().map(Vec::as_slice);
        firewalls(world, subject, to, packet).and(route_back(world, subject, packet.from))
    };
    let proxied = || {
        let own: Vec<IpAddr> = subject.card.private_addresses.clone();
        let senders = world.addresses.iter();
        let senders = senders.filter(|one| within(&balancer.source_blocks, **one));
        Told::whichever(
            senders.map(|sender| firewalls(world, subject, Some(&own), packet.sent_by(*sender))),
        )
    };
    front.and(through(
        world,
        balancer,
        subject,
        packet,
        |_| Told::Yes,
        |_| match balancer.purpose.as_str() {
            "passthrough" => handed_on(),
            _ => proxied(),
        },
    ))
}
