//! series.database-cpu and series.database-connections: what database servers do, by the hour.

use orch_collect::CollectorSpec;
use orch_model::{Body, Dataset, Metric, Reach, Resource, Statistic, Time};

use super::metrics::{Measured, OPERATION};
use super::wanted::{Part, Wanted};

const SERVERS: &str = "database servers";
const LEFT_OUT: &str = "those stopped are asked as well";

/// Processor use, mean and peak.
pub(super) struct DatabaseCpu;

impl Measured for DatabaseCpu {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.database-cpu",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::DatabaseCpu)],
        reach: Reach::PerRegion,
        after: &["rds.instances"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const RESOURCES: &'static str = SERVERS;
    const LEFT_OUT: &'static str = LEFT_OUT;

    fn of(resource: &Resource, _: Option<Time>) -> Vec<Wanted> {
        let metrics = [
            (Metric::DatabaseCpu, "CPUUtilization", Statistic::Average),
            (Metric::DatabaseCpu, "CPUUtilization", Statistic::Maximum),
        ];
        of_server(resource, &metrics)
    }
}

/// The most connections at one time.
pub(super) struct DatabaseConnections;

impl Measured for DatabaseConnections {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.database-connections",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::DatabaseConnections)],
        reach: Reach::PerRegion,
        after: &["rds.instances"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const RESOURCES: &'static str = SERVERS;
    const LEFT_OUT: &'static str = LEFT_OUT;

    fn of(resource: &Resource, _: Option<Time>) -> Vec<Wanted> {
        let metric = (
            Metric::DatabaseConnections,
            "DatabaseConnections",
            Statistic::Maximum,
        );
        of_server(resource, &[metric])
    }
}

/// Metrics that RDS keeps of a server.
fn of_server(resource: &Resource, metrics: &[(Metric, &'static str, Statistic)]) -> Vec<Wanted> {
    if !matches!(resource.body, Body::DatabaseServer(_)) {
        return Vec::new();
    }
    let name = resource.uid.short();
    metrics
        .iter()
        .map(|(metric, theirs, statistic)| {
            let part = Part::of("AWS/RDS", theirs, ("DBInstanceIdentifier", name));
            Wanted::one(&resource.uid, *metric, *statistic, part)
        })
        .collect()
}
