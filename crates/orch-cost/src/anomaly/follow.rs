//! How a series is followed from day to day, so that one change is told once.

use super::AnomalyParams;
use super::judge::{Alarm, LONG_WINDOW};
use super::shape::{Shape, shape};
use super::view::View;
use crate::daily::{Baseline, Curve};

/// The longest spike; what lasts longer is a step or a rise.
pub(super) const SPIKE_DAYS: usize = 3;
/// The odds at which a change is over.
const ODDS_OVER: f64 = 20.0;
/// Days that must agree on that, where the change lasted as long.
const DAYS_TO_END: usize = 5;
/// A change never takes longer than this to become the usual level, even while it still grows.
const LONGEST_DAYS: usize = 60;
/// Days whose mean is the level a change has reached.
const REACHED_DAYS: usize = 7;
/// The least standard deviation of a day, on the scale.
const LEAST_SCATTER: f64 = 0.01;
/// A change still grows when its last week is so many standard errors above the week before.
const SURE_TO_GROW: f64 = 3.0;

/// A change that was found.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Its first day, as is known by now.
    pub(crate) first: usize,
    /// The day by which it was first found.
    pub(crate) told: usize,
    /// The last day that belongs to it.
    pub(crate) last: usize,
    /// How it came, for one of more than a day.
    pub(crate) shape: Option<Shape>,
    pub(crate) state: ChangeState,
    /// Robust standard score of the days it was found by.
    pub(crate) score: f64,
    pub(crate) upward: bool,
    /// The first day that `expected` has.
    pub(crate) shown_from: usize,
    /// Expected money of each day.
    pub(crate) expected: Vec<f64>,
    /// What each day was above that, on the scale.
    residuals: Vec<f64>,
    /// The day by which it was found, this time.
    detected: usize,
    /// What was usual before it.
    pub(crate) baseline: Baseline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeState {
    Ongoing,
    Over,
    /// Became the usual level.
    Settled,
}

impl Change {
    /// The mean residual of the last days that belong to it.
    pub(crate) fn reached(&self) -> f64 {
        let until = self.last - self.shown_from;
        let from = (self.first - self.shown_from).max((until + 1).saturating_sub(REACHED_DAYS));
        mean(&self.residuals[from.min(until)..=until])
    }

    fn sign(&self) -> f64 {
        if self.upward { 1.0 } else { -1.0 }
    }

    fn still_grows(&self, day: usize) -> bool {
        let until = day + 1 - self.shown_from;
        let Some(from) = until.checked_sub(2 * REACHED_DAYS) else {
            return false;
        };
        let middle = from + REACHED_DAYS;
        let growth = mean(&self.residuals[middle..until]) - mean(&self.residuals[from..middle]);
        // Days that lie close to their own line show its growth, however far days were scattered before the change.
        let sigma = self
            .baseline
            .sigma
            .min(scatter(&self.residuals[from..until]));
        let error = sigma * (2.0 / REACHED_DAYS as f64).sqrt();
        growth.abs() > SURE_TO_GROW * error
    }

    /// Sees again when and how a change of more than a day began.
    fn look(&mut self, day: usize, params: &AnomalyParams) {
        if self.detected == self.first && day < self.detected + 2 {
            return;
        }
        let until = day.min(self.detected + 2 * params.settle_days);
        let sign = self.sign();
        let residuals: Vec<f64> = self.residuals[..=until - self.shown_from]
            .iter()
            .map(|residual| sign * residual)
            .collect();
        let latest = self.detected.min(self.told).saturating_sub(self.shown_from);
        let least = params.relative_floor.ln_1p();
        if let Some(found) = shape(&residuals, latest, least, self.baseline.sigma) {
            self.first = self.shown_from + found.first;
            self.shape = Some(found);
        }
    }
}

/// Standard deviation around the straight line through some values, of which there are more than two.
fn scatter(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let level = mean(values);
    let (mut product, mut square, mut all) = (0.0, 0.0, 0.0);
    for (place, value) in values.iter().enumerate() {
        let far = place as f64 - middle;
        product += far * (value - level);
        square += far * far;
        all += (value - level).powi(2);
    }
    let left = (all - product * product / square).max(0.0);
    (left / (count - 2.0)).sqrt().max(LEAST_SCATTER)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A change that is not over.
struct Now {
    change: Change,
    /// The logarithm of the odds that it is over, and the day they began to rise.
    over: f64,
    over_since: Option<usize>,
}

/// What is known after the last day.
pub(crate) struct Follow<'a> {
    pub(crate) changes: Vec<Change>,
    pub(crate) view: View<'a>,
}

struct Run<'a> {
    view: View<'a>,
    /// What each day was above what was expected of it on its own day; none when it was not judged.
    residuals: Vec<Option<f64>>,
    changes: Vec<Change>,
    now: Option<Now>,
}

/// Follows a series from its first to its last day; each day is judged by the days before it alone.
pub(crate) fn follow<'a>(curve: &'a Curve, params: &'a AnomalyParams) -> Follow<'a> {
    let mut run = Run {
        view: View::new(curve, params),
        residuals: vec![None; curve.len()],
        changes: Vec::new(),
        now: None,
    };
    for day in 0..curve.len() {
        match run.now.take() {
            None => run.quiet(day),
            Some(now) => run.changed(now, day),
        }
    }
    run.changes.extend(run.now.map(|now| now.change));
    Follow {
        changes: run.changes,
        view: run.view,
    }
}

impl Run<'_> {
    fn quiet(&mut self, day: usize) {
        let Some(recent) = self.view.baseline(day, day) else {
            return;
        };
        self.residuals[day] = self
            .view
            .expect(&recent, day, day)
            .map(|expected| expected.residual);
        let alarm = self
            .view
            .short(day, &self.residuals, &recent)
            .or_else(|| self.view.long(day));
        if let Some(alarm) = alarm {
            self.begin(alarm, day);
        }
    }

    fn begin(&mut self, alarm: Alarm, day: usize) {
        let shown_from = self.shown_from(alarm.first);
        let mut change = Change {
            first: alarm.first,
            told: day,
            last: day,
            shape: None,
            state: ChangeState::Ongoing,
            score: alarm.score,
            upward: alarm.upward,
            shown_from,
            expected: Vec::new(),
            residuals: Vec::new(),
            detected: day,
            baseline: alarm.baseline,
        };
        for other in shown_from..=day {
            self.add(&mut change, other);
        }
        change.look(day, self.view.params);
        // What began before an earlier change of the same direction was over goes on with it.
        if let Some(before) = self.changes.pop_if(|before| {
            before.upward == change.upward
                && before.state == ChangeState::Over
                && change.shape.is_some()
                && change.first <= before.last
        }) {
            // It is told since the day it was told.
            change.first = change.first.min(before.told).max(shown_from);
            change.told = before.told;
            change.score = before.score;
        }
        self.now = Some(Now {
            change,
            over: 0.0,
            over_since: None,
        });
    }

    /// How far back the beginning of a change may lie: not into another long one.
    fn shown_from(&self, first: usize) -> usize {
        let mut from = first;
        while from > self.view.from && first - from < LONG_WINDOW && self.view.usual[from - 1] {
            from -= 1;
        }
        from
    }

    fn add(&self, change: &mut Change, day: usize) {
        let expected = self
            .view
            .expect(&change.baseline, day, change.first.min(day))
            .unwrap_or_else(|| self.view.without_fee(&change.baseline, day));
        change.residuals.push(expected.residual);
        change.expected.push(expected.money);
    }

    fn changed(&mut self, mut now: Now, day: usize) {
        self.add(&mut now.change, day);
        let change = &now.change;
        let residual = change.residuals[day - change.shown_from];
        // A fall is not told, but a spike out of it is.
        if !change.upward
            && let Some(alarm) = self.view.day(day, residual, &change.baseline)
        {
            now.over_since = Some(day);
            self.end(now, day);
            self.begin(alarm, day);
            return;
        }
        // As it was before, or half of what it reached, though never more than twice the change that is looked for?
        let size = self.view.size();
        let reached = change.reached().abs().clamp(size, 2.0 * size);
        let evidence =
            (reached / 2.0 - change.sign() * residual) * reached / change.baseline.variance(1);
        // What has lasted is not ended by a holiday: as many days as it lasted, up to five, must say so.
        let lasted = (change.last + 1 - change.first).min(DAYS_TO_END);
        now.over += evidence.min(1.001 * ODDS_OVER.ln() / lasted as f64);
        if now.over > 0.0 {
            now.over_since.get_or_insert(day);
            if now.over >= ODDS_OVER.ln() {
                self.end(now, day);
            } else {
                self.now = Some(now);
            }
            return;
        }
        now.over = 0.0;
        now.over_since = None;
        now.change.last = day;
        now.change.look(day, self.view.params);
        let lasted = day - now.change.detected;
        if lasted >= self.view.params.settle_days
            && (lasted >= LONGEST_DAYS || !now.change.still_grows(day))
        {
            self.settle(now.change, day);
        } else {
            self.now = Some(now);
        }
    }

    /// The days since it began to be over are usual ones again.
    fn end(&mut self, now: Now, day: usize) {
        let mut change = now.change;
        change.state = ChangeState::Over;
        let since = now.over_since.unwrap_or(day);
        for other in change.first..since {
            self.residuals[other] = None;
            if since - change.first > SPIKE_DAYS {
                self.view.usual[other] = false;
            }
        }
        for other in since..=day {
            self.residuals[other] = Some(change.residuals[other - change.shown_from]);
        }
        self.changes.push(change);
    }

    /// The level it reached is the usual one: what was before is moved there, so that its weekday pattern and
    /// spread still serve. What began at nothing has no such past.
    fn settle(&mut self, mut change: Change, day: usize) {
        change.state = ChangeState::Settled;
        let first = change.first;
        let is_rise = change.shape.is_some_and(|shape| shape.over > 1);
        let full = if is_rise {
            (day + 1 - REACHED_DAYS).max(first)
        } else {
            first
        };
        if change.expected[first - change.shown_from] < self.view.curve.floor {
            self.view.from = first;
        } else {
            let from = full - change.shown_from;
            let moved = mean(&change.residuals[from..=day - change.shown_from]);
            for other in self.view.from..first {
                self.view.shifts[other] += moved;
            }
            for other in first..full {
                self.view.usual[other] = false;
                self.view.fits[other] = false;
            }
        }
        for other in first..=day {
            self.residuals[other] = None;
        }
        self.changes.push(change);
    }
}
