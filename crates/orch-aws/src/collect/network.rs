//! series.network-in and series.network-out: bytes an hour.

use orch_collect::CollectorSpec;
use orch_model::{Dataset, Metric, Reach, Statistic};

use super::metrics::{Measured, OPERATION};

/// Bytes in and out.
pub(super) struct Network;

impl Measured for Network {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.network",
        service: "cloudwatch",
        datasets: &[
            Dataset::Series(Metric::NetworkIn),
            Dataset::Series(Metric::NetworkOut),
        ],
        reach: Reach::PerRegion,
        after: &["ec2.instances"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const METRICS: &'static [(Metric, &'static str, Statistic)] = &[
        (Metric::NetworkIn, "NetworkIn", Statistic::Sum),
        (Metric::NetworkOut, "NetworkOut", Statistic::Sum),
    ];
}
