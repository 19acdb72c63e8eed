//! Whether the last days of a series stand out from the days before them.

use super::view::View;
use crate::daily::{Baseline, fit};

/// Windows up to this are judged by all days before them; longer ones by days far enough back that a slow rise
/// is not yet in them.
const SHORT_WINDOW: usize = 4;
/// The longest window, and how far back the days lie that it is judged by.
pub(super) const LONG_WINDOW: usize = 21;
/// The same while the history is short.
const MIDDLE_WINDOW: usize = 8;
/// A day is no spike when the history has at least so many like it: then it is a habit without a rhythm.
const HABIT_DAYS: usize = 3;
/// How near another day must come to be like it, as a part of the excess.
const HABIT_LIKE: f64 = 0.9;
/// Standard deviations beyond which a day of a long window counts no more.
const FAR: f64 = 3.0;

/// A window of days that stands out.
pub(super) struct Alarm {
    pub(super) first: usize,
    pub(super) score: f64,
    pub(super) upward: bool,
    /// What it stands out from.
    pub(super) baseline: Baseline,
}

impl View<'_> {
    /// The smallest change that is looked for, on the scale.
    pub(super) fn size(&self) -> f64 {
        self.params.change.ln_1p()
    }

    /// The logarithm of how much likelier a mean residual is after a change than without one, and its score.
    fn weigh(&self, mean: f64, variance: f64) -> (f64, f64) {
        let size = self.size();
        (
            (size * mean - size * size / 2.0) / variance,
            mean / variance.sqrt(),
        )
    }

    /// Whether the excess of a window is worth mentioning.
    fn above_floors(&self, first: usize, day: usize, baseline: &Baseline) -> bool {
        let (mut excess, mut expected) = (0.0, 0.0);
        for other in first..=day {
            if let Some(one) = self.expect(baseline, other, day) {
                excess += self.curve.money[other] - one.money;
                expected += one.money;
            }
        }
        let days = (day - first + 1) as f64;
        excess >= self.curve.floor * days && excess >= self.params.relative_floor * expected
    }

    /// A day on its own.
    pub(super) fn day(&self, day: usize, residual: f64, baseline: &Baseline) -> Option<Alarm> {
        let (evidence, score) = self.weigh(residual, baseline.variance(1));
        (evidence >= self.params.odds.ln() && self.above_floors(day, day, baseline)).then(|| {
            Alarm {
                first: day,
                score,
                upward: true,
                baseline: baseline.clone(),
            }
        })
    }

    /// The last one to four days together. `residuals` are what each day was above what was expected of it on its
    /// own day, none where it was not judged.
    pub(super) fn short(
        &self,
        day: usize,
        residuals: &[Option<f64>],
        recent: &Baseline,
    ) -> Option<Alarm> {
        let mut best: Option<(f64, f64, usize)> = None;
        let mut sum = 0.0;
        for window in 1..=SHORT_WINDOW.min(day) {
            let first = day + 1 - window;
            let Some(residual) = residuals[first] else {
                break;
            };
            sum += residual;
            let (evidence, score) = self.weigh(sum / window as f64, recent.variance(window));
            if best.is_none_or(|(most, _, _)| evidence > most) {
                best = Some((evidence, score, first));
            }
        }
        let (evidence, score, first) = best?;
        let excess = residuals[day]?;
        if evidence < self.params.odds.ln()
            || !self.above_floors(first, day, recent)
            || self.is_habit(day, excess, recent)
        {
            return None;
        }
        // The window's own days are no history of it.
        let before = (first < day).then(|| self.baseline(first, day)).flatten();
        Some(Alarm {
            first,
            score,
            upward: true,
            baseline: before.unwrap_or_else(|| recent.clone()),
        })
    }

    fn is_habit(&self, day: usize, excess: f64, recent: &Baseline) -> bool {
        let like = self
            .points(day)
            .iter()
            .filter(|point| {
                point.value - recent.expect(point.day, point.weekday) >= HABIT_LIKE * excess
            })
            .count();
        like >= HABIT_DAYS
    }

    /// The last five to twenty-one days together, up or down.
    pub(super) fn long(&self, day: usize) -> Option<Alarm> {
        let older = |window: usize| {
            let points = self.points((day + 1).saturating_sub(window));
            (points.len() >= self.params.least_days).then(|| (fit(&points, day), window))
        };
        let (lagged, longest) = older(LONG_WINDOW).or_else(|| older(MIDDLE_WINDOW))?;
        // One day far out, such as a holiday, is not to stand for the others.
        let most = (FAR * lagged.sigma).max(self.size());
        let mut best: Option<(f64, f64, usize, bool)> = None;
        let (mut sum, mut days) = (0.0, 0_usize);
        for window in 1..=longest {
            let first = day + 1 - window;
            if first < self.from || !self.usual[first] {
                break;
            }
            let Some(expected) = self.expect(&lagged, first, day) else {
                continue;
            };
            sum += expected.residual.clamp(-most, most);
            days += 1;
            if window <= SHORT_WINDOW {
                continue;
            }
            let mean = sum / days as f64;
            let (evidence, score) = self.weigh(mean.abs(), lagged.variance(days));
            if best.is_none_or(|(most, ..)| evidence > most) {
                best = Some((evidence, score, first, mean > 0.0));
            }
        }
        let (evidence, score, first, upward) = best?;
        (evidence >= self.params.odds.ln() && (!upward || self.above_floors(first, day, &lagged)))
            .then_some(Alarm {
                first,
                score,
                upward,
                baseline: lagged,
            })
    }
}
