//! What stands between a load balancer and its target: ACLs, the firewalls of the target, and whom they see.

use std::rc::Rc;

use orch_model::kind::{FirewallRule, Listener, NetworkInterface, NetworkLoadBalancer, RuleAction};
use orch_model::{Field, Provider, Resource, Text};

use super::admission::{Admission, untold};
use super::balancer::Balancer;
use super::ground::{Before, Ground, set_of};
use super::mark::Mark;
use super::order::in_force;
use super::path::{Gate, Path, Step, families};
use super::rules::{Sources, Stretch, matches, unnamed};
use super::{aws, azure, gcp};
use crate::netset::{Addresses, Line, Packets};
use crate::value::Reasons;

/// Leads from a listener to the interface.
pub(super) fn to_target<'s>(
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
pub(super) fn unmodelled(resource: &Resource, balancer: &NetworkLoadBalancer) -> Option<Reasons> {
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
    ground: &mut Ground<'_, 's>,
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
        let found = ground.subnet(uid, resource);
        let open = found.and_then(|(subnet, _)| {
            Ok(acl_is_open(ground, subnet)? && acl_is_open(ground, target)?)
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

/// Whether the ACL of a subnet lets everything through.
fn acl_is_open<'s>(ground: &mut Ground<'_, 's>, subnet: &'s Resource) -> Result<bool, Reasons> {
    if let Some(open) = ground.known.open_acls.get(subnet.uid.as_str()) {
        return open.clone();
    }
    let open = aws::acl_is_open(ground, subnet);
    ground
        .known
        .open_acls
        .insert(subnet.uid.as_str(), open.clone());
    open
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
                    lets: Some(Rc::new(lets.clone())),
                    firewall: Some(uid),
                });
                gate.lets = gate.lets.or(lets);
            }
        }
    }
    gate
}

pub(super) fn admits(rule: &FirewallRule) -> bool {
    std::matches!(rule.action, RuleAction::Allow | RuleAction::AlwaysAllow)
}

/// What a rule matches of whoever asked the load balancer.
pub(super) fn anybody(rule: &FirewallRule) -> Admission {
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
pub(super) fn hop<'s>(gate: &Gate<'s>, sources: &Result<Addresses, Reasons>) -> Gate<'s> {
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
            .map(|lets| Rc::new(lets.map(|packets| places(packets, false)))),
        firewall: step.firewall,
    });
    Gate {
        lets,
        steps: steps.collect(),
        stop: gate.stop.clone(),
    }
}
