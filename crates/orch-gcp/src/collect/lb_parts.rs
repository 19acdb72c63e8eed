//! What stands behind forwarding rules, by identity: services, proxies, maps of paths, pools and groups.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Gap, Text, Uid};
use serde::Deserialize;

use super::subnets::Log;
use crate::convert::Number;
use crate::names::Names;
use crate::page::Whole;

/// A forwarding rule: an address with ports, and who answers there.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Rule {
    #[serde(rename = "IPAddress")]
    pub(super) address: Option<Text>,
    #[serde(rename = "IPProtocol")]
    pub(super) protocol: Option<Text>,
    pub(super) port_range: Option<Text>,
    pub(super) ports: Option<Vec<Text>>,
    pub(super) target: Option<Text>,
    pub(super) backend_service: Option<Text>,
    pub(super) load_balancing_scheme: Option<Text>,
    pub(super) network: Option<Text>,
    pub(super) subnetwork: Option<Text>,
    pub(super) network_tier: Option<Text>,
}

/// A backend service.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Service {
    backends: Option<Vec<Backend>>,
    port: Option<Number>,
    port_name: Option<Text>,
    network: Option<Text>,
    security_policy: Option<Text>,
    log_config: Option<Log>,
    iap: Option<Iap>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Backend {
    group: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Iap {
    enabled: Option<bool>,
}

impl Service {
    /// The groups behind it.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Text> {
        let backends = self.backends.iter().flatten();
        backends.filter_map(|backend| backend.group.as_ref())
    }

    /// Whether a web application firewall stands before it.
    pub(super) fn is_filtered(&self) -> bool {
        self.security_policy
            .as_deref()
            .is_some_and(|policy| !policy.is_empty())
    }

    /// Whether its requests are recorded.
    pub(super) fn is_recorded(&self) -> bool {
        Log::is_on(self.log_config.as_ref())
    }

    /// Whether Google asks callers to sign in before they reach it.
    pub(super) fn asks_sign_in(&self) -> bool {
        self.iap
            .as_ref()
            .is_some_and(|iap| iap.enabled == Some(true))
    }

    /// Whether it speaks to another card of its machines than the first.
    pub(super) fn names_network(&self) -> bool {
        self.network.is_some()
    }
}

/// A target proxy of any sort.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Proxy {
    pub(super) url_map: Option<Text>,
    pub(super) service: Option<Text>,
    pub(super) ssl_policy: Option<Text>,
}

/// A map from hosts and paths to services.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct UrlMap {
    default_service: Option<Text>,
    default_route_action: Option<Action>,
    default_url_redirect: Option<Redirect>,
    path_matchers: Option<Vec<Matcher>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Matcher {
    default_service: Option<Text>,
    default_route_action: Option<Action>,
    default_url_redirect: Option<Redirect>,
    path_rules: Option<Vec<Path>>,
    route_rules: Option<Vec<Path>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Path {
    service: Option<Text>,
    route_action: Option<Action>,
    url_redirect: Option<Redirect>,
}

/// Where callers are sent instead; of what it says only that it is there matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Redirect {}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Action {
    weighted_backend_services: Option<Vec<Weighted>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Weighted {
    backend_service: Option<Text>,
}

impl UrlMap {
    /// Whether it redirects some callers, or serves a bucket.
    pub(super) fn answers_itself(&self) -> bool {
        let matchers = || self.path_matchers.iter().flatten();
        let paths =
            || matchers().flat_map(|one| one.path_rules.iter().chain(&one.route_rules).flatten());
        self.default_url_redirect.is_some()
            || matchers().any(|one| one.default_url_redirect.is_some())
            || paths().any(|one| one.url_redirect.is_some())
            || self.named().any(is_bucket)
    }

    /// Every service that some path leads to; buckets are none.
    pub(super) fn services(&self) -> BTreeSet<&Text> {
        self.named().filter(|service| !is_bucket(service)).collect()
    }

    fn named(&self) -> impl Iterator<Item = &Text> {
        let mut services: Vec<&Option<Text>> = vec![&self.default_service];
        let mut actions: Vec<&Action> = self.default_route_action.iter().collect();
        for matcher in self.path_matchers.iter().flatten() {
            services.push(&matcher.default_service);
            actions.extend(&matcher.default_route_action);
            let paths = matcher.path_rules.iter().flatten();
            for path in paths.chain(matcher.route_rules.iter().flatten()) {
                services.push(&path.service);
                actions.extend(&path.route_action);
            }
        }
        for action in actions {
            let weighted = action.weighted_backend_services.iter().flatten();
            services.extend(weighted.map(|one| &one.backend_service));
        }
        services.into_iter().filter_map(Option::as_ref)
    }
}

fn is_bucket(service: &Text) -> bool {
    service.contains("/backendBuckets/")
}

/// A target pool.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pool {
    pub(super) instances: Option<Vec<Text>>,
}

/// A target instance, and a member of a group.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Member {
    pub(super) instance: Option<Text>,
}

/// An instance group.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Group {
    named_ports: Option<Vec<NamedPort>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NamedPort {
    name: Option<Text>,
    port: Option<Number>,
}

/// The ports on which machines of a group serve a service.
pub(super) fn ports(service: &Service, group: Option<&Group>) -> Vec<i64> {
    let wanted = service.port_name.as_deref().unwrap_or("http");
    let named = group.and_then(|group| group.named_ports.as_ref());
    let ports: Vec<i64> = named
        .into_iter()
        .flatten()
        .filter(|named| named.name.as_deref() == Some(wanted))
        .filter_map(|named| named.port.map(i64::from))
        .collect();
    if ports.is_empty() {
        service.port.map(i64::from).into_iter().collect()
    } else {
        ports
    }
}

/// What was read of one collection, by identity.
#[derive(Debug)]
pub(super) struct Table<T> {
    by_uid: BTreeMap<Uid, T>,
    gap: Option<Gap>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            by_uid: BTreeMap::new(),
            gap: None,
        }
    }
}

impl<T> Table<T> {
    pub(super) fn of(names: Names<'_>, collection: &str, whole: Whole<T>) -> Self {
        let found = whole.found.into_iter().map(|found| {
            let (place, name) = (found.base.location(), found.base.name());
            (names.compute(place, collection, &name), found.own)
        });
        Self {
            by_uid: found.collect(),
            gap: whole.gap,
        }
    }

    pub(super) fn get(&self, uid: &Uid) -> Option<&T> {
        self.by_uid.get(uid)
    }

    /// Why something may be missing.
    pub(super) fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref()
    }

    pub(super) fn insert(&mut self, uid: Uid, one: T) {
        self.by_uid.insert(uid, one);
    }
}

/// The members of groups that are read one by one.
pub(super) type Members = BTreeMap<Uid, Result<Vec<Uid>, Gap>>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_map_that_redirects_or_serves_a_bucket_answers_by_itself() {
        let of = |map: serde_json::Value| {
            serde_json::from_value::<UrlMap>(map)
                .unwrap()
                .answers_itself()
        };
        let redirect = json!({ "httpsRedirect": true, "stripQuery": false });
        assert!(of(json!({ "defaultUrlRedirect": redirect })));
        assert!(of(
            json!({ "pathMatchers": [{ "defaultUrlRedirect": redirect }] })
        ));
        assert!(of(
            json!({ "pathMatchers": [{ "routeRules": [{ "urlRedirect": redirect }] }] })
        ));
        assert!(of(
            json!({ "defaultService": "projects/p/global/backendBuckets/static" })
        ));
        assert!(!of(
            json!({ "defaultService": "projects/p/global/backendServices/web" })
        ));
    }
}
