//! What one rule matches: which protocols and ports, and which sources.

use std::sync::Arc;

use orch_model::kind::{FirewallRule, PrefixList};
use orch_model::{Field, Text};

use super::admission::{Admission, untold};
use super::path::families;
use crate::netset::{Addresses, Line, Packets, Protocols, TCP, UDP};
use crate::value::{Reasons, union};

/// A part of a line.
pub(super) type Stretch = (Line, u16, u16);

/// Protocols and ports that are meant.
pub(super) struct Ports {
    /// For certain.
    pub(super) on: Vec<Stretch>,
    /// Perhaps, and why.
    pub(super) open: Option<(Vec<Stretch>, Reasons)>,
}

impl Ports {
    /// Those that are meant by packets of these sources.
    pub(super) fn from(&self, sources: &Arc<Addresses>) -> Admission {
        let sure = Admission::sure(Packets::on(&self.on, sources));
        match &self.open {
            None => sure,
            Some((on, why)) => sure.or(Admission::perhaps(Packets::on(on, sources), why.clone())),
        }
    }
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
    let Some(why) = open else {
        return Ports { on, open: None };
    };
    // Only lines with ports depend on them.
    let (on, open) = on
        .into_iter()
        .partition(|(line, _, _)| named && *line == Line::Other);
    Ports {
        on,
        open: Some((open, why)),
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
    match Protocols::of(protocol) {
        Some(Protocols::All) => (everywhere(), true),
        Some(Protocols::One(one)) => (number(one), true),
        None => (everywhere(), false),
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
        let open = [unread(&rule.prefix_lists), unnamed(rule)];
        Self {
            known: Arc::new(known),
            open: open.into_iter().flatten().reduce(union),
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

/// Why it is not certain whom a rule means that names nobody: a condition may be all that tells it.
pub(super) fn unnamed(rule: &FirewallRule) -> Option<Reasons> {
    let nobody = rule.blocks.is_empty()
        && rule.prefix_lists.is_empty()
        && rule.peers.is_empty()
        && rule.firewalls.is_empty();
    uncertain(rule).filter(|_| nobody)
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
    let ports = ports(&rule.protocol, &rule.from_port, &rule.to_port);
    let mut matches = ports.from(&sources.known);
    if let Some(why) = &sources.open {
        let everybody = ports.from(&families(true, true));
        matches = matches.or(Admission::perhaps(everybody.possible(), why.clone()));
    }
    match uncertain(rule) {
        Some(why) => matches.and(&Admission::unknown(why)),
        None => matches,
    }
}
