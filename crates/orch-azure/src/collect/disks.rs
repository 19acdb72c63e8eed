//! storage.volume: managed disks.

use orch_collect::CollectorSpec;
use orch_model::kind::{StorageVolume, VolumeAttachment};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{links, resource, sorted};
use crate::names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Compute/disks/read";

/// Managed disks.
pub(super) struct Disks;

impl ArmList for Disks {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.disks",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::StorageVolume)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Compute/disks",
        "2024-03-02",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let mut users: Vec<Uid> = found
            .texts("managedByExtended")?
            .into_iter()
            .map(names::uid)
            .collect();
        users.extend(found.uid("managedBy")?);
        let users = sorted(users);
        let origin = origin(of)?;
        let body = StorageVolume {
            state: state(of, !users.is_empty())?,
            volume_type: Text::new(found.text("sku.name")?.unwrap_or_default()),
            size_gib: of.int("diskSizeGB")?.unwrap_or_default(),
            iops: Field::seen(of.int("diskIOPSReadWrite")?),
            throughput_mib: Field::seen(of.int("diskMBpsReadWrite")?),
            // Azure encrypts every managed disk; the question is with whose key.
            encrypted: true,
            key: of.read_text("encryption.diskEncryptionSetId")?,
            customer_key: customer_key(of)?,
            public_access: public_access(of)?,
            export_needs_sign_in: export_needs_sign_in(of)?,
            zone: Field::read(found.texts("zones")?.first().map(Text::new)),
            snapshot: Field::read(
                origin
                    .as_ref()
                    .filter(|origin| names::after(origin, "snapshots").is_some())
                    .map(|origin| Text::new(origin.as_str())),
            ),
            attachments: users
                .iter()
                .map(|instance| VolumeAttachment {
                    instance: instance.clone(),
                    state: Text::new_static("attached"),
                    deletes_with_instance: Field::NotRead,
                })
                .collect(),
        };
        let links: Vec<_> = links(Relation::AttachedTo, &users)
            .chain(links(Relation::MadeFrom, origin.as_ref()))
            .collect();
        let made = Field::seen(of.time("timeCreated")?);
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}

/// What a disk is doing, in our words. A disk can be exported while it is attached.
fn state(of: Node<'_>, attached: bool) -> Result<Text, Malformed> {
    let failed = of.word("provisioningState", &["Failed"])? == Some(true);
    let deleting = of.word("provisioningState", &["Deleting"])? == Some(true);
    let arriving = of.word("diskState", &["ReadyToUpload", "ActiveUpload"])? == Some(true);
    Ok(Text::new_static(if deleting {
        "deleting"
    } else if attached {
        "in-use"
    } else if failed {
        "error"
    } else if arriving {
        "creating"
    } else {
        "available"
    }))
}

/// What it was made from.
pub(super) fn origin(of: Node<'_>) -> Result<Option<Uid>, Malformed> {
    match of.uid("creationData.sourceResourceId")? {
        Some(origin) => Ok(Some(origin)),
        None => of.uid("creationData.imageReference.id"),
    }
}

/// Whether its key is one of the customer's.
pub(super) fn customer_key(of: Node<'_>) -> Result<Field<bool>, Malformed> {
    let with = [
        "EncryptionAtRestWithCustomerKey",
        "EncryptionAtRestWithPlatformAndCustomerKeys",
    ];
    Ok(Field::seen(of.word("encryption.type", &with)?))
}

/// Whether its contents can be fetched from outside of private networks by who holds a link.
pub(super) fn public_access(of: Node<'_>) -> Result<Field<bool>, Malformed> {
    let policy = of.word("networkAccessPolicy", &["AllowAll"])?;
    let network = of.word("publicNetworkAccess", &["Enabled"])?;
    Ok(match (policy, network) {
        (Some(false), _) | (_, Some(false)) => Field::Value(false),
        (Some(true), _) => Field::Value(true),
        (None, _) => Field::NotRead,
    })
}

/// Whether fetching its contents needs a sign-in. Left out where it does not, by the versions that know
/// `publicNetworkAccess`; older ones know neither.
fn export_needs_sign_in(of: Node<'_>) -> Result<Field<bool>, Malformed> {
    let mode = of.word("dataAccessAuthMode", &["AzureActiveDirectory"])?;
    let recent = of.has("publicNetworkAccess");
    Ok(Field::seen(mode.or_else(|| recent.then_some(false))))
}
