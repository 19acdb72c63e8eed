//! Does one packet get through a load balancer to the interface? What the three clouds have in common of it.

use orch_model::Field;
use orch_model::kind::{Listener, NetworkLoadBalancer, Target};

use crate::brute::{Packet, Subject, Told, World, speaks};

/// Whether a balancer stands in the network of the interface.
fn in_its_network(world: &World<'_>, balancer: &NetworkLoadBalancer, subject: Subject<'_>) -> Told {
    match (&balancer.vpc, world.network_of(subject.card)) {
        (Field::Value(one), Some(other)) => Told::from(one == other),
        (Field::None, _) => Told::No,
        _ => Told::Unknown,
    }
}

/// Whether a target of a load balancer is the interface.
pub(crate) fn is_target(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    target: &Target,
    subject: Subject<'_>,
) -> Told {
    let mut told = Told::No;
    if let Field::Value(uid) = &target.interface {
        told = told.or(Told::from(uid == subject.uid));
    }
    if target.instance.value().is_some() {
        told = told.or(match (&target.instance, &subject.card.instance) {
            (Field::Value(one), Field::Value(other)) => Told::from(one == other),
            (_, Field::NotRead) => Told::Unknown,
            _ => Told::No,
        });
    }
    if let Field::Value(address) = &target.address
        && subject.card.private_addresses.contains(address)
    {
        told = told.or(in_its_network(world, balancer, subject));
    }
    told
}

/// Whether the interface may be one of the targets that were not read. They stand in the balancer's own
/// network, where it has one; one that has this interface for a target elsewhere may have it here.
fn may_answer(world: &World<'_>, balancer: &NetworkLoadBalancer, subject: Subject<'_>) -> Told {
    let listeners = balancer.listeners.value().into_iter().flatten();
    let targets = listeners.flat_map(|one| one.targets.value().into_iter().flatten());
    let mut named = targets.map(|target| is_target(world, balancer, target, subject));
    let apart = balancer.vpc != Field::None
        && in_its_network(world, balancer, subject) == Told::No
        && named.all(|named| named == Told::No);
    if apart { Told::No } else { Told::Unknown }
}

/// The ports at the front that lead to the packet's port at the target, and whether they do.
fn fronts(
    world: &World<'_>,
    listener: &Listener,
    target: &Target,
    packet: Packet,
) -> Vec<(u16, Told)> {
    if !packet.has_port() {
        return vec![(0, Told::Yes)];
    }
    let listened =
        |port: &u16| listener.from_port <= i64::from(*port) && i64::from(*port) <= listener.to_port;
    let leads = match &target.port {
        Field::None => {
            return Some(packet.port)
                .filter(listened)
                .map(|port| (port, Told::Yes))
                .into_iter()
                .collect();
        }
        Field::Value(port) if *port == i64::from(packet.port) => Told::Yes,
        Field::Value(_) => return Vec::new(),
        Field::NotRead => Told::Unknown,
    };
    let ports = world.ports.iter().copied().filter(listened);
    ports.map(|port| (port, leads)).collect()
}

/// Whether a packet gets from a listener of a balancer to the interface. `front` is asked with the port at
/// the front, `behind` with the port at the target.
pub(crate) fn through(
    world: &World<'_>,
    balancer: &NetworkLoadBalancer,
    subject: Subject<'_>,
    packet: Packet,
    front: impl Fn(Packet) -> Told,
    behind: impl Fn(&Listener) -> Told,
) -> Told {
    let listeners = match &balancer.listeners {
        Field::Value(listeners) => listeners,
        Field::None => return Told::No,
        // A listener that was not told of may lead any port to any other.
        Field::NotRead => {
            let fronts = world.ports.iter().map(|port| front(packet.to(*port)));
            return Told::any(fronts).and(may_answer(world, balancer, subject));
        }
    };
    let anyone = [Target {
        instance: Field::NotRead,
        interface: Field::NotRead,
        address: Field::NotRead,
        port: Field::NotRead,
    }];
    let mut told = Told::No;
    for listener in listeners {
        if !speaks(&listener.protocol, packet.protocol) {
            continue;
        }
        let (targets, read) = match &listener.targets {
            Field::Value(targets) => (targets.as_slice(), true),
            Field::None => continue,
            Field::NotRead => (anyone.as_slice(), false),
        };
        for target in targets {
            let mut way = if read {
                is_target(world, balancer, target, subject)
            } else {
                may_answer(world, balancer, subject)
            };
            if way == Told::No {
                continue;
            }
            let fronts = fronts(world, listener, target, packet).into_iter();
            way = way.and(Told::any(
                fronts.map(|(port, leads)| leads.and(front(packet.to(port)))),
            ));
            if way != Told::No {
                way = way.and(behind(listener));
            }
            told = told.or(way);
        }
    }
    let follows = Told::Unknown.or(Told::from(balancer.unmodelled.is_empty()));
    told.and(follows)
}
