//! series.database-cpu and series.database-connections: use of Cloud SQL, every hour.

use orch_collect::CollectorSpec;
use orch_model::{Body, Dataset, Metric, Reach, Resource, Statistic, Uid};

use super::metrics::{Asked, Measured, OPERATION, TimeSeries};
use crate::names::Names;

/// Processor use and connections.
pub(super) struct DatabaseUse;

impl Measured for DatabaseUse {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitoring.databases",
        service: "monitoring",
        datasets: &[
            Dataset::Series(Metric::DatabaseCpu),
            Dataset::Series(Metric::DatabaseConnections),
        ],
        reach: Reach::Global,
        after: &["sql.instances"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const METRICS: &'static [Asked] = &[
        // Google tells a fraction of one.
        Asked {
            metric: Metric::DatabaseCpu,
            statistic: Statistic::Average,
            filter: r#"metric.type = "cloudsql.googleapis.com/database/cpu/utilization""#,
            aligner: "ALIGN_MEAN",
            summed: false,
            factor: 100.0,
        },
        Asked {
            metric: Metric::DatabaseConnections,
            statistic: Statistic::Maximum,
            filter: r#"metric.type = "cloudsql.googleapis.com/database/network/connections""#,
            aligner: "ALIGN_MAX",
            summed: false,
            factor: 1.0,
        },
    ];
    const MEASURES: fn(&Resource) -> bool =
        |resource| matches!(resource.body, Body::DatabaseServer(_));
    const ONLY: &'static str = r#" AND resource.type = "cloudsql_database""#;
    const OWNER: fn(Names<'_>, &TimeSeries) -> Option<Uid> = instance;
}

/// The instance of a series: its label holds the project as well.
fn instance(names: Names<'_>, series: &TimeSeries) -> Option<Uid> {
    let (_, name) = series.of("database_id")?.rsplit_once(':')?;
    Some(names.of("cloudsql", &format!("instances/{name}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::global;

    #[test]
    fn a_series_is_of_the_instance_behind_the_project() {
        // Projects of old organisations have a colon in their name.
        let scope = global("example.com:project");
        let series = json!({ "resource": { "type": "cloudsql_database",
            "labels": { "database_id": "example.com:project:orders" } } });
        let series = serde_json::from_value(series).unwrap();
        let uid = instance(Names::new(&scope), &series).unwrap();
        assert_eq!(uid.short(), "orders");
        assert_eq!(
            uid.as_str(),
            "//cloudsql.googleapis.com/projects/example.com:project/instances/orders"
        );
    }
}
