//! routed: whether anything sends traffic to a gateway.

use orch_model::{Body, Dataset, Field, Kind, Provider, Resource};
use schemars::schema_for;

use super::{Fact, FactSpec};
use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

pub(super) struct Routed;

impl Fact for Routed {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "routed",
            kinds: &[Kind::NetworkGateway],
            schema: || schema_for!(bool),
            needs: &[Dataset::Kind(Kind::NetworkRouteTable)],
            about: "Whether a route of its account and region leads to it; on Azure, where subnets name their \
                    gateway, whether one does. Not known on Google Cloud, where a gateway serves by itself.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let Body::NetworkGateway(gateway) = &resource.body else {
            return Ok(Field::NotRead);
        };
        let routed = match resource.scope.provider {
            Provider::Aws => inventory
                .list(Kind::NetworkRouteTable, &resource.scope)
                .exists(|table| leads_to(table, resource.uid.short()))?,
            Provider::Azure => !gateway.subnets.is_empty(),
            Provider::Gcp => return Ok(Field::NotRead),
        };
        Ok(Field::Value(Value::Bool(routed)))
    }
}

fn leads_to(table: &Resource, gateway: &str) -> bool {
    match &table.body {
        Body::NetworkRouteTable(table) => table
            .routes
            .iter()
            .any(|route| route.target.value().is_some_and(|target| target == gateway)),
        _ => false,
    }
}
