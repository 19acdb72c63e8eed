//! What was usual and what a day should have cost, seen from the days before it.

use super::AnomalyParams;
use crate::daily::{Baseline, Curve, Fee, Point, fee, fit, is_boundary};

/// How far a monthly fee varies from month to month, as a part of it.
const FEE_VARIES: f64 = 0.05;

/// A series and what is known of its levels so far.
pub(crate) struct View<'a> {
    pub(crate) curve: &'a Curve,
    pub(crate) params: &'a AnomalyParams,
    /// What was added to the scaled amount of each day to make it comparable with the last level.
    pub(super) shifts: Vec<f64>,
    /// Whether a day belongs to no change of more than a few days.
    pub(super) usual: Vec<bool>,
    /// Whether a day serves to estimate what is usual: all but those on the way to a new level. Changes that are
    /// over stay in: the estimates bear them, and left out, a wrong one could never be put right.
    pub(super) fits: Vec<bool>,
    /// The first day that the last level is made of.
    pub(super) from: usize,
}

/// What a day should cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    pub(crate) money: f64,
    /// What its usage was above it, on the scale. Where a fee was taken off, which is not known to the cent, it is
    /// made smaller, so that it spreads as on any other day.
    pub(crate) residual: f64,
}

impl<'a> View<'a> {
    pub(super) fn new(curve: &'a Curve, params: &'a AnomalyParams) -> Self {
        let days = curve.len();
        Self {
            curve,
            params,
            shifts: vec![0.0; days],
            usual: vec![true; days],
            fits: vec![true; days],
            from: 0,
        }
    }

    /// The first day that the last level is made of: before it was nothing.
    pub(crate) fn first_day(&self) -> usize {
        self.from
    }

    /// The days before `until` that say what is usual. The first and the last day of a month are left out: a fee
    /// on one of them would be taken for a weekday's pattern while there are few weeks.
    pub(crate) fn points(&self, until: usize) -> Vec<Point> {
        let from = until
            .saturating_sub(self.params.history_days)
            .max(self.from);
        (from..until)
            .filter(|day| self.fits[*day] && !is_boundary(self.curve.date(*day)))
            .map(|day| Point {
                day,
                weekday: self.curve.weekday(day),
                value: self.curve.scaled[day] + self.shifts[day],
            })
            .collect()
    }

    /// The estimates from the days before `until`, with the level of `at`; none where they are too few.
    pub(crate) fn baseline(&self, until: usize, at: usize) -> Option<Baseline> {
        let points = self.points(until);
        (points.len() >= self.params.least_days).then(|| fit(&points, at))
    }

    /// The fee of a day, seen from the days before `now`.
    pub(crate) fn fee(&self, baseline: &Baseline, day: usize, now: usize) -> Fee {
        fee(self.curve, &self.shifts, baseline, day, |day| {
            (self.from..now).contains(&day) && self.usual[day]
        })
    }

    /// What is expected of a day without a fee, as of its own time: before the shifts that make days comparable.
    pub(super) fn without_fee(&self, baseline: &Baseline, day: usize) -> Expected {
        let usual = baseline.expect(day, self.curve.weekday(day)) - self.shifts[day];
        Expected {
            money: self.curve.to_money(usual),
            residual: self.curve.scaled[day] - usual,
        }
    }

    /// What is expected of a day, with the fee of its day of the month; none when that cannot be known.
    pub(super) fn expect(&self, baseline: &Baseline, day: usize, now: usize) -> Option<Expected> {
        let usage = self.without_fee(baseline, day);
        match self.fee(baseline, day, now) {
            Fee::None => Some(usage),
            Fee::Unseen => None,
            Fee::Known { amount, months } => {
                let variance = baseline.sigma.powi(2);
                let unsure = variance / months as f64 + (FEE_VARIES * amount / usage.money).powi(2);
                let rest = self.curve.to_scale(self.curve.money[day] - amount);
                let residual = rest - (self.curve.scaled[day] - usage.residual);
                Some(Expected {
                    money: usage.money + amount,
                    residual: residual * (variance / (variance + unsure)).sqrt(),
                })
            }
        }
    }
}
