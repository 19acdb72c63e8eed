//! Whether the bounds of a month hold for bills that grow, as most bills do.

use chrono::{Datelike, Days, NaiveDate};
use orch_cost::daily::DailySeries;
use orch_cost::forecast::{ForecastParams, end_of_month};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::generator::{Asked, generate};

/// Series of each growth.
const SERIES: u64 = 25;
/// Days that are closed, until 19 November.
const CLOSED: usize = 80;
/// Standard deviation of a day.
const NOISE: f64 = 0.03;

/// The days from 1 September to the end of November of a bill that grows by so many percent in thirty days, with
/// cheap weekends.
fn growing(percent: u32, number: u64) -> DailySeries {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(percent));
    rng.set_stream(number);
    let start = NaiveDate::from_ymd_opt(2026, 9, 1).expect("a day");
    let month: f64 = 1.0 + f64::from(percent) / 100.0;
    let values = (0..91_u32)
        .map(|day| {
            let date = start + Days::new(day.into());
            let weekday = if date.weekday().number_from_monday() > 5 {
                0.8
            } else {
                1.0
            };
            let noise: f64 = StandardNormal.sample(&mut rng);
            let usage =
                1_000.0 * month.powf(f64::from(day) / 30.0) * weekday * (NOISE * noise).exp();
            Decimal::from_f64(usage).expect("finite").round_dp(2)
        })
        .collect();
    DailySeries {
        key: generate(1, 1, Asked::Unchanged)[0].series.key.clone(),
        start,
        values,
    }
}

#[test]
fn the_bounds_of_a_month_hold_for_bills_that_grow() {
    let mut held = Vec::new();
    for percent in [0, 5, 10, 20, 30] {
        let inside = (0..SERIES).filter(|number| {
            let whole = growing(percent, *number);
            let mut closed = whole.clone();
            closed.values.truncate(CLOSED);
            let day = closed.last().expect("a day");
            let month = end_of_month(&closed, day, &ForecastParams::default()).expect("a forecast");
            let truth: Decimal = whole.values[61..].iter().sum();
            month.within_80.contains(truth)
        });
        held.push((percent, inside.count()));
    }
    assert!(
        held.iter()
            .all(|(_, inside)| *inside * 10 >= SERIES as usize * 6),
        "within the 80 % bounds, of {SERIES}: {held:?}"
    );
}

#[test]
fn a_bill_that_grows_by_the_same_amount_each_day_is_followed() {
    // 2 more each day, from 1 October: the month comes to 5,730.
    let mut bill = growing(0, 0);
    bill.start = NaiveDate::from_ymd_opt(2026, 10, 1).expect("a day");
    bill.values = (0..50).map(|day| Decimal::from(100 + 2 * day)).collect();
    let day = bill.last().expect("a day");
    let month = end_of_month(&bill, day, &ForecastParams::default()).expect("a forecast");
    assert!(
        month.within_80.contains(Decimal::from(5_730)),
        "{:?} of {}",
        month.within_80,
        month.total
    );
}
