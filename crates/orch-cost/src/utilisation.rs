//! How much of an instance is used, from the digests of its metrics.

use orch_model::{Digest, Field, Statistic};
use schemars::JsonSchema;
use serde::Serialize;

use crate::counted::days;

/// Use of an instance over the time that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Utilisation {
    /// Processor use.
    pub cpu: CpuUse,
    /// Network use.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub network: Field<NetworkUse>,
}

/// Processor use in percent of the whole instance. Mean and percentiles are over the averages of the periods
/// that have a point; they are nearest-rank.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CpuUse {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.5th percentile.
    pub p995: f64,
    /// The largest average.
    pub max: f64,
    /// The largest momentary use: the largest of the maximum statistic.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub peak: Field<f64>,
    /// Periods that have a point.
    pub points: i64,
    /// Periods asked for.
    pub periods: i64,
    /// Length of a period in seconds.
    pub step_s: i64,
    /// Days that the points together stand for: points times the length of a period.
    pub days: f64,
    /// How one period was made one point.
    pub statistic: Statistic,
}

/// Bytes in and out together, by UTC day.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NetworkUse {
    /// Of the busiest day.
    pub max_day_bytes: f64,
    /// Of the mean day.
    pub mean_day_bytes: f64,
    /// Days that the points together stand for, in the direction that has fewer.
    pub days: f64,
}

/// Processor use from the digests of the average and, where there is one, of the maximum statistic; `None`
/// when no average was measured.
pub(crate) fn cpu(digests: &[&Digest]) -> Option<CpuUse> {
    let of = |statistic| digests.iter().find(|digest| digest.statistic == statistic);
    let average = of(Statistic::Average)?;
    Some(CpuUse {
        mean: average.mean,
        p50: average.p50,
        p95: average.p95,
        p99: average.p99,
        p995: average.p995,
        max: average.max,
        peak: Field::seen(of(Statistic::Maximum).map(|digest| digest.max)),
        points: average.points.into(),
        periods: average.periods.into(),
        step_s: average.step_s.into(),
        days: days(average),
        statistic: average.statistic,
    })
}

/// Network use from the sums of both directions; `None` unless both were measured over the same days. The
/// days of two digests stand in order from the same start, so they pair up by place.
pub(crate) fn network(received: &Digest, sent: &Digest) -> Option<NetworkUse> {
    let alike = received.statistic == Statistic::Sum
        && sent.statistic == Statistic::Sum
        && received.start == sent.start
        && received.days.len() == sent.days.len();
    if !alike {
        return None;
    }
    let by_day: Vec<f64> = received
        .days
        .iter()
        .zip(&sent.days)
        .map(|(a, b)| a.sum + b.sum)
        .collect();
    Some(NetworkUse {
        max_day_bytes: by_day.iter().copied().reduce(f64::max)?,
        mean_day_bytes: by_day.iter().sum::<f64>() / by_day.len() as f64,
        days: days(received).min(days(sent)),
    })
}

/// Use from the digests of processor, received and sent bytes.
pub fn utilisation(
    processor: &[&Digest],
    received: &[&Digest],
    sent: &[&Digest],
) -> Option<Utilisation> {
    let network = match (received.first(), sent.first()) {
        (Some(received), Some(sent)) => Field::seen(network(received, sent)),
        _ => Field::NotRead,
    };
    Some(Utilisation {
        cpu: cpu(processor)?,
        network,
    })
}

#[cfg(test)]
#[path = "utilisation_tests.rs"]
mod tests;
