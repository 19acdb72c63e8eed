//! attachment, attachments: what the instances do that a disk or an address belongs to.

use orch_model::{Body, Dataset, Field, Kind, Resource, Text, Time, Uid};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use std::sync::LazyLock;

use super::{Fact, FactSpec};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::slots::Converter;
use crate::value::Value;

/// One attachment.
#[derive(Serialize, JsonSchema)]
struct Attachment {
    /// The instance's id.
    instance: Text,
    /// What the instance does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "orch_model::kind::InstanceState")]
    instance_state: Option<orch_model::kind::InstanceState>,
    /// Since when the instance is stopped; none while it runs.
    #[serde(skip_serializing_if = "Field::is_not_read")]
    stopped_since: Field<Time>,
}

/// Of a disk: all of them.
pub(super) struct OfVolume(LazyLock<Converter>);
/// Of an address: the one.
pub(super) struct OfAddress(LazyLock<Converter>);

fn several() -> Schema {
    schema_for!(Vec<Attachment>)
}

fn one() -> Schema {
    schema_for!(Option<Attachment>)
}

pub(super) fn of_volume() -> OfVolume {
    OfVolume(LazyLock::new(|| Converter::new(&Type::of::<Attachment>())))
}

pub(super) fn of_address() -> OfAddress {
    OfAddress(LazyLock::new(|| Converter::new(&Type::of::<Attachment>())))
}

/// What is known of the instance; its state is unknown where it was not read.
fn attachment(
    instance: &Uid,
    resource: &Resource,
    inventory: &Inventory<'_>,
    converter: &Converter,
) -> Value {
    let body = inventory.get(instance).and_then(|found| match &found.body {
        Body::ComputeInstance(body) => Some(body),
        _ => None,
    });
    let view = Attachment {
        instance: Text::new(instance.short()),
        instance_state: body.and_then(|body| body.state.value().copied()),
        stopped_since: body.map_or(Field::NotRead, |body| body.stopped_since),
    };
    converter.convert(&view, &|path| {
        let unseen = match body {
            Some(_) => super::not_told(path, instance),
            None => super::not_found(instance, Kind::ComputeInstance, resource, inventory),
        };
        unseen.0
    })
}

impl Fact for OfVolume {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "attachments",
            kinds: &[Kind::StorageVolume],
            schema: several,
            needs: &[Dataset::Kind(Kind::ComputeInstance)],
            about: "The instances it is attached to, and what they do.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let Body::StorageVolume(body) = &resource.body else {
            return Ok(Field::NotRead);
        };
        let attached = body.attachments.iter();
        Ok(Field::Value(Value::list(attached.map(|held| {
            attachment(&held.instance, resource, inventory, &self.0)
        }))))
    }
}

impl Fact for OfAddress {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "attachment",
            kinds: &[Kind::NetworkAddress],
            schema: one,
            needs: &[Dataset::Kind(Kind::ComputeInstance)],
            about: "The instance that uses it, and what that does; none when no instance uses it.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let Body::NetworkAddress(body) = &resource.body else {
            return Ok(Field::NotRead);
        };
        Ok(body
            .instance
            .as_ref()
            .map(|instance| attachment(instance, resource, inventory, &self.0)))
    }
}
