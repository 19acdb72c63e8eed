//! What one rule matches: which protocols and ports, and which sources.

use std::sync::Arc;

use orch_model::kind::{FirewallRule, PrefixList};
use orch_model::{Field, Text};

use super::admission::{Admission, untold};
use super::path::families;
use crate::netset::{Addresses, Line, Packets, TCP, UDP};
use crate::value::{Reasons, union};

/// The numbers of protocols that have names.
const PROTOCOLS: [(&str, u8); 9] = [
    ("ah", 51),
    ("esp", 50),
    ("gre", 47),
    ("icmp", 1),
    ("icmpv6", 58),
    ("ipip", 4),
    ("sctp", 132),
    ("tcp", TCP),
    ("udp", UDP),
];

/// A part of a line.
pub(super) type Stretch = (Line, u16, u16);

/// Protocols and ports that are meant, and why that may not be all of it or less.
pub(super) struct Ports {
    pub(super) on: Vec<Stretch>,
    pub(super) open: Option<Reasons>,
}

/// The parts of the lines that a protocol with ports means. Types of ICMP are not told apart: a rule on one
/// type counts for the protocol.
pub(super) fn ports(protocol: &str, from_port: &Field<i64>, to_port: &Field<i64>) -> Ports {
    let mut open = None;
    let mut port = |field: &Field<i64>, none: i64| match field {
        Field::Value(port) if *port >= 0 => *port,
        Field::Value(_) | Field::None => none,
        Field::NotRead => {
            open = Some(untold("ports", "the provider did not tell"));
            none
        }
    };
    let (from, to) = (port(from_port, 0), port(to_port, i64::from(u16::MAX)));
    let (on, named) = stretches(protocol, from, to);
    if !named {
        open = Some(untold(
            &format!("protocol {protocol}"),
            "its number is not known",
        ));
    }
    // Only lines with ports depend on them.
    let with_ports = on.iter().any(|(line, _, _)| *line != Line::Other);
    Ports {
        on,
        open: open.filter(|_| with_ports || !named),
    }
}

/// Whether the protocol is known by its name is told too.
fn stretches(protocol: &str, from: i64, to: i64) -> (Vec<Stretch>, bool) {
    // What lies behind the last port, or the wrong way round, has no members.
    let (from, to) = match (u16::try_from(from), u16::try_from(to)) {
        (Ok(from), Ok(to)) => (from, to),
        (Ok(from), Err(_)) => (from, u16::MAX),
        (Err(_), _) => (1, 0),
    };
    let number = |number: u8| match number {
        TCP => vec![(Line::Tcp, from, to)],
        UDP => vec![(Line::Udp, from, to)],
        other => vec![(Line::Other, u16::from(other), u16::from(other))],
    };
    let everywhere = || {
        vec![
            (Line::Tcp, from, to),
            (Line::Udp, from, to),
            (Line::Other, 0, 255),
        ]
    };
    let protocol = protocol.to_ascii_lowercase();
    match protocol.as_str() {
        "all" | "-1" => (everywhere(), true),
        name => match PROTOCOLS.iter().find(|(known, _)| *known == name) {
            Some((_, known)) => (number(*known), true),
            None => match name.parse() {
                Ok(known) => (number(known), true),
                Err(_) => (everywhere(), false),
            },
        },
    }
}

/// Sources that are meant, and why there may be more.
#[derive(Clone, Default)]
pub(super) struct Sources {
    pub(super) known: Arc<Addresses>,
    pub(super) open: Option<Reasons>,
}

impl Sources {
    /// The blocks and named lists of a rule.
    pub(super) fn of(rule: &FirewallRule) -> Self {
        let lists = rule.prefix_lists.iter();
        let listed = lists.flat_map(|list| list.blocks.value().into_iter().flatten());
        let known = Addresses::of(rule.blocks.iter().chain(listed));
        Self {
            known: Arc::new(known),
            open: unread(&rule.prefix_lists),
        }
    }

    /// With others.
    #[must_use]
    pub(super) fn and(self, known: &Arc<Addresses>) -> Self {
        Self {
            known: if self.known.is_empty() {
                Arc::clone(known)
            } else {
                Arc::new(self.known.union(known))
            },
            ..self
        }
    }

    /// With some that are not known.
    #[must_use]
    pub(super) fn and_open(self, why: Reasons) -> Self {
        Self {
            open: Some(match self.open {
                Some(open) => union(open, why),
                None => why,
            }),
            ..self
        }
    }

    /// Whether it certainly means nobody.
    pub(super) fn is_nobody(&self) -> bool {
        self.known.is_empty() && self.open.is_none()
    }
}

fn unread(lists: &[PrefixList]) -> Option<Reasons> {
    let unread = lists.iter().filter(|list| list.blocks.is_not_read());
    unread
        .map(|list| {
            let name = format!("prefix list {}", list.id);
            untold(&name, "its address blocks were not read")
        })
        .reduce(union)
}

/// Why it is not certain that a rule matches what its ports and sources say.
fn uncertain(rule: &FirewallRule) -> Option<Reasons> {
    let names: Vec<&str> = rule.unmodelled.iter().map(Text::as_str).collect();
    (!names.is_empty()).then(|| {
        untold(
            &names.join(", "),
            "exposure does not follow this condition of a firewall rule",
        )
    })
}

/// What a rule matches of these sources.
pub(super) fn matches(rule: &FirewallRule, sources: &Sources) -> Admission {
    if sources.is_nobody() {
        return Admission::nothing();
    }
    let Ports { on, open } = ports(&rule.protocol, &rule.from_port, &rule.to_port);
    let certain = Packets::on(&on, &sources.known);
    let more = |why: Reasons| Admission::perhaps(Packets::on(&on, &families(true, true)), why);
    let mut matches = match [open, uncertain(rule)].into_iter().flatten().reduce(union) {
        Some(why) => Admission::perhaps(certain, why),
        None => Admission::sure(certain),
    };
    if let Some(why) = &sources.open {
        matches = matches.or(more(why.clone()));
    }
    matches
}
