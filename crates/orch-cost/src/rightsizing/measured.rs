//! What was measured of one metric within the time looked back at: percentiles, and the points where they are
//! at hand.

use chrono::Duration;
use orch_model::{Digest, Series, Statistic, Time};
use serde::Serialize;

/// A percentile that a profile can ask for. All are nearest-rank: the smallest point with at least so many
/// percent of the points at or below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Percentile {
    /// Median.
    #[serde(rename = "p50")]
    P50,
    /// 90 %.
    #[serde(rename = "p90")]
    P90,
    /// 95 %.
    #[serde(rename = "p95")]
    P95,
    /// 99 %.
    #[serde(rename = "p99")]
    P99,
    /// 99.5 %.
    #[serde(rename = "p99.5")]
    P995,
    /// The largest point.
    #[serde(rename = "max")]
    Max,
}

impl Percentile {
    /// How many percent of the points lie at or below it.
    pub fn percent(self) -> f64 {
        match self {
            Self::P50 => 50.0,
            Self::P90 => 90.0,
            Self::P95 => 95.0,
            Self::P99 => 99.0,
            Self::P995 => 99.5,
            Self::Max => 100.0,
        }
    }

    /// As it is printed: `P99.5`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P50 => "P50",
            Self::P90 => "P90",
            Self::P95 => "P95",
            Self::P99 => "P99",
            Self::P995 => "P99.5",
            Self::Max => "max",
        }
    }
}

/// The points of one metric over the time looked back at; of a group of instances the highest of each figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// How one period was made one point.
    pub statistic: Statistic,
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
    /// The points, where they are at hand: in order of time, `None` where a period has none. One list an
    /// instance.
    series: Vec<Box<[Option<f64>]>>,
    /// The same points by size.
    sorted: Vec<Box<[f64]>>,
}

impl Measured {
    /// What a digest holds: percentiles without points.
    pub fn of_digest(digest: &Digest) -> Self {
        Self {
            statistic: digest.statistic,
            step_s: digest.step_s,
            periods: digest.periods,
            points: digest.points,
            mean: digest.mean,
            min: digest.min,
            p50: digest.p50,
            p90: digest.p90,
            p95: digest.p95,
            p99: digest.p99,
            p995: digest.p995,
            max: digest.max,
            series: Vec::new(),
            sorted: Vec::new(),
        }
    }

    /// The periods of a series that lie wholly within so many days before a moment; `None` without a point.
    pub fn of_series(series: &Series, until: Time, days: u32) -> Option<Self> {
        let since = until.checked_sub_signed(Duration::days(i64::from(days)))?;
        let step = Duration::seconds(i64::from(series.step_s));
        let mut at = series.start;
        let mut within = Vec::new();
        for value in &series.values {
            let end = at.checked_add_signed(step)?;
            if at >= since && end <= until {
                within.push(value.filter(|value| value.is_finite()));
            }
            at = end;
        }
        let start = series.start.max(since);
        let cut = Series {
            values: within,
            start,
            ..series.clone()
        };
        let digest = Digest::of(&cut)?;
        let mut sorted: Vec<f64> = cut.values.iter().flatten().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Some(Self {
            series: vec![cut.values.into()],
            sorted: vec![sorted.into()],
            ..Self::of_digest(&digest)
        })
    }

    /// The same without its points, which take memory.
    #[must_use]
    pub fn without_points(mut self) -> Self {
        self.series.clear();
        self.sorted.clear();
        self
    }

    /// The highest of each figure over the members of a group, because what fits the group fits every member;
    /// the least time. `None` without members, and where they were not measured alike.
    pub fn highest(members: &[Self]) -> Option<Self> {
        let (first, rest) = members.split_first()?;
        let alike = |one: &&Self| one.statistic == first.statistic && one.step_s == first.step_s;
        if !rest.iter().all(|one| alike(&one)) {
            return None;
        }
        let with_points = members.iter().all(|one| !one.sorted.is_empty());
        let mut all = first.clone();
        for one in rest {
            all.periods = all.periods.min(one.periods);
            all.points = all.points.min(one.points);
            all.min = all.min.min(one.min);
            for (figure, other) in [
                (&mut all.mean, one.mean),
                (&mut all.p50, one.p50),
                (&mut all.p90, one.p90),
                (&mut all.p95, one.p95),
                (&mut all.p99, one.p99),
                (&mut all.p995, one.p995),
                (&mut all.max, one.max),
            ] {
                *figure = figure.max(other);
            }
            all.series.extend(one.series.iter().cloned());
            all.sorted.extend(one.sorted.iter().cloned());
        }
        if !with_points {
            all.series.clear();
            all.sorted.clear();
        }
        Some(all)
    }

    /// A percentile.
    pub fn at(&self, percentile: Percentile) -> f64 {
        match percentile {
            Percentile::P50 => self.p50,
            Percentile::P90 => self.p90,
            Percentile::P95 => self.p95,
            Percentile::P99 => self.p99,
            Percentile::P995 => self.p995,
            Percentile::Max => self.max,
        }
    }

    /// Any percentile, where the points are at hand; of a group the highest of its members.
    pub fn exactly(&self, percent: f64) -> Option<f64> {
        let of = |sorted: &[f64]| {
            let place = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
            sorted.get(place.clamp(1, sorted.len().max(1)) - 1).copied()
        };
        self.lists().filter_map(of).reduce(f64::max)
    }

    /// The share of the points above a limit, 0 to 1: exactly where the points are at hand, else the smallest
    /// share that the percentiles allow to promise; of a group that of its busiest member.
    pub fn share_above(&self, limit: f64) -> f64 {
        if self.sorted.is_empty() {
            let ladder = [
                Percentile::Max,
                Percentile::P995,
                Percentile::P99,
                Percentile::P95,
                Percentile::P90,
                Percentile::P50,
            ];
            let step = ladder.into_iter().find(|step| self.at(*step) <= limit);
            return step.map_or(1.0, |step| 1.0 - step.percent() / 100.0);
        }
        let above = |sorted: &[f64]| {
            let above = sorted.len() - sorted.partition_point(|point| *point <= limit);
            above as f64 / sorted.len() as f64
        };
        self.lists().map(above).fold(0.0, f64::max)
    }

    /// Hours above a limit, where the points are at hand; of a group those of its busiest member.
    pub fn hours_above(&self, limit: f64) -> Option<f64> {
        let above = |sorted: &[f64]| {
            let above = sorted.len() - sorted.partition_point(|point| *point <= limit);
            above as f64 * f64::from(self.step_s) / 3_600.0
        };
        self.lists().map(above).reduce(f64::max)
    }

    fn lists(&self) -> impl Iterator<Item = &[f64]> {
        self.sorted.iter().map(AsRef::as_ref)
    }

    /// How many days the points stand for.
    pub fn days(&self) -> f64 {
        f64::from(self.points) * f64::from(self.step_s) / 86_400.0
    }

    /// The points in order of time, one list an instance; empty where they are not at hand.
    pub fn points_in_order(&self) -> &[Box<[Option<f64>]>] {
        &self.series
    }
}

/// Bytes a period in both directions.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Received.
    pub received: Measured,
    /// Sent.
    pub sent: Measured,
}

impl Network {
    /// A percentile of the busier direction in Mbit a second.
    pub fn busier_mbps(&self, percentile: Percentile) -> f64 {
        mbps(&self.received, percentile).max(mbps(&self.sent, percentile))
    }

    /// A percentile of what is received, in Mbit a second.
    pub fn received_mbps(&self, percentile: Percentile) -> f64 {
        mbps(&self.received, percentile)
    }

    /// A percentile of what is sent, in Mbit a second.
    pub fn sent_mbps(&self, percentile: Percentile) -> f64 {
        mbps(&self.sent, percentile)
    }

    /// The highest of each figure over the members of a group.
    pub fn highest(members: &[Self]) -> Option<Self> {
        let of = |direction: fn(&Self) -> &Measured| {
            let all: Vec<Measured> = members.iter().map(|one| direction(one).clone()).collect();
            Measured::highest(&all)
        };
        Some(Self {
            received: of(|one| &one.received)?,
            sent: of(|one| &one.sent)?,
        })
    }
}

fn mbps(bytes: &Measured, percentile: Percentile) -> f64 {
    bytes.at(percentile) * 8.0 / f64::from(bytes.step_s.max(1)) / 1e6
}
