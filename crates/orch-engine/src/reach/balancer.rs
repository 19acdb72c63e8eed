//! What reaches an interface through load balancers: the front, the listener, and who its targets are.

use std::rc::Rc;

use orch_model::kind::{Listener, NetworkInterface, NetworkLoadBalancer, Target};
use orch_model::{Body, Field, Kind, Provider, Resource, Uid};

use super::admission::{self, Admission, untold};
use super::behind::{to_target, unmodelled};
use super::ground::Ground;
use super::mark::Mark;
use super::path::{Gate, Path, Step, families};
use super::rules::{Stretch, ports};
use super::{aws, azure};
use crate::inventory::{ANY_NETWORK, Wire};
use crate::netset::{Line, Packets};

/// A load balancer and what it is.
pub(super) type Balancer<'s> = (&'s Resource, &'s NetworkLoadBalancer);

/// Every way to an interface through a load balancer.
pub(super) fn ways<'s>(
    ground: &mut Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Vec<Path<'s>> {
    let mut paths = Vec::new();
    for (resource, balancer) in candidates(ground, interface, body) {
        let listeners = match &balancer.listeners {
            Field::Value(listeners) => listeners.as_slice(),
            Field::None => &[],
            Field::NotRead => {
                let mut path = (*front(ground, (resource, balancer))).clone();
                lead_to(&mut path, &ANYWHERE, &Field::NotRead, resource);
                path.pass(&unread(resource, "listeners"));
                paths.push(path);
                continue;
            }
        };
        for listener in listeners {
            let targets = match &listener.targets {
                Field::Value(targets) => targets.as_slice(),
                Field::None => &[],
                Field::NotRead => {
                    let mut path = at_listener(ground, (resource, balancer), listener, Field::None);
                    lead_to(&mut path, &heard(listener), &Field::NotRead, resource);
                    path.pass(&unread(resource, "listeners.targets"));
                    if !path.stopped {
                        to_target(
                            ground,
                            &mut path,
                            (resource, balancer),
                            listener,
                            (interface, body),
                        );
                    }
                    paths.push(path);
                    continue;
                }
            };
            for target in targets {
                let Some(hit) = hits(ground, target, (interface, body), balancer) else {
                    continue;
                };
                let mut path = behind_listener(ground, (resource, balancer), listener, target.port);
                path.pass(&hit);
                if !path.stopped {
                    to_target(
                        ground,
                        &mut path,
                        (resource, balancer),
                        listener,
                        (interface, body),
                    );
                }
                paths.push(path);
            }
        }
    }
    if let Err(why) = ground.complete(Kind::NetworkLoadBalancer, interface) {
        let mut path = Path::from_internet();
        path.pass(&Gate::silent(Admission::unknown(why), Mark::NotKnown));
        paths.push(path);
    }
    paths
}

/// What the internet reaches of a load balancer itself.
pub(super) fn own<'s>(
    ground: &mut Ground<'_, 's>,
    resource: &'s Resource,
    balancer: &'s NetworkLoadBalancer,
) -> Vec<Path<'s>> {
    match &balancer.listeners {
        Field::NotRead => {
            let mut path = (*front(ground, (resource, balancer))).clone();
            path.pass(&unread(resource, "listeners"));
            vec![path]
        }
        listeners => listeners
            .value()
            .into_iter()
            .flatten()
            .map(|listener| at_listener(ground, (resource, balancer), listener, Field::None))
            .collect(),
    }
}

fn unread<'s>(resource: &'s Resource, path: &str) -> Gate<'s> {
    let name = format!("load balancer {}", resource.uid.short());
    let what = path.rsplit('.').next().unwrap_or(path);
    let why = format!("its {what} were not read");
    let why = admission::unread(resource, path, &name, &why);
    Gate::silent(Admission::unknown(why), Mark::NotKnown)
}

/// The load balancers that name the interface as a target, or may.
fn candidates<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Vec<Balancer<'s>> {
    let inventory = ground.inventory;
    let mut found: Vec<&'s Resource> = Vec::new();
    let instance = body.instance.value();
    for uid in std::iter::once(&interface.uid).chain(instance) {
        found.extend(ground.wired(Wire::BalancerOf, uid.as_str()));
    }
    let vpc = ground
        .vpc_of(interface, body)
        .map_or(ANY_NETWORK, Uid::as_str);
    for address in body.private_addresses.iter().chain(&body.ipv6_addresses) {
        found.extend(inventory.wired(Wire::BalancerOfAddress, vpc, Some(*address)));
    }
    let untold = ground
        .wired(Wire::BalancerUntold, vpc)
        .chain(ground.wired(Wire::BalancerUntold, ""));
    found.extend(untold.filter(|balancer| balancer.scope.same_account(&interface.scope)));
    found.sort_unstable_by(|left, right| left.uid.cmp(&right.uid));
    found.dedup_by(|left, right| std::ptr::eq(*left, *right));
    let balancer = |resource: &'s Resource| match &resource.body {
        Body::NetworkLoadBalancer(body) => Some((resource, &**body)),
        _ => None,
    };
    found.into_iter().filter_map(balancer).collect()
}

/// Whether a target is the interface; none where it certainly is not.
fn hits<'s>(
    ground: &Ground<'_, 's>,
    target: &Target,
    (interface, body): (&'s Resource, &'s NetworkInterface),
    balancer: &NetworkLoadBalancer,
) -> Option<Gate<'s>> {
    let certain = || Some(Gate::silent(Admission::everything(), Mark::NotKnown));
    if target.interface.value() == Some(&interface.uid) {
        return certain();
    }
    if let (Field::Value(target), Field::Value(own)) = (&target.instance, &body.instance)
        && target == own
    {
        return certain();
    }
    let Field::Value(address) = &target.address else {
        return None;
    };
    if !body.private_addresses.contains(address) && !body.ipv6_addresses.contains(address) {
        return None;
    }
    match (&balancer.vpc, ground.vpc_of(interface, body)) {
        (Field::Value(one), Ok(other)) if one == other => certain(),
        (Field::NotRead, _) | (Field::Value(_), Err(_)) => {
            let why = untold("vpc", "it is not known whether an address is the target's");
            Some(Gate::silent(Admission::unknown(why), Mark::NotKnown))
        }
        _ => None,
    }
}

/// How far packets get before all listeners.
fn front<'s>(ground: &mut Ground<'_, 's>, (resource, balancer): Balancer<'s>) -> Rc<Path<'s>> {
    if let Some(path) = ground.known.fronts.get(resource.uid.as_str()) {
        return Rc::clone(path);
    }
    let mut path = Path::from_internet();
    match resource.scope.provider {
        Provider::Aws => aws_front(ground, (resource, balancer), &mut path),
        Provider::Azure | Provider::Gcp => {
            let public = &balancer.public_addresses;
            path.pass(&azure::public_addresses(
                public,
                None,
                Mark::InnerBalancer(&resource.uid),
            ));
            if balancer.purpose == "application" && !path.stopped {
                let private = balancer.private_addresses.value().cloned();
                path.pass(&azure::before_gateway(
                    ground,
                    resource,
                    &balancer.subnets,
                    private,
                ));
            }
        }
    }
    let path = Rc::new(path);
    ground
        .known
        .fronts
        .insert(resource.uid.as_str(), Rc::clone(&path));
    path
}

fn aws_front<'s>(
    ground: &mut Ground<'_, 's>,
    (resource, balancer): Balancer<'s>,
    path: &mut Path<'s>,
) {
    // Who gets to it by other ways than its own address: where it stands says nothing of that.
    if let (true, Some(why)) = (
        balancer.internet_facing.is_not_read(),
        unmodelled(resource, balancer),
    ) {
        path.pass(&Gate::silent(Admission::unknown(why), Mark::NotKnown));
        return;
    }
    let facing = match balancer.internet_facing {
        Field::Value(true) => Admission::everything(),
        Field::Value(false) | Field::None => Admission::nothing(),
        Field::NotRead => {
            Admission::unknown(untold("internet_facing", "the provider did not tell"))
        }
    };
    path.pass(&Gate::silent(facing, Mark::InnerBalancer(&resource.uid)));
    let v6 = match &balancer.public_addresses {
        Field::Value(public) if public.iter().any(|address| address.is_ipv6()) => {
            Admission::everything()
        }
        Field::Value(_) | Field::None => Admission::nothing(),
        Field::NotRead => {
            Admission::unknown(untold("public_addresses", "the provider did not tell"))
        }
    };
    let v4 = Admission::sure(Packets::from_sources(&families(true, false)));
    path.pass(&Gate::silent(
        v4.or(v6.only_from(&families(false, true))),
        Mark::InnerBalancer(&resource.uid),
    ));
    if path.stopped {
        return;
    }
    let mut any = Path::closed(Mark::InnerBalancer(&resource.uid));
    for uid in &balancer.subnets {
        let mut own = path.clone();
        for gate in aws::subnet(ground, Field::Value(uid), resource).iter() {
            own.pass(gate);
        }
        any.join(own);
    }
    *path = any;
    if let Field::Value(firewalls) = &balancer.firewalls
        && !firewalls.is_empty()
        && !path.stopped
    {
        path.pass(&aws::groups(ground, firewalls, resource));
    }
    if balancer.firewalls.is_not_read() {
        let why = untold("firewalls", "the provider did not tell");
        path.pass(&Gate::silent(Admission::unknown(why), Mark::NotKnown));
    }
}

/// The part of the lines that a listener listens on.
fn heard(listener: &Listener) -> Vec<Stretch> {
    let (from, to) = (
        Field::Value(listener.from_port),
        Field::Value(listener.to_port),
    );
    let ports = ports(&listener.protocol, &from, &to);
    let open = ports.open.into_iter().flat_map(|(on, _)| on);
    ports.on.into_iter().chain(open).collect()
}

/// What arrives at a listener.
fn at_listener<'s>(
    ground: &mut Ground<'_, 's>,
    (resource, balancer): Balancer<'s>,
    listener: &'s Listener,
    port: Field<i64>,
) -> Path<'s> {
    let mut path = (*front(ground, (resource, balancer))).clone();
    let mark = Mark::Balancer(&resource.uid, listener, port);
    path.pass(&Gate {
        lets: Admission::sure(Packets::on(&heard(listener), &families(true, true))),
        steps: vec![Step::of_all(mark.clone())],
        stop: mark,
    });
    path
}

/// What arrives at the targets of a listener on one port.
fn behind_listener<'s>(
    ground: &mut Ground<'_, 's>,
    of: Balancer<'s>,
    listener: &'s Listener,
    port: Field<i64>,
) -> Path<'s> {
    let key = (std::ptr::from_ref(listener).addr(), port);
    if let Some(path) = ground.known.behind_listeners.get(&key) {
        return path.clone();
    }
    let mut path = at_listener(ground, of, listener, port);
    lead_to(&mut path, &heard(listener), &port, of.0);
    let known = &mut ground.known.behind_listeners;
    known.insert(key, path.clone());
    path
}

/// Where a listener may listen of which nothing is known.
const ANYWHERE: [Stretch; 3] = [
    (Line::Tcp, 0, u16::MAX),
    (Line::Udp, 0, u16::MAX),
    (Line::Other, 0, 255),
];

/// Leads what was heard there to the port of a target.
fn lead_to<'s>(path: &mut Path<'s>, on: &[Stretch], port: &Field<i64>, of: &'s Resource) {
    let place = match port {
        Field::Value(port) if *port >= 0 => match u16::try_from(*port) {
            Ok(port) => (port, port),
            Err(_) => (1, 0),
        },
        Field::Value(_) | Field::None => return,
        Field::NotRead => (0, u16::MAX),
    };
    let moved = |packets: &Packets| {
        let mut moved = packets.only_on(&[(Line::Other, 0, 255)]);
        for stretch in on.iter().filter(|(line, _, _)| *line != Line::Other) {
            let there = Packets::on(&[(stretch.0, place.0, place.1)], &packets.sources(*stretch));
            moved = moved.union(&there);
        }
        moved
    };
    let unknown = port.is_not_read().then(|| {
        let name = format!("load balancer {}", of.uid.short());
        untold(&name, "the port of a target is not known")
    });
    path.redirect(moved, unknown, Mark::InnerBalancer(&of.uid));
}
