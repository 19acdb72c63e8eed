//! storage.snapshot: EBS snapshots of the account, and which of them the whole world may restore.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Snapshot;
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::StorageSnapshot;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text};

use super::ec2::{PAGE, free, one_page, part_not_read};
use crate::call::{Caller, List};
use crate::convert::{Malformed, links, name, optional_text, required, resource, tags, time};
use crate::names::Names;
use crate::provider::Aws;

const OPERATION: &str = "ec2:DescribeSnapshots";

/// The volume that a copied snapshot claims to come from. It stands for none.
const NO_VOLUME: &str = "vol-ffffffff";

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "ec2.snapshots",
    service: "ec2",
    datasets: &[Dataset::Kind(Kind::StorageSnapshot)],
    reach: Reach::PerRegion,
    after: &[],
    operations: &[free(OPERATION)],
};

/// Reads the account's own snapshots. Which of them are public is one more list, not one call for each.
pub(super) struct Snapshots(pub(super) Arc<Aws>);

/// The ids of public snapshots, or why they were not read.
type Public = Result<BTreeSet<String>, Gap>;

#[async_trait]
impl Collector for Snapshots {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        let mut estimate = one_page(PAGE);
        estimate.calls = 2;
        estimate
            .assumption
            .push_str(", and one for the public ones where there are snapshots");
        estimate
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let (names, client) = (
            Names::new(&ctx.scope),
            self.0.clients.ec2(&ctx.scope.region),
        );
        let caller = Caller::collector(SPEC.name, ctx);
        let mut known: Option<Public> = None;
        let mut list = caller.list(OPERATION, Some(PAGE as u64));
        while let Some(page) = page(&client, &mut list, false).await? {
            // Where there is no snapshot there is no public one to ask for.
            if known.is_none() && !page.is_empty() {
                known = Some(public(&caller, &client, out).await?);
            }
            let Some(public) = &known else { continue };
            for found in &page {
                let snapshot = snapshot(names, found, public);
                out.push(snapshot.map_err(|malformed| malformed.of(OPERATION))?);
            }
        }
        Ok(())
    }
}

/// The next page of the account's snapshots, of all of them or of those that all accounts may restore.
async fn page(
    client: &Client,
    list: &mut List<'_>,
    only_public: bool,
) -> Result<Option<Vec<Snapshot>>, CollectError> {
    let page = list
        .page(
            |token| {
                client
                    .describe_snapshots()
                    .owner_ids("self")
                    .set_restorable_by_user_ids(only_public.then(|| vec!["all".to_owned()]))
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |page| page.snapshots().len(),
            |page| page.next_token(),
        )
        .await?;
    Ok(page.map(|page| page.snapshots.unwrap_or_default()))
}

/// The public snapshots. That they cannot be read leaves only that question open.
async fn public(caller: &Caller, client: &Client, out: &mut Batch) -> Result<Public, CollectError> {
    let mut ids = BTreeSet::new();
    let mut list = caller.list(OPERATION, Some(PAGE as u64));
    loop {
        match page(client, &mut list, true).await {
            Ok(Some(page)) => ids.extend(page.into_iter().filter_map(|found| found.snapshot_id)),
            Ok(None) => return Ok(Ok(ids)),
            Err(error) => return part_not_read(error, out).map(Err),
        }
    }
}

/// One snapshot.
fn snapshot(names: Names<'_>, found: &Snapshot, public: &Public) -> Result<Resource, Malformed> {
    let id = required(found.snapshot_id(), "snapshot without id")?;
    let (owner, tags) = (found.owner_id(), tags(found.tags()));
    let volume = names.maybe(
        owner,
        "volume",
        found.volume_id().filter(|id| *id != NO_VOLUME),
    );
    let links: Vec<_> = links(Relation::MadeFrom, volume.as_ref()).collect();
    let taken_at = required(found.start_time().and_then(time), "snapshot without time")?;
    let body = StorageSnapshot {
        volume: Field::read(volume),
        volume_size_gib: required(found.volume_size(), "snapshot without size")?.into(),
        taken_at,
        encrypted: required(found.encrypted(), "snapshot without encryption")?,
        state: Text::new(required(found.state(), "snapshot without state")?.as_str()),
        public: match public {
            Ok(ids) => Field::Value(ids.contains(id)),
            Err(_) => Field::NotRead,
        },
        tier: Field::seen(found.storage_tier().map(|tier| Text::new(tier.as_str()))),
        description: optional_text(found.description()),
    };
    let (uid, name) = (names.ec2(owner, "snapshot", id), name(&tags, id));
    let created_at = Field::Value(taken_at);
    let mut resource = resource(
        names,
        uid,
        name,
        Field::Value(tags),
        created_at,
        body,
        links,
    );
    if let Err(gap) = public {
        resource.not_read = Some(Box::new(BTreeMap::from([(
            Text::new_static("body.public"),
            gap.clone(),
        )])));
    }
    Ok(resource)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{SnapshotState, StorageTier};
    use aws_smithy_types::DateTime;
    use orch_model::{Body, Cause, Provider, Scope};

    use super::*;

    fn converted(volume: &str, public: &Public) -> (Resource, StorageSnapshot) {
        let found = Snapshot::builder()
            .snapshot_id("snap-1")
            .owner_id("111122223333")
            .volume_id(volume)
            .volume_size(8)
            .start_time(DateTime::from_secs(1_700_000_000))
            .encrypted(false)
            .state(SnapshotState::Completed)
            .storage_tier(StorageTier::Standard)
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = snapshot(Names::new(&scope), &found, public).unwrap();
        let Body::StorageSnapshot(body) = resource.body.clone() else {
            panic!("{resource:?}")
        };
        (resource, *body)
    }

    #[test]
    fn a_public_snapshot_is_told_by_the_second_list() {
        let (_, body) = converted("vol-1", &Ok(BTreeSet::from(["snap-1".to_owned()])));
        assert_eq!(body.public, Field::Value(true));
        assert_eq!(body.volume.value().unwrap().short(), "vol-1");
        let (resource, body) = converted(NO_VOLUME, &Ok(BTreeSet::new()));
        assert_eq!(
            (body.public, body.volume),
            (Field::Value(false), Field::None)
        );
        assert!(resource.links.is_empty());
    }

    #[test]
    fn without_the_second_list_only_that_question_is_open() {
        let gap = Gap::new(Cause::Denied, "ec2:DescribeSnapshots UnauthorizedOperation");
        let (resource, body) = converted("vol-1", &Err(gap.clone()));
        assert_eq!(body.public, Field::NotRead);
        assert_eq!(resource.not_read.unwrap().get("body.public"), Some(&gap));
    }
}
