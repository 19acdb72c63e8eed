//! series.volume-operations and series.volume-bytes: what attached volumes do, by the hour.

use orch_collect::CollectorSpec;
use orch_model::{Body, Dataset, Metric, Reach, Resource, Statistic, Time};

use super::metrics::{Measured, OPERATION};
use super::wanted::{Part, Wanted};

const VOLUMES: &str = "attached volumes";
const LEFT_OUT: &str = "nothing is measured of a volume that is not attached";

/// Reads and writes.
pub(super) struct VolumeOperations;

impl Measured for VolumeOperations {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.volume-operations",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::VolumeOperations)],
        reach: Reach::PerRegion,
        after: &["ec2.volumes"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const RESOURCES: &'static str = VOLUMES;
    const LEFT_OUT: &'static str = LEFT_OUT;

    fn of(resource: &Resource, _: Option<Time>) -> Vec<Wanted> {
        let both = ["VolumeReadOps", "VolumeWriteOps"];
        of_volume(resource, Metric::VolumeOperations, both)
    }
}

/// Bytes read and written.
pub(super) struct VolumeBytes;

impl Measured for VolumeBytes {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.volume-bytes",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::VolumeBytes)],
        reach: Reach::PerRegion,
        after: &["ec2.volumes"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const RESOURCES: &'static str = VOLUMES;
    const LEFT_OUT: &'static str = LEFT_OUT;

    fn of(resource: &Resource, _: Option<Time>) -> Vec<Wanted> {
        let both = ["VolumeReadBytes", "VolumeWriteBytes"];
        of_volume(resource, Metric::VolumeBytes, both)
    }
}

/// The sum of what is read and written.
fn of_volume(resource: &Resource, metric: Metric, both: [&'static str; 2]) -> Vec<Wanted> {
    match &resource.body {
        Body::StorageVolume(volume) if !volume.attachments.is_empty() => {
            let id = ("VolumeId", resource.uid.short());
            let parts = both.map(|name| Part::of("AWS/EBS", name, id));
            let (uid, sum) = (&resource.uid, Statistic::Sum);
            vec![Wanted::sum(uid, metric, sum, parts.to_vec())]
        }
        _ => Vec::new(),
    }
}
