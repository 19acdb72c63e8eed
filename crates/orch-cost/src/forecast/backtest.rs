//! How well a series would have been forecast: from days in its past, each seeing only the days before it.

use rust_decimal::Decimal;

use super::{ForecastParams, NoForecast, forecast};
use crate::daily::DailySeries;

/// Days between two forecasts.
const EVERY_DAYS: usize = 7;
/// At most so many forecasts, the latest ones: half a year of weeks.
const MOST_FORECASTS: usize = 26;
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

/// Forecasts `horizon` days from every seventh day of the past and compares with what came.
pub fn backtest(
    series: &DailySeries,
    horizon: usize,
    params: &ForecastParams,
) -> Result<BacktestReport, NoForecast> {
    let days = series.values.len();
    let least = params.least_days.max(NAIVE_DAYS);
    let too_few = NoForecast::NotEnoughDays {
        days,
        needed: least + horizon,
    };
    let Some(last) = days.checked_sub(horizon).filter(|last| *last >= least) else {
        return Err(too_few);
    };
    let mut sums = Sums::default();
    for origin in (least..=last)
        .rev()
        .step_by(EVERY_DAYS)
        .take(MOST_FORECASTS)
    {
        let past = DailySeries {
            key: series.key.clone(),
            start: series.start,
            values: series.values[..origin].to_vec(),
        };
        let Ok(made) = forecast(&past, horizon, params) else {
            continue;
        };
        let actual = &series.values[origin..origin + horizon];
        let mean =
            past.values[origin - NAIVE_DAYS..].iter().sum::<Decimal>() / Decimal::from(NAIVE_DAYS);
        for (ahead, (amount, day)) in actual.iter().zip(&made.days).enumerate() {
            let week_before = past.values[origin - 7 + ahead % 7];
            sums.spent += amount.abs();
            sums.missed += (amount - day.expected).abs();
            sums.missed_by_mean += (amount - mean).abs();
            sums.missed_by_week += (amount - week_before).abs();
        }
        let spent: Decimal = actual.iter().sum();
        if let Some(part) = (made.total - spent).abs().checked_div(spent.abs()) {
            sums.parts += part;
            sums.with_part += 1;
        }
        sums.held_80 += usize::from(made.within_80.contains(spent));
        sums.held_95 += usize::from(made.within_95.contains(spent));
        sums.forecasts += 1;
    }
    if sums.forecasts == 0 {
        return Err(too_few);
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
