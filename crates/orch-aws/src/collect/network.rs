//! series.network-in and series.network-out: bytes an hour.

use orch_collect::CollectorSpec;
use orch_model::{Dataset, Metric, Reach, Resource, Statistic, Time};

use super::metrics::{Measured, OPERATION};
use super::wanted::{Wanted, of_instance};

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

    fn of(resource: &Resource, since: Option<Time>) -> Vec<Wanted> {
        let metrics = [
            (Metric::NetworkIn, "NetworkIn", Statistic::Sum),
            (Metric::NetworkOut, "NetworkOut", Statistic::Sum),
        ];
        of_instance(resource, since, &metrics)
    }
}
