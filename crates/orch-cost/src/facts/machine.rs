//! `machine`: what the type of an instance offers.

use std::sync::LazyLock;

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Body, Dataset, Field, Kind, Resource, Text};
use rust_decimal::prelude::ToPrimitive as _;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Found, schema_of};
use crate::instance_type::machine_of;

/// The figures of an instance type.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Machine {
    /// Virtual processors.
    vcpu: i64,
    /// Memory in GiB; of Azure rounded down to whole ones.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    memory_gib: Field<f64>,
    /// `x86_64`, `arm64`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    architecture: Field<Text>,
    /// Accelerators.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    accelerators: Field<i64>,
    /// Whether the provider still calls it current.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    current_generation: Field<bool>,
    /// The line of types that it belongs to: `m5d`, `Ds_v3`, `n1`.
    family: Text,
    /// Which generation of its series it is, where series of its cloud compare: of Azure the version of D with
    /// processors of the same time; none of types for something else.
    generation: Field<i64>,
}

const NEEDS: &[Dataset] = &[Dataset::Kind(Kind::ComputeInstanceType)];

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "machine",
        kinds: &[Kind::ComputeInstance],
        schema: schema_of::<Machine>,
        needs: NEEDS,
        about: "Processors, memory, architecture, accelerators and generation of an instance's type: from the catalogue or the name of a custom type, and from the cloud for types that are newer than it.",
    };
    Derived::boxed(spec, derive)
}

/// Members of which neither the catalogue nor the cloud may tell, and what to say then.
static NOT_TOLD: LazyLock<[(&str, Unseen); 4]> = LazyLock::new(|| {
    [
        (
            "memory_gib",
            "the memory of the type is not in the catalogue",
        ),
        ("architecture", "nothing tells the architecture of the type"),
        (
            "accelerators",
            "nothing tells how many accelerators the instance has",
        ),
        (
            "current_generation",
            "the cloud does not tell the generation of the type",
        ),
    ]
    .map(|(member, why)| (member, Unseen::untold("machine", why)))
});

fn derive(resource: &Resource, inventory: &Inventory<'_>) -> Result<Found<Machine>, Unseen> {
    let Body::ComputeInstance(instance) = &resource.body else {
        return Ok(Field::None.into());
    };
    let machine = machine_of(resource, instance, inventory)?;
    let missing = || Unseen::untold("machine", "the catalogue has no size of the type");
    Ok(Found {
        value: Field::Value(Machine {
            vcpu: machine.vcpu.ok_or_else(missing)?.into(),
            memory_gib: Field::seen(machine.memory_gib.and_then(|memory| memory.to_f64())),
            architecture: Field::seen(machine.architecture.map(Text::new_static)),
            accelerators: Field::seen(machine.accelerators.map(i64::from)),
            current_generation: Field::seen(machine.current_generation),
            family: machine.family.name.clone(),
            generation: Field::read(
                machine
                    .family
                    .generation
                    .filter(|_| machine.family.exchangeable)
                    .map(i64::from),
            ),
        }),
        unread: NOT_TOLD.to_vec(),
    })
}
