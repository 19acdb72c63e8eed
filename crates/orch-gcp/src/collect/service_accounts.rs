//! identity.service-account: accounts for software with their keys; never a key's material.

use chrono::Datelike as _;
use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::{AccountKey, IdentityServiceAccount};
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text, Time};
use serde::Deserialize;
use serde_json::Value;

use super::parts::{made, unread};
use super::reading::{Reader, Reading};
use crate::convert::{Malformed, required, resource, time};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape, Whole};

const LIST: Api = get(
    "iam.serviceAccounts.list",
    "iam.googleapis.com/v1/projects/{project}/serviceAccounts",
);
const KEYS: Api = get(
    "iam.serviceAccountKeys.list",
    "iam.googleapis.com/v1/projects/{project}/serviceAccounts/{account}/keys",
);

/// The largest page.
const PAGE: u64 = 100;

/// The year that Google writes for never.
const NEVER: i32 = 9999;

/// Service accounts.
pub(super) struct ServiceAccounts;

/// An account as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Account {
    email: Option<Text>,
    disabled: Option<bool>,
}

/// A key as the list tells it: the list holds no material, and nothing that could hold it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Key {
    key_type: Option<Text>,
    disabled: Option<bool>,
    valid_after_time: Option<Text>,
    valid_before_time: Option<Text>,
}

impl Reader for ServiceAccounts {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "iam.service-accounts",
        service: "iam",
        datasets: &[Dataset::Kind(Kind::IdentityServiceAccount)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST), free(KEYS)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            assumption:
                "one free call for each 100 service accounts, and one for each account's keys"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let ask = reading.ask(LIST).query("pageSize", PAGE.to_string());
        let accounts = reading
            .list::<Account>(ask, Shape::Items("accounts"), Some(PAGE))
            .await?;
        let asks = accounts
            .iter()
            .map(|account| {
                let email = account.own.email.as_deref().unwrap_or_default();
                reading.ask(KEYS).with("account", email)
            })
            .collect();
        let keys = reading
            .children::<Key>(asks, Shape::Items("keys"), None)
            .await?;
        for (account, keys) in accounts.into_iter().zip(keys) {
            let made = one(reading.names, account, Some(keys));
            reading.push_all(LIST.permission, made.map(|account| vec![account]));
        }
        Ok(())
    }
}

/// The accounts alone: of their keys the list tells nothing.
fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(LIST, Shape::Items("accounts"), body, |found| {
        Ok(vec![one(names, found, None)?])
    })
}

/// One account.
fn one(
    names: Names<'_>,
    found: Found<Account>,
    keys: Option<Whole<Key>>,
) -> Result<Resource, Malformed> {
    let (base, own) = (&found.base, &found.own);
    let email = required(own.email.clone(), "service account without address")?;
    let (keys, gap) = match keys {
        None => (Field::NotRead, None),
        Some(Whole { gap: Some(gap), .. }) => (Field::NotRead, Some(gap)),
        Some(Whole { found, gap: None }) => (Field::Value(found.iter().map(key).collect()), None),
    };
    let body = IdentityServiceAccount {
        default: Field::Value(is_default(&email)),
        // Only said of those that are.
        enabled: Field::Value(own.disabled != Some(true)),
        keys,
        email: email.clone(),
    };
    let uid = names.of("iam", &format!("serviceAccounts/{email}"));
    let mut account = resource(names.at(None), uid, base, body, []);
    account.name = email;
    unread(&mut account, "body.keys", gap);
    Ok(account)
}

/// One key.
fn key(found: &Found<Key>) -> AccountKey {
    let own = &found.own;
    let ends = own.valid_before_time.as_deref().and_then(time);
    AccountKey {
        id: found.base.name(),
        // Google's own keys are the only others.
        user_managed: own.key_type.as_deref() != Some("SYSTEM_MANAGED"),
        enabled: Field::Value(own.disabled != Some(true)),
        created_at: Field::seen(own.valid_after_time.as_deref().and_then(time)),
        expires_at: match ends {
            None => Field::NotRead,
            Some(ends) => Field::read(Some(ends).filter(|ends: &Time| ends.year() < NEVER)),
        },
    }
}

/// Whether Google made it for Compute Engine or App Engine, as editor of the whole project.
fn is_default(email: &str) -> bool {
    email.ends_with("-compute@developer.gserviceaccount.com")
        || email.ends_with("@appspot.gserviceaccount.com")
}

#[cfg(test)]
mod tests {
    use orch_model::{Body, Cause, Gap};
    use serde_json::json;

    use super::*;
    use crate::collect::parts::wire;
    use crate::page::Read;
    use crate::provider::global;

    fn account(keys: Option<Whole<Key>>) -> Resource {
        let found = json!({"name": "projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com", "email": "ci@p.iam.gserviceaccount.com"});
        one(
            Names::new(&global("p")),
            crate::page::decode("x", found).unwrap(),
            keys,
        )
        .unwrap()
    }

    fn body(resource: &Resource) -> &IdentityServiceAccount {
        match &resource.body {
            Body::IdentityServiceAccount(account) => account,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn accounts_tell_whose_they_are_and_whether_they_work() {
        let list = json!({"accounts": [
            {"name": "projects/p/serviceAccounts/1-compute@developer.gserviceaccount.com", "email": "1-compute@developer.gserviceaccount.com", "displayName": "Compute Engine default service account"},
            {"name": "projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com", "email": "ci@p.iam.gserviceaccount.com", "disabled": true},
            {"name": "projects/p/serviceAccounts/odd"},
        ]});
        let decoded = crate::decode("iam.service-accounts", list.to_string().as_bytes()).unwrap();
        let all: Vec<_> = decoded
            .resources
            .iter()
            .map(body)
            .map(|account| (account.default, account.enabled))
            .collect();
        assert_eq!(
            all,
            [
                (Field::Value(true), Field::Value(true)),
                (Field::Value(false), Field::Value(false))
            ]
        );
        assert_eq!(
            decoded.resources[0].uid.as_str(),
            "//iam.googleapis.com/projects/project/serviceAccounts/1-compute@developer.gserviceaccount.com"
        );
        assert_eq!(
            decoded.gap.unwrap().detail,
            "iam.serviceAccounts.list service account without address"
        );
    }

    #[test]
    fn keys_tell_maker_and_dates_and_nothing_else() {
        let page = serde_json::from_slice(&wire("account-keys")).unwrap();
        let keys = Read::of(KEYS.permission, page, Shape::Items("keys")).decoded();
        let account = account(Some(keys));
        let keys = body(&account).keys.value().unwrap();
        assert_eq!(
            (keys[0].id.as_str(), keys[0].user_managed),
            ("0123abcd", true)
        );
        assert_eq!(
            keys[0].created_at.value().unwrap().to_rfc3339(),
            "2026-01-31T13:27:15+00:00"
        );
        assert_eq!(
            (keys[0].expires_at, keys[0].enabled),
            (Field::None, Field::Value(true))
        );
        assert_eq!(
            (keys[1].user_managed, keys[1].enabled),
            (false, Field::Value(false))
        );
        assert!(keys[1].expires_at.value().is_some());
        assert!(!format!("{account:?}").contains("hunter2"));
    }

    #[test]
    fn keys_that_were_refused_are_not_none() {
        let gap = Gap::new(
            Cause::Denied,
            "iam.serviceAccountKeys.list IAM_PERMISSION_DENIED",
        );
        let refused = Whole {
            found: Vec::new(),
            gap: Some(gap.clone()),
        };
        let account = account(Some(refused));
        assert_eq!(body(&account).keys, Field::NotRead);
        assert_eq!(account.not_read.unwrap().get("body.keys"), Some(&gap));
    }
}
