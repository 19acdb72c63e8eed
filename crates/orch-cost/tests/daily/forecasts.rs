//! What a forecast must say of bills that are easy to foresee, and how it does on the others.

use chrono::{Days, NaiveDate};
use orch_cost::daily::DailySeries;
use orch_cost::forecast::{ForecastParams, NoForecast, backtest, end_of_month, forecast};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::generator::{Asked, generate};

fn steady(days: usize) -> DailySeries {
    let start = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a Monday");
    DailySeries {
        key: generate(1, 1, Asked::Unchanged)[0].series.key.clone(),
        start,
        values: (0..days)
            .map(|day| Decimal::from(if day % 7 < 5 { 100 } else { 40 }))
            .collect(),
    }
}

#[test]
fn a_month_is_its_closed_days_and_the_rest() {
    // Until 10 May, a Sunday; the rest of the month is three weeks.
    let bill = steady(70);
    let day = bill.day(69);
    let month = end_of_month(&bill, day, &ForecastParams::default()).expect("a forecast");
    assert_eq!(month.closed_days, 10);
    assert_eq!(month.to_date, Decimal::from(6 * 100 + 4 * 40));
    assert_eq!(month.rest.days.len(), 21);
    assert_eq!(month.rest.total.round_dp(2), Decimal::from(3 * 580));
    assert_eq!(month.total, month.to_date + month.rest.total);
    assert!(month.within_80.contains(month.total));
    assert!(month.within_95.low <= month.within_80.low);
    assert!(month.within_95.high >= month.within_80.high);
    // On the first days of the next month none of its days is closed.
    let next =
        end_of_month(&bill, day + Days::new(22), &ForecastParams::default()).expect("a forecast");
    assert_eq!((next.closed_days, next.to_date), (0, Decimal::ZERO));
    assert_eq!(next.rest.days.len(), 30);
    assert_eq!(next.rest.days[0].day, next.month);
    assert_eq!(
        end_of_month(&bill, bill.start, &ForecastParams::default()),
        Err(NoForecast::MonthIsClosed)
    );
}

#[test]
fn too_little_history_says_so() {
    let error = forecast(&steady(20), 7, &ForecastParams::default()).expect_err("too short");
    assert_eq!(error.to_string(), "not enough days: 20 of 21");
    assert_eq!(
        backtest(&steady(40), 30, &ForecastParams::default()),
        Err(NoForecast::NotEnoughDays {
            days: 40,
            needed: 58
        })
    );
}

#[test]
fn a_spike_on_the_last_day_is_not_carried_on_and_a_step_is() {
    let usual = forecast(&steady(70), 7, &ForecastParams::default())
        .expect("a forecast")
        .total;
    let mut spike = steady(70);
    spike.values[69] *= Decimal::TEN;
    let after = forecast(&spike, 7, &ForecastParams::default()).expect("a forecast");
    assert_eq!(after.total.round_dp(1), usual.round_dp(1));
    let mut step = steady(70);
    for value in &mut step.values[60..] {
        *value *= Decimal::TWO;
    }
    let after = forecast(&step, 7, &ForecastParams::default()).expect("a forecast");
    assert_eq!(after.total.round_dp(1), (usual * Decimal::TWO).round_dp(1));
}

#[test]
fn it_misses_less_than_the_mean_and_the_last_week_and_its_bounds_hold() {
    let (mut ours, mut mean, mut week) = (0.0, 0.0, 0.0);
    let (mut held_80, mut held_95, mut forecasts) = (0, 0, 0);
    for one in generate(1, 100, Asked::Unchanged) {
        let report = backtest(&one.series, 14, &ForecastParams::default()).expect("a report");
        let number = |part: Option<Decimal>| part.and_then(|part| part.to_f64()).expect("spent");
        ours += number(report.wape);
        mean += number(report.wape_of_mean);
        week += number(report.wape_of_last_week);
        held_80 += report.held_80;
        held_95 += report.held_95;
        forecasts += report.forecasts;
    }
    assert!(
        ours < 0.7 * mean && ours < 0.7 * week,
        "{ours} {mean} {week}"
    );
    let share = |held: usize| held as f64 / forecasts as f64;
    assert!((0.72..0.90).contains(&share(held_80)), "{}", share(held_80));
    assert!((0.88..1.0).contains(&share(held_95)), "{}", share(held_95));
}
