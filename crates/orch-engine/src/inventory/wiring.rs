//! Which route table, ACL, firewall rules and load balancers stand before a place of a network.

use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt as _};
use orch_model::kind::{FirewallStage, NetworkLoadBalancer};
use orch_model::{Body, Field, Resource};

/// How one part of a network serves another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Wire {
    /// The route tables that list a subnet.
    TableOfSubnet,
    /// The route tables of a network.
    TableOfNetwork,
    /// The ACLs that list a subnet.
    AclOfSubnet,
    /// The default ACLs of a network.
    DefaultAcl,
    /// The VPC rules of a network.
    VpcRule,
    /// The load balancers that name an instance or an interface as a target.
    BalancerOf,
    /// The load balancers of a network that name an address as a target.
    BalancerOfAddress,
    /// The load balancers that stand in a subnet.
    BalancerIn,
    /// The load balancers of which it is not known who answers, by their network; those whose network is
    /// not known are under no name.
    BalancerUntold,
}

/// The name under which everything stands of which the network is asked: for who does not know its own.
pub(crate) const ANY_NETWORK: &str = "*";

type Key<'s> = (Wire, &'s str, Option<IpAddr>);

/// Made once: the networks of an estate have many resources, and few of these kinds.
pub(super) struct Wiring<'s>(HashMap<Key<'s>, Vec<u32>>);

impl<'s> Wiring<'s> {
    /// Of resources with their place, sorted by place.
    pub(super) fn of(resources: impl Iterator<Item = (u32, &'s Resource)>) -> Self {
        let mut wires: HashMap<Key<'s>, Vec<u32>> = HashMap::new();
        for (place, resource) in resources {
            wires_of(resource, |key| {
                let places = wires.entry(key).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            });
        }
        Self(wires)
    }

    pub(super) fn get<'w>(&'w self, wire: Wire, to: &'w str, address: Option<IpAddr>) -> &'w [u32] {
        self.0
            .get(&(wire, to, address))
            .map_or(&[], |places| places.as_slice())
    }
}

fn wires_of<'s>(resource: &'s Resource, mut tell: impl FnMut(Key<'s>)) {
    match &resource.body {
        Body::NetworkRouteTable(body) => {
            tell((Wire::TableOfNetwork, body.vpc.as_str(), None));
            for subnet in &body.subnets {
                tell((Wire::TableOfSubnet, subnet.as_str(), None));
            }
        }
        Body::NetworkAcl(body) => {
            if body.is_default {
                tell((Wire::DefaultAcl, body.vpc.as_str(), None));
            }
            for subnet in &body.subnets {
                tell((Wire::AclOfSubnet, subnet.as_str(), None));
            }
        }
        Body::NetworkFirewall(body) if body.stage == FirewallStage::VpcRule => {
            if let Field::Value(vpc) = &body.vpc {
                tell((Wire::VpcRule, vpc.as_str(), None));
            }
        }
        Body::NetworkLoadBalancer(body) => balancer(body, tell),
        _ => {}
    }
}

fn balancer<'s>(body: &'s NetworkLoadBalancer, mut tell: impl FnMut(Key<'s>)) {
    let vpc = body.vpc.value().map_or("", |vpc| vpc.as_str());
    for subnet in &body.subnets {
        tell((Wire::BalancerIn, subnet.as_str(), None));
    }
    let listeners = match &body.listeners {
        Field::Value(listeners) => listeners.as_slice(),
        Field::None => &[],
        Field::NotRead => return untold(vpc, &mut tell),
    };
    for listener in listeners {
        let targets = match &listener.targets {
            Field::Value(targets) => targets.as_slice(),
            Field::None => &[],
            Field::NotRead => {
                untold(vpc, &mut tell);
                continue;
            }
        };
        for target in targets {
            for uid in [&target.instance, &target.interface] {
                if let Field::Value(uid) = uid {
                    tell((Wire::BalancerOf, uid.as_str(), None));
                }
            }
            match (&target.address, &body.vpc) {
                (Field::Value(address), Field::Value(_)) => {
                    tell((Wire::BalancerOfAddress, vpc, Some(*address)));
                    tell((Wire::BalancerOfAddress, ANY_NETWORK, Some(*address)));
                }
                (Field::Value(_), Field::NotRead) => untold(vpc, &mut tell),
                _ => {}
            }
        }
    }
}

/// A load balancer of which it is not known who answers.
fn untold<'s>(vpc: &'s str, tell: &mut impl FnMut(Key<'s>)) {
    tell((Wire::BalancerUntold, vpc, None));
    tell((Wire::BalancerUntold, ANY_NETWORK, None));
}
