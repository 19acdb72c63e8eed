//! Does one packet from the internet reach an interface on AWS? Asked step by step, as the meaning has them.

use std::net::IpAddr;

use orch_model::kind::{AclEntry, Listener, NetworkAcl, NetworkLoadBalancer};
use orch_model::{Field, Uid};

use crate::brute::{
    Packet, Subject, Told, World, block_of, blocks_contain, contains, is_about, is_global_v6,
    listed_public, port_fits, speaks, with_unmodelled,
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
    let addressed = if packet.from.is_ipv4() {
        listed_public(&card.public_addresses, packet)
    } else {
        Told::from(card.ipv6_addresses.iter().any(is_global_v6))
    };
    Told::from(card.attached)
        .and(addressed)
        .and(into_own_subnet(world, subject, packet))
        .and(groups_admit(world, &card.firewalls, packet))
}

fn into_own_subnet(world: &World<'_>, subject: Subject<'_>, packet: Packet) -> Told {
    match &subject.card.subnet {
        Field::Value(subnet) => into_subnet(world, subnet, packet),
        Field::None | Field::NotRead => Told::Unknown,
    }
}

/// Steps 1 to 4.
fn into_subnet(world: &World<'_>, uid: &Uid, packet: Packet) -> Told {
    let Some(subnet) = world.subnet(uid) else {
        return Told::Unknown;
    };
    let unblocked = match &subnet.blocks_internet {
        Field::Value(word) => Told::from(word == "off"),
        unsaid => match world.vpc(&subnet.vpc).map(|vpc| &vpc.blocks_internet) {
            Some(Field::Value(word)) if word == "off" => Told::Yes,
            // It may be one that is left out.
            _ if unsaid.is_not_read() => Told::Unknown,
            Some(Field::Value(_)) => Told::No,
            Some(Field::None) => Told::Yes,
            Some(Field::NotRead) | None => Told::Unknown,
        },
    };
    let filtered = match acl_of(world, uid, &subnet.vpc) {
        None => Told::Unknown,
        Some(acl) => acl_in(acl, packet).and(acl_out(world, acl, packet)),
    };
    unblocked
        .and(route_back(world, uid, &subnet.vpc, packet.from))
        .and(filtered)
}

/// Step 2.
fn route_back(world: &World<'_>, subnet: &Uid, vpc: &Uid, to: IpAddr) -> Told {
    let own = world
        .route_tables()
        .find(|table| table.subnets.contains(subnet));
    let main = || {
        world
            .route_tables()
            .find(|table| table.is_main && table.vpc == *vpc)
    };
    let Some(table) = own.or_else(main) else {
        return Told::Unknown;
    };
    let mut best: Option<(u8, Told)> = None;
    for route in &table.routes {
        let Some(block) = block_of(&route.destination) else {
            let service = route.via == "endpoint" && route.destination.starts_with("pl-");
            if route.via == "internet-gateway" || service {
                continue;
            }
            return Told::Unknown;
        };
        if !contains(&block, to) {
            continue;
        }
        let length = block.net().prefix_len();
        if best.is_some_and(|(longest, _)| longest >= length) {
            continue;
        }
        let told = match route.via.as_str() {
            _ if !route.active => Told::No,
            "internet-gateway" => Told::Yes,
            "nat-gateway" | "egress-only-gateway" | "local" | "peering" | "none" => Told::No,
            _ => Told::Unknown,
        };
        best = Some((length, told));
    }
    best.map_or(Told::No, |(_, told)| told)
}

fn acl_of<'w>(world: &World<'w>, subnet: &Uid, vpc: &Uid) -> Option<&'w NetworkAcl> {
    let own = world.acls().find(|acl| acl.subnets.contains(subnet));
    own.or_else(|| world.acls().find(|acl| acl.is_default && acl.vpc == *vpc))
}

fn entries(acl: &NetworkAcl, egress: bool) -> Vec<&AclEntry> {
    let mut entries: Vec<_> = acl
        .entries
        .iter()
        .filter(|entry| entry.egress == egress)
        .collect();
    entries.sort_by_key(|entry| entry.number);
    entries
}

/// The first entry that matches; those that may match leave it open.
fn decide(entries: &[&AclEntry], packet: Packet) -> Told {
    let mut may = Vec::new();
    for entry in entries {
        if !speaks(&entry.protocol, packet.protocol) || !contains(&entry.block, packet.from) {
            continue;
        }
        match port_fits(&entry.from_port, &entry.to_port, packet) {
            Told::No => {}
            Told::Unknown => may.push(Told::from(entry.allow)),
            Told::Yes => {
                may.push(Told::from(entry.allow));
                return Told::whichever(may);
            }
        }
    }
    may.push(Told::No);
    Told::whichever(may)
}

/// Step 3.
fn acl_in(acl: &NetworkAcl, packet: Packet) -> Told {
    decide(&entries(acl, false), packet)
}

/// Step 4: the client can choose a port to which the answer may go.
fn acl_out(world: &World<'_>, acl: &NetworkAcl, packet: Packet) -> Told {
    if packet.protocol != 6 {
        return Told::Yes;
    }
    let entries = entries(acl, true);
    let mut told = Told::No;
    for port in &world.ports {
        told = told.or(decide(&entries, packet.to(*port)));
        if told == Told::Yes {
            break;
        }
    }
    told
}

/// Step 5.
fn groups_admit(world: &World<'_>, groups: &[Uid], packet: Packet) -> Told {
    let mut told = Told::No;
    for group in groups {
        let Some(group) = world.firewall(group) else {
            told = told.or(Told::Unknown);
            continue;
        };
        for rule in &group.ingress {
            let source = with_unmodelled(rule, blocks_contain(rule, packet.from));
            told = told.or(is_about(rule, packet).and(source));
        }
    }
    told
}

fn balanced(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    subject: Subject<'_>,
    packet: Packet,
) -> Told {
    let facing = match &balancer.internet_facing {
        Field::Value(facing) => Told::from(*facing),
        Field::None => Told::No,
        Field::NotRead => Told::Unknown,
    };
    let followed = match balancer.purpose.as_str() {
        "application" | "network" | "classic" => Told::Yes,
        _ => Told::Unknown,
    };
    // Something that is not followed may bring packets to a balancer of which it is not known whether it faces
    // the internet, wherever it stands.
    let by_other_ways = balancer.internet_facing.is_not_read()
        && (followed == Told::Unknown || !balancer.unmodelled.is_empty());
    let family = if packet.from.is_ipv4() {
        Told::Yes
    } else if by_other_ways {
        Told::Unknown
    } else {
        listed_public(&balancer.public_addresses, packet)
    };
    let reached = through(
        world,
        balancer,
        subject,
        packet,
        |packet| match by_other_ways {
            true => Told::Unknown,
            false => at_front(world, balancer, packet),
        },
        |listener| at_target(world, balancer, listener, subject, packet),
    );
    facing.and(followed).and(family).and(reached)
}

fn at_front(world: &World<'_>, balancer: &NetworkLoadBalancer, packet: Packet) -> Told {
    let subnets = balancer.subnets.iter();
    let arrived = Told::any(subnets.map(|subnet| into_subnet(world, subnet, packet)));
    let admitted = match &balancer.firewalls {
        Field::Value(groups) if !groups.is_empty() => groups_admit(world, groups, packet),
        Field::Value(_) | Field::None => Told::Yes,
        Field::NotRead => Told::Unknown,
    };
    arrived.and(admitted)
}

fn at_target(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    listener: &Listener,
    subject: Subject<'_>,
    packet: Packet,
) -> Told {
    let groups = &subject.card.firewalls;
    let admitted = if listener.keeps_client {
        groups_admit(world, groups, packet)
    } else {
        balancer_admitted(world, balancer, groups, packet)
    };
    admitted
        .or(balancer_named(world, balancer, groups, packet))
        .and(between(world, balancer, subject))
}

/// Whether a rule names one of the balancer's own groups.
fn balancer_named(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    groups: &[Uid],
    packet: Packet,
) -> Told {
    let mut told = Told::No;
    for group in groups {
        let Some(group) = world.firewall(group) else {
            told = told.or(Told::Unknown);
            continue;
        };
        for rule in &group.ingress {
            let named = match &balancer.firewalls {
                _ if rule.firewalls.is_empty() => Told::No,
                Field::Value(own) => Told::from(own.iter().any(|own| rule.firewalls.contains(own))),
                Field::None => Told::No,
                Field::NotRead => Told::Unknown,
            };
            told = told.or(is_about(rule, packet).and(with_unmodelled(rule, named)));
        }
    }
    told
}

/// Whether a rule admits one of the addresses from which the balancer speaks.
fn balancer_admitted(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    groups: &[Uid],
    packet: Packet,
) -> Told {
    let mut told = Told::No;
    for group in groups {
        let Some(group) = world.firewall(group) else {
            told = told.or(Told::Unknown);
            continue;
        };
        for rule in &group.ingress {
            let source = match &balancer.private_addresses {
                Field::Value(own) => Told::any(own.iter().map(|own| blocks_contain(rule, *own))),
                Field::None => Told::No,
                Field::NotRead => {
                    let mut lists = rule.prefix_lists.iter();
                    let some = lists.any(|list| match &list.blocks {
                        Field::Value(blocks) => !blocks.is_empty(),
                        Field::None => false,
                        Field::NotRead => true,
                    });
                    Told::Unknown.and(Told::from(some || !rule.blocks.is_empty()))
                }
            };
            told = told.or(is_about(rule, packet).and(with_unmodelled(rule, source)));
        }
    }
    told
}

/// The ACLs between a balancer and its target: followed only where they let everything through at once.
fn between(world: &World<'_>, balancer: &NetworkLoadBalancer, subject: Subject<'_>) -> Told {
    let Field::Value(own) = &subject.card.subnet else {
        return Told::Unknown;
    };
    for subnet in &balancer.subnets {
        if subnet != own && !(lets_all(world, subnet) && lets_all(world, own)) {
            return Told::Unknown;
        }
    }
    Told::Yes
}

fn lets_all(world: &World<'_>, uid: &Uid) -> bool {
    let Some(subnet) = world.subnet(uid) else {
        return false;
    };
    let Some(acl) = acl_of(world, uid, &subnet.vpc) else {
        return false;
    };
    [false, true].into_iter().all(|egress| {
        entries(acl, egress).first().is_some_and(|first| {
            let ports = [&first.from_port, &first.to_port];
            first.allow
                && first.protocol == "all"
                && ports.iter().all(|port| match port {
                    Field::Value(port) => *port < 0,
                    Field::None => true,
                    Field::NotRead => false,
                })
                && first.block.to_string() == "0.0.0.0/0"
        })
    })
}
