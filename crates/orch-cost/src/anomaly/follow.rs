//! How a series is followed day by day: each day is judged by the days before it alone.

use super::AnomalyParams;
use super::shape::{Shape, shape};
use crate::daily::{Baseline, Curve, Fee, Point, fee, fit, is_boundary};

/// Windows up to this are judged by all days before them; longer ones by days far enough back that a slow rise
/// is not yet in them.
pub(crate) const SHORT_WINDOW: usize = 4;
/// The longest window, and how far back the days lie that it is judged by.
const LONG_WINDOW: usize = 21;
/// Days a fall must last at least: a holiday is none.
const FALL_DAYS: usize = 5;
/// Standard deviations beyond which a day of a long window counts no more.
const FAR: f64 = 3.0;
/// How far a monthly fee varies from month to month, as a part of it.
const FEE_VARIES: f64 = 0.05;
/// The longest spike; what lasts longer is a step or a rise.
pub(crate) const SPIKE_DAYS: usize = 3;
/// The odds at which a change is over.
const ODDS_OVER: f64 = 20.0;
/// Days that must agree on that, where the change lasted as long.
const DAYS_TO_END: usize = 5;
/// A day is no spike when the history has at least so many like it: then it is a habit without a rhythm.
const HABIT_DAYS: usize = 3;
/// How near another day must come to be like it, as a part of the excess.
const HABIT_LIKE: f64 = 0.9;
/// A change never takes longer than this to become the usual level, even while it still grows.
const LONGEST_DAYS: usize = 60;
/// Days whose mean is the level a change has reached.
const REACHED_DAYS: usize = 7;

/// A change that was found.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Its first day, as is known by now.
    pub(crate) first: usize,
    /// The day by which it was first found.
    pub(crate) told: usize,
    /// The day by which it was found, this time.
    detected: usize,
    /// The last day that belongs to it.
    pub(crate) last: usize,
    /// How it came, for one of more than a day.
    pub(crate) shape: Option<Shape>,
    pub(crate) state: ChangeState,
    /// Robust standard scores of the window at detection.
    pub(crate) score: f64,
    pub(crate) upward: bool,
    /// Expected money of the days from `shown_from`.
    pub(crate) expected: Vec<f64>,
    /// The first day that `expected` and `residuals` have.
    pub(crate) shown_from: usize,
    residuals: Vec<f64>,
    baseline: Baseline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeState {
    Ongoing,
    Over,
    /// Became the usual level.
    Settled,
}

/// What is known after the last day.
#[derive(Debug, Clone)]
pub(crate) struct Follow {
    pub(crate) changes: Vec<Change>,
    /// Days that could be judged.
    pub(crate) judged_days: usize,
    /// What was added to the scaled amount of each day to make it comparable with the last level.
    pub(crate) shifts: Vec<f64>,
    /// Whether a day belongs to no change.
    pub(crate) usual: Vec<bool>,
    /// Whether a day serves to estimate what is usual: all but those on the way to a new level. Changes that are
    /// over stay in: the estimates bear them, and left out, a wrong one could never be put right.
    pub(crate) fits: Vec<bool>,
    /// The first day that the last level is made of.
    pub(crate) from: usize,
}

/// Follows a series from its first to its last day.
pub(crate) fn follow(curve: &Curve, params: &AnomalyParams) -> Follow {
    let days = curve.len();
    let mut run = Run {
        curve,
        params,
        floor: rust_decimal::prelude::ToPrimitive::to_f64(&params.absolute_floor)
            .unwrap_or_default(),
        size: params.change.ln_1p(),
        residuals: vec![None; days],
        now: None,
        out: Follow {
            changes: Vec::new(),
            judged_days: 0,
            shifts: vec![0.0; days],
            usual: vec![true; days],
            fits: vec![true; days],
            from: 0,
        },
    };
    for day in 0..days {
        match run.now.take() {
            None => run.quiet(day),
            Some(now) => run.changed(now, day),
        }
    }
    if let Some(now) = run.now.take() {
        run.out.changes.push(now.change);
    }
    run.out
}

/// A change that is not over.
struct Now {
    change: Change,
    /// Evidence that it is over, and the day it began to gather.
    over: f64,
    over_since: Option<usize>,
}

struct Run<'a> {
    curve: &'a Curve,
    params: &'a AnomalyParams,
    floor: f64,
    size: f64,
    /// What each day was above what was expected of it on its own day; none when it was not judged.
    residuals: Vec<Option<f64>>,
    now: Option<Now>,
    out: Follow,
}

/// What a day should cost.
struct Expected {
    money: f64,
    /// What its usage was above it, on the scale. Where a fee was taken off, which is not known to the cent, it is
    /// made smaller, so that it spreads as on any other day.
    residual: f64,
}

/// A window of days that stands out.
struct Alarm {
    first: usize,
    evidence: f64,
    score: f64,
    upward: bool,
    baseline: Baseline,
}

impl Run<'_> {
    fn points(&self, until: usize) -> Vec<Point> {
        let from = until
            .saturating_sub(self.params.history_days)
            .max(self.out.from);
        (from..until)
            .filter(|day| self.out.fits[*day] && !is_boundary(self.curve.date(*day)))
            .map(|day| Point {
                day,
                weekday: self.curve.weekday(day),
                value: self.curve.scaled[day] + self.out.shifts[day],
            })
            .collect()
    }

    /// The scaled amount of a usual day, as of its own time: before the shifts that make days comparable.
    fn usual(&self, baseline: &Baseline, day: usize) -> f64 {
        baseline.expect(day, self.curve.weekday(day)) - self.out.shifts[day]
    }

    /// What is expected of a day, with the fee of its day of the month; none when that cannot be known.
    fn expect(&self, baseline: &Baseline, day: usize, now: usize) -> Option<Expected> {
        let usual = self.usual(baseline, day);
        let money = self.curve.to_money(usual);
        match fee(
            self.curve,
            &self.out.shifts,
            baseline,
            day,
            |day| (self.out.from..now).contains(&day) && self.out.usual[day],
        ) {
            Fee::None => Some(Expected {
                money,
                residual: self.curve.scaled[day] - usual,
            }),
            Fee::Known { amount, months } => {
                let variance = baseline.sigma.powi(2);
                let unsure = variance / months as f64 + (FEE_VARIES * amount / money).powi(2);
                let without = self.curve.to_scale(self.curve.money[day] - amount);
                Some(Expected {
                    money: money + amount,
                    residual: (without - usual) * (variance / (variance + unsure)).sqrt(),
                })
            }
            Fee::Unseen => None,
        }
    }

    fn quiet(&mut self, day: usize) {
        let points = self.points(day);
        if points.len() < self.params.least_days {
            return;
        }
        self.out.judged_days += 1;
        let recent = fit(&points, day);
        self.residuals[day] = self
            .expect(&recent, day, day)
            .map(|expected| expected.residual);
        let alarm = self
            .short(day, &points, &recent)
            .or_else(|| self.long(day));
        if let Some(alarm) = alarm {
            self.begin(alarm, day);
        }
    }

    /// How much likelier the days of a window are after a change than without one, and its score.
    fn weigh(&self, mean: f64, variance: f64) -> (f64, f64) {
        (
            (self.size * mean - self.size * self.size / 2.0) / variance,
            mean / variance.sqrt(),
        )
    }

    /// Whether the excess over a window is worth mentioning.
    fn above_floors(&self, first: usize, day: usize, baseline: &Baseline, now: usize) -> bool {
        let (mut excess, mut expected) = (0.0, 0.0);
        for other in first..=day {
            let Some(one) = self.expect(baseline, other, now) else {
                continue;
            };
            excess += self.curve.money[other] - one.money;
            expected += one.money;
        }
        let days = (day - first + 1) as f64;
        excess >= self.floor * days && excess >= self.params.relative_floor * expected
    }

    fn short(&self, day: usize, points: &[Point], recent: &Baseline) -> Option<Alarm> {
        let mut best: Option<(f64, f64, usize)> = None;
        let mut sum = 0.0;
        for window in 1..=SHORT_WINDOW.min(day) {
            let first = day + 1 - window;
            let Some(residual) = self.residuals[first] else {
                break;
            };
            sum += residual;
            let (evidence, score) = self.weigh(sum / window as f64, recent.variance(window));
            if best.is_none_or(|(most, _, _)| evidence > most) {
                best = Some((evidence, score, first));
            }
        }
        let (evidence, score, first) = best?;
        if evidence < self.params.odds.ln() || !self.above_floors(first, day, recent, day) {
            return None;
        }
        let excess = self.residuals[day]?;
        let habit = points
            .iter()
            .filter(|point| {
                point.value - recent.expect(point.day, point.weekday) >= HABIT_LIKE * excess
            })
            .count();
        if habit >= HABIT_DAYS {
            return None;
        }
        // The window's own days are no history of it.
        let points: Vec<Point> = points
            .iter()
            .filter(|point| point.day < first)
            .copied()
            .collect();
        let baseline = if first < day && points.len() >= self.params.least_days {
            fit(&points, day)
        } else {
            recent.clone()
        };
        Some(Alarm {
            first,
            evidence,
            score,
            upward: true,
            baseline,
        })
    }

    fn long(&self, day: usize) -> Option<Alarm> {
        let older = |window: usize| {
            let points = self.points((day + 1).saturating_sub(window));
            (points.len() >= self.params.least_days).then_some(points)
        };
        let (points, longest) = match older(LONG_WINDOW) {
            Some(points) => (points, LONG_WINDOW),
            None => (older(2 * SHORT_WINDOW)?, 2 * SHORT_WINDOW),
        };
        let lagged = fit(&points, day);
        let mut best: Option<Alarm> = None;
        let (mut sum, mut days) = (0.0, 0_usize);
        for window in 1..=longest {
            let first = day + 1 - window;
            if !self.out.usual[first] || first < self.out.from {
                break;
            }
            let Some(expected) = self.expect(&lagged, first, day) else {
                continue;
            };
            // One day far out, such as a holiday, is not to stand for the others.
            let most = (FAR * lagged.sigma).max(self.size);
            sum += expected.residual.clamp(-most, most);
            days += 1;
            if window <= SHORT_WINDOW {
                continue;
            }
            let mean = sum / days as f64;
            let (evidence, score) = self.weigh(mean.abs(), lagged.variance(days));
            if best.as_ref().is_none_or(|best| evidence > best.evidence) {
                best = Some(Alarm {
                    first,
                    evidence,
                    score,
                    upward: mean > 0.0,
                    baseline: lagged.clone(),
                });
            }
        }
        best.filter(|best| {
            best.evidence >= self.params.slow_odds.ln()
                && (!best.upward || self.above_floors(best.first, day, &best.baseline, day))
                && (best.upward || day + 1 - best.first >= FALL_DAYS)
        })
    }

    fn begin(&mut self, alarm: Alarm, day: usize) {
        let shown_from = self.shown_from(alarm.first);
        let mut change = Change {
            first: alarm.first,
            told: day,
            detected: day,
            last: day,
            shape: None,
            state: ChangeState::Ongoing,
            score: alarm.score,
            upward: alarm.upward,
            expected: Vec::new(),
            shown_from,
            residuals: Vec::new(),
            baseline: alarm.baseline,
        };
        for other in shown_from..=day {
            self.add(&mut change, other);
        }
        self.look(&mut change, day);
        // What began before an earlier change of the same direction was over goes on with it.
        if let Some(before) = self.out.changes.pop_if(|before| {
            before.upward == change.upward
                && before.state == ChangeState::Over
                && change.shape.is_some()
                && change.first <= before.last
        }) {
            change.told = before.told;
            change.score = before.score;
        }
        self.now = Some(Now {
            change,
            over: 0.0,
            over_since: None,
        });
    }

    /// How far back the beginning of a change may lie: not into another one.
    fn shown_from(&self, first: usize) -> usize {
        let mut from = first;
        while from > self.out.from && first - from < LONG_WINDOW && self.out.usual[from - 1] {
            from -= 1;
        }
        from
    }

    fn add(&self, change: &mut Change, day: usize) {
        let now = change.first.min(day);
        let expected = self
            .expect(&change.baseline, day, now)
            .unwrap_or_else(|| {
                let usual = self.usual(&change.baseline, day);
                Expected {
                    money: self.curve.to_money(usual),
                    residual: self.curve.scaled[day] - usual,
                }
            });
        change.residuals.push(expected.residual);
        change.expected.push(expected.money);
    }

    /// Sees again when and how a change of more than a day began.
    fn look(&self, change: &mut Change, day: usize) {
        if change.detected == change.first && day < change.detected + 2 {
            return;
        }
        let until = day.min(change.detected + 2 * self.params.settle_days);
        let residuals = &change.residuals[..=until - change.shown_from];
        let signed: Vec<f64> = if change.upward {
            residuals.to_vec()
        } else {
            residuals.iter().map(|value| -value).collect()
        };
        let latest = change.detected - change.shown_from;
        let found = shape(&signed, latest, change.baseline.sigma);
        change.first = change.shown_from + found.first;
        change.shape = Some(found);
    }

    fn changed(&mut self, mut now: Now, day: usize) {
        self.out.judged_days += 1;
        self.add(&mut now.change, day);
        let change = &mut now.change;
        let sign = if change.upward { 1.0 } else { -1.0 };
        let residual = sign * change.residuals[day - change.shown_from];
        let variance = change.baseline.variance(1);
        if !change.upward {
            let (evidence, score) = self.weigh(-residual, variance);
            let baseline = change.baseline.clone();
            if evidence >= self.params.odds.ln() && self.above_floors(day, day, &baseline, day) {
                now.over_since = Some(day);
                self.end(now, day);
                self.begin(
                    Alarm {
                        first: day,
                        evidence,
                        score,
                        upward: true,
                        baseline,
                    },
                    day,
                );
                return;
            }
        }
        // Against half of what it reached, but never more than twice the change that is looked for.
        let reached = self.reached(change).clamp(self.size, 2.0 * self.size);
        let evidence = (reached / 2.0 - residual) * reached / variance;
        // What has lasted is not ended by a holiday: as many days as it lasted, up to five, must say so.
        let lasted = (change.last + 1 - change.first).min(DAYS_TO_END);
        now.over += evidence.min(1.001 * ODDS_OVER.ln() / lasted as f64);
        if now.over <= 0.0 {
            now.over = 0.0;
            now.over_since = None;
            change.last = day;
        } else {
            now.over_since.get_or_insert(day);
            if now.over >= ODDS_OVER.ln() {
                self.end(now, day);
                return;
            }
        }
        let lasting = change.last.max(change.detected) - change.detected;
        if now.over_since.is_none() && lasting >= self.params.settle_days {
            self.look(&mut now.change, day);
            if !self.still_grows(&now.change, day) || lasting >= LONGEST_DAYS {
                self.settle(now.change, day);
                return;
            }
        }
        if now.over_since.is_none() {
            self.look(&mut now.change, day);
        }
        self.now = Some(now);
    }

    /// The mean of the last days that belong to it.
    fn reached(&self, change: &Change) -> f64 {
        let until = change.last - change.shown_from;
        let from = (change.first - change.shown_from).max((until + 1).saturating_sub(REACHED_DAYS));
        let days = &change.residuals[from.min(until)..=until];
        (days.iter().sum::<f64>() / days.len() as f64).abs()
    }

    fn still_grows(&self, change: &Change, day: usize) -> bool {
        let until = day + 1 - change.shown_from;
        let Some(from) = until.checked_sub(2 * REACHED_DAYS) else {
            return false;
        };
        let mean = |days: &[f64]| days.iter().sum::<f64>() / days.len() as f64;
        let middle = from + REACHED_DAYS;
        let growth = (mean(&change.residuals[middle..until]) - mean(&change.residuals[from..middle])).abs();
        growth > (3.0 * change.baseline.sigma * (2.0 / REACHED_DAYS as f64).sqrt()).max(0.05)
    }

    /// The days since it began to be over are usual ones again.
    fn end(&mut self, now: Now, day: usize) {
        let mut change = now.change;
        change.state = ChangeState::Over;
        let since = now.over_since.unwrap_or(day);
        // A few days far out do not shake the estimates; left out, they could be the only good ones of their weekday.
        if since - change.first > SPIKE_DAYS {
            for other in change.first..since {
                self.out.usual[other] = false;
            }
        }
        for other in since..=day {
            self.residuals[other] = Some(change.residuals[other - change.shown_from]);
        }
        for other in change.first..since {
            self.residuals[other] = None;
        }
        self.out.changes.push(change);
    }

    /// The level it reached is the usual one: what was before is moved there, so that its weekday pattern and
    /// spread still serve.
    fn settle(&mut self, mut change: Change, day: usize) {
        change.state = ChangeState::Settled;
        let first = change.first;
        let before = change.expected[first - change.shown_from];
        let ramp = change.shape.map_or(1, |shape| shape.over);
        let full = if ramp > 1 {
            (day + 1 - REACHED_DAYS).max(first)
        } else {
            first
        };
        if before < self.floor {
            self.out.from = first;
        } else {
            let days = &change.residuals[full - change.shown_from..=day - change.shown_from];
            let moved = days.iter().sum::<f64>() / days.len() as f64;
            for other in self.out.from..first {
                self.out.shifts[other] += moved;
            }
            for other in first..full {
                self.out.usual[other] = false;
                self.out.fits[other] = false;
            }
        }
        for other in first..=day {
            self.residuals[other] = None;
        }
        self.out.changes.push(change);
    }
}
