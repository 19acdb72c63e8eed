//! When in a week an instance could be off.

use orch_model::{HOURS_A_WEEK, Week};
use rust_decimal::Decimal;

use crate::price::HOURS_A_MONTH;

/// Use, in percent, up to which an hour is idle: what AWS Compute Optimizer calls idle ("Viewing idle resource
/// recommendations", EC2: below 5 %), and up to which OptScale proposes to turn instances off at night.
pub(crate) const IDLE_PERCENT: f64 = 5.0;
/// In how many weeks an hour must have been idle; one or two may be a holiday.
pub(crate) const LEAST_WEEKS: u8 = 3;

const DAY: usize = 24;
const WORKING_DAYS: usize = 5;

/// Hours of a week in which an instance could be off.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Off {
    /// When.
    pub(crate) words: String,
    /// How many hours a week.
    pub(crate) hours: u16,
    /// The highest use in them, in percent.
    pub(crate) max: f64,
}

impl Off {
    /// What the other hours of a month cost.
    pub(crate) fn of_the_rest(&self, hourly: Decimal) -> Decimal {
        let week = Decimal::from(HOURS_A_WEEK);
        let on = week - Decimal::from(self.hours);
        hourly * Decimal::from(HOURS_A_MONTH) * on / week
    }
}

/// Part of a day, which may go past midnight: first hour and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    from: usize,
    length: usize,
}

impl Window {
    fn hours(self) -> impl Iterator<Item = usize> {
        (self.from..self.from + self.length).map(|hour| hour % DAY)
    }

    fn words(self, days: &str, whole_nights: bool) -> String {
        let end = self.from + self.length;
        if self.length == DAY {
            format!("{days} all day")
        } else if end > DAY && !whole_nights {
            // The last night would reach into a day that is none of these.
            format!(
                "{days} 00:00-{:02}:00 and {:02}:00-24:00",
                end - DAY,
                self.from
            )
        } else {
            let end = if end > DAY { end - DAY } else { end };
            format!("{days} {:02}:00-{end:02}:00", self.from)
        }
    }
}

/// The hours that could be off: the longest window that is idle on all working days, on the other two as well if it is
/// idle there, and the whole weekend if nothing is done then. `None` where there are none, and where there is no other
/// hour: what is never used is no matter of hours.
pub(crate) fn off(week: &Week) -> Option<Off> {
    let limit = (IDLE_PERCENT / Week::UNIT) as u8;
    let hours = week.max.iter().zip(&week.weeks);
    let idle: Vec<bool> = hours
        .map(|(max, weeks)| *weeks >= LEAST_WEEKS && *max <= limit)
        .collect();
    if idle.len() != HOURS_A_WEEK {
        return None;
    }
    let on_days =
        |hour: usize, mut days: std::ops::Range<usize>| days.all(|day| idle[day * DAY + hour]);
    let weekend = (0..DAY).all(|hour| on_days(hour, WORKING_DAYS..7));
    let window = longest(|hour| on_days(hour, 0..WORKING_DAYS));
    let daily =
        window.is_some_and(|window| window.hours().all(|hour| on_days(hour, WORKING_DAYS..7)));
    let mut places: Vec<usize> = Vec::new();
    if let Some(window) = window {
        let days = if daily { 7 } else { WORKING_DAYS };
        places.extend((0..days).flat_map(|day| window.hours().map(move |hour| day * DAY + hour)));
    }
    if weekend {
        places.extend(WORKING_DAYS * DAY..HOURS_A_WEEK);
    }
    places.sort_unstable();
    places.dedup();
    let words = match (window, weekend, daily) {
        (Some(window), true, _) => format!("{} and all weekend", window.words("Mon-Fri", true)),
        (Some(window), false, true) => window.words("every day", true),
        (Some(window), false, false) => window.words("Mon-Fri", false),
        (None, true, _) => "all weekend".to_owned(),
        (None, false, _) => return None,
    };
    if places.len() == HOURS_A_WEEK {
        return None;
    }
    let max = places.iter().map(|place| week.max[*place]).max()?;
    Some(Off {
        words,
        hours: u16::try_from(places.len()).ok()?,
        max: f64::from(max) * Week::UNIT,
    })
}

/// The longest run of hours around the clock for which something holds; the first of equal ones.
fn longest(holds: impl Fn(usize) -> bool) -> Option<Window> {
    let run = |from: usize| {
        (from..from + DAY)
            .take_while(|hour| holds(hour % DAY))
            .count()
    };
    let runs = (0..DAY).map(|from| Window {
        from,
        length: run(from),
    });
    let best = runs.reduce(|best, next| {
        if next.length > best.length {
            next
        } else {
            best
        }
    })?;
    (best.length > 0).then_some(best)
}

#[cfg(test)]
#[path = "weekly_tests.rs"]
mod tests;
