//! A set of whole numbers as sorted, disjoint, inclusive intervals that do not touch.

/// A number that intervals can be made of.
pub trait Point: Copy + Ord + 'static {
    /// The smallest.
    const FIRST: Self;
    /// The largest.
    const LAST: Self;

    /// The next larger one, if there is one.
    fn next(self) -> Option<Self>;

    /// The next smaller one, if there is one.
    fn previous(self) -> Option<Self>;

    /// How far `last` lies behind this one.
    fn distance(self, last: Self) -> u128;
}

macro_rules! points {
    ($($number:ty),*) => {$(
        impl Point for $number {
            const FIRST: Self = <$number>::MIN;
            const LAST: Self = <$number>::MAX;

            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }

            fn previous(self) -> Option<Self> {
                self.checked_sub(1)
            }

            fn distance(self, last: Self) -> u128 {
                u128::from(last - self)
            }
        }
    )*};
}

points!(u16, u32, u128);

/// A set of numbers. Two sets with the same members are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Intervals<T>(Vec<(T, T)>);

impl<T> Default for Intervals<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Point> Intervals<T> {
    /// The set without members.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The set of all numbers.
    pub fn all() -> Self {
        Self(vec![(T::FIRST, T::LAST)])
    }

    /// The set of the intervals, in any order and overlapping as they like. One whose first number is
    /// larger than its last has no members.
    pub fn of(intervals: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut sorted: Vec<_> = intervals
            .into_iter()
            .filter(|(first, last)| first <= last)
            .collect();
        sorted.sort_unstable();
        let mut merged: Vec<(T, T)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match merged.last_mut() {
                Some((_, end)) if first <= *end || end.next() == Some(first) => {
                    *end = (*end).max(last);
                }
                _ => merged.push((first, last)),
            }
        }
        Self(merged)
    }

    /// The intervals, sorted, disjoint and apart from each other.
    pub fn iter(&self) -> impl Iterator<Item = (T, T)> + '_ {
        self.0.iter().copied()
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every number is a member.
    pub fn is_everything(&self) -> bool {
        matches!(self.0.as_slice(), [(first, last)] if *first == T::FIRST && *last == T::LAST)
    }

    /// Whether a number is a member.
    pub fn contains(&self, point: T) -> bool {
        let place = self.0.partition_point(|(_, last)| *last < point);
        self.0.get(place).is_some_and(|(first, _)| *first <= point)
    }

    /// Whether a number from `first` to `last` is a member.
    pub fn meets(&self, first: T, last: T) -> bool {
        let place = self.0.partition_point(|(_, end)| *end < first);
        self.0.get(place).is_some_and(|(begin, _)| *begin <= last)
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::of(self.iter().chain(other.iter()))
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.as_slice(), other.0.as_slice());
        let mut both = Vec::new();
        while let (Some((a, b)), Some((c, d))) = (left.first(), right.first()) {
            let (first, last) = ((*a).max(*c), (*b).min(*d));
            if first <= last {
                both.push((first, last));
            }
            if b < d {
                left = &left[1..]
            } else {
                right = &right[1..]
            }
        }
        Self(both)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// Every number that is not a member.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut outside = Vec::with_capacity(self.0.len() + 1);
        let mut from = Some(T::FIRST);
        for (first, last) in self.iter() {
            if let (Some(from), Some(before)) = (from, first.previous())
                && from <= before
            {
                outside.push((from, before));
            }
            from = last.next();
        }
        if let Some(from) = from {
            outside.push((from, T::LAST));
        }
        Self(outside)
    }

    /// How many members it has; the largest number stands for one more than it can hold.
    pub fn count(&self) -> u128 {
        self.iter().fold(0u128, |sum, (first, last)| {
            sum.saturating_add(first.distance(last)).saturating_add(1)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Intervals over the last numbers and the first, where arithmetic could run over.
    fn some() -> impl Strategy<Value = Vec<(u16, u16)>> {
        let point = prop_oneof![0u16..40, (u16::MAX - 40)..=u16::MAX];
        prop::collection::vec((point.clone(), point), 0..8)
    }

    fn naive(intervals: &[(u16, u16)]) -> BTreeSet<u16> {
        intervals
            .iter()
            .flat_map(|(first, last)| *first..=*last)
            .collect()
    }

    fn members(set: &Intervals<u16>) -> BTreeSet<u16> {
        set.iter().flat_map(|(first, last)| first..=last).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn sets_agree_with_a_naive_model(a in some(), b in some()) {
            let (left, right) = (Intervals::of(a.clone()), Intervals::of(b.clone()));
            let (x, y) = (naive(&a), naive(&b));
            prop_assert_eq!(members(&left), x.clone());
            prop_assert_eq!(members(&left.union(&right)), &x | &y);
            prop_assert_eq!(members(&left.intersection(&right)), &x & &y);
            prop_assert_eq!(members(&left.difference(&right)), &x - &y);
            prop_assert_eq!(left.complement().complement(), left.clone());
            prop_assert_eq!(left.count(), x.len() as u128);
            for point in [0, 1, 20, 39, u16::MAX - 40, u16::MAX] {
                prop_assert_eq!(left.contains(point), x.contains(&point));
            }
        }

        #[test]
        fn the_form_is_unique(a in some(), b in some()) {
            let (left, right) = (Intervals::of(a), Intervals::of(b));
            let union = left.union(&right);
            let intervals: Vec<_> = union.iter().collect();
            for pair in intervals.windows(2) {
                prop_assert!(u32::from(pair[0].1) + 1 < u32::from(pair[1].0));
            }
            prop_assert_eq!(union, right.union(&left));
        }
    }

    #[test]
    fn everything_and_nothing() {
        assert_eq!(Intervals::<u128>::all().complement(), Intervals::empty());
        assert_eq!(Intervals::<u32>::empty().complement(), Intervals::all());
        assert_eq!(Intervals::<u32>::all().count(), 1 << 32);
    }
}
