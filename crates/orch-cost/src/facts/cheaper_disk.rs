//! `cheaper_disk`: the cheapest type and setting of a disk that delivers what was measured.

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Body, Dataset, Field, Kind, Metric, Resource, Text};
use rust_decimal::prelude::ToPrimitive as _;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Found, schema_of};
use crate::price::Amount;
use crate::rightsizing::{DiskEntry, Settings, volume};

/// A cheaper disk of the same size.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct CheaperDisk {
    /// Its type.
    volume_type: Text,
    /// Operations a second that it delivers.
    iops: i64,
    /// MiB a second that it delivers.
    throughput_mib: i64,
    /// US dollars a month.
    monthly: Amount,
    /// What it saves a month.
    saving: Amount,
    /// Whether a price in it was derived and not published.
    derived: bool,
    /// The busiest measured period, in operations a second.
    used_iops: f64,
    /// The busiest measured period, in MiB a second.
    used_mib: f64,
    /// Days that were measured.
    days: f64,
}

const NEEDS: &[Dataset] = &[
    Dataset::Series(Metric::VolumeOperations),
    Dataset::Series(Metric::VolumeBytes),
];

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "cheaper_disk",
        kinds: &[Kind::StorageVolume],
        schema: schema_of::<Field<CheaperDisk>>,
        needs: NEEDS,
        about: "The cheapest type and setting of an attached disk, at its size, of which the busiest measured period takes at most 80 %; none where the disk is the cheapest, or its speed is not sold.",
    };
    Derived::boxed(spec, derive)
}

fn derive(resource: &Resource, inventory: &Inventory<'_>) -> Result<Found<CheaperDisk>, Unseen> {
    let Body::StorageVolume(of) = &resource.body else {
        return Ok(Field::None.into());
    };
    if !volume::is_of_interest(&resource.scope, of) {
        return Ok(Field::None.into());
    }
    let found = volume::look(resource, of, inventory, &Settings::default(), 0.0)?;
    Ok(Field::read(cheaper(&found)).into())
}

fn cheaper(found: &DiskEntry) -> Option<CheaperDisk> {
    let first = found.candidates.first()?;
    Some(CheaperDisk {
        volume_type: first.disk.volume_type.clone(),
        iops: first.disk.iops?,
        throughput_mib: first.disk.throughput_mib?,
        monthly: first.disk.price.monthly,
        saving: first.saving,
        derived: first.disk.price.derived || found.now.price.derived,
        used_iops: found.used_iops.to_f64()?,
        used_mib: found.used_mib.to_f64()?,
        days: found.days,
    })
}
