//! Which packets of the public internet reach a resource, by which ways.

use std::net::IpAddr;

use orch_model::{Body, Dataset, Kind, Provider, Relation, Resource};

use super::admission::Admission;
use super::ground::{Ground, Known};
use super::mark::Mark;
use super::path::{Gate, Path};
use super::{appliance, aws, azure, balancer, gcp};
use crate::inventory::Inventory;
use crate::value::Reasons;

/// A packet from the internet as its receiver sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// The protocol's number: 6 is TCP, 17 is UDP.
    pub protocol: u8,
    /// The receiver's port; of no matter for other protocols.
    pub port: u16,
    /// The sender.
    pub from: IpAddr,
}

/// Whether a packet arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// It arrives.
    Yes,
    /// Something keeps it out.
    No,
    /// It is not known: something is missing or not followed.
    Unknown,
}

/// Which packets of the public internet reach a resource.
#[derive(Debug, Clone)]
pub struct Reached<'s> {
    pub(super) paths: Vec<Path<'s>>,
}

/// What reaches a network interface, directly or through a load balancer.
pub fn of_interface<'s>(interface: &'s Resource, inventory: &Inventory<'s>) -> Reached<'s> {
    in_ground(
        &mut Ground::new(inventory, &mut Known::default()),
        interface,
    )
}

/// What reaches an interface, a load balancer or an instance, and what may come to it through an appliance.
pub(crate) fn of_any<'s>(
    receiver: &'s Resource,
    inventory: &Inventory<'s>,
    known: &mut Known<'s>,
) -> Reached<'s> {
    let mut ground = Ground::new(inventory, known);
    match &receiver.body {
        Body::ComputeInstance(_) => of_instance_in(&mut ground, receiver),
        _ => with_appliances(&mut ground, receiver),
    }
}

/// What reaches an interface or a load balancer, and what may come through an appliance.
pub(super) fn with_appliances<'s>(
    ground: &mut Ground<'_, 's>,
    resource: &'s Resource,
) -> Reached<'s> {
    let mut reached = in_ground(ground, resource);
    if let Body::NetworkInterface(body) = &resource.body {
        reached.paths.extend(appliance::way(ground, resource, body));
    }
    reached
}

/// What reaches a load balancer itself.
pub fn of_balancer<'s>(balancer: &'s Resource, inventory: &Inventory<'s>) -> Reached<'s> {
    in_ground(&mut Ground::new(inventory, &mut Known::default()), balancer)
}

/// What reaches an interface or a load balancer, with what is known already.
pub(super) fn in_ground<'s>(ground: &mut Ground<'_, 's>, resource: &'s Resource) -> Reached<'s> {
    let mut paths = Vec::new();
    match &resource.body {
        Body::NetworkInterface(body) => {
            paths.push(match resource.scope.provider {
                Provider::Aws => aws::direct(ground, resource, body),
                Provider::Azure => azure::direct(ground, resource, body),
                Provider::Gcp => gcp::direct(ground, resource, body),
            });
            let balanced = balancer::ways(ground, resource, body).into_iter();
            paths.extend(balanced.map(|path| Path {
                direct: false,
                ..path
            }));
        }
        Body::NetworkLoadBalancer(body) => {
            paths.extend(balancer::own(ground, resource, body));
            if paths.is_empty() {
                paths.push(Path::closed(Mark::NoListener));
            }
        }
        _ => {}
    }
    Reached { paths }
}

/// What reaches an instance: the union over its interfaces.
pub fn of_instance<'s>(instance: &'s Resource, inventory: &Inventory<'s>) -> Reached<'s> {
    of_instance_in(&mut Ground::new(inventory, &mut Known::default()), instance)
}

fn of_instance_in<'s>(ground: &mut Ground<'_, 's>, instance: &'s Resource) -> Reached<'s> {
    let inventory = ground.inventory;
    let own = inventory.referring(&instance.uid, Relation::AttachedTo, Kind::NetworkInterface);
    let mut paths: Vec<Path<'s>> = own
        .flat_map(|interface| with_appliances(ground, interface).paths)
        .collect();
    let state = inventory.state(Dataset::Kind(Kind::NetworkInterface), &instance.scope);
    if let Err(unseen) = state {
        paths.push(unknown(unseen.0));
    } else if paths.is_empty() {
        paths.push(Path::closed(Mark::NoInterface));
    }
    Reached { paths }
}

/// A way of which nothing is known.
fn unknown<'s>(why: Reasons) -> Path<'s> {
    let mut path = Path::from_internet();
    path.pass(&Gate::silent(Admission::unknown(why), Mark::NotKnown));
    path
}

impl Reached<'_> {
    /// Whether a packet arrives, by whichever way.
    pub fn admits(&self, packet: Packet) -> Told {
        let Packet {
            protocol,
            port,
            from,
        } = packet;
        let mut told = Told::No;
        for path in &self.paths {
            if path.lets.sure.contains(protocol, port, from) {
                return Told::Yes;
            }
            let mut open = path.lets.open.iter();
            if open.any(|open| open.packets.contains(protocol, port, from)) {
                told = Told::Unknown;
            }
        }
        told
    }
}
