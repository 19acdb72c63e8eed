//! compute.image: managed images.

use orch_collect::CollectorSpec;
use orch_model::kind::ComputeImage;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{links, resource};
use crate::node::Malformed;

const READ: &str = "Microsoft.Compute/images/read";

/// Managed images.
pub(super) struct Images;

impl ArmList for Images {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.images",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::ComputeImage)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Compute/images",
        "2024-07-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let disk = of.at("storageProfile.osDisk")?;
        let mut source = of.uid("sourceVirtualMachine.id")?;
        for path in ["managedDisk.id", "snapshot.id"] {
            if source.is_none() {
                source = disk.uid(path)?;
            }
        }
        let links: Vec<_> = links(Relation::MadeFrom, source.as_ref()).collect();
        let system = disk.text("osType")?.map(str::to_lowercase);
        let body = ComputeImage {
            // Only roles open a managed image; there is no list of those it is shared with.
            public_to: Field::Value(Vec::new()),
            encrypted: Field::Value(true),
            platform: Field::seen(system.map(Text::from)),
            source: Field::read(source),
        };
        let made = Field::NotRead;
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}
