//! identity.api-key: API keys with what they are limited to; never their text.

use orch_collect::CollectorSpec;
use orch_model::kind::IdentityApiKey;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};
use serde::Deserialize;
use serde_json::Value;

use super::list::Listed;
use crate::convert::{Malformed, resource};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "apikeys.keys.list",
    "apikeys.googleapis.com/v2/projects/{project}/locations/global/keys",
);

/// The service that stands for all services.
const ALL_SERVICES: &str = "cloudapis.googleapis.com";

/// API keys.
pub(super) struct ApiKeys;

/// A key as the API tells it; a member for its text is not there to be read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Key {
    display_name: Option<Text>,
    restrictions: Option<Restrictions>,
    delete_time: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Restrictions {
    api_targets: Option<Vec<Target>>,
    browser_key_restrictions: Option<Browsers>,
    server_key_restrictions: Option<Servers>,
    android_key_restrictions: Option<Value>,
    ios_key_restrictions: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Target {
    service: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Browsers {
    allowed_referrers: Option<Vec<Text>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Servers {
    allowed_ips: Option<Vec<Text>>,
}

impl Restrictions {
    /// Whether it opens named services only, and not by the name that stands for all.
    fn to_apis(&self) -> bool {
        let mut targets = self.api_targets.iter().flatten().peekable();
        targets.peek().is_some()
            && targets.all(|target| {
                target
                    .service
                    .as_deref()
                    .is_some_and(|name| name != ALL_SERVICES)
            })
    }

    /// Whether only somebody may use it; a list that admits everybody is none.
    fn to_callers(&self) -> bool {
        let limits = |list: Option<&Vec<Text>>, admits: fn(&str) -> bool| {
            list.is_some_and(|list| !list.is_empty() && !list.iter().any(|one| admits(one)))
        };
        let referrers = self.browser_key_restrictions.as_ref();
        let servers = self.server_key_restrictions.as_ref();
        limits(
            referrers.and_then(|browsers| browsers.allowed_referrers.as_ref()),
            |referrer| matches!(referrer, "*" | "http://*" | "https://*" | "*://*" | "*.*"),
        ) || limits(
            servers.and_then(|servers| servers.allowed_ips.as_ref()),
            |address| address.ends_with("/0"),
        ) || self.android_key_restrictions.is_some()
            || self.ios_key_restrictions.is_some()
    }
}

impl Listed for ApiKeys {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "apikeys.keys",
        service: "apikeys",
        datasets: &[Dataset::Kind(Kind::IdentityApiKey)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Items("keys");
    const PAGE: (&'static str, u64) = ("pageSize", 300);
    type Element = Key;

    fn resources(names: Names<'_>, found: Found<Key>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        if own.delete_time.is_some() {
            return Ok(Vec::new());
        }
        let restrictions = own.restrictions.as_ref();
        let body = IdentityApiKey {
            restricted_to_apis: Field::Value(restrictions.is_some_and(Restrictions::to_apis)),
            restricted_to_callers: Field::Value(restrictions.is_some_and(Restrictions::to_callers)),
        };
        let uid = names.of("apikeys", &format!("locations/global/keys/{}", base.name()));
        let mut key = resource(names.at(None), uid, base, body, []);
        if let Some(shown) = own.display_name.clone().filter(|name| !name.is_empty()) {
            key.name = shown;
        }
        Ok(vec![key])
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::{Value, json};

    use super::*;

    fn key(restrictions: Value) -> (Field<bool>, Field<bool>) {
        let body = json!({"keys": [{"name": "projects/1/locations/global/keys/a-b", "restrictions": restrictions, "keyString": "hunter2"}]});
        let decoded = crate::decode("apikeys.keys", body.to_string().as_bytes()).unwrap();
        assert_eq!(decoded.gap, None);
        assert!(!format!("{decoded:?}").contains("hunter2"));
        match &decoded.resources[0].body {
            Body::IdentityApiKey(key) => (key.restricted_to_apis, key.restricted_to_callers),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn limits_that_admit_everything_are_none() {
        for (restrictions, apis, callers) in [
            (json!(null), false, false),
            (json!({}), false, false),
            (
                json!({"apiTargets": [{"service": "maps.googleapis.com"}]}),
                true,
                false,
            ),
            (
                json!({"apiTargets": [{"service": "maps.googleapis.com"}, {"service": "cloudapis.googleapis.com"}]}),
                false,
                false,
            ),
            (
                json!({"browserKeyRestrictions": {"allowedReferrers": ["shop.example/*"]}}),
                false,
                true,
            ),
            (
                json!({"browserKeyRestrictions": {"allowedReferrers": ["shop.example/*", "*"]}}),
                false,
                false,
            ),
            (
                json!({"serverKeyRestrictions": {"allowedIps": ["198.51.100.4"]}}),
                false,
                true,
            ),
            (
                json!({"serverKeyRestrictions": {"allowedIps": ["0.0.0.0/0"]}}),
                false,
                false,
            ),
            (
                json!({"iosKeyRestrictions": {"allowedBundleIds": ["b"]}}),
                false,
                true,
            ),
        ] {
            let expected = (Field::Value(apis), Field::Value(callers));
            assert_eq!(key(restrictions.clone()), expected, "{restrictions}");
        }
    }

    #[test]
    fn deleted_keys_are_left_out_and_others_keep_their_name() {
        let list = json!({"keys": [
            {"name": "projects/1/locations/global/keys/x", "displayName": "old", "deleteTime": "2026-01-01T00:00:00Z"},
            {"name": "projects/1/locations/global/keys/y", "displayName": "maps", "createTime": "2026-01-01T00:00:00Z"},
        ]});
        let decoded = crate::decode("apikeys.keys", list.to_string().as_bytes()).unwrap();
        let [maps] = &decoded.resources[..] else {
            panic!()
        };
        assert_eq!(maps.name, "maps");
        assert_eq!(
            maps.uid.as_str(),
            "//apikeys.googleapis.com/projects/project/locations/global/keys/y"
        );
        assert!(maps.created_at.value().is_some());
    }
}
