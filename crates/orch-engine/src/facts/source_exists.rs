//! source_exists: whether the disk behind a snapshot is still there.

use orch_model::{Body, Dataset, Field, Kind, Resource};
use schemars::schema_for;

use super::{Fact, FactSpec};
use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

const VOLUMES: Dataset = Dataset::Kind(Kind::StorageVolume);

pub(super) struct SourceExists;

impl Fact for SourceExists {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "source_exists",
            kinds: &[Kind::StorageSnapshot],
            schema: || schema_for!(bool),
            needs: &[VOLUMES],
            about: "Whether the disk it was made from is still in its account and region.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let Body::StorageSnapshot(body) = &resource.body else {
            return Ok(Field::NotRead);
        };
        let Field::Value(source) = &body.volume else {
            return Err(Unseen::untold(
                "volume",
                "the disk it was made from is not told",
            ));
        };
        if inventory.get(source).is_none() {
            inventory.state(VOLUMES, &resource.scope)?;
            return Ok(Field::Value(Value::Bool(false)));
        }
        Ok(Field::Value(Value::Bool(true)))
    }
}
