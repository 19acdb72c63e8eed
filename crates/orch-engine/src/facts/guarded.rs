//! guarded: what a firewall is put on beside network cards.

use orch_model::{Dataset, Field, Kind, Relation, Resource};
use schemars::schema_for;

use super::{Fact, FactSpec, found, id};
use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

/// What can name a firewall and is no network card.
const KINDS: [Kind; 3] = [
    Kind::ComputeScalingGroup,
    Kind::NetworkLoadBalancer,
    Kind::NetworkSubnet,
];

pub(super) struct Guarded;

impl Fact for Guarded {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "guarded",
            kinds: &[Kind::NetworkFirewall],
            schema: || schema_for!(Vec<String>),
            needs: &[
                Dataset::Kind(Kind::ComputeScalingGroup),
                Dataset::Kind(Kind::NetworkLoadBalancer),
                Dataset::Kind(Kind::NetworkSubnet),
            ],
            about: "The subnets, load balancers and groups of instances that it guards, by id.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let guarded = KINDS.into_iter().flat_map(|kind| {
            inventory
                .referring(&resource.uid, Relation::GuardedBy, kind)
                .map(id)
        });
        let guarded: Vec<Value> = guarded.collect();
        let states = KINDS.map(|kind| inventory.state(Dataset::Kind(kind), &resource.scope));
        let missing = states.into_iter().filter_map(Result::err);
        let state = missing.reduce(Unseen::and).map_or(Ok(()), Err);
        Ok(Field::Value(found(guarded, state)))
    }
}
