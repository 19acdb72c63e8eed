//! referenced_by: the other firewalls whose rules name a firewall.

use orch_model::{Dataset, Field, Kind, Relation, Resource};
use schemars::schema_for;

use super::{Fact, FactSpec, found, id};
use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

pub(super) struct ReferencedBy;

impl Fact for ReferencedBy {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "referenced_by",
            kinds: &[Kind::NetworkFirewall],
            schema: || schema_for!(Vec<String>),
            needs: &[Dataset::Kind(Kind::NetworkFirewall)],
            about: "The other firewalls that name it in a rule, by id.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let referring = inventory.referring(&resource.uid, Relation::Refers, Kind::NetworkFirewall);
        let others = referring.filter(|other| other.uid != resource.uid);
        let state = inventory.state(Dataset::Kind(Kind::NetworkFirewall), &resource.scope);
        Ok(Field::Value(found(others.map(id), state)))
    }
}
