//! members: how much stands in a network.

use std::sync::LazyLock;

use orch_model::kind::InstanceState;
use orch_model::{Body, Dataset, Field, Kind, Relation, Resource};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;

use super::{Fact, FactSpec};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::slots::Converter;
use crate::value::Value;

/// How many resources stand in a network.
#[derive(Serialize, JsonSchema)]
struct View {
    /// Instances that are not terminated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    instances: Option<i64>,
    /// Network interfaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    interfaces: Option<i64>,
}

pub(super) struct Members(LazyLock<Converter>);

pub(super) fn members() -> Members {
    Members(LazyLock::new(|| Converter::new(&Type::of::<View>())))
}

impl Fact for Members {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "members",
            kinds: &[Kind::NetworkVpc],
            schema: || schema_for!(View),
            needs: &[
                Dataset::Kind(Kind::ComputeInstance),
                Dataset::Kind(Kind::NetworkInterface),
            ],
            about: "How many instances and network interfaces stand in the network.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let state = |kind| inventory.state(Dataset::Kind(kind), &resource.scope);
        let count = |kind| {
            let inside = inventory.referring(&resource.uid, Relation::PartOf, kind);
            i64::try_from(inside.filter(|member| is_there(&member.body)).count()).ok()
        };
        let known = |kind| state(kind).is_ok().then(|| count(kind)).flatten();
        let view = View {
            instances: known(Kind::ComputeInstance),
            interfaces: known(Kind::NetworkInterface),
        };
        Ok(Field::Value(self.0.convert(&view, &|path| {
            let kind = if path == "instances" {
                Kind::ComputeInstance
            } else {
                Kind::NetworkInterface
            };
            state(kind).err().map(|unseen| unseen.0).unwrap_or_default()
        })))
    }
}

fn is_there(body: &Body) -> bool {
    match body {
        Body::ComputeInstance(body) => body.state != Field::Value(InstanceState::Terminated),
        _ => true,
    }
}
