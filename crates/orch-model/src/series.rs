//! Points of a metric over time, and their digest.

use std::str::FromStr;
use std::{fmt, mem};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Time, Uid};

/// What is measured. The unit belongs to the metric.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Processor use in percent of the whole instance, 0 to 100.
    Cpu,
    /// Bytes received in the period.
    NetworkIn,
    /// Bytes sent in the period.
    NetworkOut,
    /// Bytes of memory that nothing uses.
    MemoryAvailable,
    /// CPU credits that are left to an instance that earns them.
    CreditBalance,
    /// Processor use of a database server in percent, 0 to 100.
    DatabaseCpu,
    /// Connections to a database server at one time.
    DatabaseConnections,
    /// Requests that a load balancer took in the period; where it knows none, new connections or packets, of which
    /// there are no fewer.
    BalancerRequests,
    /// Bytes that a NAT gateway passed on in both directions in the period.
    GatewayBytes,
    /// Reads and writes of a volume in the period.
    VolumeOperations,
    /// Bytes read from and written to a volume in the period.
    VolumeBytes,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 11] = [
        Self::Cpu,
        Self::NetworkIn,
        Self::NetworkOut,
        Self::MemoryAvailable,
        Self::CreditBalance,
        Self::DatabaseCpu,
        Self::DatabaseConnections,
        Self::BalancerRequests,
        Self::GatewayBytes,
        Self::VolumeOperations,
        Self::VolumeBytes,
    ];

    /// The name used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::NetworkIn => "network-in",
            Self::NetworkOut => "network-out",
            Self::MemoryAvailable => "memory-available",
            Self::CreditBalance => "credit-balance",
            Self::DatabaseCpu => "database-cpu",
            Self::DatabaseConnections => "database-connections",
            Self::BalancerRequests => "balancer-requests",
            Self::GatewayBytes => "gateway-bytes",
            Self::VolumeOperations => "volume-operations",
            Self::VolumeBytes => "volume-bytes",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|metric| metric.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a metric"))
    }
}

/// How the points of one period were made one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// The mean of the period.
    Average,
    /// The largest of the period.
    Maximum,
    /// The total of the period.
    Sum,
}

impl Statistic {
    /// The name used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Maximum => "maximum",
            Self::Sum => "sum",
        }
    }
}

/// The points of one metric of one resource at even steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Whose.
    pub uid: Uid,
    /// What.
    pub metric: Metric,
    /// How one period was made one point.
    pub statistic: Statistic,
    /// Start of the first period.
    pub start: Time,
    /// Length of a period in seconds.
    pub step_s: u32,
    /// One entry a period; `null` where there was no point.
    pub values: Vec<Option<f64>>,
}

/// One UTC day of a series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DayDigest {
    /// Mean of the day's points.
    pub mean: f64,
    /// Largest of the day's points.
    pub max: f64,
    /// Total of the day's points.
    pub sum: f64,
}

/// What rules need of a series: computed once, while it is read. Percentiles are nearest-rank over the
/// points there are: the smallest point with at least p % of the points at or below it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Digest {
    /// Whose.
    pub uid: Uid,
    /// What.
    pub metric: Metric,
    /// How one period was made one point.
    pub statistic: Statistic,
    /// Start of the first period.
    pub start: Time,
    /// Length of a period in seconds.
    pub step_s: u32,
    /// Periods asked for.
    pub periods: u32,
    /// Periods that have a point.
    pub points: u32,
    /// Mean of the points.
    pub mean: f64,
    /// Smallest point.
    pub min: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.5th percentile.
    pub p995: f64,
    /// Largest point.
    pub max: f64,
    /// The UTC days that have points, in order.
    pub days: Vec<DayDigest>,
    /// What is usual in each hour of the week; only of averages of processor use with points at least hourly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week: Option<Box<Week>>,
}

/// Hours of a week.
pub const HOURS_A_WEEK: usize = 168;

/// A metric in percent by hour of the week in UTC, Monday from 00:00 to 01:00 first: two bytes an hour, because
/// there is one of these for every instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Week {
    /// The largest point of the hour in any week, in half percents, rounded up.
    pub max: Vec<u8>,
    /// In how many weeks the hour has at least three of four of its points.
    pub weeks: Vec<u8>,
}

impl Week {
    /// What a half percent is in [`Self::max`].
    pub const UNIT: f64 = 0.5;

    /// Of averages of processor use; `None` of anything else, and where periods are no even parts of an hour.
    fn of(series: &Series) -> Option<Self> {
        let wanted = series.metric == Metric::Cpu
            && series.statistic == Statistic::Average
            && series.step_s > 0
            && 3_600 % series.step_s == 0;
        if !wanted {
            return None;
        }
        let enough = (3_600 / series.step_s * 3).div_ceil(4);
        let mut week = Self {
            max: vec![0; HOURS_A_WEEK],
            weeks: vec![0; HOURS_A_WEEK],
        };
        // The hour that is being counted, from the beginning of time, and how many points it has so far.
        let (mut hour, mut points) = (i64::MIN, 0);
        for (second, value) in points_of(series) {
            let this = second.div_euclid(3_600);
            if this != hour {
                (hour, points) = (this, 0);
            }
            points += 1;
            let place = hour_of_week(this);
            week.max[place] = week.max[place].max(halves(value));
            if points == enough {
                week.weeks[place] = week.weeks[place].saturating_add(1);
            }
        }
        Some(week)
    }
}

/// The points that there are, each with the second since 1970 in which its period begins.
fn points_of(series: &Series) -> impl Iterator<Item = (i64, f64)> {
    let step = i64::from(series.step_s);
    let seconds = (0..).map(move |period: i64| period * step);
    let start = series.start.timestamp();
    seconds
        .zip(&series.values)
        .filter_map(move |(gone, value)| {
            // Nothing that is measured is less than nothing.
            let value = value.filter(|value| value.is_finite() && *value >= 0.0)?;
            Some((start + gone, value))
        })
}

/// The hour of the week of an hour since 1970, which began on a Thursday; Monday 00:00 UTC is in hour 0.
fn hour_of_week(hour: i64) -> usize {
    (hour + 3 * 24).rem_euclid(HOURS_A_WEEK as i64) as usize
}

/// Percents as half percents that are no less.
fn halves(percent: f64) -> u8 {
    (percent / Week::UNIT).ceil().clamp(0.0, f64::from(u8::MAX)) as u8
}

impl Digest {
    /// The digest of a series; `None` when it has no point.
    pub fn of(series: &Series) -> Option<Self> {
        let mut points: Vec<f64> = points_of(series).map(|(_, value)| value).collect();
        if points.is_empty() {
            return None;
        }
        let mean = points.iter().sum::<f64>() / points.len() as f64;
        let [min, p50, p90, p95, p99, p995, max] =
            percentiles(&mut points, [0.0, 50.0, 90.0, 95.0, 99.0, 99.5, 100.0]);
        Some(Self {
            uid: series.uid.clone(),
            metric: series.metric,
            statistic: series.statistic,
            start: series.start,
            step_s: series.step_s,
            periods: u32::try_from(series.values.len()).unwrap_or(u32::MAX),
            points: u32::try_from(points.len()).unwrap_or(u32::MAX),
            mean,
            min,
            p50,
            p90,
            p95,
            p99,
            p995,
            max,
            days: days(series),
            week: Week::of(series).map(Box::new),
        })
    }
}

/// Percentiles by nearest rank, in rising order, of points that there are; they are put in another order.
fn percentiles<const N: usize>(points: &mut [f64], percents: [f64; N]) -> [f64; N] {
    let count = points.len();
    // Each is looked for among those that are no less than the one before.
    let (mut rest, mut passed) = (points, 0);
    percents.map(|percent| {
        let place = (percent / 100.0 * count as f64).ceil() as usize;
        let place = place.clamp(1, count) - 1;
        let from = mem::take(&mut rest);
        let (_, found, _) = from.select_nth_unstable_by(place - passed, f64::total_cmp);
        let found = *found;
        rest = &mut from[place - passed..];
        passed = place;
        found
    })
}

/// The series by UTC day, days without a point left out.
fn days(series: &Series) -> Vec<DayDigest> {
    let mut days: Vec<DayDigest> = Vec::new();
    let (mut day, mut count) = (i64::MIN, 0_u32);
    for (second, value) in points_of(series) {
        let this = second.div_euclid(86_400);
        match days.last_mut().filter(|_| this == day) {
            Some(digest) => {
                count += 1;
                digest.sum += value;
                digest.max = digest.max.max(value);
                digest.mean = digest.sum / f64::from(count);
            }
            None => {
                (day, count) = (this, 1);
                days.push(DayDigest {
                    mean: value,
                    max: value,
                    sum: value,
                });
            }
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: Vec<Option<f64>>, step_s: u32) -> Series {
        Series {
            uid: Uid::new("i-1"),
            metric: Metric::Cpu,
            statistic: Statistic::Average,
            start: chrono::DateTime::UNIX_EPOCH,
            step_s,
            values,
        }
    }

    #[test]
    fn percentiles_are_nearest_rank_over_the_points_there_are() {
        // The numbers from 1 to 200, in no order.
        let mut values: Vec<Option<f64>> = (0..200)
            .map(|n| Some(f64::from(n * 77 % 200 + 1)))
            .collect();
        values.push(None);
        let digest = Digest::of(&series(values, 300)).expect("has points");
        assert_eq!((digest.periods, digest.points), (201, 200));
        assert_eq!(
            [digest.p50, digest.p90, digest.p95, digest.p99, digest.p995],
            [100.0, 180.0, 190.0, 198.0, 199.0]
        );
        assert_eq!((digest.min, digest.max, digest.mean), (1.0, 200.0, 100.5));
    }

    #[test]
    fn what_cannot_have_been_measured_is_no_point() {
        let odd = vec![Some(-50.0), Some(2.0), Some(f64::NAN), Some(f64::INFINITY)];
        let digest = Digest::of(&series(odd, 300)).expect("has a point");
        assert_eq!((digest.periods, digest.points, digest.min), (4, 1, 2.0));
    }

    #[test]
    fn a_series_without_points_has_no_digest() {
        assert_eq!(Digest::of(&series(vec![None, None], 300)), None);
    }

    #[test]
    fn an_hour_of_the_week_has_its_largest_point_in_half_percents_and_counts_whole_weeks() {
        // 1970-01-01 was a Thursday. Hourly points of two weeks and an hour.
        let mut values: Vec<Option<f64>> = vec![Some(1.2); 2 * HOURS_A_WEEK + 1];
        values[HOURS_A_WEEK] = Some(30.0);
        values[1] = None;
        let week = Digest::of(&series(values, 3_600))
            .and_then(|digest| digest.week)
            .expect("hourly points");
        let thursday = 3 * 24;
        assert_eq!((week.max[thursday], week.weeks[thursday]), (60, 3));
        assert_eq!((week.max[thursday + 1], week.weeks[thursday + 1]), (3, 1));
        assert_eq!((week.max[thursday - 1], week.weeks[thursday - 1]), (3, 2));
        assert_eq!(week.max.len(), HOURS_A_WEEK);
    }

    #[test]
    fn an_hour_counts_with_most_of_its_points_and_long_periods_tell_no_hours() {
        let mut values = vec![Some(1.0); 24];
        values[2..5].fill(None);
        values[12..16].fill(None);
        let week = Digest::of(&series(values, 300)).and_then(|digest| digest.week);
        let week = week.expect("points every five minutes");
        assert_eq!(week.weeks[3 * 24..3 * 24 + 3], [1, 0, 0]);
        assert_eq!(week.max[3 * 24..3 * 24 + 3], [2, 2, 0]);
        let digest = Digest::of(&series(vec![Some(1.0); 24], 7_200)).expect("has points");
        assert_eq!(digest.week, None);
    }

    #[test]
    fn days_are_utc_and_leave_out_days_without_points() {
        let digest = Digest::of(&series(
            vec![Some(1.0), Some(3.0), None, None, Some(5.0)],
            12 * 3600,
        ))
        .expect("has points");
        let sums: Vec<f64> = digest.days.iter().map(|day| day.sum).collect();
        assert_eq!(sums, [4.0, 5.0]);
        assert_eq!(digest.days[0].mean, 2.0);
    }
}
