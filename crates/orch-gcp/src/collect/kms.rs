//! security.key: keys of Cloud KMS with their rotation and the rights that everybody has.

use std::collections::BTreeMap;

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::SecurityKey;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text};
use serde::Deserialize;
use serde_json::Value;

use super::iam_policy::{self, Policy};
use super::parts::{located, made, places, single, together, unread};
use super::reading::{Reader, Reading};
use crate::call::Ask;
use crate::convert::{Malformed, links, resource, sorted, time};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};
use crate::regions;

const PLACES: Api = get(
    "cloudkms.locations.list",
    "cloudkms.googleapis.com/v1/projects/{project}/locations",
);
const RINGS: Api = get(
    "cloudkms.keyRings.list",
    "cloudkms.googleapis.com/v1/projects/{project}/locations/{location}/keyRings",
);
const RING_POLICY: Api = get(
    "cloudkms.keyRings.getIamPolicy",
    "cloudkms.googleapis.com/v1/projects/{project}/locations/{location}/keyRings/{ring}:getIamPolicy",
);
const LIST: Api = get(
    "cloudkms.cryptoKeys.list",
    "cloudkms.googleapis.com/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys",
);
const POLICY: Api = get(
    "cloudkms.cryptoKeys.getIamPolicy",
    "cloudkms.googleapis.com/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:getIamPolicy",
);

/// The largest page.
const PAGE: u64 = 1_000;

const DAY: i64 = 86_400;

/// Keys.
pub(super) struct Keys;

/// A key ring: all it has is its name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ring {}

/// A key as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Key {
    purpose: Option<Text>,
    primary: Option<Version>,
    rotation_period: Option<Text>,
    next_rotation_time: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Version {
    state: Option<Text>,
}

/// Where a key or a ring lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At<'a> {
    location: &'a str,
    ring: &'a str,
    key: Option<&'a str>,
}

impl<'a> At<'a> {
    /// Of `projects/p/locations/l/keyRings/r`, with `/cryptoKeys/k` for a key.
    fn of(path: &'a str) -> Result<Self, Malformed> {
        let (location, ring) = located(path, "keyRings")?;
        let key = path.split_once("/cryptoKeys/").map(|(_, key)| key);
        Ok(Self {
            location,
            ring,
            key,
        })
    }

    fn fill(self, ask: Ask) -> Ask {
        let ask = ask.with("location", self.location).with("ring", self.ring);
        ask.with("key", self.key.unwrap_or_default())
    }
}

impl Reader for Keys {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "kms.keys",
        service: "cloudkms",
        datasets: &[Dataset::Kind(Kind::SecurityKey)],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free(PLACES),
            free(RINGS),
            free(RING_POLICY),
            free(LIST),
            free(POLICY),
        ],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1 + regions::KNOWN.len() as u64,
            assumption:
                "one free call for each region of the service, and one for each thing in it that \
                         has a policy"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let page = |ask: Ask| ask.query("pageSize", PAGE.to_string());
        let lists = places(reading, PLACES)
            .await?
            .iter()
            .map(|place| page(reading.ask(RINGS).with("location", place.as_str())))
            .collect();
        let lists = together::<Ring>(reading, lists, Shape::Items("keyRings"), Some(PAGE)).await?;
        let rings: Vec<_> = lists.into_iter().flat_map(|list| list.found).collect();
        let ask = |reading: &Reading<'_>, api: Api, path: &str| {
            let at = At::of(path).ok()?;
            Some(at.fill(reading.ask(api)))
        };
        let lists = rings
            .iter()
            .filter_map(|ring| ask(reading, LIST, ring.base.full_name()).map(page))
            .collect();
        let lists = together::<Key>(reading, lists, Shape::Items("cryptoKeys"), Some(PAGE)).await?;
        let keys: Vec<_> = lists.into_iter().flat_map(|list| list.found).collect();
        let ring_policies = policies(
            reading,
            RING_POLICY,
            rings.iter().map(|ring| ring.base.full_name()),
        )
        .await?;
        let key_policies =
            policies(reading, POLICY, keys.iter().map(|key| key.base.full_name())).await?;
        for key in &keys {
            let path = key.base.full_name();
            let ring = path
                .split_once("/cryptoKeys/")
                .map_or(path, |(ring, _)| ring);
            let guards = [key_policies.get(path), ring_policies.get(ring)];
            let made = one(reading.names, key, guards);
            reading.push_all(LIST.permission, made.map(|key| vec![key]));
        }
        Ok(())
    }
}

/// The policies of rings or keys, by their names.
async fn policies(
    reading: &mut Reading<'_>,
    api: Api,
    paths: impl Iterator<Item = &str>,
) -> Result<BTreeMap<Text, Result<Policy, Gap>>, CollectError> {
    let mut names = Vec::new();
    let mut asks = Vec::new();
    for path in paths {
        match At::of(path) {
            Ok(at) => {
                let version = iam_policy::VERSION.to_string();
                let ask = at.fill(reading.ask(api));
                asks.push(ask.query("options.requestedPolicyVersion", version));
                names.push(Text::new(path));
            }
            Err(malformed) => reading.not_read(malformed.of(api.permission)),
        }
    }
    let answers = reading
        .children::<Policy>(asks, Shape::Single, None)
        .await?;
    Ok(names
        .into_iter()
        .zip(answers.into_iter().map(single))
        .collect())
}

/// The keys alone: of policies the list tells nothing.
fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(
        LIST,
        Shape::Items("cryptoKeys"),
        body,
        |found: Found<Key>| Ok(vec![one(names, &found, [None, None])?]),
    )
}

/// One key, with its own policy and that of its ring, which holds for all keys in it.
fn one(
    names: Names<'_>,
    found: &Found<Key>,
    guards: [Option<&Result<Policy, Gap>>; 2],
) -> Result<Resource, Malformed> {
    let (base, own) = (&found.base, &found.own);
    let at = At::of(base.full_name())?;
    let key = at.key.ok_or(Malformed("name that is no path to a place"))?;
    let policies: Option<Vec<&Policy>> = guards
        .iter()
        .map(|guard| guard.and_then(|guard| guard.as_ref().ok()))
        .collect();
    let denied = guards
        .iter()
        .find_map(|guard| guard.and_then(|guard| guard.as_ref().err()));
    let ring = names.of(
        "cloudkms",
        &format!("locations/{}/keyRings/{}", at.location, at.ring),
    );
    let body = SecurityKey {
        // Keys that sign have no first version, and are told by their versions alone.
        enabled: Field::seen(
            own.primary
                .as_ref()
                .and_then(|version| version.state.as_deref())
                .map(|state| state == "ENABLED"),
        ),
        purpose: Field::seen(own.purpose.clone()),
        rotation_days: match own.rotation_period.as_deref() {
            None => Field::None,
            Some(period) => Field::Value(days(period)?),
        },
        next_rotation: Field::read(own.next_rotation_time.as_deref().and_then(time)),
        expires_at: Field::None,
        vault: Field::Value(ring.clone()),
        public_to: Field::seen(
            policies.map(|policies| sorted(policies.into_iter().flat_map(Policy::public))),
        ),
        role_based: Field::NotRead,
    };
    let path = format!(
        "locations/{}/keyRings/{}/cryptoKeys/{key}",
        at.location, at.ring
    );
    let links: Vec<_> = links(Relation::PartOf, [&ring]).collect();
    let uid = names.of("cloudkms", &path);
    let mut key = resource(names.at(Some(at.location)), uid, base, body, links);
    unread(&mut key, "body.public_to", denied.cloned());
    Ok(key)
}

/// Days of `7776000s`; a begun day counts, so that a rule that asks for at most so many is not fooled.
fn days(period: &str) -> Result<i64, Malformed> {
    let seconds = period.strip_suffix('s').unwrap_or(period);
    let whole = seconds.split('.').next().unwrap_or(seconds);
    let seconds: i64 = whole.parse().map_err(|_| Malformed("rotation period"))?;
    Ok(seconds.div_euclid(DAY) + i64::from(seconds.rem_euclid(DAY) > 0))
}

#[cfg(test)]
mod tests {
    use orch_model::{Body, Cause};
    use serde_json::json;

    use super::*;
    use crate::collect::parts::wire;
    use crate::provider::global;

    fn key(resource: &Resource) -> &SecurityKey {
        match &resource.body {
            Body::SecurityKey(key) => key,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_tell_ring_use_and_rotation() {
        let decoded = crate::decode("kms.keys", &wire("keys")).unwrap();
        let [disk, sign] = &decoded.resources[..] else {
            panic!()
        };
        assert_eq!(
            disk.uid.as_str(),
            "//cloudkms.googleapis.com/projects/project/locations/europe-west1/keyRings/main/cryptoKeys/disk"
        );
        assert_eq!(
            (disk.name.as_str(), disk.scope.region.as_str()),
            ("disk", "europe-west1")
        );
        let all = key(disk);
        assert_eq!(
            (all.enabled, all.rotation_days),
            (Field::Value(true), Field::Value(90))
        );
        assert_eq!(all.purpose.value().unwrap(), "ENCRYPT_DECRYPT");
        assert!(all.next_rotation.value().is_some());
        assert!(
            all.vault
                .value()
                .unwrap()
                .as_str()
                .ends_with("/keyRings/main")
        );
        assert_eq!(
            (key(sign).enabled, key(sign).rotation_days),
            (Field::NotRead, Field::None)
        );
        assert_eq!(
            decoded.gap.unwrap().detail,
            "cloudkms.cryptoKeys.list rotation period"
        );
    }

    #[test]
    fn rights_on_the_ring_are_rights_on_the_key() {
        let found = || {
            crate::page::decode(
                LIST.permission,
                json!({"name": "projects/p/locations/global/keyRings/r/cryptoKeys/k"}),
            )
            .unwrap()
        };
        let policy = |role: &str, member: &str| -> Result<Policy, Gap> {
            Ok(
                serde_json::from_value(json!({"bindings": [{"role": role, "members": [member]}]}))
                    .unwrap(),
            )
        };
        let scope = global("p");
        let own = policy("roles/cloudkms.admin", "user:a@example.com");
        let ring = policy("roles/cloudkms.cryptoKeyDecrypter", "allUsers");
        let open = one(Names::new(&scope), &found(), [Some(&own), Some(&ring)]).unwrap();
        assert_eq!(
            key(&open).public_to,
            Field::Value(vec!["roles/cloudkms.cryptoKeyDecrypter to allUsers".into()])
        );
        // One of the two does not do.
        let gap = Gap::new(
            Cause::Denied,
            "cloudkms.keyRings.getIamPolicy PERMISSION_DENIED",
        );
        let refused = one(
            Names::new(&scope),
            &found(),
            [Some(&own), Some(&Err(gap.clone()))],
        )
        .unwrap();
        assert_eq!(key(&refused).public_to, Field::NotRead);
        assert_eq!(refused.not_read.unwrap().get("body.public_to"), Some(&gap));
    }

    #[test]
    fn a_begun_day_counts() {
        assert_eq!(days("7776000s"), Ok(90));
        assert_eq!(days("7776001s"), Ok(91));
        assert_eq!(days("86400.5s"), Ok(1));
        assert!(days("soon").is_err());
    }
}
