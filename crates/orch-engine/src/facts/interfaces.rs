//! interfaces: the network cards that a firewall guards.

use orch_model::{Dataset, Field, Kind, Relation, Resource};
use schemars::schema_for;

use super::{Fact, FactSpec, found, id};
use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

pub(super) struct Interfaces;

impl Fact for Interfaces {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "interfaces",
            kinds: &[Kind::NetworkFirewall],
            schema: || schema_for!(Vec<String>),
            needs: &[Dataset::Kind(Kind::NetworkInterface)],
            about: "The network interfaces that it guards, by id.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let guarded =
            inventory.referring(&resource.uid, Relation::GuardedBy, Kind::NetworkInterface);
        let state = inventory.state(Dataset::Kind(Kind::NetworkInterface), &resource.scope);
        Ok(Field::Value(found(guarded.map(id), state)))
    }
}
