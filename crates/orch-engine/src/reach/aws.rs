//! What the internet reaches on AWS: block of public access, route of the answer, network ACL, security groups.

use std::rc::Rc;
use std::sync::Arc;

use orch_model::kind::{
    AclEntry, NetworkAcl, NetworkInterface, NetworkRouteTable, Route, RuleAction,
};
use orch_model::{Body, Cidr, Field, Kind, Resource, Uid};

use super::admission::{Admission, unread, untold};
use super::ground::{Ground, is_public_ipv6};
use super::mark::Mark;
use super::order::{Chain, Entry, in_force};
use super::path::{Gate, Path, Step, families};
use super::routes::{self, Leads, Way};
use super::rules::{Sources, matches, ports};
use crate::inventory::Wire;
use crate::netset::{Addresses, Line, Packets};
use crate::value::Reasons;

/// The way straight to an interface.
pub(super) fn direct<'s>(
    ground: &mut Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Path<'s> {
    if !body.attached {
        return Path::closed(Mark::NotAttached);
    }
    let mut path = Path::from_internet();
    path.pass(&addresses(body));
    if path.stopped {
        return path;
    }
    // Asked first, so that what keeps out all that the groups admit is named, and told last.
    let groups = groups(ground, &body.firewalls, interface);
    path.pass(&Gate::silent(groups.lets.clone(), groups.stop.clone()));
    if path.stopped {
        return path;
    }
    for gate in subnet(ground, body.subnet.as_ref(), interface).iter() {
        path.pass(gate);
    }
    path.pass(&groups);
    path
}

/// Lets through the families of which there is a public address.
fn addresses(body: &NetworkInterface) -> Gate<'_> {
    let v6 = body
        .ipv6_addresses
        .iter()
        .find(|address| is_public_ipv6(**address));
    let listed = body.public_addresses.value().into_iter().flatten();
    let v4 = listed.clone().find(|address| address.is_ipv4());
    let sure = families(v4.is_some(), v6.is_some());
    let mut lets = Admission::sure(Packets::from_sources(&sure));
    if body.public_addresses.is_not_read() {
        lets = lets.or(Admission::perhaps(
            Packets::from_sources(&families(true, false)),
            untold("public_addresses", "the provider did not tell"),
        ));
    }
    let steps = [v4, v6].into_iter().flatten();
    Gate {
        lets,
        steps: steps
            .map(|address| Step::of_all(Mark::Address(*address)))
            .collect(),
        stop: Mark::NoPublicAddress,
    }
}

/// What stands before everything in a subnet.
pub(super) fn subnet<'s>(
    ground: &mut Ground<'_, 's>,
    uid: Field<&'s Uid>,
    from: &Resource,
) -> Rc<Vec<Gate<'s>>> {
    let found = match uid {
        Field::Value(uid) => {
            if let Some(gates) = ground.known.subnets.get(uid.as_str()) {
                return Rc::clone(gates);
            }
            ground.subnet(uid, from)
        }
        Field::None => Err(untold("subnet", "none is named")),
        Field::NotRead => Err(untold("subnet", "the provider did not tell")),
    };
    match found {
        Err(why) => Rc::new(vec![Gate::silent(Admission::unknown(why), Mark::NotKnown)]),
        Ok((subnet, _)) => {
            let mut gates = vec![block(ground, subnet), route(ground, subnet)];
            gates.extend_from_slice(&acl(ground, subnet));
            let gates = Rc::new(gates);
            ground
                .known
                .subnets
                .insert(subnet.uid.as_str(), Rc::clone(&gates));
            gates
        }
    }
}

/// The account's block of the internet.
fn block<'s>(ground: &Ground<'_, 's>, subnet: &'s Resource) -> Gate<'s> {
    let Body::NetworkSubnet(body) = &subnet.body else {
        return Gate::silent(Admission::everything(), Mark::NotKnown);
    };
    let (word, of) = match &body.blocks_internet {
        Field::Value(word) => (Field::Value(word), subnet),
        own => match ground.vpc(&body.vpc, subnet) {
            Err(why) => return Gate::silent(Admission::unknown(why), Mark::NotKnown),
            Ok((vpc, network)) => match (own, network.blocks_internet.as_ref()) {
                // A subnet can only be left out of what its network blocks.
                (Field::NotRead, Field::Value(word)) if word == "off" => (Field::Value(word), vpc),
                (Field::NotRead, _) => (Field::NotRead, subnet),
                (_, theirs) => (theirs, vpc),
            },
        },
    };
    const PART: &str = "blocks_internet";
    let lets = match word.map(|word| word.as_str()) {
        Field::None | Field::Value("off") => Admission::everything(),
        Field::Value("ingress" | "both") => Admission::nothing(),
        Field::Value(_) => Admission::unknown(untold(PART, "its value is not known")),
        Field::NotRead => Admission::unknown(unread(of, PART, PART, "the provider did not tell")),
    };
    Gate::silent(lets, Mark::BlockedInternet(&of.uid))
}

/// By what the answer leaves.
fn route<'s>(ground: &Ground<'_, 's>, subnet: &'s Resource) -> Gate<'s> {
    match table(ground, subnet) {
        Err(why) => Gate::silent(Admission::unknown(why), Mark::NoRoute),
        Ok((uid, table)) => routes_of(uid, table),
    }
}

/// The subnet's own table, or the main one of its network.
pub(super) fn table<'s>(
    ground: &Ground<'_, 's>,
    subnet: &'s Resource,
) -> Result<(&'s Uid, &'s NetworkRouteTable), Reasons> {
    let Body::NetworkSubnet(body) = &subnet.body else {
        return Err(untold(subnet.uid.short(), "it is not a subnet"));
    };
    let of = |found: &'s Resource| match &found.body {
        Body::NetworkRouteTable(table) => Some((&found.uid, &**table)),
        _ => None,
    };
    let mut own = ground
        .wired(Wire::TableOfSubnet, subnet.uid.as_str())
        .filter_map(of);
    if let Some(own) = own.next() {
        return Ok(own);
    }
    // Only where all tables were read is it certain that none of them is the subnet's own.
    ground.complete(Kind::NetworkRouteTable, subnet)?;
    let mut tables = ground
        .wired(Wire::TableOfNetwork, body.vpc.as_str())
        .filter_map(of);
    tables
        .find(|(_, table)| table.is_main)
        .ok_or_else(|| untold("route table", "neither the subnet nor its network has one"))
}

fn routes_of<'s>(uid: &'s Uid, table: &'s NetworkRouteTable) -> Gate<'s> {
    let mut ways = Vec::new();
    for route in &table.routes {
        match route.destination.parse::<Cidr>() {
            Ok(to) => ways.push(Way {
                to: to.net(),
                rank: 0,
                leads: leads(route),
                mark: Mark::Route(route, uid),
            }),
            // The endpoints of some services carry only the addresses of those services.
            Err(_) if route.via == "internet-gateway" => {}
            Err(_) if route.via == "endpoint" && route.destination.starts_with("pl-") => {}
            Err(_) => {
                let what = format!("route {} in {}", route.destination, uid.short());
                let why = untold(&what, "its addresses are not known");
                return Gate::silent(Admission::unknown(why), Mark::NoRoute);
            }
        }
    }
    let differ = untold(uid.short(), "it has several routes to one destination");
    routes::gate(ways, &differ)
}

fn leads(route: &Route) -> Leads {
    match route.via.as_str() {
        "nat-gateway" | "egress-only-gateway" | "local" | "peering" | "none" => Leads::Elsewhere,
        _ if !route.active => Leads::Elsewhere,
        "internet-gateway" => Leads::Out,
        via => Leads::Unknown(unfollowed(via, route)),
    }
}

/// A route through something that may do anything with packets.
pub(super) fn unfollowed(via: &str, route: &Route) -> Reasons {
    let target = route.target.value().map(|target| format!(" {target}"));
    let what = format!(
        "route {} via {via}{}",
        route.destination,
        target.unwrap_or_default()
    );
    untold(&what, "exposure does not follow where it leads")
}

/// The network ACL of a subnet: the subnet's own, or the default of its network.
fn acl_of<'s>(
    ground: &Ground<'_, 's>,
    subnet: &'s Resource,
) -> Result<(&'s Uid, &'s NetworkAcl), Reasons> {
    let Body::NetworkSubnet(body) = &subnet.body else {
        return Err(untold(subnet.uid.short(), "it is not a subnet"));
    };
    let of = |found: &'s Resource| match &found.body {
        Body::NetworkAcl(acl) => Some((&found.uid, &**acl)),
        _ => None,
    };
    let mut own = ground
        .wired(Wire::AclOfSubnet, subnet.uid.as_str())
        .filter_map(of);
    if let Some(own) = own.next() {
        return Ok(own);
    }
    ground.complete(Kind::NetworkAcl, subnet)?;
    let mut default = ground
        .wired(Wire::DefaultAcl, body.vpc.as_str())
        .filter_map(of);
    default
        .next()
        .ok_or_else(|| untold("network ACL", "neither the subnet nor its network has one"))
}

/// The way in, and the way out of what answers.
fn acl<'s>(ground: &mut Ground<'_, 's>, subnet: &'s Resource) -> Rc<[Gate<'s>]> {
    match acl_of(ground, subnet) {
        Err(why) => Rc::new([Gate::silent(Admission::unknown(why), Mark::NotKnown)]),
        Ok((uid, acl)) => {
            if let Some(gates) = ground.known.acls.get(uid.as_str()) {
                return Rc::clone(gates);
            }
            let (lets, steps) = decided(uid, entries(acl, false));
            let arriving = Gate {
                lets,
                steps,
                stop: Mark::Acl(uid),
            };
            let gates: Rc<[Gate<'s>]> = Rc::new([arriving, answers(uid, acl)]);
            ground.known.acls.insert(uid.as_str(), Rc::clone(&gates));
            gates
        }
    }
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

fn decided<'s>(uid: &'s Uid, entries: Vec<&'s AclEntry>) -> (Admission, Vec<Step<'s>>) {
    let mut chain = Chain::new();
    chain.ask(entries.into_iter().map(|entry| {
        let ports = ports(&entry.protocol, &entry.from_port, &entry.to_port);
        Entry {
            mark: Mark::AclEntry(entry, uid),
            firewall: None,
            action: if entry.allow {
                RuleAction::Allow
            } else {
                RuleAction::Deny
            },
            matches: ports.from(&Arc::new(Addresses::of([&entry.block]))),
        }
    }));
    (chain.admission(), chain.steps)
}

/// An ACL forgets what it let in: answers of TCP need a way out to some port of the client's choice.
fn answers<'s>(uid: &'s Uid, acl: &'s NetworkAcl) -> Gate<'s> {
    const TCP_PORTS: (Line, u16, u16) = (Line::Tcp, 0, u16::MAX);
    let (out, _) = decided(uid, entries(acl, true));
    let no_answer = [(Line::Udp, 0, u16::MAX), (Line::Other, 0, 255)];
    let free = Admission::sure(Packets::on(&no_answer, &families(true, true)));
    let answered = out.map(|packets| Packets::on(&[TCP_PORTS], &packets.sources(TCP_PORTS)));
    Gate::silent(free.or(answered), Mark::AclAnswers(uid))
}

/// Whether an ACL lets everything through both ways with its first entries.
pub(super) fn acl_is_open<'s>(
    ground: &Ground<'_, 's>,
    subnet: &'s Resource,
) -> Result<bool, Reasons> {
    let (_, acl) = acl_of(ground, subnet)?;
    let open = |egress| {
        entries(acl, egress).first().is_some_and(|entry| {
            let v4 = families(true, false);
            let ports = ports(&entry.protocol, &entry.from_port, &entry.to_port);
            entry.allow
                && entry.block.net().prefix_len() == 0
                && entry.block.net().addr().is_ipv4()
                && ports.from(&v4).sure == Packets::from_sources(&v4)
        })
    };
    Ok(open(false) && open(true))
}

/// Security groups: what any rule of any of them admits.
pub(super) fn groups<'s>(
    ground: &mut Ground<'_, 's>,
    uids: &'s [Uid],
    from: &Resource,
) -> Gate<'s> {
    let mut all = Gate::silent(Admission::nothing(), Mark::Firewalls(uids));
    for uid in uids {
        let gate = group(ground, uid, from);
        all.lets = all.lets.or(gate.lets.clone());
        all.steps.extend_from_slice(&gate.steps);
    }
    all
}

fn group<'s>(ground: &mut Ground<'_, 's>, uid: &'s Uid, from: &Resource) -> Rc<Gate<'s>> {
    if let Some(gate) = ground.known.groups.get(uid.as_str()) {
        return Rc::clone(gate);
    }
    let mut gate = Gate::silent(Admission::nothing(), Mark::Firewall(uid));
    match ground.firewall(uid, from) {
        // Not kept: why it is not there depends on who asks.
        Err(why) => {
            gate.lets = Admission::unknown(why);
            return Rc::new(gate);
        }
        Ok((uid, body)) => {
            let admits = |action| matches!(action, RuleAction::Allow | RuleAction::AlwaysAllow);
            let rules = body
                .ingress
                .iter()
                .filter(|rule| in_force(rule) && admits(rule.action));
            for rule in rules {
                let lets = matches(rule, &Sources::of(rule));
                if lets.is_nothing() {
                    continue;
                }
                gate.steps.push(Step {
                    mark: Mark::Rule(rule, uid),
                    lets: Some(Rc::new(lets.clone())),
                    firewall: Some(uid),
                });
                gate.lets = gate.lets.or(lets);
            }
        }
    }
    let gate = Rc::new(gate);
    ground.known.groups.insert(uid.as_str(), Rc::clone(&gate));
    gate
}
