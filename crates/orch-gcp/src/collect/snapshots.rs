//! storage.snapshot: copies of disks.

use orch_collect::CollectorSpec;
use orch_model::kind::StorageSnapshot;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, Number, links, required, resource};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "compute.snapshots.list",
    "compute.googleapis.com/compute/v1/projects/{project}/global/snapshots",
);

/// Snapshots.
pub(super) struct Snapshots;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Snapshot {
    status: Option<Text>,
    source_disk: Option<Text>,
    disk_size_gb: Option<Number>,
    snapshot_type: Option<Text>,
}

impl Listed for Snapshots {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.snapshots",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::StorageSnapshot)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Items("items");
    type Element = Snapshot;

    fn resources(names: Names<'_>, found: Found<Snapshot>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        let volume = names.maybe(own.source_disk.as_ref());
        let links: Vec<_> = links(Relation::MadeFrom, volume.as_ref()).collect();
        let taken_at = base.created_at().value().copied();
        let body = StorageSnapshot {
            volume: Field::seen(volume),
            volume_size_gib: required(own.disk_size_gb, "snapshot without size")?.0,
            taken_at: required(taken_at, "snapshot without date")?,
            encrypted: true,
            state: match own.status.as_deref() {
                Some("READY") => Text::new_static("completed"),
                Some("CREATING" | "UPLOADING") => Text::new_static("pending"),
                Some("FAILED") => Text::new_static("error"),
                Some(other) => Text::from(other.to_ascii_lowercase()),
                None => Text::new_static("unknown"),
            },
            // Each would need a call of its own.
            public: Field::NotRead,
            tier: Field::seen(own.snapshot_type.as_deref().map(|tier| {
                Text::new_static(match tier {
                    "ARCHIVE" => "archive",
                    _ => "standard",
                })
            })),
            description: base.description(),
        };
        let uid = names.compute(None, "snapshots", &base.name());
        Ok(vec![resource(names.at(None), uid, base, body, links)])
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_snapshot_names_its_disk_and_age() {
        let body = json!({"items": [
            {"name": "s", "status": "READY", "diskSizeGb": "10", "creationTimestamp": "2021-03-02T10:45:42.112-08:00",
             "sourceDisk": "https://www.googleapis.com/compute/v1/projects/project/zones/us-east1-b/disks/gone",
             "snapshotType": "ARCHIVE", "description": "weekly"},
            {"name": "undated", "diskSizeGb": "1"},
        ]});
        let decoded = crate::decode("compute.snapshots", body.to_string().as_bytes()).unwrap();
        assert_eq!(
            decoded.gap.unwrap().detail,
            "compute.snapshots.list snapshot without date"
        );
        let Body::StorageSnapshot(snapshot) = &decoded.resources[0].body else {
            panic!()
        };
        assert_eq!(
            (snapshot.state.as_str(), snapshot.volume_size_gib),
            ("completed", 10)
        );
        assert_eq!(snapshot.tier, Field::Value("archive".into()));
        assert!(
            snapshot
                .volume
                .value()
                .unwrap()
                .as_str()
                .ends_with("/disks/gone")
        );
    }
}
