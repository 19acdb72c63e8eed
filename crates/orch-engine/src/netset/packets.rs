//! An exact set of packets as a receiver sees them: protocol × destination port × source address.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use super::{Addresses, Intervals};

/// The number of TCP.
pub const TCP: u8 = 6;
/// The number of UDP.
pub const UDP: u8 = 17;

/// The lines on which packets lie: ports of TCP, ports of UDP, and the numbers of the protocols that have no
/// ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// The ports of TCP.
    Tcp,
    /// The ports of UDP.
    Udp,
    /// The numbers of the other protocols.
    Other,
}

impl Line {
    /// Every line, in order.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Other];

    /// Where the packets of a protocol to a port lie.
    pub fn place(protocol: u8, port: u16) -> (Self, u16) {
        match protocol {
            TCP => (Self::Tcp, port),
            UDP => (Self::Udp, port),
            other => (Self::Other, u16::from(other)),
        }
    }

    /// The places there are on it. The numbers of TCP and UDP are left out of the last.
    fn places(self) -> &'static [(u16, u16)] {
        match self {
            Self::Tcp | Self::Udp => &[(0, u16::MAX)],
            Self::Other => &[(0, 5), (7, 16), (18, 255)],
        }
    }
}

/// Consecutive places on a line with the sources that are meant at each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The first.
    pub from: u16,
    /// The last, inclusive.
    pub to: u16,
    /// From whom. Never empty.
    pub from_whom: Arc<Addresses>,
}

/// A set of packets. Two sets with the same members are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packets([Vec<Stretch>; 3]);

static EVERYTHING: LazyLock<Packets> =
    LazyLock::new(|| Packets::from_sources(&Arc::new(Addresses::all())));

impl Packets {
    /// The set without members.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Every packet of every source.
    pub fn everything() -> &'static Self {
        &EVERYTHING
    }

    /// Every packet of these sources.
    pub fn from_sources(sources: &Arc<Addresses>) -> Self {
        let mut all = Self::default();
        for line in Line::ALL {
            for (from, to) in line.places() {
                all.push(line, *from, *to, sources);
            }
        }
        all
    }

    /// The packets on these stretches of lines, in any order, from these sources.
    pub fn on(stretches: &[(Line, u16, u16)], sources: &Arc<Addresses>) -> Self {
        let mut set = Self::default();
        for line in Line::ALL {
            let of = stretches.iter().filter(|(of, _, _)| *of == line);
            let places = Intervals::of(of.map(|(_, from, to)| (*from, *to)));
            let places = match line {
                Line::Tcp | Line::Udp => places,
                Line::Other => places.intersection(&Intervals::of(line.places().iter().copied())),
            };
            for (from, to) in places.iter() {
                set.push(line, from, to, sources);
            }
        }
        set
    }

    /// Adds a stretch behind the last of its line.
    fn push(&mut self, line: Line, from: u16, to: u16, from_whom: &Arc<Addresses>) {
        if !from_whom.is_empty() {
            push(&mut self.0[line as usize], from, to, Arc::clone(from_whom));
        }
    }

    /// The stretches of a line, sorted and apart; neighbours differ in their sources.
    pub fn line(&self, line: Line) -> &[Stretch] {
        &self.0[line as usize]
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    /// Whether a packet is a member.
    pub fn contains(&self, protocol: u8, port: u16, from: IpAddr) -> bool {
        let (line, place) = Line::place(protocol, port);
        self.at(line, place)
            .is_some_and(|sources| sources.contains(from))
    }

    /// The sources that are meant at a place.
    pub fn at(&self, line: Line, place: u16) -> Option<&Arc<Addresses>> {
        let stretches = self.line(line);
        let index = stretches.partition_point(|stretch| stretch.to < place);
        stretches
            .get(index)
            .filter(|stretch| stretch.from <= place)
            .map(|stretch| &stretch.from_whom)
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        self.combine(other, |left, right| match (left, right) {
            (Some(left), Some(right)) if same(left, right) => Some(Arc::clone(left)),
            (Some(left), Some(right)) => Some(Arc::new(left.union(right))),
            (one, other) => one.or(other).cloned(),
        })
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, |left, right| match (left, right) {
            (Some(left), Some(right)) if same(left, right) || right.is_all() => {
                Some(Arc::clone(left))
            }
            (Some(left), Some(right)) if left.is_all() => Some(Arc::clone(right)),
            (Some(left), Some(right)) => Some(Arc::new(left.intersection(right))),
            _ => None,
        })
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return self.clone();
        }
        self.combine(other, |left, right| match (left, right) {
            (Some(left), Some(right)) if same(left, right) || right.is_all() => None,
            (Some(left), Some(right)) => Some(Arc::new(left.difference(right))),
            (left, _) => left.cloned(),
        })
    }

    /// Whether there is something in both.
    pub fn meets(&self, other: &Self) -> bool {
        !self.intersection(other).is_empty()
    }

    /// The packets of these sources among it.
    #[must_use]
    pub fn only_from(&self, sources: &Arc<Addresses>) -> Self {
        let mut kept = Self::default();
        for line in Line::ALL {
            for stretch in self.line(line) {
                let both = if sources.is_all() || same(&stretch.from_whom, sources) {
                    Arc::clone(&stretch.from_whom)
                } else if stretch.from_whom.is_all() {
                    Arc::clone(sources)
                } else {
                    Arc::new(stretch.from_whom.intersection(sources))
                };
                kept.push(line, stretch.from, stretch.to, &both);
            }
        }
        kept
    }

    /// The packets on these stretches among it.
    #[must_use]
    pub fn only_on(&self, stretches: &[(Line, u16, u16)]) -> Self {
        self.intersection(&Self::on(stretches, &Arc::new(Addresses::all())))
    }

    /// Every source that is meant somewhere on a stretch.
    pub fn sources(&self, (line, from, to): (Line, u16, u16)) -> Arc<Addresses> {
        let mut all: Option<Arc<Addresses>> = None;
        let inside = |stretch: &&Stretch| stretch.from <= to && from <= stretch.to;
        for stretch in self.line(line).iter().filter(inside) {
            all = Some(match all {
                None => Arc::clone(&stretch.from_whom),
                Some(all) if same(&all, &stretch.from_whom) => all,
                Some(all) => Arc::new(all.union(&stretch.from_whom)),
            });
        }
        all.unwrap_or_default()
    }

    /// Both sets side by side, cut where a stretch of either begins or ends.
    fn combine(
        &self,
        other: &Self,
        with: impl Fn(Option<&Arc<Addresses>>, Option<&Arc<Addresses>>) -> Option<Arc<Addresses>>,
    ) -> Self {
        let mut out = Self::default();
        for line in Line::ALL {
            let (left, right) = (self.line(line), other.line(line));
            let target = &mut out.0[line as usize];
            let (mut l, mut r, mut at) = (0, 0, 0_u32);
            while l < left.len() || r < right.len() {
                let here = |stretch: Option<&Stretch>| {
                    stretch.map_or((u32::MAX, u32::MAX), |stretch| {
                        (u32::from(stretch.from).max(at), u32::from(stretch.to))
                    })
                };
                let (one, two) = (here(left.get(l)), here(right.get(r)));
                let from = one.0.min(two.0);
                // Where the next thing happens: a stretch that lies here ends, or another begins.
                let end = |of: (u32, u32)| if of.0 == from { of.1 } else { of.0 - 1 };
                let to = end(one).min(end(two));
                let side = |of: (u32, u32), stretch: Option<&Stretch>| {
                    stretch
                        .filter(|_| of.0 == from)
                        .map(|stretch| stretch.from_whom.clone())
                };
                let found = with(
                    side(one, left.get(l)).as_ref(),
                    side(two, right.get(r)).as_ref(),
                );
                if let (Some(found), Ok(from), Ok(to)) =
                    (found, u16::try_from(from), u16::try_from(to))
                    && !found.is_empty()
                {
                    push(target, from, to, found);
                }
                at = to + 1;
                l += usize::from(one.1 < at && l < left.len());
                r += usize::from(two.1 < at && r < right.len());
            }
        }
        out
    }
}

/// Adds a stretch behind the last one, or makes that one longer.
fn push(stretches: &mut Vec<Stretch>, from: u16, to: u16, from_whom: Arc<Addresses>) {
    match stretches.last_mut() {
        Some(last) if last.to.checked_add(1) == Some(from) && same(&last.from_whom, &from_whom) => {
            last.to = to;
        }
        _ => stretches.push(Stretch {
            from,
            to,
            from_whom,
        }),
    }
}

/// Sets are shared: mostly one look tells.
fn same(left: &Arc<Addresses>, right: &Arc<Addresses>) -> bool {
    Arc::ptr_eq(left, right) || left == right
}

#[cfg(test)]
mod tests {
    use orch_model::Cidr;
    use proptest::prelude::*;

    use super::*;

    fn sources(blocks: &[&str]) -> Arc<Addresses> {
        let blocks: Vec<Cidr> = blocks.iter().map(|block| block.parse().unwrap()).collect();
        Arc::new(Addresses::of(&blocks))
    }

    type Rect = (u8, u16, u16, u8);

    const BLOCKS: [&str; 5] = ["0.0.0.0/0", "8.0.0.0/8", "128.0.0.0/1", "::/0", "2600::/16"];

    fn some() -> impl Strategy<Value = Vec<Rect>> {
        let port = prop_oneof![0u16..8, (u16::MAX - 3)..=u16::MAX];
        prop::collection::vec((0u8..3, port.clone(), port, 0u8..5), 0..5)
    }

    fn set(rects: &[Rect]) -> Packets {
        rects
            .iter()
            .fold(Packets::nothing(), |set, (line, from, to, block)| {
                let line = Line::ALL[usize::from(*line)];
                let stretch = [(line, *from, *to)];
                set.union(&Packets::on(
                    &stretch,
                    &sources(&[BLOCKS[usize::from(*block)]]),
                ))
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn sets_agree_with_membership(a in some(), b in some()) {
            let (x, y) = (set(&a), set(&b));
            let (union, both, rest) = (x.union(&y), x.intersection(&y), x.difference(&y));
            for protocol in [6, 17, 0, 1, 5, 7, 58, 255] {
                for port in (0..9).chain(u16::MAX - 4..=u16::MAX) {
                    for from in ["8.8.8.8", "9.9.9.9", "200.1.1.1", "2600::1", "2a00::1"] {
                        let from: IpAddr = from.parse().unwrap();
                        let is = |set: &Packets| set.contains(protocol, port, from);
                        prop_assert_eq!(is(&union), is(&x) || is(&y));
                        prop_assert_eq!(is(&both), is(&x) && is(&y));
                        prop_assert_eq!(is(&rest), is(&x) && !is(&y));
                    }
                }
            }
            prop_assert_eq!(rest.union(&both), x.clone());
            prop_assert_eq!(x.union(&y), y.union(&x));
            prop_assert_eq!(x.meets(&y), !both.is_empty());
        }
    }

    #[test]
    fn everything_has_every_protocol_once() {
        let all = Packets::everything();
        assert!(all.contains(47, 9, "8.8.8.8".parse().unwrap()));
        assert!(all.contains(6, 65_535, "2600::1".parse().unwrap()));
        assert!(
            all.at(Line::Other, 6).is_none(),
            "that is on the line of TCP"
        );
        assert_eq!(all.difference(all), Packets::nothing());
        assert_eq!(all.only_from(&sources(&[])), Packets::nothing());
    }
}
