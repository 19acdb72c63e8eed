//! Looks things up in the inventory, and says why something that is named is not there.

use std::net::IpAddr;
use std::rc::Rc;

use foldhash::HashMap;
use orch_model::kind::{
    NetworkFirewall, NetworkInterface, NetworkLoadBalancer, NetworkSubnet, NetworkVpc,
};
use orch_model::{Body, Dataset, Field, Kind, Resource, Uid};

use super::admission::untold;
use super::path::{Gate, Path};
use crate::facts::not_found;
use crate::inventory::{Inventory, Wire};
use crate::netset::{Addresses, public_ipv6};
use crate::value::Reasons;

/// What was worked out on the way: many interfaces share a subnet, a firewall or a load balancer. Worth keeping for
/// all resources that are asked with one inventory.
#[derive(Default)]
pub(crate) struct Known<'s> {
    /// The gates of a subnet on AWS.
    pub(super) subnets: HashMap<&'s str, Rc<Vec<Gate<'s>>>>,
    /// Those of an ACL on AWS: many subnets share the default one.
    pub(super) acls: HashMap<&'s str, Rc<[Gate<'s>]>>,
    /// What a security group admits.
    pub(super) groups: HashMap<&'s str, Rc<Gate<'s>>>,
    /// How far packets from the internet get before a load balancer.
    pub(super) fronts: HashMap<&'s str, Rc<Path<'s>>>,
    /// The same up to a port of the targets of a listener, by the place of the listener in memory.
    pub(super) behind_listeners: HashMap<(usize, Field<i64>), Path<'s>>,
    /// Whether the ACL of a subnet lets everything through.
    pub(super) open_acls: HashMap<&'s str, Result<bool, Reasons>>,
}

/// The inventory, and what is known of it already.
pub(super) struct Ground<'i, 's> {
    pub(super) inventory: &'i Inventory<'s>,
    pub(super) known: &'i mut Known<'s>,
}

/// What stands before an interface.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before<'s> {
    /// Nothing but its reserved public addresses.
    Addresses(&'s [Uid]),
    /// A load balancer.
    Balancer(&'s NetworkLoadBalancer),
}

impl<'i, 's> Ground<'i, 's> {
    pub(super) fn new(inventory: &'i Inventory<'s>, known: &'i mut Known<'s>) -> Self {
        Self { inventory, known }
    }

    fn get(&self, uid: &Uid, kind: Kind, from: &Resource) -> Result<&'s Resource, Reasons> {
        self.inventory
            .get(uid)
            .ok_or_else(|| not_found(uid, kind, from, self.inventory).0)
    }

    pub(super) fn vpc(
        &self,
        uid: &Uid,
        from: &Resource,
    ) -> Result<(&'s Resource, &'s NetworkVpc), Reasons> {
        let found = self.get(uid, Kind::NetworkVpc, from)?;
        match &found.body {
            Body::NetworkVpc(body) => Ok((found, body)),
            _ => Err(untold(uid.short(), "it is not a network")),
        }
    }

    pub(super) fn subnet(
        &self,
        uid: &Uid,
        from: &Resource,
    ) -> Result<(&'s Resource, &'s NetworkSubnet), Reasons> {
        let found = self.get(uid, Kind::NetworkSubnet, from)?;
        match &found.body {
            Body::NetworkSubnet(body) => Ok((found, body)),
            _ => Err(untold(uid.short(), "it is not a subnet")),
        }
    }

    pub(super) fn firewall(
        &self,
        uid: &Uid,
        from: &Resource,
    ) -> Result<(&'s Uid, &'s NetworkFirewall), Reasons> {
        let found = self.get(uid, Kind::NetworkFirewall, from)?;
        match &found.body {
            Body::NetworkFirewall(body) => Ok((&found.uid, body)),
            _ => Err(untold(uid.short(), "it is not a firewall")),
        }
    }

    /// The subnet of an interface.
    pub(super) fn subnet_of(
        &self,
        interface: &Resource,
        body: &NetworkInterface,
    ) -> Result<(&'s Resource, &'s NetworkSubnet), Reasons> {
        match &body.subnet {
            Field::Value(uid) => self.subnet(uid, interface),
            Field::None => Err(untold("subnet", "the interface names none")),
            Field::NotRead => Err(untold("subnet", "the provider did not tell")),
        }
    }

    /// The network of an interface, its own word first.
    pub(super) fn vpc_of(
        &self,
        interface: &'s Resource,
        body: &'s NetworkInterface,
    ) -> Result<&'s Uid, Reasons> {
        match &body.vpc {
            Field::Value(uid) => Ok(uid),
            _ => self
                .subnet_of(interface, body)
                .map(|(_, subnet)| &subnet.vpc),
        }
    }

    /// Whether a kind was completely read where a resource is.
    pub(super) fn complete(&self, kind: Kind, at: &Resource) -> Result<(), Reasons> {
        self.inventory
            .state(Dataset::Kind(kind), &at.scope)
            .map_err(|unseen| unseen.0)
    }

    /// The resources wired to a part of a network.
    pub(super) fn wired<'w>(
        &'w self,
        wire: Wire,
        to: &'w str,
    ) -> impl Iterator<Item = &'s Resource> + use<'w, 'i, 's> {
        self.inventory.wired(wire, to, None)
    }
}

/// Whether an address is one of the IPv6 internet.
pub(super) fn is_public_ipv6(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if public_ipv6().contains(address.into()))
}

/// Addresses as blocks of one.
pub(super) fn set_of(addresses: &[IpAddr]) -> Addresses {
    Addresses::of_nets(addresses.iter().map(|address| (*address).into()))
}
