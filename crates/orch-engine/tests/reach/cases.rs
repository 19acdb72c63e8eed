//! What do the clouds' documents say of the situations that are easily got wrong? Written by hand, one by one;
//! the judge and the evaluator must both give these answers.

mod aws;
mod azure;
mod gcp;

use orch_model::kind::{
    FirewallRule, NetworkAcl, NetworkAddress, NetworkFirewall, NetworkInterface,
    NetworkLoadBalancer, NetworkRouteTable, NetworkSubnet, NetworkVpc, RuleAction,
};
use orch_model::{Body, Field};

use crate::answers;
use crate::brute::{Packet, Told};
use crate::topology::{Topology, blocks, ip};

pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMP: u8 = 1;

/// A topology that is taken apart step by step.
pub(crate) struct Case {
    pub(crate) topology: Topology,
}

macro_rules! bodies {
    ($($name:ident = $kind:ident,)*) => { impl Case { $(
        pub(crate) fn $name(&mut self, uid: &str) -> &mut $kind {
            let mut resources = self.topology.resources.iter_mut();
            let resource = resources.find(|one| one.uid.as_str() == uid).unwrap();
            match &mut resource.body {
                Body::$kind(body) => body,
                _ => panic!("{uid} is something else"),
            }
        }
    )* } };
}

bodies! {
    acl = NetworkAcl,
    address = NetworkAddress,
    firewall = NetworkFirewall,
    card = NetworkInterface,
    balancer = NetworkLoadBalancer,
    table = NetworkRouteTable,
    subnet = NetworkSubnet,
    vpc = NetworkVpc,
}

impl Case {
    /// What is told of each packet: protocol, port, sender.
    #[track_caller]
    pub(crate) fn tells(&self, expected: &[(u8, u16, &str, Told)]) {
        for (protocol, port, from, told) in expected {
            let packet = Packet {
                protocol: *protocol,
                port: *port,
                from: ip(from),
            };
            for (_, judged, said) in answers(&self.topology, &[packet]) {
                assert_eq!(judged, *told, "the judge, of {packet:?}");
                assert_eq!(said, *told, "the evaluator, of {packet:?}");
            }
        }
    }

    /// Forgets a resource.
    pub(crate) fn without(&mut self, uid: &str) {
        self.topology
            .resources
            .retain(|one| one.uid.as_str() != uid);
    }
}

/// A rule for one range of ports of a protocol.
pub(crate) fn ranged(protocol: &str, from: i64, to: i64, senders: &[&str]) -> FirewallRule {
    FirewallRule {
        blocks: blocks(senders),
        ..FirewallRule::of(protocol.into(), Field::Value(from), Field::Value(to))
    }
}

/// A rule with a place.
pub(crate) fn placed(priority: i64, action: RuleAction, rule: FirewallRule) -> FirewallRule {
    FirewallRule {
        priority: Field::Value(priority),
        action,
        ..rule
    }
}
