//! Which days count: those that are closed for averages, those of the period for totals.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};
use orch_model::Time;

use crate::charge::Charge;

/// How long after its end a UTC day still fills up: providers deliver usage up to two days late.
pub const CLOSING_HOURS: i64 = 48;

/// Whether a UTC day ended at least 48 hours before the snapshot was taken.
pub fn is_closed(day: NaiveDate, as_of: Time) -> bool {
    let start: DateTime<Utc> = day.and_time(NaiveTime::MIN).and_utc();
    start + Duration::days(1) + Duration::hours(CLOSING_HOURS) <= as_of
}

/// The last closed day.
pub fn last_closed_day(as_of: Time) -> NaiveDate {
    (as_of - Duration::hours(CLOSING_HOURS) - Duration::days(1)).date_naive()
}

/// The days that a report is about, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, closed or not.
    pub to: NaiveDate,
    /// The time at which days are held to be closed or open.
    pub as_of: Time,
}

impl Period {
    /// So many days up to a time: those that are still filling up come on top, so that averages rest on as many
    /// closed days as were asked for.
    pub fn until(as_of: Time, days: u32) -> Self {
        let last = last_closed_day(as_of);
        let before = Days::new(u64::from(days.max(1)) - 1);
        Self {
            from: last.checked_sub_days(before).unwrap_or(last),
            to: as_of.date_naive(),
            as_of,
        }
    }

    /// The time at which a bill that was read from files is to be looked at: now, or, when its last day is longer
    /// ago, as soon as that day was closed. Days that are still to come do not count.
    pub fn as_of(charges: &[Charge], now: Time) -> Time {
        let days = charges.iter().map(|charge| charge.key.day);
        let last = days.filter(|day| *day <= now.date_naive()).max();
        let closed = last.map(|day| {
            let start = day.and_time(NaiveTime::MIN).and_utc();
            start + Duration::days(1) + Duration::hours(CLOSING_HOURS)
        });
        closed.map_or(now, |closed| closed.min(now))
    }

    /// The charges of these days.
    pub fn of<'a>(&self, charges: &'a [Charge]) -> impl Iterator<Item = &'a Charge> + Clone {
        let days = self.from..=self.to;
        charges
            .iter()
            .filter(move |charge| days.contains(&charge.key.day))
    }
}

#[cfg(test)]
#[path = "days_tests.rs"]
mod tests;
