//! series.network-in and series.network-out: bytes an hour.

use orch_collect::CollectorSpec;
use orch_model::{Dataset, Metric, Reach, Statistic};

use super::metrics::{Asked, Measured, OPERATION};

/// Bytes in and out. A machine has one series for each card, added up here.
pub(super) struct Network;

const fn asked(metric: Metric, filter: &'static str) -> Asked {
    Asked {
        metric,
        statistic: Statistic::Sum,
        filter,
        aligner: "ALIGN_DELTA",
        summed: true,
        factor: 1.0,
    }
}

impl Measured for Network {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitoring.network",
        service: "monitoring",
        datasets: &[
            Dataset::Series(Metric::NetworkIn),
            Dataset::Series(Metric::NetworkOut),
        ],
        reach: Reach::Global,
        after: &["compute.instances"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const METRICS: &'static [Asked] = &[
        asked(
            Metric::NetworkIn,
            r#"metric.type = "compute.googleapis.com/instance/network/received_bytes_count""#,
        ),
        asked(
            Metric::NetworkOut,
            r#"metric.type = "compute.googleapis.com/instance/network/sent_bytes_count""#,
        ),
    ];
}
