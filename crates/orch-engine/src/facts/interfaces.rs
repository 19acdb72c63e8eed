//! interfaces: the network cards that a firewall guards.

use orch_model::kind::FirewallStage;
use orch_model::{Body, Dataset, Field, Kind, Relation, Resource};
use schemars::schema_for;

use super::{Fact, FactSpec, found, id, not_found};
use crate::inventory::{Inventory, Unseen};
use crate::reach::meant;
use crate::value::Value;

pub(super) struct Interfaces;

impl Fact for Interfaces {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "interfaces",
            kinds: &[Kind::NetworkFirewall],
            schema: || schema_for!(Vec<String>),
            needs: &[
                Dataset::Kind(Kind::NetworkInterface),
                Dataset::Kind(Kind::NetworkVpc),
            ],
            about: "The network interfaces that it guards, by id: those that name it, or those that a rule of a \
                    network means.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let state = inventory.state(Dataset::Kind(Kind::NetworkInterface), &resource.scope);
        let guarded: Vec<Value> = match &resource.body {
            Body::NetworkFirewall(body) if body.stage == FirewallStage::VpcRule => {
                let Field::Value(vpc) = &body.vpc else {
                    return Ok(Field::NotRead);
                };
                if inventory.get(vpc).is_none() {
                    return Err(not_found(vpc, Kind::NetworkVpc, resource, inventory));
                }
                meant(body, vpc, inventory).into_iter().map(id).collect()
            }
            _ => inventory
                .referring(&resource.uid, Relation::GuardedBy, Kind::NetworkInterface)
                .map(id)
                .collect(),
        };
        Ok(Field::Value(found(guarded, state)))
    }
}
