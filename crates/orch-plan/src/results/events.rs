//! Deployments and incidents from whatever exported them.
//!
//! One table of names serves our own CSV and JSON, GitHub (workflow runs by REST or `gh run list`, deployments by GraphQL,
//! issues) and GitLab (deployments, issues): each export calls the same few things by other names, and the first name that
//! has a value counts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde_json::Value;

use super::rows::Row;
use crate::brief::scene::count_of;

/// Something that was brought to where people use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deployment {
    /// Its id in the export.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// When what it brought was committed.
    pub committed: Option<DateTime<Utc>>,
    /// Whether it worked.
    pub worked: bool,
    /// Where to.
    pub environment: Option<String>,
}

/// A time in which something did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incident {
    /// Its id in the export.
    pub id: String,
    /// From when on.
    pub started: DateTime<Utc>,
    /// Until when; nothing while it lasts.
    pub resolved: Option<DateTime<Utc>>,
    /// The deployment that brought it.
    pub deployment: Option<String>,
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Events {
    /// In the order of time.
    pub deployments: Vec<Deployment>,
    /// In the order of time.
    pub incidents: Vec<Incident>,
    /// What could not be used, or stands there twice, with its place and why.
    pub unused: Vec<String>,
    /// What was not meant to be counted, as numbers.
    pub skipped: Vec<String>,
}

/// When it was there. `finished_at` is when a deployment was done, `created_at` only when it was begun.
const AT: &[&str] = &[
    "/deployed_at",
    "/finished_at",
    "/deployable/finished_at",
    "/latestStatus/createdAt",
    "/updated_at",
    "/updatedAt",
    "/at",
    "/created_at",
    "/createdAt",
];
const COMMITTED: &[&str] = &[
    "/committed_at",
    "/commit_at",
    "/head_commit/timestamp",
    "/deployable/commit/created_at",
    "/commit/committedDate",
];
const RESULT: &[&str] = &[
    "/result",
    "/conclusion",
    "/latestStatus/state",
    "/status",
    "/state",
];
const ENVIRONMENT: &[&str] = &["/environment/name", "/environment"];
const ID: &[&str] = &["/id", "/databaseId", "/iid", "/number"];
const STARTED: &[&str] = &["/started_at", "/opened_at", "/created_at", "/createdAt"];
const RESOLVED: &[&str] = &["/resolved_at", "/closed_at", "/closedAt"];
const CAUSE: &[&str] = &["/deployment", "/deployment_id", "/caused_by"];
/// `inactive` is what GitHub calls a deployment that another one followed.
const WORKED: &[&str] = &[
    "success",
    "succeeded",
    "successful",
    "ok",
    "active",
    "inactive",
];
const FAILED: &[&str] = &["failure", "failed", "error", "timed_out", "startup_failure"];
/// Whether an object is an incident: it has a place for its end.
fn is_incident(item: &Value) -> bool {
    RESOLVED.iter().any(|at| item.pointer(at).is_some())
}

/// Whether it is a deployment: it has a place for how it went and one for when.
fn is_deployment(item: &Value) -> bool {
    RESULT.iter().any(|at| item.pointer(at).is_some())
}

/// Deployments and incidents among the rows of files. What stands there twice by its id counts once, as the later row
/// says; what cannot be is left out; each of them is told.
pub(super) fn events(rows: &[Row], today: NaiveDate) -> Events {
    let mut events = Events::default();
    let mut deployments: Found<Deployment> = Found::default();
    let mut incidents: Found<Incident> = Found::default();
    let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
    let mut pulls = 0;
    for Row { place, item } in rows {
        // The issues of GitHub are also its pull requests.
        if item.get("pull_request").is_some() {
            pulls += 1;
            continue;
        }
        let told = if is_incident(item) {
            incident(item, today).map(|one| incidents.add(place, one.id.clone(), one))
        } else if is_deployment(item) {
            match deployment(item, today) {
                Ok(Ok(one)) => Ok(deployments.add(place, one.id.clone(), one)),
                Ok(Err(result)) => {
                    *skipped.entry(result).or_default() += 1;
                    Ok(None)
                }
                Err(why) => Err(why),
            }
        } else {
            Err("it is neither a deployment (`result`, `deployed_at`) nor an incident (`started_at`, `resolved_at`)".to_owned())
        };
        match told {
            Ok(None) => {}
            Ok(Some(twice)) => events.unused.push(format!("{place}: {twice}")),
            Err(why) => events
                .unused
                .push(format!("{place}: {why}; it is left out")),
        }
    }
    if pulls > 0 {
        let noun = count_of(
            pulls,
            "pull request is no incident",
            "pull requests are no incidents",
        );
        events.skipped.push(noun);
    }
    events
        .skipped
        .extend(skipped.into_iter().map(|(result, count)| {
            let is = count_of(count, "deployment is", "deployments are");
            format!("{is} not counted: `{result}` neither worked nor failed")
        }));
    events.deployments = deployments.all;
    events.incidents = incidents.all;
    events
        .deployments
        .sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    events
        .incidents
        .sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
    events
}

/// What was found so far, and where each id stands.
struct Found<T> {
    all: Vec<T>,
    places: BTreeMap<String, (usize, String)>,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            places: BTreeMap::new(),
        }
    }
}

impl<T: PartialEq> Found<T> {
    /// Adds one, or puts it in the place of the one with its id; then what is to be told of that.
    fn add(&mut self, place: &str, id: String, one: T) -> Option<String> {
        if id.is_empty() {
            self.all.push(one);
            return None;
        }
        let Some((at, before)) = self.places.get_mut(&id) else {
            self.places.insert(id, (self.all.len(), place.to_owned()));
            self.all.push(one);
            return None;
        };
        let held = self.all.get_mut(*at)?;
        let told = if *held == one {
            format!("`{id}` stands in {before} too; it counts once")
        } else {
            format!("`{id}` stands in {before} too, with other values; the later one counts")
        };
        *held = one;
        place.clone_into(before);
        Some(told)
    }
}

/// A deployment; its result for one that neither worked nor failed: skipped, stopped, still going on.
fn deployment(item: &Value, today: NaiveDate) -> Result<Result<Deployment, String>, String> {
    let result = text(item, RESULT).unwrap_or_default().to_lowercase();
    let worked = WORKED.contains(&result.as_str());
    if !worked && !FAILED.contains(&result.as_str()) {
        return Ok(Err(result));
    }
    let at = time(item, AT)?.ok_or("nothing says when it was deployed")?;
    not_later(at, today)?;
    let committed = time(item, COMMITTED)?;
    if let Some(committed) = committed.filter(|committed| *committed > at) {
        return Err(format!(
            "it was committed at {}, after it was deployed at {}: one of the two is wrong",
            told(committed),
            told(at)
        ));
    }
    Ok(Ok(Deployment {
        id: text(item, ID).unwrap_or_default(),
        at,
        committed,
        worked,
        environment: text(item, ENVIRONMENT),
    }))
}

fn incident(item: &Value, today: NaiveDate) -> Result<Incident, String> {
    let started = time(item, STARTED)?.ok_or("nothing says when it began")?;
    let resolved = time(item, RESOLVED)?;
    not_later(started, today)?;
    if let Some(resolved) = resolved {
        not_later(resolved, today)?;
        if resolved < started {
            return Err(format!(
                "it ended at {}, before it began at {}",
                told(resolved),
                told(started)
            ));
        }
    }
    Ok(Incident {
        id: text(item, ID).unwrap_or_default(),
        started,
        resolved,
        deployment: text(item, CAUSE),
    })
}

fn told(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn not_later(time: DateTime<Utc>, today: NaiveDate) -> Result<(), String> {
    if time.date_naive() > today {
        return Err(format!("{} is after today, {today}", told(time)));
    }
    Ok(())
}

fn text(item: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match item.pointer(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn time(item: &Value, names: &[&str]) -> Result<Option<DateTime<Utc>>, String> {
    let Some(text) = text(item, names) else {
        return Ok(None);
    };
    instant(&text)
        .map(Some)
        .ok_or_else(|| format!("`{text}` is no time: write 2026-03-31T14:05:00Z"))
}

/// A time as exports write it; without a zone it is UTC.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let plain = text.trim_end_matches(" UTC");
    for form in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
    ] {
        if let Ok(time) = NaiveDateTime::parse_from_str(plain, form) {
            return Some(time.and_utc());
        }
    }
    let day: NaiveDate = plain.parse().ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}
