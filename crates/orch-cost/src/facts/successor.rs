//! `successor`: the type of a newer generation that could take an instance's place as it is.

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Body, Field, Kind, Resource, Text};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Found, schema_of, unseen};
use crate::catalog;
use crate::machine_type;
use crate::price::{Amount, HOURS_A_MONTH, listed, price};

/// A newer type of the same size.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Successor {
    /// The type.
    instance_type: Text,
    /// Its virtual processors: as many as now.
    vcpu: i64,
    /// Its memory in GiB: no less than now.
    memory_gib: f64,
    /// US dollars a month.
    monthly: Amount,
    /// What it saves a month: zero where it costs as much or more; not known where the price now is not.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    saving: Field<Amount>,
    /// Whether a price in it was derived and not published.
    derived: bool,
}

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "successor",
        kinds: &[Kind::ComputeInstance],
        schema: schema_of::<Field<Successor>>,
        needs: &[],
        about: "The cheapest type in the region that is of a newer generation of the same series, with as many processors, no less memory, the same architecture and every feature; none where the catalogue has none.",
    };
    Derived::boxed(spec, derive)
}

fn derive(resource: &Resource, _: &Inventory<'_>) -> Result<Found<Successor>, Unseen> {
    let Body::ComputeInstance(instance) = &resource.body else {
        return Ok(Field::None.into());
    };
    let scope = &resource.scope;
    listed(scope).map_err(unseen)?;
    let name = &instance.instance_type;
    let now = catalog::machine(scope.provider, name).ok_or_else(|| {
        Unseen::untold(
            "successor",
            format!("the size of {name} is not in the catalogue"),
        )
    })?;
    let offers = catalog::offers(scope.provider, &scope.region);
    let Some(offer) = offers
        .iter()
        .find(|offer| machine_type::succeeds(scope.provider, offer.machine, &now))
    else {
        return Ok(Field::None.into());
    };
    let monthly = offer.price.for_a_month() * Decimal::from(HOURS_A_MONTH);
    let (saving, derived, why) = match price(resource) {
        Ok(price) => {
            let saving = (price.monthly.0 - monthly).max(Decimal::ZERO);
            (Some(Amount(saving)), price.derived, None)
        }
        Err(why) => (None, false, Some(unseen(why))),
    };
    let memory = offer.machine.memory_gib.and_then(|gib| gib.to_f64());
    Ok(Found {
        value: Field::Value(Successor {
            instance_type: offer.machine.name.clone(),
            vcpu: offer.machine.vcpu.unwrap_or_default().into(),
            memory_gib: memory.unwrap_or_default(),
            monthly: Amount(monthly),
            saving: Field::seen(saving),
            derived: offer.price.derived || derived,
        }),
        unread: why.into_iter().map(|why| ("saving", why)).collect(),
    })
}
