//! What the coming days will cost: the weekday pattern, level and fees of the last weeks, carried on.
//!
//! The estimates are those anomalies are judged by. A day ahead is expected to cost its weekday's usual amount at the
//! last level, with the growth that is sure (at most a tenth, or the trend of the last weeks where that is steady), plus
//! the fee of its day of the month. A change
//! that has lasted a few days is taken to stay; a spike is not. The amount is a mean, not a median: the median
//! times the mean of actual ÷ usual over the days it was estimated from, so that holidays and skewed noise are in it.
//!
//! The interval is that of the *sum* of the days. Its variance adds what is independent from day to day, the error of
//! the level, which is the same on all days, and how far the level itself moved from four weeks to four weeks in the
//! past. That it needs the sum is why no library's day-by-day intervals are used. It says what happens if the bill
//! goes on as it did; it does not know of changes to come. Where earlier forecasts of the same series did not hold, it is
//! widened by what they needed.

use chrono::{Datelike, Days, Months, NaiveDate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::backtest::needed;
use super::calibrate::widened;
use super::trend::Trend;
use crate::anomaly::{AnomalyParams, Change, ChangeState, Follow, View, follow};
use crate::daily::{Baseline, Curve, DailySeries, Fee, is_boundary, money};

/// Days a rise must have lasted to be taken to stay: one more than a spike.
const RISE_STAYS_AFTER: usize = 4;
/// The same of a fall: more than a week, which is as long as most holidays are.
const FALL_STAYS_AFTER: usize = 8;
/// A day's ratio to its usual amount counts at most so many standard deviations from one in the mean: anomalies
/// are no part of what is usual.
const MOST_OF_A_DAY: f64 = 4.0;
/// Days of a stretch whose level is compared with that of the stretch before.
const WANDER_DAYS: usize = 28;
/// How far a level is taken to move in that time before any was seen to, on the scale, counted as one comparison.
const PRIOR_WANDER: f64 = 0.03;
/// Normal quantiles of the two intervals.
const WITHIN_80: f64 = 1.2816;
const WITHIN_95: f64 = 1.9600;
/// No bounds are widened by more: what falls to nothing is infinitely far off in proportion.
const MOST_NEEDED: f64 = 20.0;

/// Thresholds of a forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastParams {
    /// Days of history without which nothing is forecast: three of each weekday.
    pub least_days: usize,
    /// How changes in the history are found.
    pub anomalies: AnomalyParams,
}

impl Default for ForecastParams {
    fn default() -> Self {
        Self {
            least_days: 21,
            anomalies: AnomalyParams::default(),
        }
    }
}

/// Why there is no forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoForecast {
    /// The history is too short.
    #[error("not enough days: {days} of {needed}")]
    NotEnoughDays {
        /// The days there are.
        days: usize,
        /// The days that are needed.
        needed: usize,
    },
    /// The month was over before the series ends.
    #[error("all days of the month are closed")]
    MonthIsClosed,
}

/// Two amounts between which the sum will lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The lower bound.
    pub low: Decimal,
    /// The upper bound.
    pub high: Decimal,
}

impl Interval {
    /// Whether an amount is within.
    pub fn contains(&self, amount: Decimal) -> bool {
        (self.low..=self.high).contains(&amount)
    }

    fn plus(self, amount: Decimal) -> Self {
        Self {
            low: self.low + amount,
            high: self.high + amount,
        }
    }
}

/// One day ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastDay {
    /// The day.
    pub day: NaiveDate,
    /// What it is expected to cost.
    pub expected: Decimal,
}

/// The days after a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Each day, from the one after the last of the series.
    pub days: Vec<ForecastDay>,
    /// Their sum, exact.
    pub total: Decimal,
    /// Holds the sum in 80 of 100 cases.
    pub within_80: Interval,
    /// Holds the sum in 95 of 100 cases.
    pub within_95: Interval,
}

/// A month, of which some days are closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthForecast {
    /// The first day of the month.
    pub month: NaiveDate,
    /// What its closed days cost, exact.
    pub to_date: Decimal,
    /// How many days are closed.
    pub closed_days: usize,
    /// The other days.
    pub rest: Forecast,
    /// Both together.
    pub total: Decimal,
    /// Holds the total in 80 of 100 cases.
    pub within_80: Interval,
    /// Holds the total in 95 of 100 cases.
    pub within_95: Interval,
}

/// Forecasts a number of days after the last of a series.
pub fn forecast(
    series: &DailySeries,
    days: usize,
    params: &ForecastParams,
) -> Result<Forecast, NoForecast> {
    ahead(series, 0, days, params)
}

/// Forecasts the month of a day: its closed days as they are, the others as expected. Days between the last of the
/// series and the first of the month are no part of it.
pub fn end_of_month(
    series: &DailySeries,
    day: NaiveDate,
    params: &ForecastParams,
) -> Result<MonthForecast, NoForecast> {
    let month = day.with_day(1).unwrap_or(day);
    let next = month
        .checked_add_months(Months::new(1))
        .unwrap_or(NaiveDate::MAX);
    let closed = series
        .start
        .checked_add_days(Days::new(series.values.len() as u64))
        .unwrap_or(NaiveDate::MAX);
    let days = |from: NaiveDate, until: NaiveDate| {
        usize::try_from((until - from).num_days()).unwrap_or_default()
    };
    if closed >= next {
        return Err(NoForecast::MonthIsClosed);
    }
    let skipped = days(closed, month);
    let rest = ahead(series, skipped, days(closed.max(month), next), params)?;
    let of_month: Vec<Decimal> = month
        .iter_days()
        .take_while(|day| *day < closed)
        .filter_map(|day| series.on(day))
        .collect();
    let to_date: Decimal = of_month.iter().sum();
    Ok(MonthForecast {
        month,
        to_date,
        closed_days: of_month.len(),
        total: to_date + rest.total,
        within_80: rest.within_80.plus(to_date),
        within_95: rest.within_95.plus(to_date),
        rest,
    })
}

fn ahead(
    series: &DailySeries,
    skipped: usize,
    days: usize,
    params: &ForecastParams,
) -> Result<Forecast, NoForecast> {
    let made = Made::new(series, skipped, days, params)?;
    Ok(made.forecast(widened(&needed(series, params))))
}

/// A forecast before its bounds are calibrated.
pub(super) struct Made {
    days: Vec<ForecastDay>,
    /// Expected usage of each day and its fee.
    parts: Vec<(f64, f64)>,
    /// Standard error of the usage of the first days together, by their number less one.
    errors: Vec<f64>,
    freedom: f64,
}

impl Made {
    pub(super) fn new(
        series: &DailySeries,
        skipped: usize,
        days: usize,
        params: &ForecastParams,
    ) -> Result<Self, NoForecast> {
        let history = series.values.len();
        let too_few = |needed| NoForecast::NotEnoughDays {
            days: history,
            needed,
        };
        if history < params.least_days {
            return Err(too_few(params.least_days));
        }
        let curve = Curve::new(series, params.anomalies.absolute_floor);
        let follow = follow(&curve, &params.anomalies);
        let level = Level::new(&follow).ok_or_else(|| too_few(params.least_days + 1))?;
        let places = history + skipped..history + skipped + days;
        let parts: Vec<(f64, f64)> = places.clone().map(|day| level.on(day)).collect();
        Ok(Self {
            days: places
                .zip(&parts)
                .map(|(day, (usage, fee))| ForecastDay {
                    day: curve.date(day),
                    expected: money(usage + fee),
                })
                .collect(),
            errors: level.errors(parts.iter().map(|(usage, _)| *usage), skipped),
            freedom: level.freedom,
            parts,
        })
    }

    /// The same of its first days alone.
    pub(super) fn shorter(mut self, days: usize) -> Self {
        self.days.truncate(days);
        self.parts.truncate(days);
        self
    }

    /// The forecast, with bounds so many times as wide.
    pub(super) fn forecast(self, factor: f64) -> Forecast {
        let total: Decimal = self.days.iter().map(|day| day.expected).sum();
        let within = |normal: f64| {
            let (low, high) = self.bounds(normal, factor);
            Interval {
                low: money(low).min(total),
                high: money(high).max(total),
            }
        };
        Forecast {
            within_80: within(WITHIN_80),
            within_95: within(WITHIN_95),
            total,
            days: self.days,
        }
    }

    fn bounds(&self, normal: f64, factor: f64) -> (f64, f64) {
        let (usage, fees, error) = self.first(self.parts.len());
        let quantile = factor * self.quantile(normal);
        let bounds = if usage > error {
            // Usage does not fall below zero: the bounds are as far in proportion.
            let ratio = (quantile * error / usage).exp();
            (usage / ratio, usage * ratio)
        } else {
            (usage - quantile * error, usage + quantile * error)
        };
        (bounds.0 + fees, bounds.1 + fees)
    }

    /// How many times as wide the 80 % bounds of the sum of these first days had to be to hold it.
    pub(super) fn needed(&self, actual: &[Decimal]) -> f64 {
        let (usage, fees, error) = self.first(actual.len());
        let sum = actual.iter().sum::<Decimal>().to_f64().unwrap_or_default() - fees;
        let off = if usage > error && sum > 0.0 {
            (sum / usage).ln().abs() * usage
        } else {
            (sum - usage).abs()
        };
        let half = self.quantile(WITHIN_80) * error;
        if half > 0.0 {
            off / half
        } else {
            f64::from(u8::from(off > 0.0)) * MOST_NEEDED
        }
        .min(MOST_NEEDED)
    }

    /// Expected usage and fees of the first days, and the standard error of that usage.
    fn first(&self, days: usize) -> (f64, f64, f64) {
        let (usage, fees) = self.parts[..days]
            .iter()
            .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let error = days.checked_sub(1).map_or(0.0, |last| self.errors[last]);
        (usage, fees, error)
    }

    /// A quantile of Student's t, by the first term of its expansion, for the days the spread was estimated from.
    fn quantile(&self, normal: f64) -> f64 {
        normal * (1.0 + (normal * normal + 1.0) / (4.0 * self.freedom))
    }
}

/// The level that is carried on.
struct Level<'a> {
    follow: &'a Follow<'a>,
    baseline: Baseline,
    /// What a change that stays adds, on the scale.
    added: f64,
    /// Mean of actual ÷ usual.
    mean: f64,
    /// Standard deviation of the same.
    spread: f64,
    /// Degrees of freedom of that.
    freedom: f64,
    /// Variance by which the level moves in a day.
    wander: f64,
    /// What goes on growing; it takes the place of the baseline's level and slope.
    trend: Option<Trend<'a>>,
}

impl<'a> Level<'a> {
    fn new(follow: &'a Follow<'a>) -> Option<Self> {
        let view = &follow.view;
        let now = view.curve.len();
        let ongoing = follow
            .changes
            .last()
            .filter(|change| change.state == ChangeState::Ongoing);
        let (baseline, until, added) = match ongoing {
            Some(change) => (change.baseline.clone(), change.first, stays(change)),
            None => (view.baseline(now, now)?, now, 0.0),
        };
        let trend = Trend::of(
            view.curve,
            &without_weekdays(view, &baseline),
            now,
            view.first_day(),
        );
        let residuals: Vec<(usize, f64)> = match &trend {
            Some(trend) => without_weekdays(view, &baseline)
                .iter()
                .filter(|(day, _)| *day >= trend.from)
                .map(|(day, value)| (*day, value - trend.on(*day)))
                .collect(),
            None => view
                .points(until)
                .iter()
                .map(|point| {
                    let usual = baseline.expect(point.day, point.weekday);
                    (point.day, point.value - usual)
                })
                .collect(),
        };
        let sigma = trend.as_ref().map_or(baseline.sigma, Trend::sigma);
        let limit = MOST_OF_A_DAY * sigma.max(baseline.sigma);
        let ratios: Vec<f64> = residuals
            .iter()
            .map(|(_, residual)| residual.min(limit).exp())
            .collect();
        let count = ratios.len().max(1) as f64;
        let mean = ratios.iter().sum::<f64>() / count;
        let squares: f64 = ratios.iter().map(|ratio| (ratio - mean).powi(2)).sum();
        Some(Self {
            follow,
            added,
            mean,
            spread: (squares / count).sqrt().max(sigma),
            freedom: (count - 8.0).max(4.0),
            wander: wander(&residuals, &baseline),
            baseline,
            trend,
        })
    }

    /// Expected usage of a day and its fee.
    fn on(&self, day: usize) -> (f64, f64) {
        let view = &self.follow.view;
        let weekday = view.curve.weekday(day);
        let usual = match &self.trend {
            Some(trend) => trend.on(day) + self.baseline.weekday(weekday),
            None => self.baseline.expect(day, weekday) + self.added,
        };
        let fee = match view.fee(&self.baseline, day, view.curve.len()) {
            Fee::Known { amount, .. } => amount,
            Fee::None | Fee::Unseen => 0.0,
        };
        (view.curve.to_money(usual) * self.mean, fee)
    }

    /// Standard errors of the sums of the first days ahead, of which the first comes after some that are skipped.
    fn errors(&self, usage: impl Iterator<Item = f64>, skipped: usize) -> Vec<f64> {
        let (mut sum, mut squares, mut days) = (0.0, 0.0, 0.0);
        let skipped = skipped as f64;
        usage
            .map(|amount| {
                sum += amount;
                squares += amount * amount;
                days += 1.0;
                // The variance of the mean of a random walk is a third of that at its end.
                let moved = self.wander * (skipped + days / 3.0);
                let shared = match &self.trend {
                    Some(trend) => trend.variance(skipped + days / 2.0),
                    None => {
                        let widened = self.spread / self.baseline.sigma;
                        self.baseline.level_variance() * widened.powi(2)
                    }
                };
                (squares * self.spread * self.spread + sum * sum * (shared + moved)).sqrt()
            })
            .collect()
    }
}

/// Days as they were, less their weekday's part. Levels are not made comparable here: that would take growth away.
fn without_weekdays(view: &View<'_>, baseline: &Baseline) -> Vec<(usize, f64)> {
    let curve = view.curve;
    (view.first_day()..curve.len())
        .filter(|day| !is_boundary(curve.date(*day)))
        .map(|day| {
            let weekday = baseline.weekday(curve.weekday(day));
            (day, curve.scaled[day] - weekday)
        })
        .collect()
}

/// What an ongoing change adds to the days ahead.
fn stays(change: &Change) -> f64 {
    let least = if change.upward {
        RISE_STAYS_AFTER
    } else {
        FALL_STAYS_AFTER
    };
    if change.last + 1 - change.first >= least {
        change.reached()
    } else {
        0.0
    }
}

/// How far the level moves in a day, as a variance: from the means of four weeks and of the four weeks before.
fn wander(residuals: &[(usize, f64)], baseline: &Baseline) -> f64 {
    let limit = MOST_OF_A_DAY * baseline.sigma;
    let last = residuals.last().map_or(0, |(day, _)| day + 1);
    let mut levels = Vec::new();
    let mut until = last;
    while let Some(from) = until.checked_sub(WANDER_DAYS) {
        let days: Vec<f64> = residuals
            .iter()
            .filter(|(day, _)| (from..until).contains(day))
            .map(|(_, residual)| residual.clamp(-limit, limit))
            .collect();
        if days.len() < WANDER_DAYS / 2 {
            break;
        }
        levels.push((
            days.iter().sum::<f64>() / days.len() as f64,
            days.len() as f64,
        ));
        until = from;
    }
    let mut squares = PRIOR_WANDER * PRIOR_WANDER;
    let mut count = 1.0;
    for pair in levels.windows(2) {
        let by_chance = baseline.sigma.powi(2) * (1.0 / pair[0].1 + 1.0 / pair[1].1);
        squares += ((pair[0].0 - pair[1].0).powi(2) - by_chance).max(0.0);
        count += 1.0;
    }
    squares / count / WANDER_DAYS as f64
}
