//! gone: whether a resource is deleted and only still listed.

use orch_model::kind::InstanceState;
use orch_model::{Body, Field, Kind, Resource};
use schemars::schema_for;

use super::{Fact, FactSpec};
use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

pub(super) struct Gone;

impl Fact for Gone {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "gone",
            kinds: Kind::ALL,
            schema: || schema_for!(bool),
            needs: &[],
            about: "Whether it is deleted, or being deleted, and only still listed. The same for every \
                    kind, so that rules of several kinds can ask.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        _inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let gone = match &resource.body {
            Body::ComputeInstance(body) => match body.state {
                Field::Value(state) => matches!(
                    state,
                    InstanceState::ShuttingDown | InstanceState::Terminated
                ),
                Field::None => false,
                Field::NotRead => return Ok(Field::NotRead),
            },
            Body::StorageVolume(body) => body.state == "deleting",
            _ => false,
        };
        Ok(Field::Value(Value::Bool(gone)))
    }
}
