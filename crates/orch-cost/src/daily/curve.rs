//! A series on a scale where a change by a share is the same step on a small and a large bill.

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::DailySeries;

/// The scale's unit as a part of the absolute floor: far below what matters, so that the scale is logarithmic
/// wherever an anomaly can be.
const UNIT_OF_FLOOR: f64 = 0.1;
/// The unit where there is no floor.
const LEAST_UNIT: f64 = 1e-6;

/// Money of each day, and the same as `asinh(money ÷ 2 units)`: the logarithm for all that is larger than a few
/// units, straight through zero, and defined for negative amounts.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    start: NaiveDate,
    unit: f64,
    /// The absolute floor.
    pub(crate) floor: f64,
    /// Money of each day.
    pub(crate) money: Vec<f64>,
    /// The same on the scale.
    pub(crate) scaled: Vec<f64>,
}

impl Curve {
    pub(crate) fn new(series: &DailySeries, absolute_floor: Decimal) -> Self {
        let floor = number(absolute_floor);
        let unit = (floor * UNIT_OF_FLOOR).max(LEAST_UNIT);
        let money: Vec<f64> = series.values.iter().copied().map(number).collect();
        let mut curve = Self {
            start: series.start,
            unit,
            floor,
            scaled: Vec::new(),
            money,
        };
        curve.scaled = curve
            .money
            .iter()
            .map(|amount| curve.to_scale(*amount))
            .collect();
        curve
    }

    pub(crate) fn len(&self) -> usize {
        self.money.len()
    }

    pub(crate) fn to_scale(&self, money: f64) -> f64 {
        (money / (2.0 * self.unit)).asinh()
    }

    pub(crate) fn to_money(&self, scaled: f64) -> f64 {
        2.0 * self.unit * scaled.sinh()
    }

    pub(crate) fn date(&self, day: usize) -> NaiveDate {
        self.start
            .checked_add_days(Days::new(day as u64))
            .unwrap_or(NaiveDate::MAX)
    }

    /// Zero for Monday.
    pub(crate) fn weekday(&self, day: usize) -> usize {
        (self.start.weekday().num_days_from_monday() as usize + day) % 7
    }
}

/// Digits after the point of an estimated amount: it is rounded once, before anything is computed with it, so that
/// sums are exact.
const DIGITS: u32 = 4;

/// An estimate as money.
pub(crate) fn money(estimate: f64) -> Decimal {
    Decimal::from_f64(estimate)
        .unwrap_or_default()
        .round_dp(DIGITS)
}

fn number(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or_default()
}
