//! series.cpu: processor use every five minutes, which is what CloudWatch keeps without a charge.

use orch_collect::CollectorSpec;
use orch_model::{Dataset, Metric, Reach, Statistic};

use super::metrics::{Measured, OPERATION};

/// Mean and peak: a mean alone hides what a smaller machine could not carry.
pub(super) struct Cpu;

impl Measured for Cpu {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.cpu",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::Cpu)],
        reach: Reach::PerRegion,
        after: &["ec2.instances"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 300;
    const METRICS: &'static [(Metric, &'static str, Statistic)] = &[
        (Metric::Cpu, "CPUUtilization", Statistic::Average),
        (Metric::Cpu, "CPUUtilization", Statistic::Maximum),
    ];
}
