//! Whether the internet gets to what a firewall guards, through what this firewall admits.

use std::collections::BTreeSet;

use orch_model::kind::{FirewallStage, NetworkFirewall};
use orch_model::{Body, Dataset, Field, Kind, Provider, Relation, Resource, Text, Uid};

use super::admission::{Admission, untold};
use super::arrivals::{Arrival, arrivals};
use super::ground::{Ground, Known};
use super::hidden;
use super::path::keeps_out;
use super::reached::with_appliances;
use crate::inventory::{Inventory, Unseen, Wire};
use crate::value::{Reasons, union};

/// What comes of a firewall.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Guarding {
    /// The internet reaches something through it.
    Reached {
        /// What is reached.
        by: Vec<Text>,
        /// On which ports something of it is.
        ingress: Vec<Arrival>,
        /// Why it may be more.
        open: Option<Reasons>,
    },
    /// It guards nothing.
    Unused,
    /// The internet does not get to what it guards, and why.
    NotReached(Text),
}

/// What a firewall guards, as far as it was read, and why that may not be all.
struct Guards<'s> {
    interfaces: Vec<&'s Resource>,
    balancers: Vec<&'s Resource>,
    open: Option<Reasons>,
}

/// How many reasons are told.
const REASONS: usize = 3;

/// Asks of everything that a firewall guards.
///
/// # Errors
/// Why it is not known.
pub(crate) fn guarding<'s>(
    firewall: &'s Resource,
    body: &'s NetworkFirewall,
    inventory: &Inventory<'s>,
    known: &mut Known<'s>,
) -> Result<Guarding, Reasons> {
    let guards = guards(firewall, body, inventory);
    let mut ground = Ground::new(inventory, known);
    let (mut by, mut open) = (BTreeSet::new(), guards.open);
    let mut all = Admission::nothing();
    let mut reasons: BTreeSet<Text> = BTreeSet::new();
    let mut any = false;
    for resource in guards.interfaces.iter().chain(&guards.balancers) {
        any = true;
        let reached = with_appliances(&mut ground, resource);
        let through = reached.through(&firewall.uid);
        if keeps_out(&through) {
            let why = reached.blocked_by().ok().flatten();
            let other = || Text::new_static("nothing arrives by what it admits");
            reasons.insert(why.unwrap_or_else(other));
            continue;
        }
        if !keeps_out(&Admission::sure(through.sure.clone())) {
            by.insert(named(resource));
        }
        open = [open, through.reasons()]
            .into_iter()
            .flatten()
            .reduce(union);
        all = all.or(through);
    }
    if !by.is_empty() {
        return Ok(Guarding::Reached {
            by: by.into_iter().collect(),
            ingress: arrivals(&all, |_, _, _| Vec::new()),
            open,
        });
    }
    if let Some(why) = open {
        return Err(why);
    }
    if !any {
        return Ok(Guarding::Unused);
    }
    let more = reasons.len().saturating_sub(REASONS);
    let told: Vec<String> = reasons
        .iter()
        .take(REASONS)
        .map(ToString::to_string)
        .collect();
    let rest = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    Ok(Guarding::NotReached(Text::new(told.join("; ") + &rest)))
}

/// The instance behind an interface, else the resource itself.
fn named(resource: &Resource) -> Text {
    let instance = match &resource.body {
        Body::NetworkInterface(body) => body.instance.value(),
        _ => None,
    };
    Text::new(instance.unwrap_or(&resource.uid).short())
}

fn guards<'s>(
    firewall: &'s Resource,
    body: &'s NetworkFirewall,
    inventory: &Inventory<'s>,
) -> Guards<'s> {
    let mut guards = Guards {
        interfaces: Vec::new(),
        balancers: Vec::new(),
        open: None,
    };
    guards.need(inventory.state(Dataset::Kind(Kind::NetworkInterface), &firewall.scope));
    match body.stage {
        FirewallStage::SecurityGroup | FirewallStage::NetworkSecurityGroup => {
            named_by(firewall, body.stage, inventory, &mut guards);
        }
        FirewallStage::VpcRule => match &body.vpc {
            Field::Value(vpc) if inventory.get(vpc).is_some() => {
                guards.interfaces.extend(meant(body, vpc, inventory));
                guards.perhaps(hidden::other_projects(firewall, inventory));
            }
            _ => guards.because(untold(
                "network",
                "the one that the rule is of was not read",
            )),
        },
        FirewallStage::AdminRules | FirewallStage::Policy => {
            of_networks(firewall, body, inventory, &mut guards);
        }
    }
    guards
        .interfaces
        .sort_unstable_by(|left, right| left.uid.cmp(&right.uid));
    guards
        .interfaces
        .dedup_by(|left, right| std::ptr::eq(*left, *right));
    guards
}

/// The interfaces of a network that a VPC firewall rule means: all, or those that carry one of its names.
pub(crate) fn meant<'s>(
    rule: &NetworkFirewall,
    vpc: &Uid,
    inventory: &Inventory<'s>,
) -> Vec<&'s Resource> {
    let inside = inventory.referring(vpc, Relation::PartOf, Kind::NetworkInterface);
    let is_meant = |resource: &&Resource| {
        let Body::NetworkInterface(interface) = &resource.body else {
            return false;
        };
        let mut entries = rule.ingress.iter().chain(&rule.egress);
        entries.any(|entry| {
            let mut names = entry.members.iter();
            entry.members.is_empty() || names.any(|name| interface.memberships.contains(name))
        })
    };
    inside.filter(is_meant).collect()
}

/// Interfaces, subnets and load balancers that name it.
fn named_by<'s>(
    firewall: &'s Resource,
    stage: FirewallStage,
    inventory: &Inventory<'s>,
    guards: &mut Guards<'s>,
) {
    let of = |kind| inventory.referring(&firewall.uid, Relation::GuardedBy, kind);
    guards.interfaces.extend(of(Kind::NetworkInterface));
    guards.balancers.extend(of(Kind::NetworkLoadBalancer));
    if stage == FirewallStage::NetworkSecurityGroup {
        guards.need(inventory.state(Dataset::Kind(Kind::NetworkSubnet), &firewall.scope));
        guards.need(inventory.state(Dataset::Kind(Kind::NetworkLoadBalancer), &firewall.scope));
        guards.perhaps(hidden::scale_sets(firewall, inventory));
        for subnet in of(Kind::NetworkSubnet) {
            if let Body::NetworkSubnet(body) = &subnet.body {
                guards.perhaps(hidden::in_subnet(subnet, body, inventory));
            }
            let inside = inventory.referring(&subnet.uid, Relation::PartOf, Kind::NetworkInterface);
            guards.interfaces.extend(inside);
            guards
                .balancers
                .extend(inventory.wired(Wire::BalancerIn, subnet.uid.as_str(), None));
        }
    }
}

/// The networks that ask it.
fn of_networks<'s>(
    firewall: &'s Resource,
    body: &'s NetworkFirewall,
    inventory: &Inventory<'s>,
    guards: &mut Guards<'s>,
) {
    let networks = inventory.list_account(Kind::NetworkVpc, &firewall.scope);
    guards.need(networks.complete);
    for network in networks.items {
        let Body::NetworkVpc(vpc) = &network.body else {
            continue;
        };
        if vpc.filters.is_not_read() {
            guards.because(untold("filters", "a network does not tell its firewalls"));
        }
        let mut filters = vpc.filters.value().into_iter().flatten();
        if filters.any(|filter| filter.firewall.value() == Some(&firewall.uid)) {
            let inside =
                inventory.referring(&network.uid, Relation::PartOf, Kind::NetworkInterface);
            guards.interfaces.extend(inside);
            guards.perhaps(hidden::other_projects(firewall, inventory));
            for subnet in inventory.referring(&network.uid, Relation::PartOf, Kind::NetworkSubnet) {
                if let Body::NetworkSubnet(body) = &subnet.body {
                    guards.perhaps(hidden::in_subnet(subnet, body, inventory));
                }
            }
        }
    }
    if firewall.scope.provider == Provider::Azure {
        guards.need(inventory.state(Dataset::Kind(Kind::NetworkSubnet), &firewall.scope));
    }
    let elsewhere = body.guards.iter().find(|uid| inventory.get(uid).is_none());
    if let Some(uid) = elsewhere {
        guards.because(untold(uid.short(), "not all that it guards there was read"));
    }
}

impl Guards<'_> {
    fn need(&mut self, state: Result<(), Unseen>) {
        if let Err(unseen) = state {
            self.because(unseen.0);
        }
    }

    fn perhaps(&mut self, why: Option<Reasons>) {
        if let Some(why) = why {
            self.because(why);
        }
    }

    fn because(&mut self, why: Reasons) {
        self.open = [self.open.take(), Some(why)]
            .into_iter()
            .flatten()
            .reduce(union);
    }
}
