//! Whether a bill has grown or shrunk steadily over the last weeks, and what of that is carried on.
//!
//! The longest of three stretches that end with the last day counts, if its growth is far beyond chance, the same
//! in both of its halves, not as well told by a change from one level to another, and if its last week still lies on the line. What is carried on
//! is damped (Gardner and McKenzie, "Forecasting trends in time series", 1985): each day ahead grows by a little less
//! than the one before, so that no bill is taken to grow for ever; all together it is at most the growth of seven weeks.
//! It starts from the level of the last two weeks. What damping takes away counts as one standard error: whether growth
//! slows down cannot be seen beforehand.
//!
//! Bills grow by a share or by an amount each day; of the two the one counts that tells the stretch better.

use crate::daily::{Curve, median, spread};

/// The stretches, in days.
const STRETCHES: [usize; 3] = [56, 42, 28];
/// So much of a stretch must be there: its first and last days of months, which have fees, are not.
const LEAST_SHARE: f64 = 0.75;
/// Growth counts when it is so many times its own standard error.
const SURE: f64 = 4.0;
/// The halves and the last week may be so many standard errors off.
const LIKE: f64 = 3.0;
/// A half's growth may also differ by this part of the whole's: no growth is quite even.
const LIKE_SHARE: f64 = 0.5;
/// And the last week may be off by this much, on the scale.
const NEAR: f64 = 0.02;
/// What of the growth of one day the next one has.
const DAMPED: f64 = 0.98;
/// The least spread of days around the line.
const LEAST_SPREAD: f64 = 0.01;
/// Days over which other changes come: a step, a week, two weeks.
const CHANGES: [f64; 3] = [1.0, 7.0, 14.0];
/// A day counts at most so many standard deviations when line and change are compared.
const FAR: f64 = 3.0;
/// Days that make the level, and what the variance of a median is in those of a mean.
const LEVEL_DAYS: usize = 14;
const MEDIAN: f64 = 1.57;
/// Days of the last week, and the standard error of their median in standard deviations of a day.
const WEEK: usize = 7;
const WEEK_MEDIAN: f64 = 0.47;

/// A steady growth.
#[derive(Debug)]
pub(super) struct Trend<'a> {
    curve: &'a Curve,
    growth: Growth,
    /// The day after the last.
    now: f64,
    line: Line,
    /// Standard deviation of a day around the line.
    sigma: f64,
    /// How far the last level is above the line.
    moved: f64,
    /// Variance of the level in the middle of its days, and of the growth of a day.
    level_variance: f64,
    slope_variance: f64,
    /// The first day of the stretch.
    pub(super) from: usize,
}

/// How a day grows to the next.
#[derive(Debug, Clone, Copy)]
enum Growth {
    /// By a share: straight on the scale of the curve.
    Share,
    /// By an amount: straight in money. It is measured in this unit, the level of the last days, so that noise and
    /// growth are of the same size as on the scale.
    Amount(f64),
}

impl<'a> Trend<'a> {
    /// The trend of days without weekday pattern, on the scale and in order of time, of which the last comes before
    /// `now`.
    pub(super) fn of(
        curve: &'a Curve,
        days: &[(usize, f64)],
        now: usize,
        begin: usize,
    ) -> Option<Self> {
        STRETCHES.iter().find_map(|stretch| {
            let from = now.checked_sub(*stretch).filter(|from| *from >= begin)?;
            let days = &days[days.partition_point(|(day, _)| *day < from)..];
            if (days.len() as f64) < LEAST_SHARE * *stretch as f64 {
                return None;
            }
            let mut latest: Vec<f64> = last(days, LEVEL_DAYS)
                .iter()
                .map(|(_, value)| curve.to_money(*value))
                .collect();
            let unit = median(&mut latest);
            [Growth::Share, Growth::Amount(unit)]
                .into_iter()
                .filter(|_| unit > 0.0)
                .filter_map(|growth| Self::steady(curve, growth, days, now, from))
                .min_by(|a, b| a.missed(days).total_cmp(&b.missed(days)))
        })
    }

    fn steady(
        curve: &'a Curve,
        growth: Growth,
        scaled: &[(usize, f64)],
        now: usize,
        from: usize,
    ) -> Option<Self> {
        let days: Vec<(usize, f64)> = scaled
            .iter()
            .map(|(day, value)| (*day, growth.straight(curve, *value)))
            .collect();
        let days = &days[..];
        let line = Line::through(days);
        let residuals = line.residuals(days);
        let sigma = spread(&residuals, 2.0).0.max(LEAST_SPREAD);
        let error = |days: &[(usize, f64)]| sigma / width(days).sqrt();
        let sure = line.slope.abs() > SURE * error(days);
        let (early, late) = days.split_at(days.len() / 2);
        let same = [early, late].iter().all(|half| {
            let off = (Line::through(half).slope - line.slope).abs();
            off <= (LIKE * error(half)).max(LIKE_SHARE * line.slope.abs())
        });
        let of_week = median(&mut last(&residuals, WEEK).to_vec());
        let on_line = of_week.abs() <= (LIKE * WEEK_MEDIAN * sigma).max(NEAR);
        let mut latest = last(&residuals, LEVEL_DAYS).to_vec();
        (sure && same && on_line && !is_change(days, &line, sigma)).then(|| Self {
            curve,
            growth,
            now: now as f64,
            sigma,
            moved: median(&mut latest),
            level_variance: MEDIAN * sigma * sigma / latest.len().max(1) as f64,
            slope_variance: error(days).powi(2),
            from,
            line,
        })
    }

    /// What a day costs on the scale, without its weekday.
    pub(super) fn on(&self, day: usize) -> f64 {
        let day = day as f64;
        let straight = if day < self.now {
            self.line.on(day)
        } else {
            let last = self.line.on(self.now - 1.0) + self.moved;
            last + self.line.slope * carried(day - self.now + 1.0)
        };
        self.growth.scaled(self.curve, straight)
    }

    /// The sum of what the days are off, on the scale.
    fn missed(&self, days: &[(usize, f64)]) -> f64 {
        days.iter()
            .map(|(day, value)| (value - self.on(*day)).abs())
            .sum()
    }

    /// The variance that the days until one so far ahead share: that of the level, of the growth and of its damping.
    pub(super) fn variance(&self, ahead: f64) -> f64 {
        let carried = carried(ahead);
        let far = LEVEL_DAYS as f64 / 2.0 + carried;
        let damped = self.line.slope * (ahead - carried);
        self.level_variance + self.slope_variance * far * far + damped * damped
    }

    pub(super) fn sigma(&self) -> f64 {
        self.sigma
    }
}

impl Growth {
    /// A value of the scale where this growth is straight.
    fn straight(self, curve: &Curve, scaled: f64) -> f64 {
        match self {
            Self::Share => scaled,
            Self::Amount(unit) => curve.to_money(scaled) / unit,
        }
    }

    /// And back; what falls does not fall below zero.
    fn scaled(self, curve: &Curve, straight: f64) -> f64 {
        match self {
            Self::Share => straight,
            Self::Amount(unit) => curve.to_scale(straight.max(0.0) * unit),
        }
    }
}

fn last<T>(all: &[T], count: usize) -> &[T] {
    &all[all.len().saturating_sub(count)..]
}

/// Days of growth that are left of some days when each has a little less.
fn carried(days: f64) -> f64 {
    DAMPED * (1.0 - DAMPED.powf(days)) / (1.0 - DAMPED)
}

/// A line by Theil and Sen, which bears spikes and holidays.
#[derive(Debug)]
struct Line {
    middle: f64,
    level: f64,
    slope: f64,
}

impl Line {
    fn through(days: &[(usize, f64)]) -> Self {
        let mut slopes = Vec::with_capacity(days.len() * days.len() / 2);
        for (index, (day, value)) in days.iter().enumerate() {
            for (later, other) in &days[index + 1..] {
                slopes.push((other - value) / (later - day) as f64);
            }
        }
        let slope = median(&mut slopes);
        let middle = middle(days);
        let mut levels: Vec<f64> = days
            .iter()
            .map(|(day, value)| value - slope * (*day as f64 - middle))
            .collect();
        Self {
            middle,
            level: median(&mut levels),
            slope,
        }
    }

    fn on(&self, day: f64) -> f64 {
        self.level + self.slope * (day - self.middle)
    }

    fn residuals(&self, days: &[(usize, f64)]) -> Vec<f64> {
        days.iter()
            .map(|(day, value)| value - self.on(*day as f64))
            .collect()
    }
}

fn middle(days: &[(usize, f64)]) -> f64 {
    days.iter().map(|(day, _)| *day as f64).sum::<f64>() / days.len().max(1) as f64
}

/// The sum of squared distances in time from the middle.
fn width(days: &[(usize, f64)]) -> f64 {
    let middle = middle(days);
    days.iter()
        .map(|(day, _)| (*day as f64 - middle).powi(2))
        .sum()
}

/// Whether a change from one level to another within days, at once or over up to two weeks, tells the days as well as
/// the line does: then it may be over, and nothing is to be carried on.
fn is_change(days: &[(usize, f64)], line: &Line, sigma: f64) -> bool {
    // Holidays and spikes are to count for neither.
    let days: Vec<(f64, f64)> = days
        .iter()
        .map(|(day, value)| {
            let day = *day as f64;
            let of_line = line.on(day);
            (
                day,
                value.clamp(of_line - FAR * sigma, of_line + FAR * sigma),
            )
        })
        .collect();
    let of_line = explained(&days, |day| day);
    let (Some((begin, _)), Some((end, _))) = (days.first(), days.last()) else {
        return false;
    };
    let firsts = || {
        (0..)
            .map(|more| begin + f64::from(more))
            .take_while(|first| first < end)
    };
    CHANGES.iter().any(|over| {
        firsts().any(|first| {
            explained(&days, |day| ((day + 1.0 - first) / over).clamp(0.0, 1.0)) > of_line
        })
    })
}

/// What of the squares of some values a level and a multiple of `height` explain.
fn explained(days: &[(f64, f64)], height: impl Fn(f64) -> f64) -> f64 {
    let count = days.len() as f64;
    let mean = days.iter().map(|(_, value)| value).sum::<f64>() / count;
    let mean_height = days.iter().map(|(day, _)| height(*day)).sum::<f64>() / count;
    let (mut product, mut square) = (0.0, 0.0);
    for (day, value) in days {
        let above = height(*day) - mean_height;
        product += above * (value - mean);
        square += above * above;
    }
    if square > 0.0 {
        product * product / square
    } else {
        0.0
    }
}
