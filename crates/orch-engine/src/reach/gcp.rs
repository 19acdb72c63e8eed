//! What the internet reaches on Google Cloud: firewall policies and VPC rules in order, route of the answer.

use orch_model::kind::{NetworkFilter, NetworkInterface, NetworkVpc, Route};
use orch_model::{Body, Cidr, Field, Kind, Resource, Text};

use super::admission::{Admission, untold};
use super::aws::unfollowed;
use super::azure::addresses;
use super::ground::{Before, Ground};
use super::mark::Mark;
use super::member::Member;
use super::order::{Chain, Entry, in_order, placed};
use super::path::{Gate, Path};
use super::routes::{self, Leads, Way};
use super::rules::Sources;
use crate::inventory::Wire;
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

/// The filters of the network in order; what none of them decides is refused.
pub(super) fn firewalls<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
    before: Before<'s>,
) -> Gate<'s> {
    let network = ground
        .vpc_of(interface, body)
        .and_then(|uid| ground.vpc(uid, interface));
    let (resource, network) = match network {
        Ok(found) => found,
        Err(why) => return Gate::silent(Admission::unknown(why), Mark::NetworkRules),
    };
    let mut member = Member::of(body);
    if let Before::Balancer(balancer) = before
        && balancer.purpose == "passthrough"
    {
        member.front = balancer.public_addresses.as_ref().map(Vec::as_slice);
    }
    let mut chain = Chain::new();
    let only_rules = [NetworkFilter {
        firewall: Field::None,
        region: Field::None,
    }];
    match &network.filters {
        Field::NotRead => chain.unknown(untold("filters", "the provider did not tell")),
        Field::None => filters(
            ground,
            interface,
            resource,
            &only_rules,
            &member,
            &mut chain,
        ),
        Field::Value(several) => {
            filters(ground, interface, resource, several, &member, &mut chain);
        }
    }
    Gate {
        lets: chain.admission(),
        steps: chain.steps,
        stop: Mark::NetworkRules,
    }
}

fn filters<'s>(
    ground: &Ground<'_, 's>,
    interface: &Resource,
    network: &'s Resource,
    filters: &[NetworkFilter],
    member: &Member<'_>,
    chain: &mut Chain<'s>,
) {
    for filter in filters {
        match &filter.region {
            Field::Value(region) if *region != interface.scope.region => continue,
            Field::NotRead => {
                chain.unknown(untold(
                    "filters",
                    "it is not known for which region one holds",
                ));
            }
            Field::Value(_) | Field::None => {}
        }
        let found: Result<Vec<_>, Reasons> = match &filter.firewall {
            Field::Value(uid) => ground.firewall(uid, network).map(|found| vec![found]),
            Field::NotRead => Err(untold("filters", "the provider did not tell")),
            Field::None => ground.complete(Kind::NetworkFirewall, network).map(|()| {
                let rules = ground.wired(Wire::VpcRule, network.uid.as_str());
                let firewall = |found: &'s Resource| match &found.body {
                    Body::NetworkFirewall(body) => Some((&found.uid, &**body)),
                    _ => None,
                };
                rules.filter_map(firewall).collect()
            }),
        };
        match found {
            Err(why) => chain.unknown(why),
            Ok(found) => chain.ask(in_order(found).into_iter().map(|(uid, rule)| Entry {
                mark: Mark::Rule(rule, uid),
                firewall: Some(uid),
                action: rule.action,
                matches: placed(rule, member.matches_google(rule, &Sources::of(rule))),
            })),
        }
    }
}

/// By what the answer leaves.
pub(super) fn route<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Gate<'s> {
    let found = ground.vpc_of(interface, body).and_then(|uid| {
        let (resource, network) = ground.vpc(uid, interface)?;
        ground.complete(Kind::NetworkRouteTable, resource)?;
        Ok((resource, network))
    });
    match found {
        Err(why) => Gate::silent(Admission::unknown(why), Mark::NoRoute),
        Ok(found) => routes_of(ground, found, body),
    }
}

fn routes_of<'s>(
    ground: &Ground<'_, 's>,
    (resource, _): (&'s Resource, &'s NetworkVpc),
    body: &NetworkInterface,
) -> Gate<'s> {
    let mut ways = Vec::new();
    for table in ground.wired(Wire::TableOfNetwork, resource.uid.as_str()) {
        let Body::NetworkRouteTable(routes) = &table.body else {
            continue;
        };
        for route in routes
            .routes
            .iter()
            .filter(|route| holds(route, &body.memberships))
        {
            let rank = match route.priority {
                Field::Value(priority) => priority,
                Field::None => 0,
                Field::NotRead => {
                    let why = untold("priority", "the provider did not tell");
                    return Gate::silent(Admission::unknown(why), Mark::NoRoute);
                }
            };
            let Ok(to) = route.destination.parse::<Cidr>() else {
                let what = format!("route {}", route.destination);
                let why = untold(&what, "its addresses are not known");
                return Gate::silent(Admission::unknown(why), Mark::NoRoute);
            };
            ways.push(Way {
                to: to.net(),
                rank,
                leads: leads(route),
                mark: Mark::Route(route, &table.uid),
            });
        }
    }
    let differ = untold("routes", "equally good ones lead to different places");
    routes::gate(ways, &differ)
}

/// Whether a route holds for somebody with these network tags.
pub(super) fn holds(route: &Route, memberships: &[Text]) -> bool {
    let mut tags = memberships
        .iter()
        .filter_map(|name| name.strip_prefix("tag:"));
    route.tags.is_empty() || tags.any(|tag| route.tags.iter().any(|wanted| wanted == tag))
}

fn leads(route: &Route) -> Leads {
    match route.via.as_str() {
        "local" | "peering" | "none" => Leads::Elsewhere,
        _ if !route.active => Leads::Elsewhere,
        "internet-gateway" => Leads::Out,
        via => Leads::Unknown(unfollowed(via, route)),
    }
}
