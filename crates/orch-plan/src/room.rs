//! When an owner has room for a task: the first free days that are long enough, found without a walk over all of them.

use std::collections::{BTreeMap, BTreeSet};

/// The days on which one owner could do one task more.
///
/// Stretches of equal load and the gaps that they form are kept apart: a task fits into a gap, whatever the load in it
/// is, and raises the load of the stretches that it covers. Days with no room are in neither. Gaps are sorted by the
/// power of two of their length too, so that those too short are not looked at one by one.
pub(crate) struct Room {
    limit: u32,
    /// By first day: the day after the last, and how many tasks are done on each.
    loads: BTreeMap<u32, (u32, u32)>,
    /// By first day: the day after the last.
    gaps: BTreeMap<u32, u32>,
    /// The first days of gaps, by the power of two of their length.
    by_length: Vec<BTreeSet<u32>>,
}

impl Room {
    pub(crate) fn new(limit: u32) -> Self {
        let mut room = Self {
            limit: limit.max(1),
            loads: BTreeMap::from([(0, (u32::MAX, 0))]),
            gaps: BTreeMap::new(),
            by_length: vec![BTreeSet::new(); u32::BITS as usize],
        };
        room.add_gap(0, u32::MAX);
        room
    }

    /// The first day from which on there is room for so many.
    pub(crate) fn find(&self, from: u32, days: u32) -> u32 {
        if days == 0 {
            return from;
        }
        let around = self.gaps.range(..=from).next_back();
        if around.is_some_and(|(_, end)| *end > from && end - from >= days) {
            return from;
        }
        let class = class(days);
        // Every gap of a higher class is long enough; of its own some are.
        let its = self.by_length[class].range(from..);
        let its = its.copied().find(|start| self.gaps[start] - start >= days);
        let higher = self.by_length.iter().skip(class + 1);
        let higher = higher.filter_map(|starts| starts.range(from..).next().copied());
        its.into_iter().chain(higher).min().unwrap_or(u32::MAX)
    }

    /// Fills these days with one task more; where there is no room left it changes nothing.
    pub(crate) fn take(&mut self, start: u32, end: u32) {
        if start >= end {
            return;
        }
        self.split(start);
        self.split(end);
        let covered: Vec<(u32, u32, u32)> = self
            .loads
            .range(start..end)
            .map(|(first, (last, load))| (*first, *last, load + 1))
            .collect();
        for (first, last, load) in covered {
            if load < self.limit {
                self.loads.insert(first, (last, load));
            } else {
                self.loads.remove(&first);
                self.close(first, last);
            }
        }
    }

    /// Cuts the stretch that holds a day in two, so that one begins there.
    fn split(&mut self, day: u32) {
        let Some((first, (last, load))) = self.loads.range_mut(..day).next_back() else {
            return;
        };
        if *last <= day {
            return;
        }
        let (first, rest) = (*first, (*last, *load));
        self.loads.insert(first, (day, rest.1));
        self.loads.insert(day, rest);
    }

    /// Takes days out of the gap that holds them.
    fn close(&mut self, start: u32, end: u32) {
        let Some((first, last)) = self.gaps.range(..=start).next_back() else {
            return;
        };
        let (first, last) = (*first, *last);
        self.gaps.remove(&first);
        self.by_length[class(last - first)].remove(&first);
        self.add_gap(first, start);
        self.add_gap(end, last);
    }

    fn add_gap(&mut self, start: u32, end: u32) {
        if start < end {
            self.gaps.insert(start, end);
            self.by_length[class(end - start)].insert(start);
        }
    }
}

/// The power of two of a length that is not zero.
fn class(days: u32) -> usize {
    days.ilog2() as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever was taken before, the day that is found is the first of enough days with room, counted one by one.
        #[test]
        fn the_first_room_is_found(taken in prop::collection::vec((0_u32..40, 0_u32..9), 0..25),
            from in 0_u32..50, days in 0_u32..9, limit in 1_u32..4)
        {
            let mut room = Room::new(limit);
            for (start, days) in &taken {
                room.take(*start, start + days);
            }
            let is_busy = |day: u32| {
                let at_once = taken.iter().filter(|(start, days)| *start <= day && day < start + days);
                at_once.count() >= limit as usize
            };
            let counted = (from..).find(|start| !(*start..start + days).any(is_busy)).unwrap();
            prop_assert_eq!(room.find(from, days), counted);
        }
    }
}
