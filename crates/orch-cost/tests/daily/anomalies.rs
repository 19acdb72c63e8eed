//! The figures on a part of seed 1, and what each sort of bill must and must not raise.

use std::slice;

use chrono::{Datelike, Days, NaiveDate};
use orch_cost::anomaly::{
    AnomalyKind, AnomalyParams, AnomalySeverity, AnomalyState, anomalies, contributors,
};
use orch_cost::daily::{DailySeries, SeriesKey};
use orch_model::{Currency, Text};
use rust_decimal::Decimal;

use crate::evaluation::evaluate;
use crate::generator::{Asked, generate};

fn key(region: Option<&str>) -> SeriesKey {
    SeriesKey {
        provider: Text::new_static("AWS"),
        account: Text::new_static("111122223333"),
        service: Some(Text::new_static("Amazon EC2")),
        region: region.map(Text::from),
        detail: None,
        currency: Currency::usd(),
    }
}

/// A Monday.
fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day")
}

fn series(days: usize, amount: impl Fn(usize, NaiveDate) -> i64) -> DailySeries {
    let values = (0..days)
        .map(|day| Decimal::from(amount(day, start() + Days::new(day as u64))))
        .collect();
    DailySeries {
        key: key(None),
        start: start(),
        values,
    }
}

/// A bill that is one of a few amounts, as if by chance.
fn uneven(day: usize) -> i64 {
    [100, 96, 103, 99, 105, 98, 101, 94, 102][(day * 5 + day / 9) % 9]
}

#[test]
fn two_hundred_series_of_seed_1_hold_the_figures() {
    let figures = evaluate(&generate(1, 200, Asked::Mixed), &AnomalyParams::default());
    assert!(figures.overall().share() >= 0.95, "{figures:?}");
    assert!(figures.false_rate() <= 1.0, "{figures:?}");
}

#[test]
fn a_step_is_one_anomaly_with_its_first_day_and_exact_impact() {
    let bill = series(90, |day, _| if day < 60 { 100 } else { 150 });
    let found = anomalies(slice::from_ref(&bill), &AnomalyParams::default()).found;
    let [step] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(step.kind, AnomalyKind::Step);
    assert_eq!(
        (step.first_day, step.detected),
        (bill.day(60), bill.day(60))
    );
    assert_eq!(step.expected_per_day, Decimal::from(100));
    assert_eq!(step.actual_per_day, Decimal::from(150));
    // Fifteen days until the new level is the usual one: the day it was found and the fourteen it took to settle.
    assert_eq!(step.state, AnomalyState::Settled);
    assert_eq!(step.last_day, bill.day(74));
    assert_eq!(step.impact, Decimal::from(15 * 50));
    assert_eq!(step.percent, Some(Decimal::from(50)));
    assert_eq!(step.severity, AnomalySeverity::Critical);
}

#[test]
fn a_spike_on_the_last_day_is_told_on_that_day() {
    let bill = series(60, |day, _| if day == 59 { 180 } else { uneven(day) });
    let found = anomalies(slice::from_ref(&bill), &AnomalyParams::default()).found;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, AnomalyKind::Spike);
    assert_eq!(found[0].detected, bill.day(59));
    assert_eq!(found[0].state, AnomalyState::Ongoing);
    assert_eq!(
        found[0].impact,
        found[0].days[0].actual - found[0].days[0].expected
    );
}

#[test]
fn a_spike_that_is_over_is_over() {
    let bill = series(60, |day, _| if day == 50 { 250 } else { uneven(day) });
    let found = anomalies(slice::from_ref(&bill), &AnomalyParams::default()).found;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].state, AnomalyState::Over);
    assert_eq!(
        (found[0].first_day, found[0].last_day),
        (bill.day(50), bill.day(50))
    );
}

#[test]
fn a_slow_rise_is_one_anomaly() {
    let bill = series(100, |day, _| {
        uneven(day) * (14 + (day as i64 - 59).clamp(0, 14)) / 14
    });
    let found = anomalies(slice::from_ref(&bill), &AnomalyParams::default()).found;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, AnomalyKind::Rise);
    assert!(found[0].detected < bill.day(81), "{found:?}");
}

#[test]
fn what_begins_after_days_of_nothing_is_a_step_without_percentage() {
    let bill = series(60, |day, _| if day < 40 { 0 } else { 25 });
    let found = anomalies(slice::from_ref(&bill), &AnomalyParams::default()).found;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].kind, AnomalyKind::Step);
    assert_eq!(found[0].first_day, bill.day(40));
    assert_eq!(found[0].percent, None);
    // Below the floor it is nothing.
    let params = AnomalyParams {
        absolute_floor: Decimal::from(26),
        ..AnomalyParams::default()
    };
    assert!(anomalies(&[bill], &params).found.is_empty());
}

#[test]
fn a_fee_of_every_month_is_no_anomaly_and_a_larger_one_is() {
    for day_of_fee in [1, 15] {
        let fee = move |date: NaiveDate| if date.day() == day_of_fee { 300 } else { 0 };
        let bill = series(120, |day, date| uneven(day) + fee(date));
        let found = anomalies(slice::from_ref(&bill), &AnomalyParams::default()).found;
        // The first one cannot be known to be one, unless it is on a day on which fees are billed.
        let first: Vec<NaiveDate> = found.iter().map(|one| one.detected).collect();
        assert!(
            first.iter().all(|day| *day < start() + Days::new(31)),
            "{found:?}"
        );
        assert!(found.is_empty() || day_of_fee != 1, "{found:?}");
        let last = (0..120)
            .rev()
            .find(|day| fee(bill.day(*day)) > 0)
            .expect("a fee");
        let mut dearer = bill;
        dearer.values[last] += Decimal::from(200);
        let found = anomalies(slice::from_ref(&dearer), &AnomalyParams::default()).found;
        assert!(
            found.iter().any(|one| one.detected == dearer.day(last)),
            "{found:?}"
        );
    }
}

#[test]
fn a_holiday_raises_nothing_at_its_end() {
    let bill = series(120, |day, _| {
        if (70..75).contains(&day) || day == 90 {
            uneven(day) / 3
        } else {
            uneven(day)
        }
    });
    assert!(
        anomalies(&[bill], &AnomalyParams::default())
            .found
            .is_empty()
    );
}

#[test]
fn a_job_without_rhythm_becomes_a_habit() {
    let busy = [20, 33, 37, 52, 58, 66, 79, 83, 95, 104, 111];
    let bill = series(120, |day, _| if busy.contains(&day) { 80 } else { 2 });
    let found = anomalies(slice::from_ref(&bill), &AnomalyParams::default()).found;
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|one| one.detected <= bill.day(37)));
}

#[test]
fn a_fall_is_followed_and_not_told() {
    let bill = series(120, |day, _| {
        if day < 60 {
            2 * uneven(day)
        } else {
            uneven(day)
        }
    });
    assert!(
        anomalies(slice::from_ref(&bill), &AnomalyParams::default())
            .found
            .is_empty()
    );
    // Later the lower level is the usual one.
    let mut back = bill;
    for day in 110..120 {
        back.values[day] *= Decimal::TWO;
    }
    let found = anomalies(slice::from_ref(&back), &AnomalyParams::default()).found;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].first_day, back.day(110));
}

#[test]
fn a_short_history_is_not_judged_and_says_so() {
    let bill = series(14, |day, _| if day == 13 { 900 } else { 100 });
    let answer = anomalies(&[bill], &AnomalyParams::default());
    assert!(answer.found.is_empty());
    assert_eq!(
        answer.not_judged[0].to_string(),
        "not enough days: 14 of 15"
    );
}

#[test]
fn amounts_below_zero_are_borne() {
    let bill = series(90, |day, _| match day {
        80 => 500,
        _ if day % 11 == 3 => -40,
        _ => uneven(day),
    });
    let found = anomalies(slice::from_ref(&bill), &AnomalyParams::default()).found;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].detected, bill.day(80));
}

#[test]
fn contributors_come_by_difference_and_add_up() {
    let part = |region: &'static str, amount: fn(usize) -> i64| DailySeries {
        key: key(Some(region)),
        ..series(90, |day, _| amount(day))
    };
    let parts = [
        part("eu-west-1", |_| 70),
        part("us-east-1", |day| if day < 60 { 20 } else { 90 }),
        part("us-west-2", |day| if day < 60 { 10 } else { 30 }),
    ];
    let total = series(90, |day, _| if day < 60 { 100 } else { 190 });
    let found = anomalies(&[total], &AnomalyParams::default()).found;
    let shares = contributors(&parts, &found[0]);
    let told: Vec<(Option<&str>, Decimal)> = shares
        .iter()
        .map(|one| (one.key.region.as_deref(), one.difference))
        .collect();
    let days = Decimal::from(found[0].days.len());
    assert_eq!(
        told,
        [
            (Some("us-east-1"), days * Decimal::from(70)),
            (Some("us-west-2"), days * Decimal::from(20)),
            (Some("eu-west-1"), Decimal::ZERO),
        ]
    );
    let sum: Decimal = shares.iter().map(|one| one.difference).sum();
    assert_eq!(sum, found[0].impact);
}

#[test]
fn a_rise_that_still_rises_is_not_settled_and_one_that_stopped_is() {
    // 2 more each day for seven weeks.
    let mut bill = series(50, |day, _| 100 + 2 * day as i64);
    let found = anomalies(&[bill.clone()], &AnomalyParams::default()).found;
    let [rise] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(rise.state, AnomalyState::Ongoing);
    assert_eq!(Some(rise.last_day), bill.last());
    bill.values.extend([Decimal::from(200); 30]);
    let found = anomalies(&[bill], &AnomalyParams::default()).found;
    assert_eq!(found[0].state, AnomalyState::Settled, "{found:?}");
}
