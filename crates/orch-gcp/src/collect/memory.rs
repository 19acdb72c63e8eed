//! series.memory-available: memory that nothing uses, where the Ops Agent runs in a machine.

use orch_collect::CollectorSpec;
use orch_model::{Dataset, Metric, Reach, Statistic};

use super::metrics::{Asked, Measured, OPERATION};

/// The agent tells memory by what it is used for. All but what is used can be given to something else.
pub(super) struct Memory;

impl Measured for Memory {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitoring.memory",
        service: "monitoring",
        datasets: &[Dataset::Series(Metric::MemoryAvailable)],
        reach: Reach::Global,
        after: &["compute.instances"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const METRICS: &'static [Asked] = &[Asked {
        metric: Metric::MemoryAvailable,
        statistic: Statistic::Average,
        filter: r#"metric.type = "agent.googleapis.com/memory/bytes_used" AND metric.labels.state != "used""#,
        aligner: "ALIGN_MEAN",
        summed: true,
        factor: 1.0,
    }];
}
