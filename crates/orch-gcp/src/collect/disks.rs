//! storage.volume: persistent disks, zonal and regional.

use orch_collect::CollectorSpec;
use orch_model::kind::{StorageVolume, VolumeAttachment};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::list::Listed;
use crate::convert::{Malformed, Number, last, links, required, resource, sorted};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "compute.disks.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/disks",
);

/// Disks.
pub(super) struct Disks;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Disk {
    status: Option<Text>,
    r#type: Option<Text>,
    size_gb: Option<Number>,
    provisioned_iops: Option<Number>,
    provisioned_throughput: Option<Number>,
    users: Option<Vec<Text>>,
    source_snapshot: Option<Text>,
    disk_encryption_key: Option<Key>,
}

/// The key that encrypts something; none where Google's own does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Key {
    kms_key_name: Option<Text>,
    /// A digest of a key that the customer hands over with each use. That there is one is all we keep.
    sha256: Option<IgnoredAny>,
}

impl Key {
    /// The key's name; one that is handed over has none. None where Google's own key encrypts.
    fn name(&self) -> Option<Text> {
        match self.kms_key_name.as_deref() {
            Some(name) if !name.is_empty() => Some(Text::new(name)),
            _ => self
                .sha256
                .as_ref()
                .map(|_| Text::new_static("customer-supplied")),
        }
    }
}

impl Listed for Disks {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.disks",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::StorageVolume)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Aggregated("disks");
    type Element = Disk;

    fn resources(names: Names<'_>, found: Found<Disk>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        let location = required(base.location(), "disk without zone")?;
        let users = own.users.iter().flatten();
        let users = sorted(users.filter_map(|user| names.link(user)));
        let snapshot = names.maybe(own.source_snapshot.as_ref());
        let key = own.disk_encryption_key.as_ref().and_then(Key::name);
        let links: Vec<_> = links(Relation::AttachedTo, &users)
            .chain(links(Relation::MadeFrom, snapshot.as_ref()))
            .collect();
        let body = StorageVolume {
            state: state(own.status.as_deref(), !users.is_empty()),
            volume_type: Text::new(last(required(own.r#type.as_deref(), "disk without type")?)),
            size_gib: required(own.size_gb, "disk without size")?.0,
            iops: Field::seen(own.provisioned_iops.map(i64::from)),
            throughput_mib: Field::seen(own.provisioned_throughput.map(i64::from)),
            // Google encrypts every disk.
            encrypted: true,
            customer_key: Field::Value(key.is_some()),
            key: Field::read(key),
            public_access: Field::None,
            export_needs_sign_in: Field::None,
            // A disk of a region stands in several zones.
            zone: Field::read(base.zone().map(Text::new)),
            snapshot: Field::read(snapshot.as_ref().map(|uid| Text::new(uid.short()))),
            attachments: users
                .into_iter()
                .map(|instance| VolumeAttachment {
                    instance,
                    state: Text::new_static("attached"),
                    deletes_with_instance: Field::NotRead,
                })
                .collect(),
        };
        let uid = names.compute(Some(location), "disks", &base.name());
        Ok(vec![resource(
            names.at(Some(location)),
            uid,
            base,
            body,
            links,
        )])
    }
}

/// In the words that all clouds share; one we do not know as it came.
fn state(status: Option<&str>, used: bool) -> Text {
    match status {
        Some("READY") | None if used => Text::new_static("in-use"),
        Some("READY") => Text::new_static("available"),
        Some("CREATING" | "RESTORING") => Text::new_static("creating"),
        Some("DELETING") => Text::new_static("deleting"),
        Some("FAILED" | "UNAVAILABLE") => Text::new_static("error"),
        Some(other) => Text::from(other.to_ascii_lowercase()),
        None => Text::new_static("unknown"),
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    fn disks(disks: serde_json::Value) -> Vec<(Resource, StorageVolume)> {
        let body = json!({"items": {"zones/us-east1-b": {"disks": disks}}}).to_string();
        let decoded = crate::decode("compute.disks", body.as_bytes()).unwrap();
        assert_eq!(decoded.gap, None);
        let of = |resource: Resource| match resource.body.clone() {
            Body::StorageVolume(volume) => (resource, *volume),
            other => panic!("{other:?}"),
        };
        decoded.resources.into_iter().map(of).collect()
    }

    #[test]
    fn use_and_keys_are_told() {
        let zone = "https://www.googleapis.com/compute/v1/projects/project/zones/us-east1-b";
        let kms = "projects/k/locations/global/keyRings/r/cryptoKeys/c/cryptoKeyVersions/1";
        let all = disks(json!([
            {"name": "a", "status": "READY", "sizeGb": "10", "type": format!("{zone}/diskTypes/pd-ssd"), "zone": zone,
             "users": [format!("{zone}/instances/web")], "diskEncryptionKey": {"kmsKeyName": kms}},
            {"name": "b", "status": "READY", "sizeGb": "500", "type": format!("{zone}/diskTypes/pd-standard"), "zone": zone},
            {"name": "c", "status": "READY", "sizeGb": "5", "type": "pd-balanced",
             "diskEncryptionKey": {"sha256": "REDACTED"}},
        ]));
        let states: Vec<_> = all.iter().map(|(_, disk)| disk.state.as_str()).collect();
        assert_eq!(states, ["in-use", "available", "available"]);
        assert_eq!(all[0].1.key, Field::Value(kms.into()));
        assert_eq!(
            (&all[1].1.key, &all[1].1.customer_key),
            (&Field::None, &Field::Value(false))
        );
        assert_eq!(all[2].1.key, Field::Value("customer-supplied".into()));
        assert_eq!(
            all[0].1.attachments[0].instance.as_str(),
            "//compute.googleapis.com/projects/project/zones/us-east1-b/instances/web"
        );
        assert_eq!(all[0].1.volume_type, "pd-ssd");
        assert!(
            !serde_json::to_string(&all[2].0)
                .unwrap()
                .contains("REDACTED")
        );
    }
}
