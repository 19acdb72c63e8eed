//! `machine`: what the type of an instance offers.

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Body, Dataset, Field, Kind, Provider, Resource, Text};
use rust_decimal::prelude::ToPrimitive as _;
use schemars::JsonSchema;
use serde::Serialize;
use smol_str::format_smolstr;

use super::{Derived, Found, schema_of};
use crate::catalog;

/// The figures of an instance type.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Machine {
    /// Virtual processors.
    vcpu: i64,
    /// Memory in GiB.
    memory_gib: f64,
    /// `x86_64`, `arm64`.
    architecture: Text,
    /// Accelerators.
    accelerators: i64,
    /// Whether the provider still calls it current.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    current_generation: Field<bool>,
}

const NEEDS: &[Dataset] = &[Dataset::Kind(Kind::ComputeInstanceType)];

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "machine",
        kinds: &[Kind::ComputeInstance],
        schema: schema_of::<Machine>,
        needs: NEEDS,
        about: "Processors, memory, architecture, accelerators and generation of an instance's type: from the catalogue, and from the cloud for types that are newer than it.",
    };
    Derived::boxed(spec, derive)
}

/// The catalogue is asked first: it answers alike whether or not the types could be read.
fn derive(resource: &Resource, inventory: &Inventory<'_>) -> Result<Found<Machine>, Unseen> {
    let Body::ComputeInstance(instance) = &resource.body else {
        return Ok(Field::None.into());
    };
    let name = &instance.instance_type;
    let listed = catalog::machine(name).filter(|_| resource.scope.provider == Provider::Aws);
    if let Some(spec) = listed {
        return Ok(Field::Value(Machine {
            vcpu: spec.vcpu.into(),
            memory_gib: spec.memory_gib.to_f64().unwrap_or_default(),
            architecture: spec.architecture.into(),
            accelerators: spec.accelerators.into(),
            current_generation: Field::Value(spec.current_generation),
        })
        .into());
    }
    let types = inventory.list(Kind::ComputeInstanceType, &resource.scope);
    let read = types.items.iter().find_map(|item| match &item.body {
        Body::ComputeInstanceType(read) if read.instance_type == *name => Some(read),
        _ => None,
    });
    let Some(read) = read else {
        let missing = Unseen::untold(
            "machine",
            format_smolstr!("the type {name} is not in the catalogue"),
        );
        return Err(match types.complete {
            Ok(()) => missing,
            Err(unseen) => missing.and(unseen),
        });
    };
    let not_told = Unseen::untold(
        "machine",
        "the cloud does not tell the generation of the type",
    );
    Ok(Found {
        value: Field::Value(Machine {
            vcpu: read.vcpu,
            memory_gib: read.memory_mib as f64 / 1024.0,
            architecture: read.architectures.first().cloned().unwrap_or_default(),
            accelerators: read.accelerators,
            current_generation: read.current_generation,
        }),
        unread: vec![("current_generation", not_told)],
    })
}
