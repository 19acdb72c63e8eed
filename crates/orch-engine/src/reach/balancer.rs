//! What reaches an interface through load balancers: the front, the listener, and the way to the target.

use std::rc::Rc;

use orch_model::kind::{
    FirewallRule, Listener, NetworkInterface, NetworkLoadBalancer, RuleAction, Target,
};
use orch_model::{Body, Field, Kind, Provider, Resource, Text, Uid};

use super::admission::{Admission, untold};
use super::ground::{Before, Ground, set_of};
use super::mark::Mark;
use super::order::in_force;
use super::path::{Gate, Path, Step, families};
use super::rules::{Sources, Stretch, matches, ports, unnamed};
use super::{aws, azure, gcp};
use crate::inventory::{ANY_NETWORK, Wire};
use crate::netset::{Addresses, Line, Packets};
use crate::value::Reasons;

type Balancer<'s> = (&'s Resource, &'s NetworkLoadBalancer);

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
                    let mut path = at_listener(ground, (resource, balancer), listener, None);
                    lead_to(&mut path, &heard(listener), &Field::NotRead, resource);
                    path.pass(&unread(resource, "targets"));
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
                let mut path = at_listener(ground, (resource, balancer), listener, Some(target));
                lead_to(&mut path, &heard(listener), &target.port, resource);
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
            .map(|listener| at_listener(ground, (resource, balancer), listener, None))
            .collect(),
    }
}

fn unread<'s>(resource: &'s Resource, what: &str) -> Gate<'s> {
    let name = format!("load balancer {}", resource.uid.short());
    let why = untold(&name, &format!("its {what} were not read"));
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
    if let Some(path) = ground.fronts.get(resource.uid.as_str()) {
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
        .fronts
        .insert(resource.uid.as_str(), Rc::clone(&path));
    path
}

fn aws_front<'s>(
    ground: &mut Ground<'_, 's>,
    (resource, balancer): Balancer<'s>,
    path: &mut Path<'s>,
) {
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
    target: Option<&'s Target>,
) -> Path<'s> {
    let mut path = (*front(ground, (resource, balancer))).clone();
    let mark = Mark::Balancer(&resource.uid, listener, target);
    path.pass(&Gate {
        lets: Admission::sure(Packets::on(&heard(listener), &families(true, true))),
        steps: vec![Step::of_all(mark.clone())],
        stop: mark,
    });
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

/// Leads from a listener to the interface.
fn to_target<'s>(
    ground: &mut Ground<'_, 's>,
    path: &mut Path<'s>,
    (resource, balancer): Balancer<'s>,
    listener: &Listener,
    (interface, body): (&'s Resource, &'s NetworkInterface),
) {
    if let Some(why) = unmodelled(resource, balancer) {
        path.pass(&Gate::silent(Admission::unknown(why), Mark::NotKnown));
    }
    let before = Before::Balancer(balancer);
    match resource.scope.provider {
        Provider::Aws => {
            path.pass(&between(ground, (resource, balancer), interface, body));
            let gate = aws_groups(ground, balancer, listener, interface, body);
            path.pass(&gate);
        }
        Provider::Azure if balancer.purpose == "application" => {
            let gate = azure::firewalls(ground, interface, body, before);
            path.pass(&hop(&gate, &gateway_blocks(ground, (resource, balancer))));
        }
        Provider::Azure => {
            path.pass(&azure::route(ground, interface, body));
            path.pass(&azure::firewalls(ground, interface, body, before));
        }
        Provider::Gcp if balancer.purpose == "proxy" => {
            let gate = gcp::firewalls(ground, interface, body, before);
            path.pass(&hop(&gate, &Ok(Addresses::of(&balancer.source_blocks))));
        }
        Provider::Gcp => {
            path.pass(&gcp::route(ground, interface, body));
            path.pass(&gcp::firewalls(ground, interface, body, before));
        }
    }
}

/// Why it is not known what a load balancer does on the way to its targets.
fn unmodelled(resource: &Resource, balancer: &NetworkLoadBalancer) -> Option<Reasons> {
    let known: &[&str] = match resource.scope.provider {
        Provider::Aws => &["application", "network", "classic"],
        Provider::Azure => &["passthrough", "application"],
        Provider::Gcp => &["passthrough", "proxy"],
    };
    let mut names: Vec<&str> = balancer.unmodelled.iter().map(Text::as_str).collect();
    if !known.contains(&balancer.purpose.as_str()) {
        names.push(&balancer.purpose);
    }
    let name = format!(
        "load balancer {}: {}",
        resource.uid.short(),
        names.join(", ")
    );
    (!names.is_empty()).then(|| untold(&name, "exposure does not follow it"))
}

/// Network ACLs between a load balancer and its target on AWS.
fn between<'s>(
    ground: &Ground<'_, 's>,
    (resource, balancer): Balancer<'s>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Gate<'s> {
    let unknown = |why| Gate::silent(Admission::unknown(why), Mark::NotKnown);
    let target = match ground.subnet_of(interface, body) {
        Ok((subnet, _)) => subnet,
        Err(why) => return unknown(why),
    };
    for uid in balancer.subnets.iter().filter(|uid| **uid != target.uid) {
        let open = ground.subnet(uid, resource).and_then(|(subnet, _)| {
            Ok(aws::acl_is_open(ground, subnet)? && aws::acl_is_open(ground, target)?)
        });
        match open {
            Ok(true) => {}
            Ok(false) => {
                let what = "network ACL between load balancer and target";
                return unknown(untold(what, "exposure does not follow it"));
            }
            Err(why) => return unknown(why),
        }
    }
    Gate::silent(Admission::everything(), Mark::NotKnown)
}

/// The security groups of a target: they admit the client where it is seen, or the load balancer.
fn aws_groups<'s>(
    ground: &mut Ground<'_, 's>,
    balancer: &'s NetworkLoadBalancer,
    listener: &Listener,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Gate<'s> {
    let mut gate = if listener.keeps_client {
        aws::groups(ground, &body.firewalls, interface)
    } else {
        Gate::silent(Admission::nothing(), Mark::Firewalls(&body.firewalls))
    };
    for uid in &body.firewalls {
        let (uid, firewall) = match ground.firewall(uid, interface) {
            Ok(found) => found,
            Err(why) => {
                gate.lets = gate.lets.or(Admission::unknown(why));
                continue;
            }
        };
        for rule in firewall
            .ingress
            .iter()
            .filter(|rule| in_force(rule) && admits(rule))
        {
            let mut lets = Admission::nothing();
            for whether in [names(rule, balancer), holds(rule, balancer, listener)] {
                lets = lets.or(match whether {
                    Ok(false) => Admission::nothing(),
                    Ok(true) => anybody(rule),
                    Err(why) => Admission::perhaps(anybody(rule).possible(), why),
                });
            }
            if !lets.is_nothing() {
                gate.steps.push(Step {
                    mark: Mark::Rule(rule, uid),
                    lets: Some(lets.clone()),
                    firewall: Some(uid),
                });
                gate.lets = gate.lets.or(lets);
            }
        }
    }
    gate
}

fn admits(rule: &FirewallRule) -> bool {
    std::matches!(rule.action, RuleAction::Allow | RuleAction::AlwaysAllow)
}

/// What a rule matches of whoever asked the load balancer.
fn anybody(rule: &FirewallRule) -> Admission {
    matches(rule, &Sources::default().and(&families(true, true)))
}

/// Whether a rule names a firewall of the load balancer.
fn names(rule: &FirewallRule, balancer: &NetworkLoadBalancer) -> Result<bool, Reasons> {
    if let Some(why) = unnamed(rule) {
        return Err(why);
    }
    match &balancer.firewalls {
        Field::Value(firewalls) => Ok(rule.firewalls.iter().any(|named| firewalls.contains(named))),
        Field::NotRead if !rule.firewalls.is_empty() => Err(untold(
            "firewalls",
            "those of the load balancer are not known",
        )),
        Field::None | Field::NotRead => Ok(false),
    }
}

/// Whether a rule holds an address from which the load balancer speaks for itself.
fn holds(
    rule: &FirewallRule,
    balancer: &NetworkLoadBalancer,
    listener: &Listener,
) -> Result<bool, Reasons> {
    if listener.keeps_client {
        return Ok(false);
    }
    let sources = Sources::of(rule);
    match &balancer.private_addresses {
        Field::Value(private) => {
            if !sources.known.intersection(&set_of(private)).is_empty() {
                return Ok(true);
            }
            sources
                .open
                .filter(|_| !private.is_empty())
                .map_or(Ok(false), Err)
        }
        Field::NotRead if !sources.is_nobody() => Err(untold(
            "private_addresses",
            "those of the load balancer are not known",
        )),
        Field::None | Field::NotRead => Ok(false),
    }
}

/// The blocks from which an application gateway speaks.
fn gateway_blocks(
    ground: &Ground<'_, '_>,
    (resource, balancer): Balancer<'_>,
) -> Result<Addresses, Reasons> {
    let mut all = Addresses::default();
    for uid in &balancer.subnets {
        let (_, subnet) = ground.subnet(uid, resource)?;
        all = all.union(&Addresses::of(&subnet.blocks));
    }
    Ok(all)
}

/// What a gate means for clients whose packets come from other addresses: where it admits all of these,
/// everybody; where none, nobody; else it is not known.
fn hop<'s>(gate: &Gate<'s>, sources: &Result<Addresses, Reasons>) -> Gate<'s> {
    let unknown = |why| Gate::silent(Admission::unknown(why), Mark::NotKnown);
    let sources = match sources {
        Err(why) => return unknown(why.clone()),
        Ok(sources) if sources.is_empty() => {
            return unknown(untold("load balancer", "its own addresses are not known"));
        }
        Ok(sources) => std::sync::Arc::new(sources.clone()),
    };
    let everybody = families(true, true);
    let places = |packets: &Packets, all: bool| {
        let kept = packets.only_from(&sources);
        let stretches = Line::ALL.iter().flat_map(|line| {
            let stretches = kept.line(*line).iter();
            stretches.map(|stretch| (*line, stretch))
        });
        let meant = stretches.filter(|(_, stretch)| !all || stretch.from_whom == sources);
        let on: Vec<Stretch> = meant
            .map(|(line, stretch)| (line, stretch.from, stretch.to))
            .collect();
        Packets::on(&on, &everybody)
    };
    let sure = places(&gate.lets.sure, true);
    let some = places(&gate.lets.possible(), false);
    let part = untold(
        "firewall",
        "it admits a part of the load balancer's addresses",
    );
    let why = gate.lets.reasons().unwrap_or(part);
    let lets = Admission::sure(sure.clone()).or(Admission::perhaps(some.difference(&sure), why));
    let steps = gate.steps.iter().map(|step| Step {
        mark: step.mark.clone(),
        lets: step
            .lets
            .as_ref()
            .map(|lets| lets.map(|packets| places(packets, false))),
        firewall: step.firewall,
    });
    Gate {
        lets,
        steps: steps.collect(),
        stop: gate.stop.clone(),
    }
}
