//! snapshots: the completed copies of a disk.

use std::sync::{Arc, LazyLock};

use orch_model::{Body, Dataset, Field, Kind, Relation, Resource, Scope, Time};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;

use super::{Fact, FactSpec, found};
use crate::inventory::{Inventory, Unseen};
use crate::lang::Type;
use crate::slots::Converter;
use crate::value::Value;

const SNAPSHOTS: Dataset = Dataset::Kind(Kind::StorageSnapshot);

/// One completed snapshot.
#[derive(Serialize, JsonSchema)]
struct View<'r> {
    /// Its id.
    id: &'r str,
    /// When it was taken.
    taken_at: Time,
}

pub(super) struct Snapshots(LazyLock<Converter>);

pub(super) fn snapshots() -> Snapshots {
    Snapshots(LazyLock::new(|| {
        Converter::new(&Type::of::<View<'static>>())
    }))
}

/// Whether a copy in one place is a copy of a disk in another: in its region, or in none (Google Cloud).
pub(super) fn holds_for(copy: &Scope, disk: &Scope) -> bool {
    copy == disk || copy.is_global() && copy.same_account(disk)
}

impl Fact for Snapshots {
    fn spec(&self) -> &FactSpec {
        &FactSpec {
            name: "snapshots",
            kinds: &[Kind::StorageVolume],
            schema: || schema_for!(Vec<View<'static>>),
            needs: &[SNAPSHOTS],
            about: "The completed snapshots of it in its account, in its region or in none.",
        }
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let copies = inventory
            .referring(&resource.uid, Relation::MadeFrom, Kind::StorageSnapshot)
            .filter(|copy| holds_for(&copy.scope, &resource.scope))
            .filter_map(|copy| match &copy.body {
                Body::StorageSnapshot(body) if body.state == "completed" => {
                    let view = View {
                        id: copy.uid.short(),
                        taken_at: body.taken_at,
                    };
                    Some(self.0.convert(&view, &|_| Arc::default()))
                }
                _ => None,
            });
        Ok(Field::Value(found(
            copies,
            inventory.state(SNAPSHOTS, &resource.scope),
        )))
    }
}
