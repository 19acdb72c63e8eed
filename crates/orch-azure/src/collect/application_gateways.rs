//! network.load-balancer: application gateways, which end connections and open their own.

use std::collections::BTreeMap;

use orch_collect::CollectorSpec;
use orch_model::kind::{Listener, NetworkLoadBalancer, Target};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::addresses;
use super::list::{ArmList, Around, Beside, Element, Source, free};
use super::load_balancers::{Fronts, answers_itself, behind};
use crate::convert::{links, references, resource, sorted};
use crate::names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Network/applicationGateways/read";

/// Application gateways.
pub(super) struct ApplicationGateways;

impl ArmList for ApplicationGateways {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.application-gateways",
        service: "network",
        datasets: &[Dataset::Kind(Kind::NetworkLoadBalancer)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(addresses::READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/applicationGateways",
        "2024-05-01",
    );
    const BESIDE: &'static [Beside] = &[addresses::beside(&["body.public_addresses"])];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let fronts = Fronts::of(of)?;
        let behind = Behind::of(of)?;
        let mut subnets = Vec::new();
        for configuration in of.list("gatewayIPConfigurations")? {
            subnets.extend(configuration.uid("properties.subnet.id")?);
        }
        let subnets = sorted(subnets);
        let (mut listeners, mut whole) = (Vec::new(), true);
        for list in ["httpListeners", "listeners"] {
            for one in of.list(list)? {
                let front = one.uid("properties.frontendIPConfiguration.id")?;
                if fronts.listens(front.as_ref()) {
                    listeners.push(behind.listener(one)?);
                } else {
                    whole = false;
                }
            }
        }
        let waf = of.boolean("webApplicationFirewallConfiguration.enabled")?;
        let body = NetworkLoadBalancer {
            purpose: Text::new_static("application"),
            internet_facing: Field::Value(fronts.is_public()),
            sku: found.seen_text("properties.sku.name")?,
            vpc: Field::seen(subnets.first().and_then(|subnet| names::parent(subnet, 1))),
            subnets: subnets.clone(),
            firewalls: Field::None,
            public_addresses: addresses::resolve(around, &fronts.addresses)?,
            addresses: fronts.addresses.clone(),
            private_addresses: Field::NotRead,
            source_blocks: Vec::new(),
            listeners: Field::Value(listeners),
            answers_itself: answers_itself(leads_elsewhere(of)?, whole),
            logging: Field::NotRead,
            waf: Field::Value(waf == Some(true) || of.has("firewallPolicy.id")),
            unmodelled: behind.unmodelled,
        };
        let links: Vec<_> = links(Relation::Refers, &fronts.addresses)
            .chain(links(Relation::PartOf, &subnets))
            .collect();
        let made = Field::NotRead;
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}

/// Whether it sends some callers to another site; what it sends to a listener of its own needs a target there.
fn leads_elsewhere(of: Node<'_>) -> Result<bool, Malformed> {
    let mut redirects = of.list("redirectConfigurations")?;
    Ok(redirects.any(|one| one.has("properties.targetUrl")))
}

/// What stands behind the listeners of a gateway: its parts refer to each other by id.
#[derive(Debug, Default)]
struct Behind {
    ports: BTreeMap<Uid, i64>,
    /// Targets of each pool, without a port.
    pools: BTreeMap<Uid, Vec<Target>>,
    /// The port of each group of settings.
    settings: BTreeMap<Uid, i64>,
    /// Pools and settings of each map of paths.
    maps: BTreeMap<Uid, Vec<Pair>>,
    /// Pools and settings of each listener.
    rules: BTreeMap<Uid, Vec<Pair>>,
    tls_policy: Field<Text>,
    unmodelled: Vec<Text>,
}

/// A pool and the settings with which it is asked.
type Pair = (Option<Uid>, Option<Uid>);

impl Behind {
    fn of(of: Node<'_>) -> Result<Self, Malformed> {
        let mut behind = Self {
            tls_policy: policy(of.at("sslPolicy")?)?,
            ..Self::default()
        };
        for port in of.list("frontendPorts")? {
            if let (Some(id), Some(port)) = (port.uid("id")?, port.int("properties.port")?) {
                behind.ports.insert(id, port);
            }
        }
        for list in ["backendHttpSettingsCollection", "backendSettingsCollection"] {
            for settings in of.list(list)? {
                let port = settings.int("properties.port")?;
                if let (Some(id), Some(port)) = (settings.uid("id")?, port) {
                    behind.settings.insert(id, port);
                }
            }
        }
        for pool in of.list("backendAddressPools")? {
            behind.pool(pool)?;
        }
        for map in of.list("urlPathMaps")? {
            let Some(id) = map.uid("id")? else { continue };
            let of = map.at("properties")?;
            let mut pairs = vec![(
                of.uid("defaultBackendAddressPool.id")?,
                of.uid("defaultBackendHttpSettings.id")?,
            )];
            for rule in of.list("pathRules")? {
                pairs.push(pair(rule.at("properties")?)?);
            }
            behind.maps.insert(id, pairs);
        }
        for list in ["requestRoutingRules", "routingRules"] {
            for rule in of.list(list)? {
                behind.rule(rule.at("properties")?)?;
            }
        }
        Ok(behind)
    }

    fn pool(&mut self, pool: Node<'_>) -> Result<(), Malformed> {
        let Some(id) = pool.uid("id")? else {
            return Ok(());
        };
        let of = pool.at("properties")?;
        let mut targets: Vec<Target> = references(of, "backendIPConfigurations")?
            .iter()
            .map(behind)
            .collect();
        for member in of.list("backendAddresses")? {
            match member.address("ipAddress") {
                Ok(Some(address)) => targets.push(Target {
                    instance: Field::NotRead,
                    interface: Field::NotRead,
                    address: Field::Value(address),
                    port: Field::None,
                }),
                // A name, which may lead to a machine of ours as well.
                Ok(None) | Err(_) => {
                    let name = Text::new_static("target by name");
                    if !self.unmodelled.contains(&name) {
                        self.unmodelled.push(name);
                    }
                }
            }
        }
        self.pools.insert(id, targets);
        Ok(())
    }

    fn rule(&mut self, rule: Node<'_>) -> Result<(), Malformed> {
        let listener = match rule.uid("httpListener.id")? {
            Some(listener) => Some(listener),
            None => rule.uid("listener.id")?,
        };
        let Some(listener) = listener else {
            return Ok(());
        };
        let mut pairs = match rule.uid("urlPathMap.id")? {
            Some(map) => self.maps.get(&map).cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        pairs.push(pair(rule)?);
        self.rules.entry(listener).or_default().extend(pairs);
        Ok(())
    }

    fn listener(&self, found: Node<'_>) -> Result<Listener, Malformed> {
        let of = found.at("properties")?;
        let port = of.uid("frontendPort.id")?;
        let port = port.and_then(|port| self.ports.get(&port).copied());
        let port = port.ok_or_else(|| of.bad("frontendPort"))?;
        let application = of.required("protocol")?.to_lowercase();
        let encrypted = matches!(application.as_str(), "https" | "tls");
        let id = found.uid("id")?;
        let pairs = id.and_then(|id| self.rules.get(&id));
        Ok(Listener {
            name: Text::new(found.text("name")?.unwrap_or_default()),
            protocol: Text::new_static("tcp"),
            from_port: port,
            to_port: port,
            application: if application == "tcp" {
                Field::None
            } else {
                Field::Value(Text::from(application))
            },
            tls_policy: if encrypted {
                self.tls_policy.clone()
            } else {
                Field::None
            },
            keeps_client: false,
            targets: self.targets(pairs.map_or(&[], Vec::as_slice)),
        })
    }

    /// The targets of pools with their settings. A rule that only redirects has none.
    fn targets(&self, pairs: &[Pair]) -> Field<Vec<Target>> {
        let mut targets = Vec::new();
        for (pool, settings) in pairs {
            let Some(pool) = pool else { continue };
            let Some(members) = self.pools.get(pool) else {
                return Field::NotRead;
            };
            let port = settings.as_ref().and_then(|id| self.settings.get(id));
            targets.extend(members.iter().map(|target| Target {
                port: Field::seen(port.copied()),
                ..target.clone()
            }));
        }
        Field::Value(targets)
    }
}

fn pair(of: Node<'_>) -> Result<Pair, Malformed> {
    let settings = match of.uid("backendHttpSettings.id")? {
        Some(settings) => Some(settings),
        None => of.uid("backendSettings.id")?,
    };
    Ok((of.uid("backendAddressPool.id")?, settings))
}

/// The name of the policy of versions and ciphers, or the oldest version that a policy of its own allows.
fn policy(of: Node<'_>) -> Result<Field<Text>, Malformed> {
    let name = match of.text("policyName")? {
        Some(name) => Some(name),
        None => of.text("minProtocolVersion")?,
    };
    // Without a policy it is Azure's default, which depends on the version of the API.
    Ok(Field::seen(name.map(Text::new)))
}
