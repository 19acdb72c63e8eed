//! exposure: what the internet reaches through a firewall, an ACL, or the firewalls of an interface.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use orch_model::kind::{AclEntry, FirewallRule};
use orch_model::{Body, Dataset, Field, Kind, Reason, Resource, Text, Uid};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use super::{Fact, FactSpec};
use crate::inventory::{Inventory, Unseen};
use crate::netset::{Addresses, Allow, Entry, Opening, Openings, Run, Share, Source};
use crate::slots::Converter;
use crate::value::{Reasons, Value};

/// What the internet reaches, and what reaches the internet.
#[derive(Serialize, JsonSchema)]
struct Exposure {
    /// What arriving traffic the firewall admits from the internet.
    ingress: Vec<OpeningView>,
    /// What leaving traffic the firewall admits to the internet.
    egress: Vec<OpeningView>,
    /// For every share that occurs the maximal ranges of ports that at least this share of the internet
    /// reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<RangeView>")]
    ingress_ranges: Option<Vec<RangeView>>,
    /// The same for leaving traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<RangeView>")]
    egress_ranges: Option<Vec<RangeView>>,
}

/// A range of ports that a part of the internet reaches. Openings of one protocol share no port.
#[derive(Serialize, JsonSchema)]
struct OpeningView {
    /// `tcp`, `udp`, `icmp` or `other`.
    protocol: &'static str,
    /// First port; 0 for protocols without ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    from_port: Option<i64>,
    /// Last port, inclusive; 65535 for protocols without ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    to_port: Option<i64>,
    /// Part of the public IPv4 internet, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    ipv4_share: Option<f64>,
    /// Part of the public IPv6 internet, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    ipv6_share: Option<f64>,
    /// The rules that make it, quoted.
    via: Vec<Text>,
}

/// A maximal range of ports that a part of the internet reaches.
#[derive(Serialize, JsonSchema)]
struct RangeView {
    /// `tcp`, `udp`, `icmp` or `other`.
    protocol: &'static str,
    /// First port.
    from_port: i64,
    /// Last port, inclusive.
    to_port: i64,
    /// The least share of IPv4 or IPv6, whichever is larger at a port, over its ports.
    share: f64,
    /// The share of the next wider range around it; 0 when it lies in none.
    wider_share: f64,
}

/// The fact. Its converter is made once.
pub(super) struct Derivation {
    spec: FactSpec,
    converter: LazyLock<Converter>,
}

fn schema() -> Schema {
    schema_for!(Exposure)
}

/// The fact for the table; `needs` is empty for what is decided by the resource alone.
fn of(kinds: &'static [Kind], needs: &'static [Dataset]) -> Derivation {
    Derivation {
        spec: FactSpec {
            name: "exposure",
            kinds,
            schema,
            needs,
            about: "What the public internet reaches through it, by exact set arithmetic on addresses \
                    and ports, and what of the internet it reaches.",
        },
        converter: LazyLock::new(|| Converter::new(&crate::lang::Type::of::<Exposure>())),
    }
}

/// Of a firewall or an ACL: decided by itself.
pub(super) fn own() -> Derivation {
    of(&[Kind::NetworkFirewall, Kind::NetworkAcl], &[])
}

/// Of what firewalls guard: the union over them.
pub(super) fn guarded() -> Derivation {
    of(
        &[Kind::NetworkInterface, Kind::ComputeInstance],
        &[Dataset::Kind(Kind::NetworkFirewall)],
    )
}

/// The entries of one direction, and why there may be more of them.
#[derive(Default)]
struct Direction {
    entries: Vec<Entry>,
    missing: BTreeSet<Reason>,
}

impl Fact for Derivation {
    fn spec(&self) -> &FactSpec {
        &self.spec
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let mut both = [Direction::default(), Direction::default()];
        match &resource.body {
            Body::NetworkFirewall(body) => firewall(&body.ingress, &body.egress, None, &mut both),
            Body::NetworkAcl(body) => {
                for entry in &body.entries {
                    both[usize::from(entry.egress)]
                        .entries
                        .push(acl_entry(entry));
                }
            }
            Body::NetworkInterface(body) => guards(resource, &body.firewalls, inventory, &mut both),
            Body::ComputeInstance(body) => guards(resource, &body.firewalls, inventory, &mut both),
            _ => return Ok(Field::NotRead),
        }
        Ok(Field::Value(self.told(&both)))
    }
}

impl Derivation {
    fn told(&self, both: &[Direction; 2]) -> Value {
        let openings = both
            .each_ref()
            .map(|direction| Openings::of(&direction.entries));
        let [ingress, egress] = openings.each_ref().map(views);
        let [ingress_ranges, egress_ranges] = openings.each_ref().map(ranges);
        let exposure = Exposure {
            ingress,
            egress,
            ingress_ranges,
            egress_ranges,
        };
        let reasons = both.each_ref().map(|direction| -> Reasons {
            Arc::new(if direction.missing.is_empty() {
                Unseen::untold("prefix list", "its address blocks were not read").0
            } else {
                direction.missing.clone()
            })
        });
        self.converter.convert(&exposure, &|path: &str| {
            reasons[usize::from(path.starts_with("egress"))].clone()
        })
    }
}

/// The rules of the firewalls that guard a resource; one that was not read may admit everything.
fn guards(
    resource: &Resource,
    firewalls: &[Uid],
    inventory: &Inventory<'_>,
    both: &mut [Direction; 2],
) {
    for uid in firewalls {
        if let Some(Body::NetworkFirewall(body)) = inventory.get(uid).map(|found| &found.body) {
            firewall(&body.ingress, &body.egress, Some(uid), both);
            continue;
        }
        let missing = super::not_found(uid, Kind::NetworkFirewall, resource, inventory);
        for direction in &mut *both {
            direction.missing.extend(missing.0.iter().cloned());
            direction.entries.push(anything(uid));
        }
    }
}

/// Stands for the rules of a firewall that was not read.
fn anything(uid: &Uid) -> Entry {
    Entry {
        allow: true,
        what: Allow {
            protocol: "all".into(),
            from_port: None,
            to_port: None,
            source: Source {
                addresses: Addresses::default(),
                unresolved: true,
            },
            quote: Text::new(format!("{} (not read)", uid.short())),
        },
    }
}

fn firewall(
    ingress: &[FirewallRule],
    egress: &[FirewallRule],
    of: Option<&Uid>,
    both: &mut [Direction; 2],
) {
    for (rules, direction) in [ingress, egress].into_iter().zip(both) {
        direction
            .entries
            .extend(rules.iter().filter_map(|rule| allow(rule, of)));
    }
}

/// A firewall rule as an entry; none when it names no addresses at all.
fn allow(rule: &FirewallRule, of: Option<&Uid>) -> Option<Entry> {
    let lists = rule.prefix_lists.iter();
    let blocks = lists.flat_map(|list| list.blocks.value().into_iter().flatten());
    let addresses = Addresses::of(rule.blocks.iter().chain(blocks));
    let unresolved = rule
        .prefix_lists
        .iter()
        .any(|list| list.blocks.is_not_read())
        || rule.from_port.is_not_read()
        || rule.to_port.is_not_read();
    if addresses.is_empty() && !unresolved {
        return None;
    }
    let mut peers: Vec<String> = rule.blocks.iter().map(ToString::to_string).collect();
    peers.extend(rule.prefix_lists.iter().map(|list| list.id.to_string()));
    let (from_port, to_port) = (rule.from_port.value(), rule.to_port.value());
    let of = of
        .map(|uid| format!(" in {}", uid.short()))
        .unwrap_or_default();
    let what = what(&rule.protocol, from_port.copied(), to_port.copied());
    Some(Entry {
        allow: true,
        what: Allow {
            protocol: rule.protocol.clone(),
            from_port: from_port.copied(),
            to_port: to_port.copied(),
            // Ports that were not read may be any, and for whoever the rule names.
            source: if rule.from_port.is_not_read() || rule.to_port.is_not_read() {
                Source {
                    addresses: Addresses::default(),
                    unresolved,
                }
            } else {
                Source {
                    addresses,
                    unresolved,
                }
            },
            quote: Text::new(format!("{what} {}{of}", peers.join(", "))),
        },
    })
}

fn acl_entry(entry: &AclEntry) -> Entry {
    let (from_port, to_port) = (entry.from_port.value(), entry.to_port.value());
    let what = what(&entry.protocol, from_port.copied(), to_port.copied());
    Entry {
        allow: entry.allow,
        what: Allow {
            protocol: entry.protocol.clone(),
            from_port: from_port.copied(),
            to_port: to_port.copied(),
            source: Source {
                addresses: Addresses::of([&entry.block]),
                unresolved: false,
            },
            quote: Text::new(format!("{}: {what} {}", entry.number, entry.block)),
        },
    }
}

/// Protocol and ports as a person writes them.
fn what(protocol: &str, from_port: Option<i64>, to_port: Option<i64>) -> String {
    match (
        from_port.filter(|port| *port >= 0),
        to_port.filter(|port| *port >= 0),
    ) {
        (Some(0), Some(65_535)) | (None, _) | (_, None) => protocol.to_owned(),
        (Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
        (Some(from), Some(to)) => format!("{protocol} {from}-{to}"),
    }
}

fn views(openings: &Openings) -> Vec<OpeningView> {
    let share = |share: Share| (!share.may_be_more).then_some(share.known);
    openings
        .0
        .iter()
        .map(|opening: &Opening| OpeningView {
            protocol: opening.protocol.as_str(),
            // Where nothing is known to be open, neither are the ports at which it may be.
            from_port: opening.certain().then(|| i64::from(opening.from_port)),
            to_port: opening.certain().then(|| i64::from(opening.to_port)),
            ipv4_share: share(opening.ipv4),
            ipv6_share: share(opening.ipv6),
            via: opening.via.clone(),
        })
        .collect()
}

/// The ranges, unless something that could not be resolved may widen them.
fn ranges(openings: &Openings) -> Option<Vec<RangeView>> {
    openings.is_certain().then(|| {
        let view = |run: Run| RangeView {
            protocol: run.protocol.as_str(),
            from_port: i64::from(run.from_port),
            to_port: i64::from(run.to_port),
            share: run.share,
            wider_share: run.wider_share,
        };
        openings.runs().into_iter().map(view).collect()
    })
}
