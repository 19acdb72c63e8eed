//! series.cpu: processor use every five minutes, which is what CloudWatch keeps without a charge.

use orch_collect::CollectorSpec;
use orch_model::{Dataset, Metric, Reach, Resource, Statistic, Time};

use super::metrics::{Measured, OPERATION};
use super::wanted::{Wanted, of_instance};

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

    fn of(resource: &Resource, since: Option<Time>) -> Vec<Wanted> {
        let metrics = [
            (Metric::Cpu, "CPUUtilization", Statistic::Average),
            (Metric::Cpu, "CPUUtilization", Statistic::Maximum),
        ];
        of_instance(resource, since, &metrics)
    }
}
