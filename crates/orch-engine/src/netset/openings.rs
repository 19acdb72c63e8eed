//! What a list of firewall entries opens to the public internet: disjoint ranges of ports with the exact
//! share of the internet that reaches them.

use std::borrow::Cow;
use std::fmt;

use orch_model::Text;

use super::public::{share, share_of_inside};
use super::{Addresses, Intervals, Point, Protocols, TCP, UDP, public_ipv4, public_ipv6};

/// A protocol as far as questions about openings tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP and ICMPv6, without regard to types.
    Icmp,
    /// Any other protocol.
    Other,
}

impl Protocol {
    /// Every protocol, in order.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Udp, Self::Icmp, Self::Other];

    /// The word that rules see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who is meant by an entry.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The addresses that are known.
    pub addresses: Addresses,
    /// Whether there may be more: a prefix list that could not be resolved.
    pub unresolved: bool,
}

/// What an entry lets through: one protocol on a range of ports for some addresses.
#[derive(Debug, Clone)]
pub struct Allow {
    /// A word that [`Protocols::of`] knows; any other means every protocol.
    pub protocol: Text,
    /// First port (ICMP: type); `None` or negative means all.
    pub from_port: Option<i64>,
    /// Last port (ICMP: code); `None` or negative means all.
    pub to_port: Option<i64>,
    /// For whom.
    pub source: Source,
}

/// One entry of an ordered list; in a list without refusals the order does not matter.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whether it lets through; otherwise it refuses what no entry before it decided.
    pub allow: bool,
    /// What.
    pub what: Allow,
}

/// A part of the internet of which a lower bound is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The part that is known to be covered, 0 to 1.
    pub known: f64,
    /// Whether it may be more. Never true of a share of 1.
    pub may_be_more: bool,
}

/// A range of ports that some part of the internet reaches, or may reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The protocol.
    pub protocol: Protocol,
    /// First port; 0 for protocols without ports.
    pub from_port: u16,
    /// Last port, inclusive; 65535 for protocols without ports.
    pub to_port: u16,
    /// How much of the IPv4 internet.
    pub ipv4: Share,
    /// How much of the IPv6 internet.
    pub ipv6: Share,
    /// The entries that make it, by their place in the list.
    pub via: Vec<usize>,
}

impl Opening {
    /// Whether it is there for certain, however little it admits.
    pub fn certain(&self) -> bool {
        self.ipv4.known > 0.0 || self.ipv6.known > 0.0
    }

    /// The larger of the two shares.
    fn world(&self) -> f64 {
        self.ipv4.known.max(self.ipv6.known)
    }
}

/// A maximal range of ports each of which at least this share of one family's internet reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The protocol.
    pub protocol: Protocol,
    /// First port.
    pub from_port: u16,
    /// Last port, inclusive.
    pub to_port: u16,
    /// The least share of IPv4 or IPv6, whichever is larger at a port, over its ports.
    pub share: f64,
    /// The share of the next wider run around it; 0 when it lies in none.
    pub wider_share: f64,
}

/// The openings of a list of entries, disjoint, merged and sorted by protocol and port.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Openings(pub Vec<Opening>);

/// The runs of openings at every share that occurs, wider ones first.
pub type Runs = Vec<Run>;

/// ICMP types are kept apart while refusals are weighed: types of ICMPv6 follow those of ICMP.
const ICMPV6_TYPES: u16 = 256;
/// The protocol numbers that are neither ICMP, TCP, UDP nor ICMPv6.
const OTHER_PROTOCOLS: [(u16, u16); 5] = [(0, 0), (2, 5), (7, 16), (18, 57), (59, 255)];

/// The places an entry speaks of, on the line of its protocol: ports, ICMP types, protocol numbers.
fn places(entry: &Entry, out: &mut Vec<(Protocol, u16, u16)>) {
    let what = &entry.what;
    let first = what.from_port.filter(|port| *port >= 0);
    let last = what.to_port.filter(|port| *port >= 0);
    let port = |port: i64| u16::try_from(port).unwrap_or(u16::MAX);
    let ports = (first.map_or(0, port), last.map_or(u16::MAX, port));
    let mut icmp = |base: u16| {
        // A refusal of one code leaves the type's other codes open.
        if entry.allow || last.is_none() || first.is_none() {
            let kind = first.map(|kind| u16::try_from(kind.min(255)).unwrap_or(255));
            out.push((
                Protocol::Icmp,
                base + kind.unwrap_or(0),
                base + kind.unwrap_or(ICMPV6_TYPES - 1),
            ));
        }
    };
    match Protocols::of(&what.protocol) {
        Some(Protocols::One(TCP)) => out.push((Protocol::Tcp, ports.0, ports.1)),
        Some(Protocols::One(UDP)) => out.push((Protocol::Udp, ports.0, ports.1)),
        Some(Protocols::One(1)) => icmp(0),
        Some(Protocols::One(58)) => icmp(ICMPV6_TYPES),
        Some(Protocols::One(number)) => {
            out.push((Protocol::Other, number.into(), number.into()));
        }
        Some(Protocols::All) | None => {
            out.push((Protocol::Tcp, 0, u16::MAX));
            out.push((Protocol::Udp, 0, u16::MAX));
            out.push((Protocol::Icmp, 0, 2 * ICMPV6_TYPES - 1));
            out.extend(OTHER_PROTOCOLS.map(|(from, to)| (Protocol::Other, from, to)));
        }
    }
}

/// What an entry covers of the public internet of one family.
struct Family<T: Point> {
    set: Cow<'static, Intervals<T>>,
    share: f64,
}

impl<T: Point> Family<T> {
    fn of(set: &Intervals<T>, world: &'static Intervals<T>) -> Self {
        if set.is_everything() {
            // The usual source of a wide rule; nothing has to be cut.
            return Self {
                set: Cow::Borrowed(world),
                share: 1.0,
            };
        }
        let set = set.intersection(world);
        let share = share_of_inside(&set, world);
        Self {
            set: Cow::Owned(set),
            share,
        }
    }
}

/// What an entry covers of the public internet.
struct Public {
    v4: Family<u32>,
    v6: Family<u128>,
}

impl Openings {
    /// What the entries open to the public internet, the first that matches deciding.
    pub fn of(entries: &[Entry]) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let public: Vec<Public> = entries
            .iter()
            .map(|entry| {
                let Addresses { v4, v6 } = &entry.what.source.addresses;
                Public {
                    v4: Family::of(v4, public_ipv4()),
                    v6: Family::of(v6, public_ipv6()),
                }
            })
            .collect();
        let mut covers: Vec<(Protocol, u16, u16, usize)> = Vec::new();
        let mut places_of_entry = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            // Who is nowhere on the internet neither opens nor closes anything to it.
            let nobody = public[index].v4.set.is_empty() && public[index].v6.set.is_empty();
            if nobody && !entry.what.source.unresolved {
                continue;
            }
            places(entry, &mut places_of_entry);
            covers.extend(
                places_of_entry
                    .drain(..)
                    .map(|(protocol, from, to)| (protocol, from, to, index)),
            );
        }
        let mut openings = Vec::new();
        for protocol in Protocol::ALL {
            let lines: Vec<(u16, u16, usize)> = covers
                .iter()
                .filter(|(of, from, to, _)| *of == protocol && from <= to)
                .map(|(_, from, to, index)| (*from, *to, *index))
                .collect();
            let weigh = |(from, to, covering): (u16, u16, Vec<usize>)| {
                weigh(protocol, (from, to), entries, &public, &covering)
            };
            let ports = matches!(protocol, Protocol::Tcp | Protocol::Udp);
            match lines.as_slice() {
                [] => {}
                // One entry for all ports, or for all of a protocol without ports: the usual case.
                [(from, to, index)] if ports => {
                    openings.extend(weigh((*from, *to, vec![*index])));
                }
                [(_, _, first), rest @ ..]
                    if !ports && rest.iter().all(|(_, _, index)| index == first) =>
                {
                    openings.extend(weigh((0, u16::MAX, vec![*first])));
                }
                several => {
                    let found = stretches(several).into_iter().filter_map(weigh);
                    if ports {
                        merge(found, &mut openings);
                    } else {
                        openings.extend(widest(found));
                    }
                }
            }
        }
        Self(openings)
    }

    /// Whether nothing that could not be resolved may make it more.
    pub fn is_certain(&self) -> bool {
        !self.0.iter().any(|opening| {
            opening.world() < 1.0 && (opening.ipv4.may_be_more || opening.ipv6.may_be_more)
        })
    }

    /// Notes that entries are missing: every share that is not 1 may be more.
    pub fn may_be_more(&mut self) {
        for opening in &mut self.0 {
            for share in [&mut opening.ipv4, &mut opening.ipv6] {
                share.may_be_more |= share.known < 1.0;
            }
        }
    }

    /// The runs at every share that occurs.
    pub fn runs(&self) -> Runs {
        let mut runs = Vec::new();
        for protocol in Protocol::ALL {
            let line: Vec<(u16, u16, f64)> = self
                .0
                .iter()
                .filter(|opening| opening.protocol == protocol && opening.certain())
                .map(|opening| (opening.from_port, opening.to_port, opening.world()))
                .collect();
            for stretch in line.chunk_by(|left, right| left.1.checked_add(1) == Some(right.0)) {
                levels(protocol, stretch, 0.0, &mut runs);
            }
        }
        runs
    }
}

/// The run over all of `stretch`, then those inside it that reach a larger share.
fn levels(protocol: Protocol, stretch: &[(u16, u16, f64)], wider_share: f64, runs: &mut Runs) {
    let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else {
        return;
    };
    let share = stretch
        .iter()
        .map(|part| part.2)
        .fold(f64::INFINITY, f64::min);
    runs.push(Run {
        protocol,
        from_port: first.0,
        to_port: last.1,
        share,
        wider_share,
    });
    for part in stretch.split(|part| part.2 <= share) {
        levels(protocol, part, share, runs);
    }
}

/// Cuts the line at every place where a covering entry begins or ends: the stretches between, each with the
/// entries that cover it, in their order.
fn stretches(lines: &[(u16, u16, usize)]) -> Vec<(u16, u16, Vec<usize>)> {
    let mut cuts: Vec<u32> = lines
        .iter()
        .flat_map(|(from, to, _)| [u32::from(*from), u32::from(*to) + 1])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let stretch = |pair: &[u32]| {
        let (from, to) = (
            u16::try_from(pair[0]).ok()?,
            u16::try_from(pair[1] - 1).ok()?,
        );
        let covering = lines
            .iter()
            .filter(|(first, last, _)| *first <= from && to <= *last);
        Some((from, to, covering.map(|(_, _, index)| *index).collect()))
    };
    cuts.windows(2).filter_map(stretch).collect()
}

/// The opening that the covering entries, in their order, make of a stretch, if it admits anybody or may.
fn weigh(
    protocol: Protocol,
    (from_port, to_port): (u16, u16),
    entries: &[Entry],
    public: &[Public],
    covering: &[usize],
) -> Option<Opening> {
    let ordered = covering.iter().any(|index| !entries[*index].allow);
    let mut via: Vec<usize> = Vec::new();
    let allows = |index: usize| entries[index].allow;
    let (known4, known6) = if ordered {
        (
            first_match(
                covering,
                allows,
                |index| &public[index].v4,
                public_ipv4(),
                &mut via,
            ),
            first_match(
                covering,
                allows,
                |index| &public[index].v6,
                public_ipv6(),
                &mut via,
            ),
        )
    } else {
        (
            union(covering, |index| &public[index].v4, public_ipv4(), &mut via),
            union(covering, |index| &public[index].v6, public_ipv6(), &mut via),
        )
    };
    let open = covering.iter().filter(|index| {
        let entry = &entries[**index];
        entry.allow && entry.what.source.unresolved
    });
    let before = via.len();
    via.extend(open);
    let unresolved = via.len() > before;
    if via.is_empty() {
        return None;
    }
    via.sort_unstable();
    via.dedup();
    let share = |known| Share {
        known,
        may_be_more: unresolved && known < 1.0,
    };
    Some(Opening {
        protocol,
        from_port,
        to_port,
        ipv4: share(known4),
        ipv6: share(known6),
        via,
    })
}

/// The share that entries admit of which every one counts; those that admit somebody are added to `via`.
fn union<'p, T: Point>(
    covering: &[usize],
    family: impl Fn(usize) -> &'p Family<T>,
    world: &Intervals<T>,
    via: &mut Vec<usize>,
) -> f64 {
    let some: Vec<usize> = covering
        .iter()
        .copied()
        .filter(|index| !family(*index).set.is_empty())
        .collect();
    via.extend(&some);
    let widest = some
        .iter()
        .map(|index| family(*index).share)
        .fold(0.0, f64::max);
    match some.as_slice() {
        [] => 0.0,
        // Mostly one entry is for everybody, or all entries name the same blocks.
        [first, rest @ ..]
            if widest == 1.0
                || rest
                    .iter()
                    .all(|index| family(*index).set == family(*first).set) =>
        {
            widest
        }
        several => share(
            &Intervals::of(several.iter().flat_map(|index| family(*index).set.iter())),
            world,
        ),
    }
}

/// The share that entries admit of which the first that matches decides; those that admit somebody are added
/// to `via`.
fn first_match<'p, T: Point>(
    covering: &[usize],
    allows: impl Fn(usize) -> bool,
    family: impl Fn(usize) -> &'p Family<T>,
    world: &Intervals<T>,
    via: &mut Vec<usize>,
) -> f64 {
    let (mut open, mut decided) = (Intervals::empty(), Intervals::empty());
    for index in covering.iter().copied() {
        let Family { set, share } = family(index);
        if set.is_empty() {
            continue;
        }
        if *share == 1.0 && decided.is_empty() {
            // Everybody is decided at once: the usual first entry.
            if allows(index) {
                via.push(index);
                return 1.0;
            }
            return 0.0;
        }
        let matched = set.difference(&decided);
        if matched.is_empty() {
            continue;
        }
        if allows(index) {
            via.push(index);
            open = open.union(&matched);
        }
        decided = decided.union(set);
        if decided == *world {
            break;
        }
    }
    share(&open, world)
}

/// Adds openings, joining neighbours that admit the same share.
fn merge(found: impl Iterator<Item = Opening>, openings: &mut Vec<Opening>) {
    for opening in found {
        match openings.last_mut() {
            Some(last)
                if last.protocol == opening.protocol
                    && last.to_port.checked_add(1) == Some(opening.from_port)
                    && last.ipv4 == opening.ipv4
                    && last.ipv6 == opening.ipv6 =>
            {
                last.to_port = opening.to_port;
                add(last, opening.via);
            }
            _ => openings.push(opening),
        }
    }
}

/// One opening for a protocol whose line is not made of ports: the largest shares on it.
fn widest(found: impl Iterator<Item = Opening>) -> Option<Opening> {
    let mut widest = found.reduce(|mut widest, opening| {
        widest.ipv4 = larger(widest.ipv4, opening.ipv4);
        widest.ipv6 = larger(widest.ipv6, opening.ipv6);
        add(&mut widest, opening.via);
        widest
    })?;
    (widest.from_port, widest.to_port) = (0, u16::MAX);
    Some(widest)
}

fn larger(left: Share, right: Share) -> Share {
    let known = left.known.max(right.known);
    Share {
        known,
        may_be_more: known < 1.0 && (left.may_be_more || right.may_be_more),
    }
}

fn add(opening: &mut Opening, via: Vec<usize>) {
    if opening.via != via {
        opening.via.extend(via);
        opening.via.sort_unstable();
        opening.via.dedup();
    }
}

#[cfg(test)]
#[path = "openings_tests.rs"]
mod tests;
