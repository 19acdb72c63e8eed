//! Which type an instance has, and whether its list price is what is paid.

use std::borrow::Cow;

use orch_engine::{Inventory, Unseen};
use orch_model::kind::{ComputeInstance, Lifecycle};
use orch_model::{Body, Field, Kind, Reason, Resource};
use smol_str::format_smolstr;

use crate::catalog::{self, Prices};
use crate::machine_type::{self, MachineType};
use crate::price::hourly;

/// The type of an instance. The catalogue is asked first: it answers alike whether or not the types could be read
/// from the cloud, which are asked for types that are newer than it.
pub(crate) fn machine_of(
    resource: &Resource,
    instance: &ComputeInstance,
    inventory: &Inventory<'_>,
) -> Result<Cow<'static, MachineType>, Unseen> {
    let provider = resource.scope.provider;
    let name = &instance.instance_type;
    if let Some(listed) = catalog::machine(provider, name).filter(|listed| listed.vcpu.is_some()) {
        return Ok(listed);
    }
    let types = inventory.list(Kind::ComputeInstanceType, &resource.scope);
    let read = types.items.iter().find_map(|item| match &item.body {
        Body::ComputeInstanceType(read) if read.instance_type == *name => Some(read),
        _ => None,
    });
    if let Some(read) = read {
        return Ok(Cow::Owned(machine_type::read(provider, read)));
    }
    let missing = Unseen::untold(
        "machine",
        format_smolstr!("the type {name} is not in the catalogue"),
    );
    Err(match types.complete {
        Ok(()) => missing,
        Err(unseen) => missing.and(unseen),
    })
}

/// Whether the list price of plain Linux is what is paid.
pub(crate) struct Licence {
    /// Why not, where a licence comes on top of it.
    pub(crate) not_known: Option<Reason>,
}

/// A licence is charged by processor on top of the list price: fewer of them cost less of both, only how much less
/// is not known. What is bought otherwise may cost less than any list price, so there is nothing to say.
pub(crate) fn licence(
    prices: Prices,
    resource: &Resource,
    instance: &ComputeInstance,
) -> Result<Licence, Reason> {
    match (
        hourly(prices, &resource.scope, instance),
        &instance.platform,
    ) {
        (Ok(_), _) => Ok(Licence { not_known: None }),
        (Err(reason), Field::Value(platform)) if platform != "linux" && on_demand(instance) => {
            Ok(Licence {
                not_known: Some(reason),
            })
        }
        (Err(reason), _) => Err(reason),
    }
}

fn on_demand(instance: &ComputeInstance) -> bool {
    instance.lifecycle == Field::Value(Lifecycle::OnDemand)
        && instance
            .tenancy
            .value()
            .is_some_and(|tenancy| tenancy == "default")
}
