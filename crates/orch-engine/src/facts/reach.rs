//! reach, reached: what of the internet really arrives, and whether it does so through a firewall.

use std::sync::LazyLock;

use orch_model::{Body, Dataset, Field, Kind, Resource, Text};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;

use super::{Fact, FactSpec, found};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::netset::Share;
use crate::reach::{Arrival, Guarding, Reached, guarding, of_balancer, of_instance, of_interface};
use crate::slots::Converter;
use crate::value::Value;

/// What stands between the internet and an interface.
const NEEDS: &[Dataset] = &[
    Dataset::Kind(Kind::NetworkAcl),
    Dataset::Kind(Kind::NetworkAddress),
    Dataset::Kind(Kind::NetworkFirewall),
    Dataset::Kind(Kind::NetworkInterface),
    Dataset::Kind(Kind::NetworkLoadBalancer),
    Dataset::Kind(Kind::NetworkRouteTable),
    Dataset::Kind(Kind::NetworkSubnet),
    Dataset::Kind(Kind::NetworkVpc),
];

/// What of the public internet really arrives.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "it is the schema of the fact; its value is put together by hand"
)]
struct Reach {
    /// The ranges of ports at which a part of the internet arrives. One whose shares are not known may not
    /// be there: ask for a share.
    ingress: Vec<ArrivalView>,
    /// The first step that keeps everything out; none where something arrives.
    blocked_by: Option<Text>,
}

/// A range of ports at which a part of the internet arrives. Those of one protocol share no port.
#[derive(Serialize, JsonSchema)]
struct ArrivalView {
    /// `tcp`, `udp`, `icmp` or `other`.
    protocol: &'static str,
    /// First port; 0 for protocols without ports.
    from_port: i64,
    /// Last port, inclusive; 65535 for protocols without ports.
    to_port: i64,
    /// Part of the public IPv4 internet, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    ipv4_share: Option<f64>,
    /// Part of the public IPv6 internet, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    ipv6_share: Option<f64>,
    /// The steps on the way: address, route, entry of an ACL, rule of a firewall, listener.
    via: Vec<Text>,
}

/// What comes of a firewall.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "it is the schema of the fact; its value is put together by hand"
)]
struct ReachedView {
    /// `reached`: the internet gets to something that it guards through what it admits; `unused`: it guards
    /// nothing; `not-reached`: the internet does not get there.
    status: Status,
    /// What is reached: the instances, interfaces or load balancers by id.
    by: Vec<Text>,
    /// On which ports something of it is, and by how much of the internet.
    ingress: Vec<PortsView>,
    /// Why nothing is reached; none where something is.
    because: Option<Text>,
}

/// A range of ports on which something is reached through a firewall.
#[derive(Serialize, JsonSchema)]
struct PortsView {
    /// `tcp`, `udp`, `icmp` or `other`.
    protocol: &'static str,
    /// First port; 0 for protocols without ports.
    from_port: i64,
    /// Last port, inclusive; 65535 for protocols without ports.
    to_port: i64,
    /// Part of the public IPv4 internet, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    ipv4_share: Option<f64>,
    /// Part of the public IPv6 internet, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    ipv6_share: Option<f64>,
}

/// The words of a status.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "it is a part of the schema of the fact")]
enum Status {
    Reached,
    Unused,
    NotReached,
}

/// Of interfaces, instances and load balancers.
pub(super) struct OfReceiver(LazyLock<(Converter, Vec<Text>)>);
/// Of firewalls.
pub(super) struct OfFirewall(LazyLock<(Converter, Vec<Text>)>);

pub(super) fn of_receiver() -> OfReceiver {
    OfReceiver(LazyLock::new(|| {
        (
            Converter::new(&Type::of::<ArrivalView>()),
            members::<Reach>(),
        )
    }))
}

pub(super) fn of_firewall() -> OfFirewall {
    OfFirewall(LazyLock::new(|| {
        (
            Converter::new(&Type::of::<PortsView>()),
            members::<ReachedView>(),
        )
    }))
}

/// The members of a struct in the order of its type.
fn members<T: JsonSchema>() -> Vec<Text> {
    match Type::of::<T>() {
        Type::Struct(known) => known
            .members()
            .iter()
            .map(|member| member.name.clone())
            .collect(),
        _ => Vec::new(),
    }
}

impl Fact for OfReceiver {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "reach",
            kinds: &[
                Kind::ComputeInstance,
                Kind::NetworkInterface,
                Kind::NetworkLoadBalancer,
            ],
            schema: || schema_for!(Reach),
            needs: NEEDS,
            about: "What of the public internet really arrives, directly or through a load balancer: public \
                    address, route of the answer, ACL and firewalls together, by exact set arithmetic on \
                    addresses and ports. Of an instance the union over its interfaces; of a load balancer \
                    what arrives at its own listeners.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let reached = match &resource.body {
            Body::ComputeInstance(_) => of_instance(resource, inventory),
            Body::NetworkInterface(_) => of_interface(resource, inventory),
            Body::NetworkLoadBalancer(_) => of_balancer(resource, inventory),
            _ => return Ok(Field::NotRead),
        };
        Ok(Field::Value(self.told(&reached)))
    }
}

impl OfReceiver {
    fn told(&self, reached: &Reached<'_>) -> Value {
        let ingress = Value::list(reached.arrivals().iter().map(|arrival| {
            let why = arrival.why.clone().unwrap_or_default();
            self.0.0.convert(&view(arrival), &|_| why.clone())
        }));
        let blocked_by = match reached.blocked_by() {
            Ok(Some(told)) => Value::Text(told),
            Ok(None) => Value::Null,
            Err(why) => Value::Unknown(why),
        };
        let member = |name: &Text| match name.as_str() {
            "ingress" => ingress.clone(),
            _ => blocked_by.clone(),
        };
        Value::Struct(self.0.1.iter().map(member).collect())
    }
}

fn view(arrival: &Arrival) -> ArrivalView {
    ArrivalView {
        protocol: arrival.protocol.as_str(),
        from_port: i64::from(arrival.from_port),
        to_port: i64::from(arrival.to_port),
        ipv4_share: share(arrival.ipv4),
        ipv6_share: share(arrival.ipv6),
        via: arrival.via.clone(),
    }
}

impl Fact for OfFirewall {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "reached",
            kinds: &[Kind::NetworkFirewall],
            schema: || schema_for!(ReachedView),
            needs: NEEDS,
            about: "Whether the public internet really gets to what the firewall guards, through what this \
                    firewall admits.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let Body::NetworkFirewall(body) = &resource.body else {
            return Ok(Field::NotRead);
        };
        let guarding = guarding(resource, body, inventory).map_err(Unseen)?;
        Ok(Field::Value(self.told(guarding)))
    }
}

impl OfFirewall {
    fn told(&self, guarding: Guarding) -> Value {
        let word = |word: &'static str| Value::Text(Text::new_static(word));
        let none = || Value::list([]);
        let (status, by, ingress, because) = match guarding {
            Guarding::Reached { by, ingress, open } => {
                let state = || open.clone().map_or(Ok(()), |why| Err(Unseen(why)));
                let by = found(by.into_iter().map(Value::Text), state());
                let ports = ingress.iter().map(|arrival| {
                    let why = arrival.why.clone().unwrap_or_default();
                    self.0.0.convert(&ports(arrival), &|_| why.clone())
                });
                (word("reached"), by, found(ports, state()), Value::Null)
            }
            Guarding::Unused => (
                word("unused"),
                none(),
                none(),
                word("nothing uses the firewall"),
            ),
            Guarding::NotReached(why) => (word("not-reached"), none(), none(), Value::Text(why)),
        };
        let member = |name: &Text| match name.as_str() {
            "status" => status.clone(),
            "by" => by.clone(),
            "ingress" => ingress.clone(),
            _ => because.clone(),
        };
        Value::Struct(self.0.1.iter().map(member).collect())
    }
}

fn share(share: Share) -> Option<f64> {
    (!share.may_be_more).then_some(share.known)
}

fn ports(arrival: &Arrival) -> PortsView {
    PortsView {
        protocol: arrival.protocol.as_str(),
        from_port: i64::from(arrival.from_port),
        to_port: i64::from(arrival.to_port),
        ipv4_share: share(arrival.ipv4),
        ipv6_share: share(arrival.ipv6),
    }
}
