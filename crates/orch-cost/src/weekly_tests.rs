//! Patterns of weeks and the hours that could be off.

use orch_model::{Digest, Metric, Series, Statistic, Uid};
use proptest::prelude::*;

use super::*;

/// Weeks of hourly points from a Monday on: use by day of the week and hour.
fn week(weeks: usize, usage: impl Fn(usize, usize) -> f64) -> Week {
    let one = (0..7).flat_map(|day| (0..DAY).map(move |hour| (day, hour)));
    let one: Vec<Option<f64>> = one.map(|(day, hour)| Some(usage(day, hour))).collect();
    let digest = Digest::of(&Series {
        uid: Uid::new("i-1"),
        metric: Metric::Cpu,
        statistic: Statistic::Average,
        start: "2026-11-02T00:00:00Z".parse().unwrap(),
        step_s: 3_600,
        values: one.repeat(weeks),
    });
    *digest.unwrap().week.unwrap()
}

fn words(usage: impl Fn(usize, usize) -> f64) -> Option<(String, u16)> {
    off(&week(3, usage)).map(|off| (off.words, off.hours))
}

/// Office hours: busy from `from` to `to`.
fn at_work(hour: usize, from: usize, to: usize) -> f64 {
    if (from..to).contains(&hour) {
        40.0
    } else {
        2.0
    }
}

#[test]
fn nights_and_weekends() {
    let table = [
        // 24 − 14 hours on 5 days, and 48.
        ("Mon-Fri 20:00-06:00 and all weekend", 98, 5),
        ("every day 20:00-06:00", 70, 7),
    ];
    for (expected, hours, working_days) in table {
        let found = words(|day, hour| {
            if day < working_days {
                at_work(hour, 6, 20)
            } else {
                1.0
            }
        });
        assert_eq!(found, Some((expected.to_owned(), hours)));
    }
}

#[test]
fn a_night_that_would_reach_into_a_busy_weekend_is_cut() {
    let found = words(|day, hour| if day < 5 { at_work(hour, 6, 20) } else { 40.0 });
    let expected = "Mon-Fri 00:00-06:00 and 20:00-24:00".to_owned();
    assert_eq!(found, Some((expected, 50)));
    let midday = words(|day, hour| {
        if day < 5 {
            42.0 - at_work(hour, 6, 20)
        } else {
            40.0
        }
    });
    assert_eq!(midday, Some(("Mon-Fri 06:00-20:00".to_owned(), 70)));
}

#[test]
fn only_the_weekend() {
    let found = words(|day, _| if day < 5 { 30.0 } else { 0.0 });
    assert_eq!(found, Some(("all weekend".to_owned(), 48)));
    // Of every week an hour on Tuesday is all that is used.
    let found = words(|day, hour| if (day, hour) == (1, 9) { 90.0 } else { 1.0 });
    assert_eq!(
        found,
        Some((
            "Mon-Fri 10:00-09:00 and all weekend".to_owned(),
            5 * 23 + 48
        ))
    );
}

#[test]
fn never_used_and_always_used_are_no_matter_of_hours() {
    assert_eq!(words(|_, _| 1.0), None);
    assert_eq!(words(|_, _| 30.0), None);
    // Exactly the limit is idle, half a percent more is not.
    assert!(words(|day, _| if day < 5 { 30.0 } else { 5.0 }).is_some());
    assert_eq!(words(|day, _| if day < 5 { 30.0 } else { 5.1 }), None);
}

#[test]
fn one_busy_night_in_three_weeks_and_two_weeks_alone_say_no() {
    let mut three = week(
        3,
        |day, hour| if day < 5 { at_work(hour, 6, 20) } else { 1.0 },
    );
    assert_eq!(off(&three).unwrap().max, 2.0);
    // Sunday at noon.
    three.max[6 * DAY + 12] = 60;
    let found = off(&three).unwrap();
    assert_eq!(found.words, "every day 20:00-06:00");
    assert_eq!(
        off(&week(2, |day, _| if day < 5 { 30.0 } else { 1.0 })),
        None
    );
    // Hours in which it was off are not measured, and so not idle.
    three.weeks.fill(0);
    assert_eq!(off(&three), None);
}

#[test]
fn the_rest_of_a_month_costs_its_share() {
    let off = off(&week(3, |day, _| if day < 5 { 30.0 } else { 1.0 })).unwrap();
    // 0.168 × 730 × 120 ÷ 168 = 87.6
    assert_eq!(off.of_the_rest(Decimal::new(168, 3)), Decimal::new(876, 1));
}

proptest! {
    /// Whatever the use, no hour that is counted was above the limit, and less use never means fewer hours.
    #[test]
    fn counted_hours_are_idle_and_less_use_gives_no_fewer(
        usage in proptest::collection::vec(0.0..20.0_f64, HOURS_A_WEEK),
        less in 0.0..1.0_f64,
    ) {
        let of = |factor: f64| off(&week(3, |day, hour| usage[day * DAY + hour] * factor));
        if let Some(found) = of(1.0) {
            prop_assert!(found.max <= IDLE_PERCENT);
            prop_assert!(usize::from(found.hours) < HOURS_A_WEEK);
            if let Some(calmer) = of(less) {
                prop_assert!(calmer.hours >= found.hours);
            }
        }
    }
}
