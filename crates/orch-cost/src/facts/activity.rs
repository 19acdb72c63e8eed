//! `activity`: whether anybody uses a database server.

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Dataset, Field, Kind, Metric, Resource, Statistic};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Found, digests, no_points, schema_of};
use crate::counted::days;

/// Connections and processor use.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Activity {
    /// The most connections that any period tells; where the cloud tells means, the largest of them.
    max_connections: f64,
    /// Mean use of its processors in percent.
    cpu_mean: f64,
    /// The largest mean of a period in percent.
    cpu_max: f64,
    /// Days that the points together stand for, of the metric that has fewer.
    days: f64,
}

const NEEDS: &[Dataset] = &[
    Dataset::Series(Metric::DatabaseCpu),
    Dataset::Series(Metric::DatabaseConnections),
];

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "activity",
        kinds: &[Kind::DatabaseServer],
        schema: schema_of::<Activity>,
        needs: NEEDS,
        about: "Connections to a database server and use of its processors.",
    };
    Derived::boxed(spec, derive)
}

fn derive(resource: &Resource, inventory: &Inventory<'_>) -> Result<Found<Activity>, Unseen> {
    let cpu = digests(resource, inventory, Metric::DatabaseCpu);
    let connections = digests(resource, inventory, Metric::DatabaseConnections);
    let (cpu, connections) = match (cpu, connections) {
        (Ok(cpu), Ok(connections)) => (cpu, connections),
        (Err(one), Err(other)) => return Err(one.and(other)),
        (Err(one), Ok(_)) | (Ok(_), Err(one)) => return Err(one),
    };
    let mean = cpu.iter().find(|of| of.statistic == Statistic::Average);
    let mean = mean.ok_or_else(|| no_points("processor use"))?;
    let most = connections.iter().map(|of| of.max).reduce(f64::max);
    let most = most.ok_or_else(|| no_points("connections"))?;
    let counted = connections.iter().map(|of| days(of)).fold(0.0, f64::max);
    Ok(Field::Value(Activity {
        max_connections: most,
        cpu_mean: mean.mean,
        cpu_max: mean.max,
        days: days(mean).min(counted),
    })
    .into())
}
