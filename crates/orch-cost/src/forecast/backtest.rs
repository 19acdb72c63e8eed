//! How well a series would have been forecast: from days in its past, each seeing only the days before it.

use rust_decimal::Decimal;

use super::calibrate::widened;
use super::project::Made;
use super::{Forecast, ForecastParams, NoForecast};
use crate::daily::DailySeries;

/// Days between two forecasts.
const EVERY_DAYS: usize = 7;
/// At most so many forecasts, the latest ones: half a year of weeks.
const MOST_FORECASTS: usize = 26;
/// Days of the forecasts that bounds are calibrated by, whatever their own number of days: two weeks fit into a short history.
const CALIBRATED_DAYS: usize = 14;
/// Days whose mean is the naive forecast.
const NAIVE_DAYS: usize = 28;

/// Errors on held-out days. Percentages are none where nothing was spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BacktestReport {
    /// Days of each forecast.
    pub horizon: usize,
    /// How many forecasts were made, a week apart.
    pub forecasts: usize,
    /// Weighted absolute percentage error of single days: the sum of all misses in percent of all that was spent.
    pub wape: Option<Decimal>,
    /// The same if each day were taken to be the mean of the last four weeks.
    pub wape_of_mean: Option<Decimal>,
    /// The same if each day were taken to be as a week before.
    pub wape_of_last_week: Option<Decimal>,
    /// Mean absolute percentage error of the sum over the horizon.
    pub mape_of_sum: Option<Decimal>,
    /// Forecasts whose sum lay within the 80 % interval.
    pub held_80: usize,
    /// Forecasts whose sum lay within the 95 % interval.
    pub held_95: usize,
}

/// Forecasts `horizon` days from every seventh day of the past and compares with what came. Each bound is calibrated
/// by the forecasts before it whose days were over by then, as that of a forecast of today is.
pub fn backtest(
    series: &DailySeries,
    horizon: usize,
    params: &ForecastParams,
) -> Result<BacktestReport, NoForecast> {
    let least = params.least_days.max(NAIVE_DAYS);
    let mut sums = Sums::default();
    let mut before: Vec<(usize, f64)> = Vec::new();
    for (origin, made) in earlier(series, horizon, params) {
        let known: Vec<f64> = before
            .iter()
            .filter(|(first, _)| first + CALIBRATED_DAYS <= origin)
            .map(|(_, needed)| *needed)
            .collect();
        if let Some(actual) = series.values.get(origin..origin + CALIBRATED_DAYS) {
            before.push((origin, made.needed(actual)));
        }
        let Some(actual) = series.values.get(origin..origin + horizon) else {
            continue;
        };
        let made = made.shorter(horizon).forecast(widened(&known));
        sums.add(&series.values[..origin], actual, &made);
    }
    if sums.forecasts == 0 {
        return Err(NoForecast::NotEnoughDays {
            days: series.values.len(),
            needed: least + horizon,
        });
    }
    let percent = |missed: Decimal| (missed * Decimal::ONE_HUNDRED).checked_div(sums.spent);
    Ok(BacktestReport {
        horizon,
        forecasts: sums.forecasts,
        wape: percent(sums.missed),
        wape_of_mean: percent(sums.missed_by_mean),
        wape_of_last_week: percent(sums.missed_by_week),
        mape_of_sum: (sums.parts * Decimal::ONE_HUNDRED).checked_div(Decimal::from(sums.with_part)),
        held_80: sums.held_80,
        held_95: sums.held_95,
    })
}

/// How many times as wide the bounds of earlier forecasts had to be, the oldest first.
pub(super) fn needed(series: &DailySeries, params: &ForecastParams) -> Vec<f64> {
    earlier(series, CALIBRATED_DAYS, params)
        .filter_map(|(origin, made)| {
            let actual = series.values.get(origin..origin + CALIBRATED_DAYS)?;
            Some(made.needed(actual))
        })
        .collect()
}

/// Forecasts of at least so many days from days in the past, the latest from so many days before the end: each with
/// the number of days it saw, the oldest first.
fn earlier(
    series: &DailySeries,
    horizon: usize,
    params: &ForecastParams,
) -> impl Iterator<Item = (usize, Made)> {
    let least = params.least_days.max(NAIVE_DAYS);
    let last = series.values.len().checked_sub(horizon);
    let mut origins: Vec<usize> = last
        .into_iter()
        .flat_map(|last| (least..=last).rev().step_by(EVERY_DAYS))
        .take(MOST_FORECASTS)
        .collect();
    origins.reverse();
    origins.into_iter().filter_map(move |origin| {
        let past = DailySeries {
            key: series.key.clone(),
            start: series.start,
            values: series.values[..origin].to_vec(),
        };
        let made = Made::new(&past, 0, horizon.max(CALIBRATED_DAYS), params).ok()?;
        Some((origin, made))
    })
}

#[derive(Default)]
struct Sums {
    spent: Decimal,
    missed: Decimal,
    missed_by_mean: Decimal,
    missed_by_week: Decimal,
    parts: Decimal,
    with_part: usize,
    forecasts: usize,
    held_80: usize,
    held_95: usize,
}

impl Sums {
    fn add(&mut self, past: &[Decimal], actual: &[Decimal], made: &Forecast) {
        let origin = past.len();
        let mean = past[origin - NAIVE_DAYS..].iter().sum::<Decimal>() / Decimal::from(NAIVE_DAYS);
        for (ahead, (amount, day)) in actual.iter().zip(&made.days).enumerate() {
            let week_before = past[origin - 7 + ahead % 7];
            self.spent += amount.abs();
            self.missed += (amount - day.expected).abs();
            self.missed_by_mean += (amount - mean).abs();
            self.missed_by_week += (amount - week_before).abs();
        }
        let spent: Decimal = actual.iter().sum();
        if let Some(part) = (made.total - spent).abs().checked_div(spent.abs()) {
            self.parts += part;
            self.with_part += 1;
        }
        self.held_80 += usize::from(made.within_80.contains(spent));
        self.held_95 += usize::from(made.within_95.contains(spent));
        self.forecasts += 1;
    }
}
