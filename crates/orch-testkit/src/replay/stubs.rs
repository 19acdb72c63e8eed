//! What is answered where nothing was recorded: discovery as the exchanges themselves imply it, refusals as the
//! cloud words them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::recording::{Cloud, Exchange};

/// What the exchanges imply.
#[derive(Debug, Default)]
pub(super) struct Implied {
    /// Subscriptions and the locations in which they have something, or projects and their regions.
    places: BTreeMap<String, BTreeSet<String>>,
}

impl Implied {
    pub(super) fn of(cloud: Cloud, exchanges: &[Exchange]) -> Self {
        let mut implied = Self::default();
        for exchange in exchanges {
            match cloud {
                Cloud::Azure => implied.azure(exchange),
                Cloud::Gcp => implied.gcp(exchange),
            }
        }
        implied
    }

    fn azure(&mut self, exchange: &Exchange) {
        if let Some(id) = after(&exchange.path, "/subscriptions/") {
            self.places.entry(id.to_ascii_lowercase()).or_default();
        }
        self.located(&exchange.body);
    }

    /// Notes every resource that says where it is.
    fn located(&mut self, value: &Value) {
        if let (Some(id), Some(location)) = (value["id"].as_str(), value["location"].as_str())
            && let Some(id) = after(id, "/subscriptions/")
            && let Some(places) = self.places.get_mut(&id.to_ascii_lowercase())
        {
            places.insert(location.to_ascii_lowercase().replace(' ', ""));
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.located(item)),
            Value::Object(members) => members.values().for_each(|member| self.located(member)),
            _ => {}
        }
    }

    fn gcp(&mut self, exchange: &Exchange) {
        let project = match exchange.query.get("project") {
            Some(project) => Some(project.as_str()),
            None => after(&exchange.path, "/projects/").map(|id| {
                // `p:getIamPolicy` is a question about p; `example.com:p` is a project.
                let verb = id.rsplit_once(':').filter(|(_, verb)| {
                    verb.starts_with("get")
                        || verb.starts_with("search")
                        || verb.starts_with("batch")
                });
                verb.map_or(id, |(id, _)| id)
            }),
        };
        let Some(project) = project.filter(|id| id.bytes().any(|byte| byte.is_ascii_alphabetic()))
        else {
            return;
        };
        let places = self.places.entry(project.to_owned()).or_default();
        if exchange.host.starts_with("compute.") {
            regions(&exchange.body, places);
            note(&exchange.path, places);
        }
    }

    /// The answer to a question of discovery.
    pub(super) fn answer(
        &self,
        cloud: Cloud,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Option<Value> {
        match (cloud, method, path) {
            (Cloud::Azure, "GET", "/subscriptions") => {
                let told = self.places.keys().map(|id| {
                    json!({ "id": format!("/subscriptions/{id}"), "subscriptionId": id,
                            "displayName": id, "state": "Enabled" })
                });
                Some(json!({ "value": told.collect::<Vec<_>>() }))
            }
            (Cloud::Azure, "POST", "/providers/microsoft.resourcegraph/resources")
                if body["query"] == "Resources | summarize count() by subscriptionId, location" =>
            {
                let rows = self.places.iter().flat_map(|(id, places)| {
                    let row = move |place| json!({ "subscriptionId": id, "location": place, "count_": 1 });
                    places.iter().map(row)
                });
                let rows: Vec<Value> = rows.collect();
                let count = rows.len();
                Some(
                    json!({ "totalRecords": count, "count": count, "resultTruncated": "false", "data": rows }),
                )
            }
            (Cloud::Gcp, "GET", "/v3/projects:search") => {
                let told = self.places.keys().enumerate().map(|(place, id)| {
                    json!({ "name": format!("projects/{}", 500_000_000_000_u64 + place as u64),
                            "projectId": id, "displayName": id, "state": "ACTIVE" })
                });
                Some(json!({ "projects": told.collect::<Vec<_>>() }))
            }
            (Cloud::Gcp, "GET", path) => {
                let project = path
                    .strip_prefix("/compute/v1/projects/")?
                    .strip_suffix("/regions")?;
                let regions = self.places.get(project)?;
                let items = regions
                    .iter()
                    .map(|name| json!({ "name": name, "status": "UP" }));
                let items: Vec<Value> = items.collect();
                (!items.is_empty()).then(|| json!({ "kind": "compute#regionList", "items": items }))
            }
            _ => None,
        }
    }
}

/// The part of a path after another.
fn after<'p>(path: &'p str, part: &str) -> Option<&'p str> {
    let (_, rest) = path.split_once(part)?;
    let id = rest.split('/').next()?;
    (!id.is_empty() && id != "-").then_some(id)
}

/// Notes the regions that a body names, in its texts and in the names of its members.
fn regions(value: &Value, places: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => note(text, places),
        Value::Array(items) => items.iter().for_each(|item| regions(item, places)),
        Value::Object(members) => {
            for (name, member) in members {
                note(name, places);
                regions(member, places);
            }
        }
        _ => {}
    }
}

fn note(text: &str, places: &mut BTreeSet<String>) {
    let text = format!("/{text}");
    if let Some(region) = after(&text, "/regions/") {
        places.insert(region.to_owned());
    }
    if let Some((region, _)) = after(&text, "/zones/").and_then(|zone| zone.rsplit_once('-')) {
        places.insert(region.to_owned());
    }
}

/// A refusal as the cloud words it, about this path.
pub(super) fn refusal(cloud: Cloud, status: u16, host: &str, path: &str) -> Value {
    match cloud {
        Cloud::Azure => {
            let (code, message) = match status {
                401 => (
                    "ExpiredAuthenticationToken",
                    "The access token expiry UTC time is earlier than now.".to_owned(),
                ),
                403 => (
                    "AuthorizationFailed",
                    format!(
                        "The client 'stand-in' with object id 'stand-in' does not have authorization to perform \
                     action 'read' over scope '{path}' or the scope is invalid. If access was recently granted, \
                     please refresh your credentials."
                    ),
                ),
                404 => (
                    "ResourceNotFound",
                    format!("The Resource '{path}' was not found."),
                ),
                409 => (
                    "MissingSubscriptionRegistration",
                    "The subscription is not registered to use the namespace.".to_owned(),
                ),
                429 => (
                    "TooManyRequests",
                    "The request is being throttled.".to_owned(),
                ),
                _ => (
                    "InternalServerError",
                    "The server encountered an error.".to_owned(),
                ),
            };
            json!({ "error": { "code": code, "message": message } })
        }
        Cloud::Gcp => {
            let (state, reason) = match status {
                401 => ("UNAUTHENTICATED", "authError"),
                403 => ("PERMISSION_DENIED", "forbidden"),
                404 => ("NOT_FOUND", "notFound"),
                429 => ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
                503 => ("UNAVAILABLE", "backendError"),
                _ => ("INTERNAL", "backendError"),
            };
            let message = format!("The caller does not have what it takes for {path}.");
            // The older APIs tell a list of errors, the newer ones a state.
            let older = ["bigquery.", "compute.", "dns.", "sqladmin.", "storage."];
            if older.iter().any(|name| host.starts_with(name)) {
                let first = json!({ "message": message, "domain": "global", "reason": reason });
                json!({ "error": { "code": status, "message": message, "errors": [first] } })
            } else {
                json!({ "error": { "code": status, "message": message, "status": state } })
            }
        }
    }
}
