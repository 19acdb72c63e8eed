//! flow_logs, subnets_logged: what records the traffic of a network.

use std::sync::LazyLock;

use orch_model::kind::NetworkFlowLog;
use orch_model::{Body, Dataset, Field, Kind, Relation, Resource, Text, Uid};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;

use super::{Fact, FactSpec, found};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::slots::Converter;
use crate::value::Value;

const LOGS: Dataset = Dataset::Kind(Kind::NetworkFlowLog);
const SUBNETS: Dataset = Dataset::Kind(Kind::NetworkSubnet);

/// One active flow log.
#[derive(Serialize, JsonSchema)]
struct FlowLog<'l> {
    /// Its id.
    id: &'l str,
    /// `all`, `accept` or `reject`.
    traffic: &'l Text,
    /// The kind of destination.
    #[serde(skip_serializing_if = "Field::is_not_read")]
    destination: &'l Field<Text>,
    /// Whether the last delivery worked.
    #[serde(skip_serializing_if = "Field::is_not_read")]
    delivering: &'l Field<bool>,
}

pub(super) struct FlowLogs(LazyLock<Converter>);
pub(super) struct SubnetsLogged;

pub(super) fn flow_logs() -> FlowLogs {
    FlowLogs(LazyLock::new(|| {
        Converter::new(&Type::of::<FlowLog<'static>>())
    }))
}

/// The active flow logs on exactly this.
fn active<'i, 's: 'i>(
    target: &Uid,
    inventory: &'i Inventory<'s>,
) -> impl Iterator<Item = (&'s Resource, &'s NetworkFlowLog)> + 'i {
    let logs = inventory.referring(target, Relation::AttachedTo, Kind::NetworkFlowLog);
    logs.filter_map(|log| match &log.body {
        Body::NetworkFlowLog(body) if body.active => Some((log, &**body)),
        _ => None,
    })
}

impl Fact for FlowLogs {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "flow_logs",
            kinds: &[Kind::NetworkVpc],
            schema: || schema_for!(Vec<FlowLog<'static>>),
            needs: &[LOGS],
            about: "The active flow logs on the network itself.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let logs = active(&resource.uid, inventory).map(|(log, body)| {
            let view = FlowLog {
                id: log.uid.short(),
                traffic: &body.traffic,
                destination: &body.destination,
                delivering: &body.delivering,
            };
            let untold = |path: &str| super::not_told(path, &log.uid).0;
            self.0.convert(&view, &untold)
        });
        Ok(Field::Value(found(
            logs,
            inventory.state(LOGS, &resource.scope),
        )))
    }
}

impl Fact for SubnetsLogged {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "subnets_logged",
            kinds: &[Kind::NetworkVpc],
            schema: || schema_for!(bool),
            needs: &[LOGS, SUBNETS],
            about: "Whether the network has subnets and every one of them has an active flow log.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let subnets: Vec<_> = inventory
            .referring(&resource.uid, Relation::PartOf, Kind::NetworkSubnet)
            .collect();
        let logs = inventory.state(LOGS, &resource.scope);
        let bare = subnets
            .iter()
            .any(|subnet| active(&subnet.uid, inventory).next().is_none());
        if bare && logs.is_ok() {
            // A subnet without a log is a witness, whatever other subnets there are.
            return Ok(Field::Value(Value::Bool(false)));
        }
        inventory.state(SUBNETS, &resource.scope)?;
        if bare {
            logs?;
        }
        Ok(Field::Value(Value::Bool(!subnets.is_empty() && !bare)))
    }
}
