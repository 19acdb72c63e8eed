//! newest_snapshot: when a disk was last copied.

use orch_model::{Body, Dataset, Field, Kind, Relation, Resource, Time};
use schemars::schema_for;

use super::{Fact, FactSpec};
use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

const SNAPSHOTS: Dataset = Dataset::Kind(Kind::StorageSnapshot);

pub(super) struct NewestSnapshot;

impl Fact for NewestSnapshot {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "newest_snapshot",
            kinds: &[Kind::StorageVolume],
            schema: || schema_for!(Option<Time>),
            needs: &[SNAPSHOTS],
            about: "When the newest completed snapshot of it in its account, in its region or in none, was \
                    taken; none when there is none.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        inventory.state(SNAPSHOTS, &resource.scope)?;
        let newest = inventory
            .referring(&resource.uid, Relation::MadeFrom, Kind::StorageSnapshot)
            .filter(|copy| super::snapshots::holds_for(&copy.scope, &resource.scope))
            .filter_map(|copy| match &copy.body {
                Body::StorageSnapshot(body) if body.state == "completed" => Some(body.taken_at),
                _ => None,
            })
            .max();
        Ok(Field::read(newest.map(Value::Time)))
    }
}
