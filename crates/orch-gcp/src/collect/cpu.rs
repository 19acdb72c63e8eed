//! series.cpu: processor use every five minutes.

use orch_collect::CollectorSpec;
use orch_model::{Dataset, Metric, Reach, Statistic};

use super::metrics::{Asked, Measured, OPERATION};

const USE: &str = r#"metric.type = "compute.googleapis.com/instance/cpu/utilization""#;

/// Mean and peak: a mean alone hides what a smaller machine could not carry.
pub(super) struct Cpu;

/// Google tells a fraction of one.
const fn asked(statistic: Statistic, aligner: &'static str) -> Asked {
    Asked {
        metric: Metric::Cpu,
        statistic,
        filter: USE,
        aligner,
        summed: false,
        factor: 100.0,
    }
}

impl Measured for Cpu {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitoring.cpu",
        service: "monitoring",
        datasets: &[Dataset::Series(Metric::Cpu)],
        reach: Reach::Global,
        after: &["compute.instances"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 300;
    const METRICS: &'static [Asked] = &[
        asked(Statistic::Average, "ALIGN_MEAN"),
        asked(Statistic::Maximum, "ALIGN_MAX"),
    ];
}
