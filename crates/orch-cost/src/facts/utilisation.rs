//! `utilisation`: how much of an instance is used.

use std::sync::LazyLock;

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Dataset, Field, Kind, Metric, Resource};

use super::{Derived, Found, digests, no_points, schema_of};
use crate::{Utilisation, utilisation};

const NEEDS: &[Dataset] = &[
    Dataset::Series(Metric::Cpu),
    Dataset::Series(Metric::NetworkIn),
    Dataset::Series(Metric::NetworkOut),
];

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "utilisation",
        kinds: &[Kind::ComputeInstance],
        schema: schema_of::<Utilisation>,
        needs: NEEDS,
        about: "Percentiles of processor use and network bytes by UTC day, over the metrics that were read.",
    };
    Derived::boxed(spec, derive)
}

static NO_BYTES: LazyLock<Unseen> = LazyLock::new(|| {
    let why = "no bytes in both directions over the same days";
    Unseen::untold("network use", why)
});
static NO_POINTS: LazyLock<Unseen> = LazyLock::new(|| no_points("processor use"));
static NO_MAXIMUM: LazyLock<Unseen> =
    LazyLock::new(|| Unseen::untold("processor use", "no maximum statistic was measured"));

fn derive(resource: &Resource, inventory: &Inventory<'_>) -> Result<Found<Utilisation>, Unseen> {
    let cpu = digests(resource, inventory, Metric::Cpu)?;
    let received = digests(resource, inventory, Metric::NetworkIn);
    let sent = digests(resource, inventory, Metric::NetworkOut);
    let network_unseen = match (&received, &sent) {
        (Err(one), Err(other)) => one.clone().and(other.clone()),
        (Err(one), Ok(_)) | (Ok(_), Err(one)) => one.clone(),
        (Ok(_), Ok(_)) => NO_BYTES.clone(),
    };
    let value = utilisation(
        &cpu,
        &received.unwrap_or_default(),
        &sent.unwrap_or_default(),
    );
    Ok(Found {
        value: Field::Value(value.ok_or_else(|| NO_POINTS.clone())?),
        unread: vec![
            ("network", network_unseen),
            ("cpu.peak", NO_MAXIMUM.clone()),
        ],
    })
}
