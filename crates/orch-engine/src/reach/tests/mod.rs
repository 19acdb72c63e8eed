//! Small estates of each cloud, and what the internet reaches in them.

mod aws;
mod azure;
mod gcp;
mod hidden;
mod law;

use std::net::IpAddr;

use orch_model::{
    CollectorNote, Dataset, Kind, Outcome, Provider, Reach, Read, Resource, Scope, Snapshot, Text,
};
use serde::Deserialize as _;
use serde_json::{Value as Json, json};

use super::{Packet, Told, of_interface};
use crate::inventory::Inventory;

pub(super) const ANYBODY: &str = "8.8.8.8";
pub(super) const ANYBODY6: &str = "2a00:1450::1";

/// An estate that is built resource by resource.
#[derive(Clone)]
pub(super) struct Estate {
    pub(super) snapshot: Snapshot,
    scope: Scope,
}

impl Estate {
    pub(super) fn new(provider: Provider, region: &str) -> Self {
        Self {
            snapshot: Snapshot {
                as_of: chrono::DateTime::UNIX_EPOCH,
                scopes: Vec::new(),
                collectors: Vec::new(),
                resources: Vec::new(),
                series: Vec::new(),
                costs: Vec::new(),
                reads: Vec::new(),
                ledger: Vec::new(),
            },
            scope: Scope::new(provider, provider.as_str(), "111122223333", region),
        }
    }

    /// Puts a resource in, over one of the same uid.
    pub(super) fn put(&mut self, kind: Kind, uid: &str, body: Json) -> &mut Self {
        let whole = json!({
            "uid": uid, "name": uid, "scope": self.scope, "body": { kind.as_str(): body },
        });
        let resource =
            Resource::deserialize(&whole).unwrap_or_else(|error| panic!("{uid}: {error}"));
        self.snapshot
            .resources
            .retain(|known| known.uid != resource.uid);
        self.snapshot.resources.push(resource);
        self
    }

    /// Changes members of the body of a resource.
    pub(super) fn set(&mut self, uid: &str, changes: Json) -> &mut Self {
        let known = self
            .snapshot
            .resources
            .iter()
            .find(|known| known.uid.as_str() == uid);
        let known = known.unwrap_or_else(|| panic!("no {uid}"));
        let (kind, mut whole) = (known.kind(), serde_json::to_value(known).unwrap());
        let body = &mut whole["body"][kind.as_str()];
        for (name, value) in changes.as_object().unwrap() {
            if value == "not read" {
                body.as_object_mut().unwrap().remove(name);
            } else {
                body[name] = value.clone();
            }
        }
        let body = body.clone();
        self.put(kind, uid, body)
    }

    pub(super) fn without(&mut self, uid: &str) -> &mut Self {
        self.snapshot
            .resources
            .retain(|known| known.uid.as_str() != uid);
        self
    }

    /// The snapshot with everything read but these kinds.
    pub(super) fn read_but(&self, denied: &[Kind]) -> Snapshot {
        let mut snapshot = self.snapshot.clone();
        snapshot
            .resources
            .sort_by(|left, right| left.uid.cmp(&right.uid));
        snapshot.scopes = vec![self.scope.global(), self.scope.clone()];
        for kind in Kind::ALL {
            let name = Text::new(format!("test.{kind}"));
            snapshot.collectors.push(CollectorNote {
                name: name.clone(),
                provider: Some(self.scope.provider),
                datasets: vec![Dataset::Kind(*kind)],
                reach: Reach::PerRegion,
            });
            if !denied.contains(kind) {
                snapshot.reads.push(Read {
                    scope: self.scope.clone(),
                    collector: name,
                    datasets: vec![Dataset::Kind(*kind)],
                    outcome: Outcome::Complete,
                    count: 0,
                });
            }
        }
        snapshot
    }

    /// Whether a packet arrives at an interface.
    pub(super) fn asks(&self, interface: &str, protocol: u8, port: u16, from: &str) -> Told {
        let snapshot = self.read_but(&[]);
        let inventory = Inventory::new(&snapshot);
        let found = inventory.get(&orch_model::Uid::new(interface)).unwrap();
        let from: IpAddr = from.parse().unwrap();
        of_interface(found, &inventory).admits(Packet {
            protocol,
            port,
            from,
        })
    }

    /// Whether TCP from anybody over IPv4 arrives.
    pub(super) fn tcp(&self, interface: &str, port: u16) -> Told {
        self.asks(interface, 6, port, ANYBODY)
    }

    /// The first step that keeps everything out, or why that is not known.
    pub(super) fn blocked_by(&self, interface: &str) -> Result<Option<String>, String> {
        let snapshot = self.read_but(&[]);
        let inventory = Inventory::new(&snapshot);
        let found = inventory.get(&orch_model::Uid::new(interface)).unwrap();
        let told = of_interface(found, &inventory).blocked_by();
        told.map(|told| told.map(|told| told.to_string()))
            .map_err(|reasons| {
                reasons
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; ")
            })
    }

    /// The first ports of what arrives without a load balancer.
    pub(super) fn direct(&self, interface: &str) -> Vec<u16> {
        let snapshot = self.read_but(&[]);
        let inventory = Inventory::new(&snapshot);
        let found = inventory.get(&orch_model::Uid::new(interface)).unwrap();
        let direct = of_interface(found, &inventory).direct();
        direct.iter().map(|arrival| arrival.from_port).collect()
    }

    /// What arrives, in words.
    pub(super) fn arrivals(&self, interface: &str) -> Vec<String> {
        let snapshot = self.read_but(&[]);
        let inventory = Inventory::new(&snapshot);
        let found = inventory.get(&orch_model::Uid::new(interface)).unwrap();
        let arrivals = of_interface(found, &inventory).arrivals();
        let told = arrivals.iter().map(|arrival| {
            let share = |share: crate::netset::Share| {
                format!(
                    "{:.2}{}",
                    share.known,
                    if share.may_be_more { "+" } else { "" }
                )
            };
            let (v4, v6) = (share(arrival.ipv4), share(arrival.ipv6));
            let (from, to) = (arrival.from_port, arrival.to_port);
            let via = arrival.via.join(" > ");
            format!("{} {from}-{to} {v4} {v6} by {via}", arrival.protocol)
        });
        told.collect()
    }
}

pub(super) fn rule(protocol: &str, ports: Json, blocks: Json) -> Json {
    json!({ "protocol": protocol, "from_port": ports[0], "to_port": ports[1], "blocks": blocks })
}
