//! Which lines of a file, kept as ranges: a million lines in a row take no more room than one.

use std::fmt;

/// Line numbers, counted from 1, in ascending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    ranges: Vec<(u64, u64)>,
    /// How many there are, those included whose number was not kept.
    pub count: u64,
}

/// How many ranges are kept of one sort: beyond that the file is not what it was taken for.
const KEPT: usize = 10_000;

impl Lines {
    /// Adds a row that stands on these lines, the last one included.
    pub(crate) fn add(&mut self, first: u64, last: u64) {
        self.count += 1;
        let full = self.ranges.len() == KEPT;
        match self.ranges.last_mut() {
            Some((_, end)) if *end + 1 == first => *end = last,
            _ if full => {}
            _ => self.ranges.push((first, last)),
        }
    }

    /// So many rows, of which these are known by number.
    pub(crate) fn of(count: u64, known: impl IntoIterator<Item = u64>) -> Self {
        let mut lines = Self::default();
        for line in known {
            lines.add(line, line);
        }
        lines.count = count;
        lines
    }

    /// The ranges that were kept, first and last line of each.
    pub fn ranges(&self) -> &[(u64, u64)] {
        &self.ranges
    }
}

/// `3, 7-9`; with a width, only so many ranges and how many are left: `{:4}`.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = f.width().unwrap_or(KEPT).min(self.ranges.len());
        for (i, (first, last)) in self.ranges.iter().take(shown).enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            if first == last {
                write!(f, "{comma}{first}")?;
            } else {
                write!(f, "{comma}{first}-{last}")?;
            }
        }
        if shown < self.ranges.len() || self.ranges.len() == KEPT {
            write!(f, " and more")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_range_and_a_width_shortens() {
        let mut lines = Lines::default();
        for (first, last) in [(3, 3), (7, 7), (8, 9), (20, 20)] {
            lines.add(first, last);
        }
        assert_eq!(lines.to_string(), "3, 7-9, 20");
        assert_eq!(format!("{lines:2}"), "3, 7-9 and more");
        assert_eq!(lines.count, 4);
    }
}
