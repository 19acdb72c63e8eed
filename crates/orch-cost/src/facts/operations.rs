//! `operations`: reads and writes of a volume.

use orch_engine::{Fact, FactSpec};
use orch_model::{Dataset, Field, Kind, Metric};

use super::{Derived, digests, no_points, schema_of};
use crate::counted::{Counted, counted};

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "operations",
        kinds: &[Kind::StorageVolume],
        schema: schema_of::<Counted>,
        needs: &[Dataset::Series(Metric::VolumeOperations)],
        about: "Reads and writes by UTC day, over the hours that were measured: those in which it was attached to a running instance.",
    };
    Derived::boxed(spec, |resource, inventory| {
        let digests = digests(resource, inventory, Metric::VolumeOperations)?;
        let found = counted(&digests).ok_or_else(|| no_points("operations"))?;
        Ok(Field::Value(found).into())
    })
}
