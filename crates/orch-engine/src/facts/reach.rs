//! reach, reached: what of the internet arrives, and whether it does so through a firewall.

use std::cell::OnceCell;
use std::sync::LazyLock;

use orch_model::{Body, Dataset, Field, Kind, Resource, Text};
use schemars::{JsonSchema, schema_for};

use super::{Fact, FactSpec, Memo, found};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::reach::{Arrival, Guarding, Reached, guarding, of_any};
use crate::slots::Asked;
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

/// The same, and what tells that something else may stand behind a firewall.
const NEEDS_OF_FIREWALL: &[Dataset] = &[
    Dataset::Kind(Kind::CloudAccount),
    Dataset::Kind(Kind::ComputeScalingGroup),
    Dataset::Kind(Kind::NetworkAcl),
    Dataset::Kind(Kind::NetworkAddress),
    Dataset::Kind(Kind::NetworkFirewall),
    Dataset::Kind(Kind::NetworkInterface),
    Dataset::Kind(Kind::NetworkLoadBalancer),
    Dataset::Kind(Kind::NetworkRouteTable),
    Dataset::Kind(Kind::NetworkSubnet),
    Dataset::Kind(Kind::NetworkVpc),
];

/// What of the public internet arrives.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "it is the schema of the fact; its value is put together by hand"
)]
struct Reach {
    /// The ranges of ports at which a part of the internet arrives. One whose shares are not known may not
    /// be there: ask for a share.
    ingress: Vec<ArrivalView>,
    /// Those of which a load balancer is not a part of the way: what answers at its own address.
    direct: Vec<ArrivalView>,
    /// The first step that keeps everything out; none where something arrives.
    blocked_by: Option<Text>,
}

/// A range of ports at which a part of the internet arrives. Those of one protocol share no port.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "it is the schema of an arrival; its value is put together by hand"
)]
struct ArrivalView {
    /// `tcp`, `udp`, `icmp` or `other`.
    protocol: &'static str,
    /// First port; 0 for protocols without ports.
    from_port: i64,
    /// Last port, inclusive; 65535 for protocols without ports.
    to_port: i64,
    /// Part of the public IPv4 internet, 0 to 1.
    ipv4_share: f64,
    /// Part of the public IPv6 internet, 0 to 1.
    ipv6_share: f64,
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
    /// nothing; `not-reached`: the internet does not get there. Whether a machine is switched on does not count.
    status: Status,
    /// What is reached: the instances, interfaces or load balancers by id.
    by: Vec<Text>,
    /// On which ports something of it is, and by how much of the internet.
    ingress: Vec<PortsView>,
    /// Why nothing is reached; none where something is.
    because: Option<Text>,
}

/// A range of ports on which something is reached through a firewall.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "it is the schema of a range; its value is put together by hand"
)]
struct PortsView {
    /// `tcp`, `udp`, `icmp` or `other`.
    protocol: &'static str,
    /// First port; 0 for protocols without ports.
    from_port: i64,
    /// Last port, inclusive; 65535 for protocols without ports.
    to_port: i64,
    /// Part of the public IPv4 internet, 0 to 1.
    ipv4_share: f64,
    /// Part of the public IPv6 internet, 0 to 1.
    ipv6_share: f64,
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

/// The members of a fact and of a range of ports in it, in the order of their types.
struct Members {
    fact: Vec<Text>,
    range: Vec<Text>,
}

/// Of interfaces, instances and load balancers.
pub(super) struct OfReceiver(LazyLock<Members>);
/// Of firewalls.
pub(super) struct OfFirewall(LazyLock<Members>);

pub(super) fn of_receiver() -> OfReceiver {
    OfReceiver(LazyLock::new(|| Members {
        fact: members::<Reach>(),
        range: members::<ArrivalView>(),
    }))
}

pub(super) fn of_firewall() -> OfFirewall {
    OfFirewall(LazyLock::new(|| Members {
        fact: members::<ReachedView>(),
        range: members::<PortsView>(),
    }))
}

impl Members {
    /// A range of ports as rules see it.
    fn range(&self, arrival: &Arrival) -> Value {
        let why = || arrival.why.clone().unwrap_or_default();
        let member = |name: &Text| match name.as_str() {
            "protocol" => Value::Text(Text::new_static(arrival.protocol.as_str())),
            "from_port" => Value::Int(arrival.from_port.into()),
            "to_port" => Value::Int(arrival.to_port.into()),
            "ipv4_share" => super::share(arrival.ipv4, &why),
            "ipv6_share" => super::share(arrival.ipv6, &why),
            _ => Value::list(arrival.via.iter().cloned().map(Value::Text)),
        };
        Value::Struct(self.range.iter().map(member).collect())
    }
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
            about: "What of the public internet arrives, directly or through a load balancer: public \
                    address, route of the answer, ACL and firewalls together, by exact set arithmetic on \
                    addresses and ports. Of an instance the union over its interfaces; of a load balancer \
                    what arrives at its own listeners. An appliance to which answers go by \
                    default makes it unknown what comes to an interface without a public address. Not \
                    followed: Global Accelerator, VPC origins of CloudFront, hubs that pass on their routes.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        self.derive_asked(
            resource,
            inventory,
            &Asked::everything(),
            &mut Memo::default(),
        )
    }

    fn derive_asked<'s>(
        &self,
        resource: &'s Resource,
        inventory: &Inventory<'s>,
        asked: &Asked,
        memo: &mut Memo<'s>,
    ) -> Result<Field<Value>, Unseen> {
        let reached = match &resource.body {
            Body::ComputeInstance(_) | Body::NetworkInterface(_) | Body::NetworkLoadBalancer(_) => {
                of_any(resource, inventory, &mut memo.known)
            }
            _ => return Ok(Field::NotRead),
        };
        Ok(Field::Value(self.told(&reached, asked)))
    }
}

impl OfReceiver {
    fn told(&self, reached: &Reached<'_>, asked: &Asked) -> Value {
        let list = |arrivals: Vec<Arrival>| {
            Value::list(arrivals.iter().map(|arrival| self.0.range(arrival)))
        };
        let all = OnceCell::new();
        let all = || Value::clone(all.get_or_init(|| list(reached.arrivals())));
        let member = |name: &Text| match name.as_str() {
            name if !asked.reads(&[name]) => Value::Null,
            "ingress" => all(),
            "direct" if !reached.is_balanced() => all(),
            "direct" => list(reached.direct()),
            _ => match reached.blocked_by() {
                Ok(Some(told)) => Value::Text(told),
                Ok(None) => Value::Null,
                Err(why) => Value::Unknown(why),
            },
        };
        Value::Struct(self.0.fact.iter().map(member).collect())
    }
}

impl Fact for OfFirewall {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "reached",
            kinds: &[Kind::NetworkFirewall],
            schema: || schema_for!(ReachedView),
            needs: NEEDS_OF_FIREWALL,
            about: "Whether the public internet gets to what the firewall guards, through what this \
                    firewall admits. Unknown where something else decides that is not read: machines of \
                    scale sets and services in a guarded subnet (Azure), machines of other projects in a \
                    shared network (Google Cloud), an appliance before machines without a public address.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        self.derive_asked(
            resource,
            inventory,
            &Asked::everything(),
            &mut Memo::default(),
        )
    }

    fn derive_asked<'s>(
        &self,
        resource: &'s Resource,
        inventory: &Inventory<'s>,
        _asked: &Asked,
        memo: &mut Memo<'s>,
    ) -> Result<Field<Value>, Unseen> {
        let Body::NetworkFirewall(body) = &resource.body else {
            return Ok(Field::NotRead);
        };
        let guarding = guarding(resource, body, inventory, &mut memo.known).map_err(Unseen)?;
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
                let ports = ingress.iter().map(|arrival| self.0.range(arrival));
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
        Value::Struct(self.0.fact.iter().map(member).collect())
    }
}
