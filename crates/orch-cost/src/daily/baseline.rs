//! What a usual day costs: weekday pattern, level, slow growth and spread of a stretch of days, on the scale of
//! a [`Curve`](super::Curve).

use super::robust::{location, mad, median, spread, weight};

/// Days of the latest level; the weekday pattern and the spread rest on the whole stretch.
const LEVEL_DAYS: usize = 28;
/// Rounds of reweighting; the estimates stand still after two or three.
const ROUNDS: usize = 3;
/// The least spread: a bill that is the same every day still differs by rounding and by days of a month.
const LEAST_SPREAD: f64 = 0.01;
/// Before any day is seen the spread is taken to be this, with the weight of so many days: a few days that happen
/// to be alike are no proof of a steady bill.
const PRIOR_SPREAD: f64 = 0.15;
const PRIOR_DAYS: f64 = 12.0;
/// Weeks without which no growth is looked for.
const LEAST_WEEKS: usize = 8;
/// Growth counts when it is so many times its own standard error.
const SURE_GROWTH: f64 = 4.0;
/// The most that growth is carried on beyond the days it was seen on, on the scale (about a tenth).
const MOST_GROWTH: f64 = 0.1;
/// Standard error of the median of seven days, in standard deviations of a day.
const WEEK_MEDIAN: f64 = 0.47;

/// A day of history: its place in the series, its weekday, its amount on the scale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) day: usize,
    pub(crate) weekday: usize,
    pub(crate) value: f64,
}

/// The estimates.
#[derive(Debug, Clone)]
pub(crate) struct Baseline {
    /// The day the level is that of.
    at: f64,
    level: f64,
    slope: f64,
    weekdays: [f64; 7],
    /// Standard deviation of one day.
    pub(crate) sigma: f64,
    /// Variance of the level in variances of a day.
    level_share: f64,
    /// Variance of the weekday pattern in variances of a day.
    weekday_share: f64,
    /// Degrees of freedom of the standard deviation.
    freedom: f64,
}

impl Baseline {
    /// The usual amount of a day on the scale.
    pub(crate) fn expect(&self, day: usize, weekday: usize) -> f64 {
        let growth = self.slope * (day as f64 - self.at);
        self.level + growth.clamp(-MOST_GROWTH, MOST_GROWTH) + self.weekdays[weekday]
    }

    /// What a weekday adds to the level, on the scale.
    pub(crate) fn weekday(&self, weekday: usize) -> f64 {
        self.weekdays[weekday]
    }

    /// The variance of the mean of some consecutive days around what is expected of them, with that of the
    /// estimates in it, and widened for a spread that was itself estimated from few days (the first term of the
    /// expansion of Student's t at about three standard deviations).
    pub(crate) fn variance(&self, days: usize) -> f64 {
        let days = days as f64;
        let shares = 1.0 / days + self.level_share + self.weekday_share / days.min(7.0);
        let widened = self.sigma * (1.0 + 2.5 / self.freedom);
        widened * widened * shares
    }

    /// The variance of the level, which is the same on every day ahead.
    pub(crate) fn level_variance(&self) -> f64 {
        self.sigma * self.sigma * (self.level_share + self.weekday_share / 7.0)
    }
}

/// Fits a stretch of days, in order of time; the level is that of `at`.
pub(crate) fn fit(points: &[Point], at: usize) -> Baseline {
    let at = at as f64;
    let (mut weekdays, mut level) = first_guess(points);
    let slope = growth(points, &weekdays);
    let flat: Vec<f64> = points
        .iter()
        .map(|point| point.value - slope * (point.day as f64 - at))
        .collect();
    if slope != 0.0 {
        let mut levels: Vec<f64> = flat
            .iter()
            .zip(points)
            .map(|(value, point)| value - weekdays[point.weekday])
            .collect();
        level = median(&mut levels);
    }
    let (mut seen, mut scale) = (0.0, PRIOR_SPREAD);
    for _ in 0..ROUNDS {
        let residuals = residuals(points, &flat, &weekdays, level);
        seen = mad(&residuals);
        scale = with_prior(seen, (points.len() as f64 - 7.0).max(1.0));
        let (mut sums, mut counts) = ([0.0; 7], [0.0; 7]);
        for (residual, point) in residuals.iter().zip(points) {
            let weight = weight(*residual, scale);
            sums[point.weekday] += weight * residual;
            counts[point.weekday] += weight;
        }
        for day in 0..7 {
            if counts[day] > 0.0 {
                weekdays[day] += sums[day] / counts[day];
            }
        }
        level += centre(&mut weekdays);
    }
    let of_a_weekday = points.len() as f64 / 7.0;
    let kept = shrink(&mut weekdays, seen, of_a_weekday);
    let residuals = residuals(points, &flat, &weekdays, level);
    let (sigma, freedom) = spread(&residuals, 7.0);
    let sigma = with_prior(sigma, freedom);
    let latest_from = points
        .last()
        .map_or(0, |point| (point.day + 1).saturating_sub(LEVEL_DAYS));
    let latest: Vec<f64> = flat
        .iter()
        .zip(points)
        .filter(|(_, point)| point.day >= latest_from)
        .map(|(value, point)| value - weekdays[point.weekday])
        .collect();
    Baseline {
        at,
        level: location(&latest, median(&mut latest.clone()), sigma.max(scale)),
        slope,
        weekdays,
        sigma,
        level_share: 1.0 / latest.len().max(1) as f64,
        weekday_share: kept * kept / of_a_weekday.max(1.0),
        freedom: freedom + PRIOR_DAYS,
    }
}

fn with_prior(spread: f64, freedom: f64) -> f64 {
    let squares = PRIOR_DAYS * PRIOR_SPREAD * PRIOR_SPREAD + freedom * spread * spread;
    (squares / (PRIOR_DAYS + freedom)).sqrt()
}

fn residuals(points: &[Point], flat: &[f64], weekdays: &[f64; 7], level: f64) -> Vec<f64> {
    flat.iter()
        .zip(points)
        .map(|(value, point)| value - level - weekdays[point.weekday])
        .collect()
}

/// Medians of all days and of each weekday.
fn first_guess(points: &[Point]) -> ([f64; 7], f64) {
    let mut all: Vec<f64> = points.iter().map(|point| point.value).collect();
    let mut level = median(&mut all);
    let mut weekdays = [0.0; 7];
    for (weekday, effect) in weekdays.iter_mut().enumerate() {
        let mut values: Vec<f64> = points
            .iter()
            .filter(|point| point.weekday == weekday)
            .map(|point| point.value - level)
            .collect();
        // Of two values the higher one: a holiday is likelier than a spike.
        *effect = if values.len() == 2 {
            values[0].max(values[1])
        } else {
            median(&mut values)
        };
    }
    level += centre(&mut weekdays);
    (weekdays, level)
}

/// Makes the mean of the pattern zero and returns what it was.
fn centre(weekdays: &mut [f64; 7]) -> f64 {
    let mean = weekdays.iter().sum::<f64>() / 7.0;
    for effect in weekdays {
        *effect -= mean;
    }
    mean
}

/// Draws the pattern towards none as far as chance alone could have made it (James and Stein, positive part),
/// and returns how much of it was kept.
fn shrink(weekdays: &mut [f64; 7], scale: f64, of_a_weekday: f64) -> f64 {
    let size: f64 = weekdays.iter().map(|effect| effect * effect).sum();
    if size <= 0.0 {
        return 0.0;
    }
    let by_chance = scale * scale / of_a_weekday.max(1.0);
    let kept = (1.0 - 4.0 * by_chance / size).max(0.0);
    for effect in weekdays {
        *effect *= kept;
    }
    kept
}

/// Growth a day by Theil and Sen over the medians of weeks; zero unless it is far beyond chance.
fn growth(points: &[Point], weekdays: &[f64; 7]) -> f64 {
    let weeks: Vec<(f64, f64)> = points
        .chunks_exact(7)
        .map(|week| {
            let mut values: Vec<f64> = week
                .iter()
                .map(|point| point.value - weekdays[point.weekday])
                .collect();
            (week[3].day as f64, median(&mut values))
        })
        .collect();
    if weeks.len() < LEAST_WEEKS {
        return 0.0;
    }
    let mut slopes = Vec::with_capacity(weeks.len() * weeks.len() / 2);
    for (index, (day, value)) in weeks.iter().enumerate() {
        for (later, other) in &weeks[index + 1..] {
            slopes.push((other - value) / (later - day));
        }
    }
    let slope = median(&mut slopes);
    let mut levels: Vec<f64> = weeks
        .iter()
        .map(|(day, value)| value - slope * day)
        .collect();
    let level = median(&mut levels);
    let around: Vec<f64> = points
        .iter()
        .map(|point| point.value - weekdays[point.weekday] - level - slope * point.day as f64)
        .collect();
    let middle = weeks.iter().map(|(day, _)| day).sum::<f64>() / weeks.len() as f64;
    let width: f64 = weeks.iter().map(|(day, _)| (day - middle).powi(2)).sum();
    let error = WEEK_MEDIAN * mad(&around).max(LEAST_SPREAD) / width.sqrt();
    if slope.abs() > SURE_GROWTH * error {
        slope
    } else {
        0.0
    }
}
