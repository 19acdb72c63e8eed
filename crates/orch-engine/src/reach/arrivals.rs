//! What is told of the packets that arrive: ranges of ports with shares of the internet and the way there.

use std::collections::BTreeSet;

use orch_model::{Text, Uid};

use super::admission::Admission;
use super::mark::Mark;
use super::path::{Path, keeps_out};
use super::reached::Reached;
use super::tags::platform;
use crate::netset::{Addresses, Line, Packets, Protocol, Share, share_ipv4, share_ipv6};
use crate::value::{Reasons, union};

/// A range of ports at which a part of the internet arrives, or may.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arrival {
    pub(crate) protocol: Protocol,
    pub(crate) from_port: u16,
    pub(crate) to_port: u16,
    pub(crate) ipv4: Share,
    pub(crate) ipv6: Share,
    /// The steps on the way there.
    pub(crate) via: Vec<Text>,
    /// Why it may be more.
    pub(crate) why: Option<Reasons>,
}

/// The numbers of ICMP and ICMPv6.
const ICMP: [u16; 2] = [1, 58];

impl Reached<'_> {
    /// All ways together.
    fn together(&self) -> Admission {
        together(self.paths.iter())
    }

    /// What arrives, sorted by protocol and port; neighbours differ.
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        let paths: Vec<&Path<'_>> = self.paths.iter().collect();
        of_ways(&paths)
    }

    /// Whether load balancers are on some of the ways.
    pub(crate) fn is_balanced(&self) -> bool {
        self.paths.iter().any(|path| !path.direct)
    }

    /// What arrives without a load balancer on the way.
    pub(crate) fn direct(&self) -> Vec<Arrival> {
        let paths: Vec<&Path<'_>> = self.paths.iter().filter(|path| path.direct).collect();
        of_ways(&paths)
    }

    /// The first step that keeps everything out; none where something arrives.
    ///
    /// # Errors
    /// Why it is not known whether something arrives.
    pub(crate) fn blocked_by(&self) -> Result<Option<Text>, Reasons> {
        let together = self.together();
        if !keeps_out(&Admission::sure(together.sure.clone())) {
            return Ok(None);
        }
        if !keeps_out(&together)
            && let Some(why) = together.reasons()
        {
            return Err(why);
        }
        // The way that leads furthest says most.
        let mut furthest: Option<(usize, &Mark<'_>)> = None;
        for path in &self.paths {
            if let Some(mark) = &path.blocked_by
                && furthest.is_none_or(|(passed, _)| path.passed > passed)
            {
                furthest = Some((path.passed, mark));
            }
        }
        Ok(furthest.map(|(_, mark)| Text::new(mark.to_string())))
    }

    /// What arrives through what a firewall admits.
    pub(super) fn through(&self, firewall: &Uid) -> Admission {
        let ways = self.paths.iter().filter_map(|path| through(path, firewall));
        ways.fold(Admission::nothing(), Admission::or)
    }
}

fn together<'p, 's: 'p>(paths: impl Iterator<Item = &'p Path<'s>>) -> Admission {
    paths
        .map(|path| path.lets.clone())
        .fold(Admission::nothing(), Admission::or)
}

fn of_ways(paths: &[&Path<'_>]) -> Vec<Arrival> {
    arrivals(&together(paths.iter().copied()), |line, place, sure| {
        via(paths, line, place, sure)
    })
}

/// The steps by which something arrives at a place; only of what may arrive where nothing does for
/// certain.
fn via(paths: &[&Path<'_>], line: Line, place: u16, sure: bool) -> Vec<Text> {
    let mut via: Vec<Text> = Vec::new();
    for path in paths {
        let arrives = if sure {
            path.lets.sure.clone()
        } else {
            path.lets.possible()
        };
        let Some(sources) = arrives.at(line, place) else {
            continue;
        };
        for step in &path.steps {
            let passes = step.lets.as_ref().is_none_or(|lets| {
                let through = lets.possible();
                let through = through.at(line, place);
                through.is_some_and(|through| !through.intersection(sources).is_empty())
            });
            let told = Text::new(step.mark.to_string());
            if passes && !via.contains(&told) {
                via.push(told);
            }
        }
    }
    via
}

/// What arrives on a way through what a firewall admits; all of what is not known at all.
fn through(path: &Path<'_>, firewall: &Uid) -> Option<Admission> {
    let followed = path.steps.iter().any(|step| step.firewall.is_some());
    if !followed && !path.lets.open.is_empty() {
        return Some(path.lets.clone());
    }
    let own = path
        .steps
        .iter()
        .filter(|step| step.firewall == Some(firewall));
    own.filter_map(|step| step.lets.as_ref())
        .map(|lets| path.lets.and(lets))
        .reduce(Admission::or)
}

/// An admission as ranges of ports; `via` tells the way to a place, and whether something arrives there for
/// certain.
pub(super) fn arrivals(
    together: &Admission,
    via: impl Fn(Line, u16, bool) -> Vec<Text>,
) -> Vec<Arrival> {
    let mut found: Vec<Arrival> = Vec::new();
    if together.is_nothing() {
        return found;
    }
    for line in Line::ALL {
        for (from, to) in pieces(together, line) {
            let Some(mut arrival) = arrival(together, line, (from, to)) else {
                continue;
            };
            let sure = together.sure.at(line, from);
            arrival.via = via(
                line,
                from,
                sure.is_some_and(|sources| !is_platform(sources)),
            );
            match found.last_mut() {
                Some(last) if joins(last, &arrival) => last.to_port = arrival.to_port,
                _ => found.push(arrival),
            }
        }
    }
    let (ports, mut others): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|arrival| matches!(arrival.protocol, Protocol::Tcp | Protocol::Udp));
    others.sort_by_key(|arrival| arrival.protocol);
    let widest = others.chunk_by(|left, right| left.protocol == right.protocol);
    ports
        .into_iter()
        .chain(widest.filter_map(widened))
        .collect()
}

/// What arrives at a piece of a line, if anything does or may.
fn arrival(together: &Admission, line: Line, (from, to): (u16, u16)) -> Option<Arrival> {
    let of_internet = |packets: &'_ Packets| {
        packets
            .at(line, from)
            .filter(|sources| !is_platform(sources))
            .cloned()
    };
    let sure = of_internet(&together.sure);
    let (mut more4, mut more6, mut why) = (false, false, None);
    for open in &together.open {
        let Some(sources) = of_internet(&open.packets) else {
            continue;
        };
        more4 |= !sources.v4.is_empty();
        more6 |= !sources.v6.is_empty();
        why = [why, Some(open.why.clone())]
            .into_iter()
            .flatten()
            .reduce(union);
    }
    if sure.is_none() && why.is_none() {
        return None;
    }
    let share = |known: f64, more: bool| Share {
        known,
        may_be_more: more && known < 1.0,
    };
    let (known4, known6) = sure.map_or((0.0, 0.0), |sources| {
        (share_ipv4(&sources.v4), share_ipv6(&sources.v6))
    });
    Some(Arrival {
        protocol: match line {
            Line::Tcp => Protocol::Tcp,
            Line::Udp => Protocol::Udp,
            Line::Other if ICMP.contains(&from) => Protocol::Icmp,
            Line::Other => Protocol::Other,
        },
        from_port: from,
        to_port: to,
        ipv4: share(known4, more4),
        ipv6: share(known6, more6),
        via: Vec::new(),
        why,
    })
}

/// The line cut wherever anything begins or ends.
fn pieces(together: &Admission, line: Line) -> Vec<(u16, u16)> {
    let sets =
        std::iter::once(&together.sure).chain(together.open.iter().map(|open| &open.packets));
    let stretches = sets.flat_map(|set: &Packets| set.line(line));
    let mut cuts: BTreeSet<u32> = stretches
        .flat_map(|stretch| [u32::from(stretch.from), u32::from(stretch.to) + 1])
        .collect();
    if line == Line::Other {
        // ICMP is told apart from the rest.
        cuts.extend(
            ICMP.iter()
                .flat_map(|number| [u32::from(*number), u32::from(*number) + 1]),
        );
    }
    let cuts: Vec<u32> = cuts.into_iter().collect();
    let piece = |pair: &[u32]| {
        let (from, end) = (*pair.first()?, *pair.last()?);
        Some((u16::try_from(from).ok()?, u16::try_from(end - 1).ok()?))
    };
    cuts.windows(2).filter_map(piece).collect()
}

fn is_platform(sources: &Addresses) -> bool {
    sources.v6.is_empty() && sources.v4.count() <= 1 && *sources == **platform()
}

fn joins(last: &Arrival, next: &Arrival) -> bool {
    last.protocol == next.protocol
        && last.to_port.checked_add(1) == Some(next.from_port)
        && (last.ipv4, last.ipv6) == (next.ipv4, next.ipv6)
        && last.via == next.via
        && last.why == next.why
}

/// One for a protocol whose line is not made of ports: the largest shares on it.
fn widened(several: &[Arrival]) -> Option<Arrival> {
    let larger = |left: Share, right: Share| {
        let known = left.known.max(right.known);
        Share {
            known,
            may_be_more: known < 1.0 && (left.may_be_more || right.may_be_more),
        }
    };
    let mut widest = several.iter().cloned().reduce(|mut widest, next| {
        widest.ipv4 = larger(widest.ipv4, next.ipv4);
        widest.ipv6 = larger(widest.ipv6, next.ipv6);
        for step in next.via {
            if !widest.via.contains(&step) {
                widest.via.push(step);
            }
        }
        widest.why = [widest.why, next.why].into_iter().flatten().reduce(union);
        widest
    })?;
    (widest.from_port, widest.to_port) = (0, u16::MAX);
    Some(widest)
}
