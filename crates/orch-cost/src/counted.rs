//! How much of something happened day by day: requests, bytes, operations.

use orch_model::{Digest, Statistic};
use schemars::JsonSchema;
use serde::Serialize;

/// What was counted in the periods of a series of sums. A period without a point was not measured: where a cloud says
/// nothing of hours in which nothing happens, collectors write the zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Counted {
    /// Of the busiest UTC day.
    max_day: f64,
    /// Of a mean day.
    mean_day: f64,
    /// Everything.
    total: f64,
    /// Days that the points together stand for.
    days: f64,
}

/// What the digest of sums among those of a metric counts; `None` where nothing was measured.
pub(crate) fn counted(digests: &[&Digest]) -> Option<Counted> {
    let digest = digests
        .iter()
        .find(|digest| digest.statistic == Statistic::Sum)?;
    let days = days(digest);
    let total: f64 = digest.days.iter().map(|day| day.sum).sum();
    Some(Counted {
        max_day: digest.days.iter().map(|day| day.sum).reduce(f64::max)?,
        mean_day: total / days,
        total,
        days,
    })
}

/// Days that the points of a digest stand for. UTC days would count the pieces of days at both ends in full.
pub(crate) fn days(digest: &Digest) -> f64 {
    f64::from(digest.points) * f64::from(digest.step_s) / 86_400.0
}

#[cfg(test)]
mod tests {
    use orch_model::{Metric, Series, Uid};

    use super::*;

    fn digest(statistic: Statistic, values: Vec<Option<f64>>) -> Digest {
        Digest::of(&Series {
            uid: Uid::new("balancer"),
            metric: Metric::BalancerRequests,
            statistic,
            start: "2026-11-18T12:00:00Z".parse().unwrap(),
            step_s: 3_600,
            values,
        })
        .unwrap()
    }

    #[test]
    fn sums_count_by_utc_day_and_only_measured_hours_make_days() {
        let mut values = vec![Some(0.0); 48];
        // Two requests on the first day, three and four on the second.
        (values[1], values[30], values[13]) = (Some(2.0), Some(3.0), Some(4.0));
        values[40..].fill(None);
        let of = counted(&[&digest(Statistic::Sum, values)]).unwrap();
        let expected = Counted {
            max_day: 7.0,
            // 9 in 40 hours.
            mean_day: 9.0 / (40.0 / 24.0),
            total: 9.0,
            days: 40.0 / 24.0,
        };
        assert_eq!(of, expected);
    }

    #[test]
    fn means_count_nothing() {
        let mean = digest(Statistic::Average, vec![Some(1.0); 3]);
        assert_eq!(counted(&[&mean]), None);
        assert_eq!(counted(&[]), None);
    }
}
