//! In which periods the days of a bill are asked for: whole months whose invoice is closed, and the open rest.

use std::ops::Range;

use chrono::{Datelike as _, Months, NaiveDate};

/// Days that are asked for in one go, the last one exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) days: Range<NaiveDate>,
    /// Whether these days will never cost anything else.
    pub(super) closed: bool,
}

/// The periods of the days before `asked.end`, which is the day of the snapshot. A closed month is whole, even
/// where only its last days are asked for: a part of it would be another one tomorrow. None for dates that no
/// calendar has.
pub(super) fn periods(asked: &Range<NaiveDate>, invoice_day: u32) -> Option<Vec<Period>> {
    let mut periods = Vec::new();
    let mut month = asked.start.with_day(1)?;
    loop {
        let next = month.checked_add_months(Months::new(1))?;
        if next.with_day(invoice_day)? > asked.end {
            break;
        }
        let (days, closed) = (month..next, true);
        periods.push(Period { days, closed });
        month = next;
    }
    let open = month.max(asked.start)..asked.end;
    if !open.is_empty() {
        periods.push(Period {
            days: open,
            closed: false,
        });
    }
    Some(periods)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The periods as `start end`, with a star where they are closed.
    fn split(start: &str, end: &str, invoice_day: u32) -> Vec<String> {
        let asked = start.parse().unwrap()..end.parse().unwrap();
        periods(&asked, invoice_day)
            .unwrap()
            .into_iter()
            .map(|Period { days, closed }| {
                let star = if closed { " *" } else { "" };
                format!("{} {}{star}", days.start, days.end)
            })
            .collect()
    }

    #[test]
    fn closed_months_are_whole_and_the_rest_is_as_asked() {
        assert_eq!(
            split("2026-08-21", "2026-11-22", 5),
            [
                "2026-08-01 2026-09-01 *",
                "2026-09-01 2026-10-01 *",
                "2026-10-01 2026-11-01 *",
                "2026-11-01 2026-11-22"
            ]
        );
        // Within one open month nothing is added.
        assert_eq!(
            split("2026-11-08", "2026-11-22", 5),
            ["2026-11-08 2026-11-22"]
        );
        assert_eq!(
            split("2025-12-31", "2026-01-05", 5),
            ["2025-12-01 2026-01-01 *", "2026-01-01 2026-01-05"]
        );
    }

    #[test]
    fn a_month_is_open_until_the_day_of_its_invoice() {
        assert_eq!(
            split("2026-09-20", "2026-11-04", 5),
            ["2026-09-01 2026-10-01 *", "2026-10-01 2026-11-04"]
        );
        assert_eq!(
            split("2026-09-20", "2026-11-05", 5),
            [
                "2026-09-01 2026-10-01 *",
                "2026-10-01 2026-11-01 *",
                "2026-11-01 2026-11-05"
            ]
        );
        assert_eq!(
            split("2026-10-20", "2026-11-27", 28),
            ["2026-10-20 2026-11-27"]
        );
    }

    #[test]
    fn on_the_first_of_a_month_the_month_before_is_open() {
        assert_eq!(
            split("2026-10-02", "2026-11-01", 5),
            ["2026-10-02 2026-11-01"]
        );
        // Unless invoices are taken for closed at once: then there is no open rest.
        assert_eq!(
            split("2026-10-02", "2026-11-01", 1),
            ["2026-10-01 2026-11-01 *"]
        );
    }

    #[test]
    fn a_leap_february_has_29_days() {
        assert_eq!(
            split("2028-02-29", "2028-03-05", 5),
            ["2028-02-01 2028-03-01 *", "2028-03-01 2028-03-05"]
        );
        assert_eq!(
            split("2028-01-31", "2028-03-01", 5),
            ["2028-01-01 2028-02-01 *", "2028-02-01 2028-03-01"]
        );
    }
}
