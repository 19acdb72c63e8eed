//! network.load-balancer: load balancers that pass packets on, with their rules and who is behind them.

use std::collections::BTreeMap;

use orch_collect::CollectorSpec;
use orch_model::kind::{Listener, NetworkLoadBalancer, Target};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::list::{ArmList, Around, Beside, Element, Source, free};
use super::{addresses, interfaces};
use crate::convert::{links, protocol, references, resource, sorted};
use crate::names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Network/loadBalancers/read";

/// Load balancers.
pub(super) struct LoadBalancers;

impl ArmList for LoadBalancers {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.load-balancers",
        service: "network",
        datasets: &[Dataset::Kind(Kind::NetworkLoadBalancer)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(addresses::READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/loadBalancers",
        "2024-05-01",
    );
    const BESIDE: &'static [Beside] = &[addresses::beside(&["body.public_addresses"])];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let fronts = Fronts::of(of)?;
        let pools = pools(of)?;
        let mut unmodelled: Vec<Text> = fronts.unmodelled.clone();
        let (mut listeners, mut whole) = (Vec::new(), true);
        for (list, make) in LISTS {
            for one in of.list(list)? {
                let rule = one.at("properties")?;
                if rule.boolean("enableFloatingIP")? == Some(true) {
                    unmodelled.push(Text::new_static("floating IP"));
                }
                if fronts.listens(rule.uid("frontendIPConfiguration.id")?.as_ref()) {
                    listeners.push(make(one, rule, &pools)?);
                } else {
                    whole = false;
                }
            }
        }
        unmodelled.sort_unstable();
        unmodelled.dedup();
        let mut public = addresses::resolve(around, &fronts.addresses)?;
        if fronts.has_prefix {
            public = Field::NotRead;
        }
        let body = NetworkLoadBalancer {
            purpose: Text::new_static("passthrough"),
            internet_facing: Field::Value(fronts.is_public()),
            sku: found.seen_text("sku.name")?,
            vpc: Field::read(fronts.vpc()),
            subnets: fronts.subnets.clone(),
            firewalls: Field::None,
            public_addresses: public,
            addresses: fronts.addresses.clone(),
            private_addresses: Field::None,
            source_blocks: Vec::new(),
            listeners: Field::Value(listeners),
            answers_itself: answers_itself(of.list("outboundRules")?.count() > 0, whole),
            logging: Field::NotRead,
            waf: Field::None,
            unmodelled,
        };
        let links: Vec<_> = links(Relation::Refers, &fronts.addresses)
            .chain(links(Relation::PartOf, &fronts.subnets))
            .collect();
        let made = Field::NotRead;
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}

/// Where a balancer is reached.
#[derive(Debug, Default)]
pub(super) struct Fronts {
    pub(super) addresses: Vec<Uid>,
    pub(super) subnets: Vec<Uid>,
    /// A public address out of a block of them.
    has_prefix: bool,
    /// The fronts with a public address.
    public: Vec<Uid>,
    unmodelled: Vec<Text>,
}

impl Fronts {
    pub(super) fn of(of: Node<'_>) -> Result<Self, Malformed> {
        let mut fronts = Self::default();
        for front in of.list("frontendIPConfigurations")? {
            let address = addresses::of_front(front)?;
            let prefix = front.has("properties.publicIPPrefix.id");
            fronts.has_prefix |= prefix;
            if address.is_some() || prefix {
                fronts.public.extend(front.uid("id")?);
            }
            fronts.addresses.extend(address);
            fronts.subnets.extend(front.uid("properties.subnet.id")?);
            if front.has("properties.gatewayLoadBalancer.id") {
                fronts
                    .unmodelled
                    .push(Text::new_static("gateway load balancer"));
            }
        }
        fronts.addresses = sorted(fronts.addresses);
        fronts.subnets = sorted(fronts.subnets);
        Ok(fronts)
    }

    pub(super) fn is_public(&self) -> bool {
        self.has_prefix || !self.addresses.is_empty()
    }

    /// Whether a rule at this front belongs to what is told: where there are public and private fronts, the
    /// listeners of the private ones are not what the public addresses lead to.
    pub(super) fn listens(&self, front: Option<&Uid>) -> bool {
        !self.is_public() || front.is_none_or(|front| self.public.contains(front))
    }

    pub(super) fn vpc(&self) -> Option<Uid> {
        names::parent(self.subnets.first()?, 1)
    }
}

/// Whether a balancer is of use without targets. Where not all of what it listens for is told, nobody knows.
pub(super) fn answers_itself(does: bool, whole: bool) -> Field<bool> {
    Field::seen((does || whole).then_some(does))
}

/// Pools of targets by id, without ports.
type Pools = BTreeMap<Uid, Vec<Target>>;

/// Makes a listener of one element of a list.
type Make = fn(Node<'_>, Node<'_>, &Pools) -> Result<Listener, Malformed>;

/// The lists of what a balancer listens for.
const LISTS: [(&str, Make); 3] = [
    ("loadBalancingRules", balanced),
    ("inboundNatRules", forwarded),
    ("inboundNatPools", forwarded),
];

fn pools(of: Node<'_>) -> Result<Pools, Malformed> {
    let mut pools = Pools::new();
    for pool in of.list("backendAddressPools")? {
        let Some(id) = pool.uid("id")? else { continue };
        let mut targets: Vec<Target> = references(pool, "properties.backendIPConfigurations")?
            .iter()
            .map(behind)
            .collect();
        for member in pool.list("properties.loadBalancerBackendAddresses")? {
            let of = member.at("properties")?;
            // One that is an interface's stands in the list above.
            if !of.has("networkInterfaceIPConfiguration.id") {
                let address = of.address("ipAddress")?;
                targets.extend(address.map(|address| Target {
                    instance: Field::NotRead,
                    interface: Field::NotRead,
                    address: Field::Value(address),
                    port: Field::None,
                }));
            }
        }
        pools.insert(id, targets);
    }
    Ok(pools)
}

/// The target behind an interface's configuration.
pub(super) fn behind(configuration: &Uid) -> Target {
    Target {
        instance: Field::NotRead,
        interface: Field::seen(interfaces::of_configuration(configuration)),
        address: Field::NotRead,
        port: Field::None,
    }
}

/// The targets of the pools that a rule names, at a port. Not read where a pool is not this balancer's.
fn targets(
    rule: Node<'_>,
    pools: &Pools,
    port: Option<i64>,
) -> Result<Field<Vec<Target>>, Malformed> {
    let mut named = references(rule, "backendAddressPools")?;
    named.extend(rule.uid("backendAddressPool.id")?);
    let mut targets = Vec::new();
    for pool in sorted(named) {
        match pools.get(&pool) {
            Some(members) => targets.extend(members.iter().cloned()),
            None => return Ok(Field::NotRead),
        }
    }
    for target in &mut targets {
        target.port = Field::read(port);
    }
    Ok(Field::Value(targets))
}

/// A rule that spreads connections. Port 0 is every port.
fn balanced(found: Node<'_>, rule: Node<'_>, pools: &Pools) -> Result<Listener, Malformed> {
    let port = rule
        .int("frontendPort")?
        .ok_or_else(|| rule.missing("frontendPort"))?;
    let (from_port, to_port) = if port == 0 { (0, 65_535) } else { (port, port) };
    let behind = rule.int("backendPort")?.filter(|port| *port != 0);
    listener(
        found,
        rule,
        (from_port, to_port),
        targets(rule, pools, behind)?,
    )
}

/// A rule that leads to one machine, or a range of ports that leads to one of several each.
fn forwarded(found: Node<'_>, rule: Node<'_>, pools: &Pools) -> Result<Listener, Malformed> {
    let range = (
        rule.int("frontendPortRangeStart")?,
        rule.int("frontendPortRangeEnd")?,
    );
    let port = rule.int("frontendPort")?.filter(|port| *port != 0);
    let ports = match (port, range) {
        (Some(port), _) => (port, port),
        (None, (Some(from), Some(to))) => (from, to),
        _ => return Err(rule.missing("frontendPort")),
    };
    let behind_port = rule.int("backendPort")?;
    let one = rule.uid("backendIPConfiguration.id")?;
    let named = rule.has("backendAddressPool.id");
    let targets = match one {
        Some(configuration) => Field::Value(vec![Target {
            port: Field::read(behind_port),
            ..behind(&configuration)
        }]),
        None if named => targets(rule, pools, behind_port)?,
        // A pool of a scale set does not name its machines; a rule may wait for one.
        None if port.is_none() => Field::NotRead,
        None => Field::Value(Vec::new()),
    };
    listener(found, rule, ports, targets)
}

fn listener(
    found: Node<'_>,
    rule: Node<'_>,
    (from_port, to_port): (i64, i64),
    targets: Field<Vec<Target>>,
) -> Result<Listener, Malformed> {
    Ok(Listener {
        name: Text::new(found.text("name")?.unwrap_or_default()),
        protocol: protocol(rule.required("protocol")?),
        from_port,
        to_port,
        application: Field::None,
        tls_policy: Field::None,
        keeps_client: true,
        targets,
    })
}
