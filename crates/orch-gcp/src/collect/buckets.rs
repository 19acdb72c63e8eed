//! storage.bucket: buckets of Cloud Storage with the rights that everybody has on them.

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::StorageBucket;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Resource, Text, Uid};
use serde::Deserialize;
use serde_json::Value;

use super::iam_policy::{self, Policy};
use super::org_policies::{EFFECTIVE, OrgPolicy};
use super::parts::{made, single, told, unread};
use super::reading::{Reader, Reading};
use crate::convert::{Malformed, Number, optional, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "storage.buckets.list",
    "storage.googleapis.com/storage/v1/b",
);
const POLICY: Api = get(
    "storage.buckets.getIamPolicy",
    "storage.googleapis.com/storage/v1/b/{bucket}/iam",
);

/// The constraint that keeps all buckets of a project from being made public.
const PREVENTION: &str = "storage.publicAccessPrevention";

const DAY: i64 = 86_400;

/// The largest page.
const PAGE: u64 = 1_000;

/// Buckets.
pub(super) struct Buckets;

/// A bucket as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Bucket {
    location: Option<Text>,
    storage_class: Option<Text>,
    iam_configuration: Option<IamConfiguration>,
    versioning: Option<Switch>,
    retention_policy: Option<Retention>,
    logging: Option<Logging>,
    encryption: Option<Encryption>,
    lifecycle: Option<Lifecycle>,
    autoclass: Option<Switch>,
    soft_delete_policy: Option<SoftDelete>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IamConfiguration {
    uniform_bucket_level_access: Option<Switch>,
    /// Its name of before 2020.
    bucket_policy_only: Option<Switch>,
    public_access_prevention: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Switch {
    enabled: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Retention {
    retention_period: Option<Number>,
    is_locked: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Logging {
    log_bucket: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Encryption {
    default_kms_key_name: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lifecycle {
    rule: Option<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SoftDelete {
    retention_duration_seconds: Option<Number>,
}

impl Bucket {
    /// What it says itself about being made public: `enforced`, `inherited`, before 2022 `unspecified`.
    fn prevention(&self) -> Option<&str> {
        self.iam_configuration
            .as_ref()?
            .public_access_prevention
            .as_deref()
    }

    /// Whether the project's policy decides.
    fn inherits(&self) -> bool {
        self.prevention().is_some_and(|says| says != "enforced")
    }
}

impl Reader for Buckets {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "storage.buckets",
        service: "storage",
        datasets: &[Dataset::Kind(Kind::StorageBucket)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST), free(POLICY), free(EFFECTIVE)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 2,
            assumption:
                "one free call for the buckets of a project, one for each bucket's policy, and one \
                         for the policy they inherit"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let ask = reading
            .ask(LIST)
            .query("project", reading.names.project())
            .query("maxResults", PAGE.to_string());
        let buckets = reading
            .list::<Bucket>(ask, Shape::Items("items"), Some(PAGE))
            .await?;
        let version = iam_policy::VERSION.to_string();
        let asks = buckets
            .iter()
            .map(|bucket| {
                let ask = reading.ask(POLICY).with("bucket", bucket.base.full_name());
                ask.query("optionsRequestedPolicyVersion", version.as_str())
            })
            .collect();
        let policies = reading
            .children::<Policy>(asks, Shape::Single, None)
            .await?;
        let inherited = match buckets.iter().any(|bucket| bucket.own.inherits()) {
            true => {
                let ask = reading.ask(EFFECTIVE).with("constraint", PREVENTION);
                let answer = reading.one::<OrgPolicy>(EFFECTIVE.permission, ask).await?;
                answer.map(|found| found.own.enforced())
            }
            false => Ok(Field::NotRead),
        };
        for (bucket, policy) in buckets.into_iter().zip(policies) {
            let bucket = one(reading.names, bucket, &single(policy), &inherited);
            reading.push(bucket);
        }
        Ok(())
    }
}

/// The buckets alone: of their policies and of what they inherit the list tells nothing.
fn decoded(names: Names<'_>, body: Value) -> Decoded {
    let gap = |api: Api| Malformed("not asked").of(api.permission);
    made(LIST, Shape::Items("items"), body, |found| {
        Ok(vec![one(
            names,
            found,
            &Err(gap(POLICY)),
            &Err(gap(EFFECTIVE)),
        )])
    })
}

/// One bucket.
fn one(
    names: Names<'_>,
    found: Found<Bucket>,
    policy: &Result<Policy, Gap>,
    inherited: &Result<Field<bool>, Gap>,
) -> Resource {
    let (base, own) = (&found.base, &found.own);
    let (policy, denied) = told(policy);
    let iam = own.iam_configuration.as_ref();
    let uniform = iam.and_then(|iam| {
        let switch = iam.uniform_bucket_level_access.as_ref();
        switch.or(iam.bucket_policy_only.as_ref())?.enabled
    });
    let (public_access_prevention, untold) = match (own.prevention(), inherited) {
        (Some("enforced"), _) => (Field::Value(true), None),
        (Some(_), Ok(inherited)) => (*inherited, None),
        (Some(_), Err(gap)) => (Field::NotRead, Some(gap.clone())),
        (None, _) => (Field::NotRead, None),
    };
    let retention = own.retention_policy.as_ref();
    let key = own.encryption.as_ref();
    let rules = own
        .lifecycle
        .as_ref()
        .and_then(|lifecycle| lifecycle.rule.as_ref());
    let body = StorageBucket {
        location: Field::seen(own.location.clone()),
        storage_class: Field::seen(own.storage_class.clone()),
        automatic_class: Field::Value(
            own.autoclass.as_ref().and_then(|all| all.enabled) == Some(true),
        ),
        uniform_access: Field::seen(uniform),
        public_access_prevention,
        public_to: Field::seen(policy.map(Policy::public)),
        // The following are left out of the answer where they were never set.
        versioning: Field::Value(own.versioning.as_ref().and_then(|all| all.enabled) == Some(true)),
        retention_seconds: Field::read(
            retention
                .and_then(|retention| retention.retention_period)
                .map(i64::from),
        ),
        retention_locked: Field::read(retention.map(|retention| retention.is_locked == Some(true))),
        logging: Field::Value(
            own.logging
                .as_ref()
                .is_some_and(|logging| logging.log_bucket.is_some()),
        ),
        encryption_key: optional(key.and_then(|key| key.default_kms_key_name.as_deref())),
        lifecycle_rules: Field::Value(rules.map_or(0, Vec::len) as i64),
        // Old answers do not know it.
        soft_delete_days: match &own.soft_delete_policy {
            None => Field::NotRead,
            Some(policy) => Field::read(
                policy
                    .retention_duration_seconds
                    .map(|seconds| i64::from(seconds) / DAY)
                    .filter(|days| *days > 0),
            ),
        },
    };
    // Names of buckets hold for all of Google Cloud, whatever project they are of.
    let uid = Uid::new(format!(
        "//storage.googleapis.com/projects/_/buckets/{}",
        base.full_name()
    ));
    let mut bucket = resource(names.at(own.location.as_deref()), uid, base, body, []);
    unread(&mut bucket, "body.public_to", denied);
    unread(&mut bucket, "body.public_access_prevention", untold);
    bucket
}

#[cfg(test)]
mod tests {
    use orch_model::{Body, Cause};
    use serde_json::json;

    use super::*;
    use crate::collect::parts::wire;
    use crate::provider::global;

    fn bucket(
        bucket: Value,
        policy: Result<Value, Gap>,
        inherited: Result<Field<bool>, Gap>,
    ) -> Resource {
        let policy = policy.map(|policy| serde_json::from_value(policy).unwrap());
        let found = crate::page::decode(LIST.permission, bucket).unwrap();
        one(Names::new(&global("p")), found, &policy, &inherited)
    }

    fn body(resource: &Resource) -> &StorageBucket {
        match &resource.body {
            Body::StorageBucket(bucket) => bucket,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_bucket_tells_what_protects_it() {
        let decoded = crate::decode("storage.buckets", &wire("buckets")).unwrap();
        assert_eq!(decoded.gap, None);
        let [first, second] = &decoded.resources[..] else {
            panic!()
        };
        assert_eq!(
            first.uid.as_str(),
            "//storage.googleapis.com/projects/_/buckets/audit-logs"
        );
        assert_eq!(first.scope.region, "europe-west1");
        let all = body(first);
        assert_eq!(all.uniform_access, Field::Value(true));
        assert_eq!(all.public_access_prevention, Field::Value(true));
        assert_eq!(all.versioning, Field::Value(true));
        assert_eq!(
            (all.retention_seconds, all.retention_locked),
            (Field::Value(2_592_000), Field::Value(true))
        );
        assert_eq!(all.logging, Field::Value(true));
        assert!(
            all.encryption_key
                .value()
                .unwrap()
                .ends_with("/cryptoKeys/logs")
        );
        assert_eq!(
            (all.lifecycle_rules, all.soft_delete_days),
            (Field::Value(2), Field::Value(7))
        );
        assert_eq!(second.scope.region, "global");
        let none = body(second);
        assert_eq!(none.versioning, Field::Value(false));
        assert_eq!(
            (none.retention_seconds, none.retention_locked),
            (Field::None, Field::None)
        );
        assert_eq!(
            (&none.encryption_key, none.soft_delete_days),
            (&Field::None, Field::None)
        );
    }

    #[test]
    fn old_answers_leave_open_what_they_do_not_know() {
        let old = bucket(
            json!({"name": "b", "iamConfiguration": {"bucketPolicyOnly": {"enabled": false}}}),
            Ok(json!({})),
            Ok(Field::NotRead),
        );
        assert_eq!(body(&old).uniform_access, Field::Value(false));
        assert_eq!(body(&old).public_access_prevention, Field::NotRead);
        assert_eq!(body(&old).soft_delete_days, Field::NotRead);
        assert!(old.not_read.is_none());
    }

    #[test]
    fn what_the_project_enforces_holds_for_buckets_that_inherit() {
        let one = |inherited| {
            let iam =
                json!({"name": "b", "iamConfiguration": {"publicAccessPrevention": "inherited"}});
            bucket(iam, Ok(json!({})), inherited)
        };
        for enforced in [true, false] {
            let bucket = one(Ok(Field::Value(enforced)));
            assert_eq!(
                body(&bucket).public_access_prevention,
                Field::Value(enforced)
            );
        }
        let gap = Gap::new(Cause::Disabled, "orgpolicy.policy.get SERVICE_DISABLED");
        let bucket = one(Err(gap.clone()));
        assert_eq!(body(&bucket).public_access_prevention, Field::NotRead);
        assert_eq!(
            bucket
                .not_read
                .unwrap()
                .get("body.public_access_prevention"),
            Some(&gap)
        );
    }

    #[test]
    fn who_is_everybody_is_told_and_a_refusal_is_kept() {
        let open =
            json!({"bindings": [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}]});
        let bucket_of = |policy| bucket(json!({"name": "b"}), policy, Ok(Field::NotRead));
        assert_eq!(
            body(&bucket_of(Ok(open))).public_to,
            Field::Value(vec!["roles/storage.objectViewer to allUsers".into()])
        );
        assert_eq!(
            body(&bucket_of(Ok(json!({})))).public_to,
            Field::Value(vec![])
        );
        let gap = Gap::new(Cause::Denied, "storage.buckets.getIamPolicy forbidden");
        let refused = bucket_of(Err(gap.clone()));
        assert_eq!(body(&refused).public_to, Field::NotRead);
        assert_eq!(refused.not_read.unwrap().get("body.public_to"), Some(&gap));
    }
}
