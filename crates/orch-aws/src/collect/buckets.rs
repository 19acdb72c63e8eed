//! storage.bucket: buckets of S3 and the rules that move or delete what is old in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Bucket, BucketVersioningStatus, ExpirationStatus, LifecycleRule, Tag};
use futures::{StreamExt as _, stream};
use orch_collect::{
    Batch, Charge, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec,
    Estimate, Operation,
};
use orch_model::kind::StorageBucket;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Resource, Text, Uid};
use rust_decimal::Decimal;

use super::ec2::part_not_read;
use crate::call::Caller;
use crate::convert::{Malformed, required, resource, time};
use crate::error::Failure;
use crate::names::Names;
use crate::provider::Aws;

/// Buckets in a page: the number that a list without pages may have.
const PAGE: i32 = 1_000;
/// Buckets asked at a time.
const AT_ONCE: usize = 8;

const LIST: &str = "s3:ListAllMyBuckets";
const LIFECYCLE: &str = "s3:GetLifecycleConfiguration";
const TAGS: &str = "s3:GetBucketTagging";
const VERSIONING: &str = "s3:GetBucketVersioning";

/// What a list costs, and what each question for a bucket: five and 0.4 thousandths of a cent, as S3's price list of
/// us-east-1 says of lists and of other requests. Some regions take up to twice as much.
const LIST_USD: Decimal = Decimal::from_parts(5, 0, 0, false, 6);
const ASK_USD: Decimal = Decimal::from_parts(4, 0, 0, false, 7);

/// The class that objects get of which nobody says another.
const CLASS: Text = Text::new_static("STANDARD");

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "s3.buckets",
    service: "s3",
    datasets: &[Dataset::Kind(Kind::StorageBucket)],
    reach: Reach::PerRegion,
    after: &[],
    operations: &[
        asked(TAGS),
        asked(VERSIONING),
        asked(LIFECYCLE),
        Operation {
            name: LIST,
            charge: Charge::PerThousand("0.005"),
        },
    ],
};

const fn asked(name: &'static str) -> Operation {
    Operation {
        name,
        charge: Charge::PerThousand("0.0004"),
    }
}

/// Reads the buckets of a region.
pub(super) struct Buckets(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for Buckets {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            usd: LIST_USD,
            assumption:
                "0.005 USD per 1,000 lists, one in a region; three more requests for each bucket, \
                         0.0004 USD per 1,000"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.s3(&ctx.scope.region);
        let names = Names::new(&ctx.scope);
        let caller = Caller::collector(SPEC.name, ctx);
        let mut list = caller.list(LIST, Some(PAGE as u64));
        while let Some(page) = list
            .charged(
                LIST_USD,
                |token| {
                    client
                        .list_buckets()
                        .bucket_region(ctx.scope.region.as_str())
                        .max_buckets(PAGE)
                        .set_continuation_token(token)
                        .send()
                },
                |page| page.buckets().len(),
                |page| page.continuation_token(),
            )
            .await?
        {
            let mut asking = Vec::new();
            for found in page.buckets() {
                // Stand-ins may know no regions and list all.
                let region = found.bucket_region().unwrap_or(&ctx.scope.region);
                if region == ctx.scope.region.as_str() {
                    asking.push(told(&caller, &client, found));
                }
            }
            let mut answers = stream::iter(asking).buffered(AT_ONCE);
            while let Some(answer) = answers.next().await {
                let (found, told) = answer?;
                let Some(told) = told.kept(out)? else {
                    continue;
                };
                let bucket = bucket(names, found, told);
                out.push(bucket.map_err(|malformed| malformed.of(LIST))?);
            }
        }
        Ok(())
    }
}

/// What was asked for one bucket: the answer, none where nothing is set.
struct Asked {
    lifecycle: Result<Option<i64>, Failure>,
    versioning: Result<Option<bool>, Failure>,
    tags: Result<Option<BTreeMap<Text, Text>>, Failure>,
}

/// What of it was read.
struct Told {
    lifecycle_rules: Field<i64>,
    versioning: Field<bool>,
    tags: Field<BTreeMap<Text, Text>>,
    gaps: BTreeMap<Text, Gap>,
}

impl Asked {
    /// Takes the gaps apart; none where the bucket went after it was listed.
    fn kept(self, out: &mut Batch) -> Result<Option<Told>, CollectError> {
        if is_gone(&self.lifecycle) || is_gone(&self.versioning) || is_gone(&self.tags) {
            return Ok(None);
        }
        let mut gaps = BTreeMap::new();
        let lifecycle = part("body.lifecycle_rules", self.lifecycle, &mut gaps, out)?;
        let versioning = part("body.versioning", self.versioning, &mut gaps, out)?;
        let tags = part("tags", self.tags, &mut gaps, out)?;
        Ok(Some(Told {
            lifecycle_rules: Field::seen(lifecycle.map(Option::unwrap_or_default)),
            versioning: Field::seen(versioning.map(Option::unwrap_or_default)),
            tags: Field::seen(tags.map(Option::unwrap_or_default)),
            gaps,
        }))
    }
}

fn is_gone<T>(answer: &Result<T, Failure>) -> bool {
    matches!(answer, Err(failure) if failure.code == "NoSuchBucket")
}

fn part<T>(
    field: &'static str,
    answer: Result<T, Failure>,
    gaps: &mut BTreeMap<Text, Gap>,
    out: &mut Batch,
) -> Result<Option<T>, CollectError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) => {
            let gap = part_not_read(failure.into(), out)?;
            gaps.insert(Text::new_static(field), gap);
            Ok(None)
        }
    }
}

/// Asks what the list does not tell of a bucket.
async fn told<'b>(
    caller: &Caller,
    client: &Client,
    found: &'b Bucket,
) -> Result<(&'b Bucket, Asked), CollectError> {
    let name = required(found.name(), "bucket without name").map_err(|bad| bad.of(LIST))?;
    let lifecycle = client
        .get_bucket_lifecycle_configuration()
        .bucket(name)
        .send();
    let lifecycle = caller.charged(LIFECYCLE, ASK_USD, None, lifecycle, |answer| {
        answer.rules().len()
    });
    let versioning = client.get_bucket_versioning().bucket(name).send();
    let versioning = caller.charged(VERSIONING, ASK_USD, None, versioning, |_| 1);
    let tags = client.get_bucket_tagging().bucket(name).send();
    let tags = caller.charged(TAGS, ASK_USD, None, tags, |answer| answer.tag_set().len());
    let (lifecycle, versioning, tags) = tokio::join!(lifecycle, versioning, tags);
    let asked = Asked {
        lifecycle: unset(lifecycle, "NoSuchLifecycleConfiguration")
            .map(|answer| Some(counted(answer?.rules()))),
        versioning: versioning
            .map(|answer| Some(answer.status() == Some(&BucketVersioningStatus::Enabled))),
        tags: unset(tags, "NoSuchTagSet").map(|answer| Some(texts(answer?.tag_set()))),
    };
    Ok((found, asked))
}

/// An answer, none where S3 says that nothing is set.
fn unset<T>(answer: Result<T, Failure>, code: &str) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) if failure.code == code => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The rules in force that move or delete objects; to end uploads that were never finished is not enough.
fn counted(rules: &[LifecycleRule]) -> i64 {
    let acts = |rule: &&LifecycleRule| {
        rule.status() == &ExpirationStatus::Enabled
            && (rule.expiration().is_some()
                || !rule.transitions().is_empty()
                || rule.noncurrent_version_expiration().is_some()
                || !rule.noncurrent_version_transitions().is_empty())
    };
    rules.iter().filter(acts).count() as i64
}

fn texts(tags: &[Tag]) -> BTreeMap<Text, Text> {
    let text = |tag: &Tag| (Text::new(tag.key()), Text::new(tag.value()));
    tags.iter().map(text).collect()
}

/// One bucket.
fn bucket(names: Names<'_>, found: &Bucket, told: Told) -> Result<Resource, Malformed> {
    let name = required(found.name(), "bucket without name")?;
    let partition = &names.scope().partition;
    let body = StorageBucket {
        location: Field::Value(Text::new(&names.scope().region)),
        storage_class: Field::Value(CLASS),
        // Only objects of a class of its own are moved by S3 itself.
        automatic_class: Field::Value(false),
        uniform_access: Field::NotRead,
        public_access_prevention: Field::NotRead,
        public_to: Field::NotRead,
        versioning: told.versioning,
        retention_seconds: Field::NotRead,
        retention_locked: Field::NotRead,
        logging: Field::NotRead,
        encryption_key: Field::NotRead,
        lifecycle_rules: told.lifecycle_rules,
        soft_delete_days: Field::NotRead,
    };
    let mut bucket = resource(
        names,
        Uid::new(format!("arn:{partition}:s3:::{name}")),
        Text::new(name),
        told.tags,
        Field::seen(found.creation_date().and_then(time)),
        body,
        [],
    );
    bucket.not_read = (!told.gaps.is_empty()).then(|| Box::new(told.gaps));
    Ok(bucket)
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{
        AbortIncompleteMultipartUpload, LifecycleExpiration, NoncurrentVersionExpiration,
        Transition,
    };

    use super::*;

    fn rule(
        status: ExpirationStatus,
        of: impl FnOnce(
            aws_sdk_s3::types::builders::LifecycleRuleBuilder,
        ) -> aws_sdk_s3::types::builders::LifecycleRuleBuilder,
    ) -> LifecycleRule {
        of(LifecycleRule::builder().status(status)).build().unwrap()
    }

    #[test]
    fn only_rules_in_force_that_move_or_delete_count() {
        let on = || ExpirationStatus::Enabled;
        let delete = LifecycleExpiration::builder().days(30).build();
        let old = NoncurrentVersionExpiration::builder().build();
        let rules = [
            rule(on(), |rule| rule.expiration(delete.clone())),
            rule(on(), |rule| rule.transitions(Transition::builder().build())),
            rule(on(), |rule| rule.noncurrent_version_expiration(old)),
            rule(on(), |rule| {
                rule.abort_incomplete_multipart_upload(
                    AbortIncompleteMultipartUpload::builder().build(),
                )
            }),
            rule(ExpirationStatus::Disabled, |rule| rule.expiration(delete)),
        ];
        assert_eq!(counted(&rules), 3);
    }
}
