//! What may come to an interface without a public address through an appliance to which its answers go.

use std::rc::Rc;

use orch_model::kind::{NetworkInterface, NetworkRouteTable, Route};
use orch_model::{Body, Cidr, Dataset, Field, Kind, Provider, Resource};

use super::admission::{Admission, untold};
use super::aws;
use super::azure;
use super::behind::{admits, anybody, hop};
use super::gcp::holds;
use super::ground::{Before, Ground, is_public_ipv6};
use super::mark::Mark;
use super::order::in_force;
use super::path::{Gate, Path, Step};
use crate::inventory::Wire;
use crate::netset::Addresses;
use crate::value::Reasons;

/// The way through an appliance, of which only that is known which packets nothing behind it would let in; none
/// where there is no appliance.
pub(super) fn way<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Option<Path<'s>> {
    let v6 = body.ipv6_addresses.iter();
    let public = body.public_addresses.is_not_read()
        || body
            .public_addresses
            .value()
            .is_some_and(|all| !all.is_empty())
        || v6.copied().any(is_public_ipv6);
    if !body.attached || public {
        return None;
    }
    let why = before(ground, interface, body)?;
    let mut path = Path::from_internet();
    path.pass(&Gate::silent(Admission::unknown(why), Mark::NotKnown));
    match interface.scope.provider {
        Provider::Aws => path.pass(&groups(ground, interface, body)),
        Provider::Azure => {
            let gate = azure::firewalls(ground, interface, body, Before::Addresses(&[]));
            path.pass(&hop(&gate, &Ok(Addresses::all())));
        }
        // Rules there may name senders by tags, which an appliance may carry.
        Provider::Gcp => {}
    }
    (!path.stopped).then_some(path)
}

/// Why packets may come through an appliance.
fn before(
    ground: &Ground<'_, '_>,
    interface: &Resource,
    body: &NetworkInterface,
) -> Option<Reasons> {
    let unread = |kind| {
        let state = ground
            .inventory
            .state(Dataset::Kind(kind), &interface.scope);
        state.err().map(|unseen| unseen.0)
    };
    let missing = || unread(Kind::NetworkSubnet).or_else(|| unread(Kind::NetworkRouteTable));
    let subnet = ground.subnet_of(interface, body).ok();
    match interface.scope.provider {
        Provider::Aws => {
            let Some((subnet, _)) = subnet else {
                return missing();
            };
            match aws::table(ground, subnet) {
                Ok((_, table)) => routed(table, |route| {
                    is_default(route)
                        && matches!(
                            route.via.as_str(),
                            "endpoint" | "interface" | "instance" | "transit-gateway" | "appliance"
                        )
                }),
                Err(_) => missing(),
            }
        }
        Provider::Azure => {
            let Some((_, subnet)) = subnet else {
                return missing();
            };
            match &subnet.route_table {
                Field::None => None,
                Field::NotRead => Some(untold("route_table", "the provider did not tell")),
                Field::Value(uid) => match ground.inventory.get(uid).map(|found| &found.body) {
                    Some(Body::NetworkRouteTable(table)) => {
                        routed(table, |route| route.via == "appliance")
                    }
                    _ => missing(),
                },
            }
        }
        Provider::Gcp => {
            let network = match &body.vpc {
                Field::Value(uid) => uid,
                _ => match subnet {
                    Some((_, subnet)) => &subnet.vpc,
                    None => return missing(),
                },
            };
            let tables = ground.wired(Wire::TableOfNetwork, network.as_str());
            let mut found = tables.filter_map(|table| match &table.body {
                Body::NetworkRouteTable(table) => routed(table, |route| {
                    is_default(route)
                        && matches!(route.via.as_str(), "instance" | "appliance")
                        && holds(route, &body.memberships)
                }),
                _ => None,
            });
            found.next().or_else(|| unread(Kind::NetworkRouteTable))
        }
    }
}

/// The first route of these that works, as a reason.
fn routed(table: &NetworkRouteTable, is_meant: impl Fn(&Route) -> bool) -> Option<Reasons> {
    let mut routes = table.routes.iter();
    let route = routes.find(|route| route.active && is_meant(route))?;
    let target = route.target.value().map(|target| format!(" {target}"));
    let what = format!(
        "virtual appliance{} behind route {}",
        target.unwrap_or_default(),
        route.destination
    );
    Some(untold(&what, "what it lets in is not followed"))
}

/// Whether a route is for everybody, or for a half of everybody.
fn is_default(route: &Route) -> bool {
    let to = route.destination.parse::<Cidr>();
    to.is_ok_and(|to| to.net().prefix_len() <= 1)
}

/// What security groups admit from anybody at all: an appliance may speak as itself.
fn groups<'s>(
    ground: &Ground<'_, 's>,
    interface: &'s Resource,
    body: &'s NetworkInterface,
) -> Gate<'s> {
    let mut gate = Gate::silent(Admission::nothing(), Mark::Firewalls(&body.firewalls));
    for uid in &body.firewalls {
        let (uid, firewall) = match ground.firewall(uid, interface) {
            Ok(found) => found,
            Err(why) => {
                gate.lets = gate.lets.or(Admission::unknown(why));
                continue;
            }
        };
        let rules = firewall.ingress.iter();
        for rule in rules.filter(|rule| in_force(rule) && admits(rule)) {
            let lets = anybody(rule);
            gate.steps.push(Step {
                mark: Mark::Rule(rule, uid),
                lets: Some(Rc::new(lets.clone())),
                firewall: Some(uid),
            });
            gate.lets = gate.lets.or(lets);
        }
    }
    gate
}
