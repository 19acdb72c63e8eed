//! exposure: what the internet reaches through a firewall or an ACL by itself.

use std::sync::LazyLock;

use orch_model::kind::{AclEntry, FirewallRule, FirewallStage, NetworkFirewall, RuleAction};
use orch_model::{Body, Cidr, Field, Kind, Resource, Text};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use super::{Fact, FactSpec, Memo};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::netset::{
    Addresses, Allow, Entry, Opening, Openings, Protocols, Run, Source, meets_internet,
    public_ipv4, public_ipv6,
};
use crate::slots::{Asked, Converter};
use crate::value::{Reasons, Value};

/// What the internet reaches, and what reaches the internet.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "it is the schema of the fact; its value is put together by hand"
)]
struct Exposure {
    /// What arriving traffic the firewall admits from the internet. An opening whose shares are not known
    /// may not be there: ask for a share.
    ingress: Vec<OpeningView>,
    /// What leaving traffic the firewall admits to the internet.
    egress: Vec<OpeningView>,
    /// For every share that occurs the maximal ranges of ports that at least this share of the internet
    /// reaches.
    ingress_ranges: Vec<RangeView>,
    /// The same for leaving traffic.
    egress_ranges: Vec<RangeView>,
}

/// A range of ports that a part of the internet reaches. Openings of one protocol share no port.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "it is the schema of an opening; its value is put together by hand"
)]
struct OpeningView {
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

/// The fact, with what is made once for all resources.
pub(super) struct Derivation {
    spec: FactSpec,
    made: LazyLock<Made>,
}

struct Made {
    range: Converter,
    /// The members of the fact in the order of its type, each by its place in [`MEMBERS`].
    members: Vec<usize>,
    /// The members of an opening, each by its place in [`OPENING`].
    opening: Vec<usize>,
}

/// The members of the fact as they are made: both of arriving, then both of leaving traffic.
const MEMBERS: [&str; 4] = ["ingress", "ingress_ranges", "egress", "egress_ranges"];
/// The members of an opening as they are made.
const OPENING: [&str; 6] = [
    "protocol",
    "from_port",
    "to_port",
    "ipv4_share",
    "ipv6_share",
    "via",
];

fn schema() -> Schema {
    schema_for!(Exposure)
}

fn made() -> Made {
    let places = |ty, names: &[&str]| match ty {
        Type::Struct(known) => {
            let place = |name: &str| names.iter().position(|made| *made == name);
            let members = known.members().iter();
            members.filter_map(|member| place(&member.name)).collect()
        }
        _ => Vec::new(),
    };
    Made {
        range: Converter::new(&Type::of::<RangeView>()),
        members: places(Type::of::<Exposure>(), &MEMBERS),
        opening: places(Type::of::<OpeningView>(), &OPENING),
    }
}

/// A struct of the language: values as they are made, in the order of its type.
fn in_order<const N: usize>(mut made: [Value; N], order: &[usize]) -> Value {
    let taken = |place: &usize| made.get_mut(*place).map(std::mem::take);
    Value::Struct(
        order
            .iter()
            .map(taken)
            .map(Option::unwrap_or_default)
            .collect(),
    )
}

pub(super) fn exposure() -> Derivation {
    Derivation {
        spec: FactSpec {
            name: "exposure",
            kinds: &[Kind::NetworkFirewall, Kind::NetworkAcl],
            schema,
            needs: &[],
            about: "What the public internet reaches through it by itself, by exact set arithmetic on \
                    addresses and ports, and what of the internet it reaches.",
        },
        made: LazyLock::new(made),
    }
}

/// The entries of one direction, each with what it was made of.
#[derive(Default)]
struct Direction<'r> {
    wanted: Wanted,
    entries: Vec<Entry>,
    made_of: Vec<MadeOf<'r>>,
}

/// What is asked of one direction.
#[derive(Clone, Copy, Default)]
struct Wanted {
    openings: bool,
    /// The rules that make an opening, which are costly to quote.
    via: bool,
    ranges: bool,
}

impl Wanted {
    fn any(self) -> bool {
        self.openings || self.ranges
    }

    fn of(asked: &Asked, direction: &str) -> Self {
        let ranges = match direction {
            "ingress" => "ingress_ranges",
            _ => "egress_ranges",
        };
        Self {
            openings: asked.reads(&[direction]),
            via: asked.reads(&[direction, "via"]),
            ranges: asked.reads(&[ranges]),
        }
    }
}

/// What an entry was made of, to quote it.
enum MadeOf<'r> {
    Rule(&'r FirewallRule),
    Acl(&'r AclEntry),
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
        _inventory: &Inventory<'s>,
        asked: &Asked,
        _memo: &mut Memo<'s>,
    ) -> Result<Field<Value>, Unseen> {
        let asked = ["ingress", "egress"].map(|direction| Wanted::of(asked, direction));
        let mut both = asked.map(|wanted| Direction {
            wanted,
            ..Direction::default()
        });
        match &resource.body {
            Body::NetworkFirewall(body) => firewall(body, &mut both),
            Body::NetworkAcl(body) => {
                for entry in &body.entries {
                    let direction = &mut both[usize::from(entry.egress)];
                    if let Some(told) = acl_entry(entry) {
                        direction.entries.push(told);
                        direction.made_of.push(MadeOf::Acl(entry));
                    }
                }
            }
            _ => return Ok(Field::NotRead),
        }
        Ok(Field::Value(self.told(&both)))
    }
}

impl Derivation {
    fn told(&self, both: &[Direction<'_>; 2]) -> Value {
        let unread = || {
            Unseen::untold(
                "prefix list or service tag",
                "its address blocks are not known",
            )
            .0
        };
        let mut values = [Value::Null, Value::Null, Value::Null, Value::Null];
        for (place, direction) in both.iter().enumerate() {
            let wanted = &direction.wanted;
            if !wanted.any() {
                continue;
            }
            let openings = Openings::of(&direction.entries);
            if wanted.openings {
                let mut quotes = Vec::new();
                if wanted.via {
                    quotes.resize(direction.made_of.len(), None);
                }
                let seen = openings.0.iter().map(|opening| {
                    let via = if wanted.via {
                        via(opening, &direction.made_of, &mut quotes)
                    } else {
                        Value::Null
                    };
                    self.opening(opening, via, &unread)
                });
                values[2 * place] = Value::list(seen);
            }
            if wanted.ranges {
                values[2 * place + 1] = if openings.is_certain() {
                    let runs = openings.runs();
                    let range = |run| self.made.range.convert(&range(run), &|_: &str| unread());
                    Value::list(runs.iter().map(range))
                } else {
                    Value::Unknown(unread())
                };
            }
        }
        in_order(values, &self.made.members)
    }

    fn opening(&self, opening: &Opening, via: Value, unread: &dyn Fn() -> Reasons) -> Value {
        let made = [
            Value::Text(Text::new_static(opening.protocol.as_str())),
            Value::Int(opening.from_port.into()),
            Value::Int(opening.to_port.into()),
            super::share(opening.ipv4, unread),
            super::share(opening.ipv6, unread),
            via,
        ];
        in_order(made, &self.made.opening)
    }
}

/// Adds the rules of a firewall, in the order in which it asks them.
fn firewall<'r>(body: &'r NetworkFirewall, both: &mut [Direction<'r>; 2]) {
    let both = [&body.ingress, &body.egress].into_iter().zip(both);
    for (rules, direction) in both.filter(|(_, direction)| direction.wanted.any()) {
        let mut asked: Vec<&FirewallRule> = rules.iter().filter(|rule| !rule.disabled).collect();
        if body.stage != FirewallStage::SecurityGroup {
            // A refusal goes before a permission of the same place.
            asked.sort_by_key(|rule| {
                let place = rule.priority.value().copied().unwrap_or(i64::MAX);
                (place, admits(rule, body.stage))
            });
        }
        for rule in asked {
            let entry = if admits(rule, body.stage) {
                allow(rule)
            } else {
                refuse(rule)
            };
            if let Some(entry) = entry {
                direction.entries.push(entry);
                direction.made_of.push(MadeOf::Rule(rule));
            }
        }
    }
}

/// Whether a rule lets through what it matches. One that hands on to the next firewall does not by itself, and
/// what an administrator's rule allows is still asked of the groups.
fn admits(rule: &FirewallRule, stage: FirewallStage) -> bool {
    match rule.action {
        RuleAction::Allow => stage != FirewallStage::AdminRules,
        RuleAction::AlwaysAllow => true,
        RuleAction::Deny | RuleAction::Next => false,
    }
}

/// Whom of the internet a rule names, and whether there may be more.
fn source(rule: &FirewallRule) -> Source {
    let lists = rule.prefix_lists.iter();
    let blocks = lists.flat_map(|list| list.blocks.value().into_iter().flatten());
    // Most rules name private blocks only.
    let nets = rule.blocks.iter().chain(blocks).map(Cidr::net);
    let mut addresses = Addresses::of_nets(nets.filter(|net| meets_internet(*net)));
    let mut unresolved = rule
        .prefix_lists
        .iter()
        .any(|list| list.blocks.is_not_read());
    for peer in &rule.peers {
        let is = |known: &str| peer.eq_ignore_ascii_case(known);
        if is("Internet") {
            addresses = addresses.union(&Addresses {
                v4: public_ipv4().clone(),
                v6: public_ipv6().clone(),
            });
        } else if !NOBODY_OUTSIDE.iter().any(|known| is(known))
            && !["tag:", "account:"].iter().any(|own| peer.starts_with(own))
        {
            unresolved = true;
        }
    }
    Source {
        addresses,
        unresolved,
    }
}

/// Service tags of Azure that stand for nobody on the internet.
const NOBODY_OUTSIDE: [&str; 2] = ["AzureLoadBalancer", "VirtualNetwork"];

/// What a rule lets through; `None` if it names nobody on the internet: only other firewalls.
fn allow(rule: &FirewallRule) -> Option<Entry> {
    let Source {
        mut addresses,
        mut unresolved,
    } = source(rule);
    let may_be_any = !names_protocol(&rule.protocol)
        || rule.from_port.is_not_read()
        || rule.to_port.is_not_read();
    if may_be_any || !rule.unmodelled.is_empty() {
        // A protocol that nobody knows and ports that were not read may be any, and conditions that we do not follow may
        // leave nobody: it is open at most to whom the rule names.
        unresolved |= !addresses.is_empty();
        addresses = Addresses::default();
    }
    if addresses.is_empty() && !unresolved {
        return None;
    }
    Some(entry(rule, true, addresses, unresolved))
}

/// What a rule refuses for certain, to everything that the firewall guards; `None` if that is nothing.
fn refuse(rule: &FirewallRule) -> Option<Entry> {
    let in_part = !rule.local_blocks.is_empty()
        || !rule.members.is_empty()
        || !rule.unmodelled.is_empty()
        || rule.some_source_ports
        || !names_protocol(&rule.protocol)
        || rule.from_port.is_not_read()
        || rule.to_port.is_not_read();
    let addresses = source(rule).addresses;
    (!in_part && !addresses.is_empty()).then(|| entry(rule, false, addresses, false))
}

fn entry(rule: &FirewallRule, allow: bool, addresses: Addresses, unresolved: bool) -> Entry {
    Entry {
        allow,
        what: Allow {
            protocol: rule.protocol.clone(),
            from_port: rule.from_port.value().copied(),
            to_port: rule.to_port.value().copied(),
            source: Source {
                addresses,
                unresolved,
            },
        },
    }
}

/// What an entry of an ACL lets through or refuses; `None` of a refusal of a protocol that nobody knows.
fn acl_entry(entry: &AclEntry) -> Option<Entry> {
    let known = names_protocol(&entry.protocol);
    let addresses = match known {
        true => Addresses::of([&entry.block]),
        false => Addresses::default(),
    };
    (known || entry.allow).then(|| Entry {
        allow: entry.allow,
        what: Allow {
            protocol: entry.protocol.clone(),
            from_port: entry.from_port.value().copied(),
            to_port: entry.to_port.value().copied(),
            source: Source {
                addresses,
                unresolved: !known,
            },
        },
    })
}

fn names_protocol(word: &str) -> bool {
    Protocols::of(word).is_some()
}

impl MadeOf<'_> {
    fn quote(&self) -> Text {
        match self {
            Self::Rule(rule) => {
                let blocks = rule.blocks.iter().map(ToString::to_string);
                let lists = rule.prefix_lists.iter().map(|list| list.id.to_string());
                let named = rule.peers.iter().map(ToString::to_string);
                let peers: Vec<String> = blocks.chain(lists).chain(named).collect();
                let what = what(&rule.protocol, &rule.from_port, &rule.to_port);
                let peers = peers.join(", ");
                Text::new(match rule.name.value() {
                    Some(name) => format!("{name}: {what} {peers}"),
                    None => format!("{what} {peers}"),
                })
            }
            Self::Acl(entry) => {
                let what = what(&entry.protocol, &entry.from_port, &entry.to_port);
                Text::new(format!("{}: {what} {}", entry.number, entry.block))
            }
        }
    }
}

/// Protocol and ports as a person writes them.
fn what(protocol: &str, from_port: &Field<i64>, to_port: &Field<i64>) -> String {
    let port = |port: &Field<i64>| port.value().copied().filter(|port| *port >= 0);
    match (port(from_port), port(to_port)) {
        (Some(0), Some(65_535)) | (None, _) | (_, None) => protocol.to_owned(),
        (Some(from), Some(to)) if from == to => format!("{protocol} {from}"),
        (Some(from), Some(to)) => format!("{protocol} {from}-{to}"),
    }
}

/// The rules that make an opening, each quoted once.
fn via(opening: &Opening, made_of: &[MadeOf<'_>], quotes: &mut [Option<Text>]) -> Value {
    let quote = |at: &usize| {
        let quote = quotes[*at].get_or_insert_with(|| made_of[*at].quote());
        Value::Text(quote.clone())
    };
    Value::List(opening.via.iter().map(quote).collect())
}

fn range(run: &Run) -> RangeView {
    RangeView {
        protocol: run.protocol.as_str(),
        from_port: i64::from(run.from_port),
        to_port: i64::from(run.to_port),
        share: run.share,
        wider_share: run.wider_share,
    }
}
