//! What the internet reaches on Azure: admin rules, network security groups, route of the answer.

use std::sync::Arc;

use orch_model::kind::{FirewallRule, NetworkInterface, NetworkSubnet, NetworkVpc, RuleAction};
use orch_model::{Body, Cidr, Field, Kind, Resource, Text, Uid};

use super::admission::{Admission, untold};
use super::aws::unfollowed;
use super::ground::{Before, Ground, is_public_ipv6};
use super::mark::Mark;
use super::member::Member;
use super::order::{Chain, Entry, in_order, placed};
use super::path::{Gate, Path, Step, families, keeps_out};
use super::routes::{self, Leads, Way};
use super::rules::Sources;
use super::tags::{Tag, meaning};
use crate::netset::{Addresses, Packets};
use crate::value::Reasons;

/// The way straight to an interface.
pub(super) fn direct<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Path<'s> {
    if !body.attached {
        return Path::closed(Mark::NotAttached);
    }
    let mut path = Path::from_internet();
    path.pass(&addresses(body));
    if !path.stopped {
        path.pass(&route(ground, interface, body));
    }
    if !path.stopped {
        path.pass(&firewalls(
            ground,
            interface,
            body,
            Before::Addresses(&body.addresses),
        ));
    }
    path
}

/// Lets through the families of which there is a public address. The same on Google Cloud.
pub(super) fn addresses(body: &NetworkInterface) -> Gate<'_> {
    let own = body
        .ipv6_addresses
        .iter()
        .filter(|address| is_public_ipv6(**address));
    public_addresses(
        &body.public_addresses,
        own.copied().next(),
        Mark::NoPublicAddress,
    )
}

/// Lets through the families of public addresses.
pub(super) fn public_addresses<'s>(
    public: &Field<Vec<std::net::IpAddr>>,
    own_v6: Option<std::net::IpAddr>,
    stop: Mark<'s>,
) -> Gate<'s> {
    let listed = || public.value().into_iter().flatten().copied();
    let v4 = listed().find(|address| address.is_ipv4());
    let v6 = listed().find(|address| address.is_ipv6()).or(own_v6);
    let sure = Packets::from_sources(&families(v4.is_some(), v6.is_some()));
    let mut lets = Admission::sure(sure);
    if public.is_not_read() {
        let why = untold("public_addresses", "the provider did not tell");
        lets = lets.or(Admission::unknown(why));
    }
    let steps = [v4, v6].into_iter().flatten();
    Gate {
        lets,
        steps: steps
            .map(|address| Step::of_all(Mark::Address(address)))
            .collect(),
        stop,
    }
}

/// The network of an interface.
fn network<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Result<(&'s Resource, &'s NetworkVpc), Reasons> {
    let uid = ground.vpc_of(interface, body)?;
    ground.vpc(uid, interface)
}

/// What the tag `VirtualNetwork` stands for.
fn inside<'s>(
    ground: &Ground<'_, 's>,
    network: &Result<(&'s Resource, &'s NetworkVpc), Reasons>,
) -> Sources {
    let (resource, body) = match network {
        Ok(found) => found,
        Err(why) => return Sources::default().and_open(why.clone()),
    };
    let mut blocks: Vec<&Cidr> = body.blocks.iter().collect();
    let mut missing = false;
    for peer in &body.peers {
        match ground.vpc(peer, resource) {
            Ok((_, peer)) => blocks.extend(&peer.blocks),
            Err(_) => missing = true,
        }
    }
    let known = Sources::default().and(&Arc::new(Addresses::of(blocks)));
    match ground.complete(Kind::NetworkVpc, resource) {
        Err(why) if missing => known.and_open(why),
        _ => known,
    }
}

/// Whom a rule means.
fn sources(rule: &FirewallRule, inside: &Sources) -> Sources {
    let mut sources = Sources::of(rule);
    for peer in &rule.peers {
        sources = match meaning(peer) {
            Tag::Addresses(known) => sources.and(&known),
            Tag::VirtualNetwork => {
                let both = sources.and(&inside.known);
                match &inside.open {
                    Some(why) => both.and_open(why.clone()),
                    None => both,
                }
            }
            Tag::Unknown => {
                let name = format!("service tag {peer}");
                sources.and_open(untold(&name, "its addresses are not known"))
            }
        };
    }
    sources
}

fn entries<'s>(
    uid: &'s Uid,
    rules: Vec<(&'s Uid, &'s FirewallRule)>,
    member: &Member<'_>,
    inside: &Sources,
) -> Vec<Entry<'s>> {
    let entry = |(_, rule): (&'s Uid, &'s FirewallRule)| Entry {
        mark: Mark::Rule(rule, uid),
        firewall: Some(uid),
        action: rule.action,
        matches: placed(rule, member.matches_azure(rule, &sources(rule, inside))),
    };
    rules.into_iter().map(entry).collect()
}

/// Admin rules, then the network security groups of the subnet and of the interface.
pub(super) fn firewalls<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
    before: Before<'s>,
) -> Gate<'s> {
    let network = network(ground, interface, body);
    let inside = inside(ground, &network);
    let member = Member::of(body);
    let mut chain = Chain::new();
    match &network {
        Err(why) => chain.unknown(why.clone()),
        Ok((resource, network)) => admin(ground, resource, network, &member, &inside, &mut chain),
    }
    let mut gate = groups(ground, interface, body, &member, &inside, before);
    let go_on = chain.allowed.union(&chain.rest);
    let yes = chain
        .always
        .union(&go_on.intersection(&gate.lets.possible()));
    let refused = go_on.difference(&gate.lets.sure);
    let mut causes = chain.causes;
    causes.append(&mut gate.lets.open);
    gate.lets = Admission::between(&yes, &chain.denied.union(&refused), &causes);
    if yes.is_empty() && go_on.is_empty() {
        gate.stop = Mark::NetworkRules;
    }
    let always = chain.steps.into_iter().filter(
        |step| matches!(step.mark, Mark::Rule(rule, _) if rule.action == RuleAction::AlwaysAllow),
    );
    gate.steps.extend(always);
    gate
}

/// The rules of the network's managers.
fn admin<'s>(
    ground: &Ground<'_, 's>,
    resource: &'s Resource,
    network: &'s NetworkVpc,
    member: &Member<'_>,
    inside: &Sources,
    chain: &mut Chain<'s>,
) {
    let filters = match &network.filters {
        Field::None => return,
        Field::NotRead => return chain.unknown(untold("filters", "the provider did not tell")),
        Field::Value(filters) => filters,
    };
    // An `allow` only hands on to the groups: no later filter is asked.
    for filter in filters {
        match &filter.firewall {
            Field::None => {}
            Field::NotRead => chain.unknown(untold("filters", "the provider did not tell")),
            Field::Value(uid) => match ground.firewall(uid, resource) {
                Err(why) => chain.unknown(why),
                Ok(found) => chain.ask(entries(found.0, in_order([found]), member, inside)),
            },
        }
    }
}

/// Every network security group that there is must admit; where there is none, the tier decides.
fn groups<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
    member: &Member<'_>,
    inside: &Sources,
    before: Before<'s>,
) -> Gate<'s> {
    let mut of_subnet: &[Uid] = &[];
    let mut unknown = None;
    match ground
        .subnet_of(interface, body)
        .map(|(_, subnet)| &subnet.firewalls)
    {
        Ok(Field::Value(firewalls)) => of_subnet = firewalls,
        Ok(Field::None) => {}
        Ok(Field::NotRead) => unknown = Some(untold("firewalls", "the provider did not tell")),
        Err(why) => unknown = Some(why),
    }
    let mut gate = match unknown {
        Some(why) => Gate::silent(Admission::unknown(why), Mark::NotKnown),
        None if of_subnet.is_empty() && body.firewalls.is_empty() => {
            return tier(ground, interface, before);
        }
        None => Gate::silent(Admission::everything(), Mark::NotKnown),
    };
    for uid in of_subnet.iter().chain(&body.firewalls) {
        let own = group(ground, uid, interface, member, inside);
        // The first that keeps everybody out is the one to name.
        if !keeps_out(&gate.lets) {
            gate.stop = own.stop;
        }
        gate.lets = gate.lets.and(&own.lets);
        gate.steps.extend(own.steps);
    }
    gate
}

/// One network security group.
fn group<'s>(
    ground: &Ground<'_, 's>,
    uid: &'s Uid,
    from: &Resource,
    member: &Member<'_>,
    inside: &Sources,
) -> Gate<'s> {
    match ground.firewall(uid, from) {
        Err(why) => Gate::silent(Admission::unknown(why), Mark::Firewall(uid)),
        Ok(found) => {
            let mut chain = Chain::new();
            let rules = in_order([found]).into_iter();
            // Nothing comes after a group that it could hand on to.
            let rules = rules.filter(|(_, rule)| rule.action != RuleAction::Next);
            chain.ask(entries(found.0, rules.collect(), member, inside));
            Gate {
                lets: chain.admission(),
                steps: chain.steps,
                stop: Mark::Firewall(uid),
            }
        }
    }
}

/// What lets through where there is no group: the tier of what stands before.
fn tier<'s>(ground: &Ground<'_, 's>, interface: &Resource, before: Before<'s>) -> Gate<'s> {
    let decides = |sku: &Field<Text>| match sku.value().map(|sku| sku.to_ascii_lowercase()) {
        Some(sku) if sku == "basic" => Admission::everything(),
        Some(sku) if sku == "standard" => Admission::nothing(),
        _ => Admission::unknown(untold("sku", "it does not tell whether it is open")),
    };
    match before {
        // A gateway asks from inside of the network, where only groups refuse.
        Before::Balancer(balancer) if balancer.purpose == "application" => {
            Gate::silent(Admission::everything(), Mark::NotKnown)
        }
        Before::Balancer(balancer) => {
            let sku = balancer.sku.value().cloned().unwrap_or_default();
            Gate::silent(decides(&balancer.sku), Mark::NoFirewall(sku))
        }
        Before::Addresses([]) => Gate::silent(
            Admission::unknown(untold("addresses", "the public address is not among them")),
            Mark::NotKnown,
        ),
        Before::Addresses(addresses) => {
            let mut gate = Gate::silent(Admission::nothing(), Mark::NoFirewall("standard".into()));
            for uid in addresses {
                let lets = match ground.inventory.get(uid).map(|found| &found.body) {
                    Some(Body::NetworkAddress(address)) => decides(&address.sku),
                    _ => Admission::unknown(
                        crate::facts::not_found(
                            uid,
                            Kind::NetworkAddress,
                            interface,
                            ground.inventory,
                        )
                        .0,
                    ),
                };
                gate.lets = gate.lets.or(lets);
            }
            gate
        }
    }
}

/// By what the answer leaves: the subnet's table over the network's own routes.
pub(super) fn route<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Gate<'s> {
    let found = || {
        let (_, subnet) = ground.subnet_of(interface, body)?;
        match network(ground, interface, body) {
            Ok((_, network)) => routes_of(ground, interface, subnet, &network.blocks),
            // The blocks of a network only keep answers in: what its routes swallow is swallowed anyway.
            Err(why) => {
                let mut gate = routes_of(ground, interface, subnet, &[])?;
                gate.lets = gate.lets.and(&Admission::unknown(why));
                Ok(gate)
            }
        }
    };
    found().unwrap_or_else(|why| Gate::silent(Admission::unknown(why), Mark::NoRoute))
}

fn routes_of<'s>(
    ground: &Ground<'_, 's>,
    interface: &Resource,
    subnet: &'s NetworkSubnet,
    blocks: &'s [Cidr],
) -> Result<Gate<'s>, Reasons> {
    let system = |to: &Cidr, leads| Way {
        to: to.net(),
        rank: 1,
        leads,
        mark: Mark::SystemRoute,
    };
    let everywhere = ["0.0.0.0/0", "::/0"].map(str::parse::<Cidr>);
    let mut ways: Vec<Way<'s>> = everywhere
        .iter()
        .flatten()
        .map(|to| system(to, Leads::Out))
        .collect();
    ways.extend(blocks.iter().map(|to| system(to, Leads::Elsewhere)));
    let mut by_name = None;
    match &subnet.route_table {
        Field::None => {}
        Field::NotRead => return Err(untold("route_table", "the provider did not tell")),
        Field::Value(uid) => {
            let Some(Body::NetworkRouteTable(table)) =
                ground.inventory.get(uid).map(|found| &found.body)
            else {
                let why = crate::facts::not_found(
                    uid,
                    Kind::NetworkRouteTable,
                    interface,
                    ground.inventory,
                );
                return Err(why.0);
            };
            for route in table.routes.iter().filter(|route| route.active) {
                let leads = match route.via.as_str() {
                    "internet-gateway" => Leads::Out,
                    "none" | "local" | "peering" => Leads::Elsewhere,
                    via => Leads::Unknown(unfollowed(via, route)),
                };
                match route.destination.parse::<Cidr>() {
                    Ok(to) => ways.push(Way {
                        to: to.net(),
                        rank: 0,
                        leads,
                        mark: Mark::Route(route, uid),
                    }),
                    Err(_) => by_name = Some((&route.destination, leads)),
                }
            }
        }
    }
    let differ = untold("routes", "the table has several to one destination");
    let mut gate = routes::gate(ways, &differ);
    if let Some((name, leads)) = by_name {
        // A service tag as the destination: its addresses go this way, whichever they are.
        let why = untold(&format!("route {name}"), "its addresses are not known");
        let unknown = Admission::unknown(why);
        gate.lets = match leads {
            Leads::Out => gate.lets.or(unknown),
            Leads::Elsewhere | Leads::Unknown(_) => gate.lets.and(&unknown),
        };
    }
    Ok(gate)
}

/// The network security groups before an application gateway: any of its subnets will do.
pub(super) fn before_gateway<'s>(
    ground: &Ground<'_, 's>,
    resource: &'s Resource,
    subnets: &'s [Uid],
    private: Option<Vec<std::net::IpAddr>>,
) -> Gate<'s> {
    let member = Member {
        private,
        v6: &[],
        front: Field::None,
        memberships: &[],
    };
    let mut any = Gate::silent(Admission::nothing(), Mark::NotKnown);
    for uid in subnets {
        let gate = match ground.subnet(uid, resource) {
            Err(why) => Gate::silent(Admission::unknown(why), Mark::NotKnown),
            Ok((found, subnet)) => {
                let network = ground.vpc(&subnet.vpc, found);
                let inside = inside(ground, &network);
                match &subnet.firewalls {
                    Field::NotRead => Gate::silent(
                        Admission::unknown(untold("firewalls", "the provider did not tell")),
                        Mark::NotKnown,
                    ),
                    Field::None => Gate::silent(Admission::everything(), Mark::NotKnown),
                    Field::Value(firewalls) => firewalls.iter().fold(
                        Gate::silent(Admission::everything(), Mark::NotKnown),
                        |mut all, uid| {
                            let own = group(ground, uid, found, &member, &inside);
                            all.lets = all.lets.and(&own.lets);
                            all.steps.extend(own.steps);
                            all.stop = own.stop;
                            all
                        },
                    ),
                }
            }
        };
        any.stop = gate.stop.clone();
        any = any.or(gate);
    }
    any
}
