//! storage.volume: EBS volumes.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::types::Volume;
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::{StorageVolume, VolumeAttachment};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::ec2::{Ec2List, free, page};
use super::instances::instance_uid;
use crate::call::List;
use crate::convert::{Malformed, links, name, optional_text, required, resource, tags, time};
use crate::names::Names;

/// EBS volumes.
pub(super) struct Volumes;

impl Ec2List for Volumes {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.volumes",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::StorageVolume)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeVolumes")],
    };
    type Page = DescribeVolumesOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(list, client.describe_volumes(), volumes)
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.volumes()
            .iter()
            .map(|found| volume(names, found))
            .collect()
    }
}

/// One volume.
fn volume(names: Names<'_>, found: &Volume) -> Result<Resource, Malformed> {
    let id = required(found.volume_id(), "volume without id")?;
    let (owner, tags) = (found.owner_id(), tags(found.tags()));
    let mut attachments = found
        .attachments()
        .iter()
        .filter_map(|attachment| {
            Some(VolumeAttachment {
                instance: instance_uid(names, owner, attachment.instance_id()?),
                state: Text::new(
                    attachment
                        .state()
                        .map_or("attached", |state| state.as_str()),
                ),
                deletes_with_instance: Field::seen(attachment.delete_on_termination()),
            })
        })
        .collect::<Vec<_>>();
    attachments.sort_by(|one, other| one.instance.cmp(&other.instance));
    let instances = attachments.iter().map(|attachment| &attachment.instance);
    let snapshot = found.snapshot_id().filter(|id| !id.is_empty());
    let origin = names.maybe(owner, "snapshot", snapshot);
    let links: Vec<_> = links(Relation::AttachedTo, instances)
        .chain(links(Relation::MadeFrom, origin.as_ref()))
        .collect();
    let body = StorageVolume {
        state: Text::new(required(found.state(), "volume without state")?.as_str()),
        volume_type: Text::new(required(found.volume_type(), "volume without type")?.as_str()),
        size_gib: required(found.size(), "volume without size")?.into(),
        // Left out for types that do not let it be set.
        iops: Field::read(found.iops().map(i64::from)),
        throughput_mib: Field::read(found.throughput().map(i64::from)),
        encrypted: required(found.encrypted(), "volume without encryption")?,
        key: optional_text(found.kms_key_id()),
        customer_key: Field::NotRead,
        public_access: Field::NotRead,
        export_needs_sign_in: Field::NotRead,
        zone: Field::seen(found.availability_zone().map(Text::new)),
        snapshot: optional_text(snapshot),
        attachments,
    };
    let created_at = Field::seen(found.create_time().and_then(time));
    let (uid, name) = (names.ec2(owner, "volume", id), name(&tags, id));
    Ok(resource(
        names,
        uid,
        name,
        Field::Value(tags),
        created_at,
        body,
        links,
    ))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{
        VolumeAttachment as Attachment, VolumeAttachmentState, VolumeState, VolumeType,
    };
    use orch_model::{Body, Provider, Scope};

    use super::*;

    #[test]
    fn a_volume_knows_its_instance_and_its_origin() {
        let found = Volume::builder()
            .volume_id("vol-1")
            .state(VolumeState::InUse)
            .volume_type(VolumeType::Gp3)
            .size(100)
            .iops(3_000)
            .throughput(125)
            .encrypted(true)
            .kms_key_id("arn:aws:kms:eu-west-1:1:key/k")
            .snapshot_id("snap-1")
            .attachments(
                Attachment::builder()
                    .instance_id("i-1")
                    .state(VolumeAttachmentState::Attached)
                    .delete_on_termination(true)
                    .build(),
            )
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = volume(Names::new(&scope), &found).unwrap();
        let relations: Vec<Relation> = resource.links.iter().map(|link| link.relation).collect();
        assert_eq!(relations, [Relation::AttachedTo, Relation::MadeFrom]);
        let Body::StorageVolume(body) = &resource.body else {
            panic!("{resource:?}")
        };
        assert_eq!(
            (body.size_gib, body.iops, &*body.state),
            (100, Field::Value(3_000), "in-use")
        );
        assert_eq!(
            body.attachments[0].deletes_with_instance,
            Field::Value(true)
        );
    }

    #[test]
    fn a_volume_of_no_snapshot_has_none() {
        let found = Volume::builder()
            .volume_id("vol-1")
            .state(VolumeState::Available)
            .volume_type(VolumeType::Standard)
            .size(8)
            .encrypted(false)
            .snapshot_id("")
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = volume(Names::new(&scope), &found).unwrap();
        let Body::StorageVolume(body) = &resource.body else {
            panic!("{resource:?}")
        };
        assert_eq!((&body.snapshot, &body.key), (&Field::None, &Field::None));
        assert_eq!(body.throughput_mib, Field::None);
        assert!(resource.links.is_empty());
        assert!(volume(Names::new(&scope), &Volume::builder().build()).is_err());
    }
}
