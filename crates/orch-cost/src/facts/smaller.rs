//! `smaller`: the cheapest smaller type that fits an instance.

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::kind::{ComputeInstance, Lifecycle};
use orch_model::{Body, Dataset, Field, Kind, Metric, Resource, Statistic};

use super::{Derived, Found, schema_of, unseen};
use crate::price::hourly;
use crate::{Smaller, smaller};

const NEEDS: &[Dataset] = &[Dataset::Series(Metric::Cpu)];

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "smaller",
        kinds: &[Kind::ComputeInstance],
        schema: schema_of::<Field<Smaller>>,
        needs: NEEDS,
        about: "The cheapest current type with fewer processors on which the 99.5th percentile of processor use stays at or below 80 %, with no less memory and the same architecture; none where there is none.",
    };
    Derived::boxed(spec, derive)
}

fn derive(resource: &Resource, inventory: &Inventory<'_>) -> Result<Found<Smaller>, Unseen> {
    let Body::ComputeInstance(instance) = &resource.body else {
        return Ok(Field::None.into());
    };
    let price_unseen = match (hourly(&resource.scope, instance), &instance.platform) {
        (Ok(_), _) => None,
        // A licence is charged by processor on top of the list price: fewer of them cost less of both, only how
        // much less is not known. What is bought otherwise may cost less than any list price.
        (Err(reason), Field::Value(platform)) if platform != "linux" && on_demand(instance) => {
            Some(unseen(reason))
        }
        (Err(reason), _) => return Err(unseen(reason)),
    };
    inventory.state(Dataset::Series(Metric::Cpu), &resource.scope)?;
    let average = inventory
        .digests(&resource.uid, Metric::Cpu)
        .iter()
        .find(|digest| digest.statistic == Statistic::Average)
        .ok_or_else(|| Unseen::untold("processor use", "the cloud holds no points of it"))?;
    let found = smaller(&resource.scope, &instance.instance_type, average.p995).map_err(unseen)?;
    Ok(match price_unseen {
        None => found.into(),
        Some(unseen) => Found {
            value: found.map(|smaller| Smaller {
                monthly: Field::NotRead,
                saving: Field::NotRead,
                ..smaller
            }),
            unread: vec![("monthly", unseen.clone()), ("saving", unseen)],
        },
    })
}

fn on_demand(instance: &ComputeInstance) -> bool {
    instance.lifecycle == Field::Value(Lifecycle::OnDemand)
        && instance
            .tenancy
            .value()
            .is_some_and(|tenancy| tenancy == "default")
}
