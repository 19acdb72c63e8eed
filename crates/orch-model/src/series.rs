//! Points of a metric over time, and their digest.

use std::fmt;
use std::str::FromStr;

use chrono::{Duration, NaiveDate};
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
    /// Requests, or new connections where it knows no requests, that a load balancer took in the period.
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
}

impl Digest {
    /// The digest of a series; `None` when it has no point.
    pub fn of(series: &Series) -> Option<Self> {
        let mut points: Vec<f64> = series
            .values
            .iter()
            .flatten()
            .copied()
            .filter(|value| value.is_finite())
            .collect();
        if points.is_empty() {
            return None;
        }
        let days = days(series);
        let mean = points.iter().sum::<f64>() / points.len() as f64;
        points.sort_unstable_by(f64::total_cmp);
        let rank = |percent: f64| {
            let place = (percent / 100.0 * points.len() as f64).ceil() as usize;
            points[place.clamp(1, points.len()) - 1]
        };
        Some(Self {
            uid: series.uid.clone(),
            metric: series.metric,
            statistic: series.statistic,
            start: series.start,
            step_s: series.step_s,
            periods: u32::try_from(series.values.len()).unwrap_or(u32::MAX),
            points: u32::try_from(points.len()).unwrap_or(u32::MAX),
            mean,
            min: points[0],
            p50: rank(50.0),
            p90: rank(90.0),
            p95: rank(95.0),
            p99: rank(99.0),
            p995: rank(99.5),
            max: points[points.len() - 1],
            days,
        })
    }
}

/// The series by UTC day, days without a point left out.
fn days(series: &Series) -> Vec<DayDigest> {
    let mut days: Vec<DayDigest> = Vec::new();
    let mut current: Option<(NaiveDate, u32)> = None;
    let step = Duration::seconds(i64::from(series.step_s));
    let mut at = series.start;
    for value in &series.values {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            let date = at.date_naive();
            match (&mut current, days.last_mut()) {
                (Some((day, count)), Some(digest)) if *day == date => {
                    *count += 1;
                    digest.sum += value;
                    digest.max = digest.max.max(value);
                    digest.mean = digest.sum / f64::from(*count);
                }
                _ => {
                    current = Some((date, 1));
                    days.push(DayDigest {
                        mean: value,
                        max: value,
                        sum: value,
                    });
                }
            }
        }
        at += step;
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
        let mut values: Vec<Option<f64>> = (1..=200).map(|n| Some(f64::from(n))).collect();
        values.push(None);
        let digest = Digest::of(&series(values, 300)).expect("has points");
        assert_eq!((digest.periods, digest.points), (201, 200));
        assert_eq!(
            (digest.p50, digest.p95, digest.p99, digest.p995),
            (100.0, 190.0, 198.0, 199.0)
        );
        assert_eq!((digest.min, digest.max, digest.mean), (1.0, 200.0, 100.5));
    }

    #[test]
    fn a_series_without_points_has_no_digest() {
        assert_eq!(Digest::of(&series(vec![None, None], 300)), None);
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
