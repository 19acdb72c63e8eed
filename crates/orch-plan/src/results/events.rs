//! Deployments and incidents from whatever exported them.
//!
//! One table of names serves our own CSV and JSON, GitHub (workflow runs by REST or `gh run list`, deployments by GraphQL,
//! issues) and GitLab (deployments, issues): each export calls the same few things by other names, and the first name that
//! has a value counts.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;

/// Something that was brought to where people use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
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
pub struct Incident {
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
pub struct Events {
    /// In the order of time.
    pub deployments: Vec<Deployment>,
    /// In the order of time.
    pub incidents: Vec<Incident>,
    /// What could not be used, with its number and why.
    pub unused: Vec<String>,
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
/// Where lists are, in what is no list itself.
const LISTS: &[&str] = &[
    "/workflow_runs",
    "/data/repository/deployments/nodes",
    "/deployments",
    "/incidents",
    "/issues",
    "/data/repository/issues/nodes",
];

/// Whether an object is an incident: it has a place for its end.
fn is_incident(item: &Value) -> bool {
    RESOLVED.iter().any(|at| item.pointer(at).is_some())
}

/// Whether it is a deployment: it has a place for how it went and one for when.
fn is_deployment(item: &Value) -> bool {
    RESULT.iter().any(|at| item.pointer(at).is_some())
}

/// The objects of a file, wherever their lists are.
pub(super) fn items(value: &Value) -> Vec<&Value> {
    if let Some(items) = value.as_array() {
        return items.iter().collect();
    }
    let lists = LISTS.iter().chain(&["/metrics", "/readings"]);
    lists
        .filter_map(|list| value.pointer(list)?.as_array())
        .flatten()
        .collect()
}

/// Deployments and incidents among the objects of a file.
pub fn events(value: &Value) -> Events {
    let mut events = Events::default();
    for (place, item) in items(value).into_iter().enumerate() {
        // The issues of GitHub are also its pull requests.
        if item.get("pull_request").is_some() {
            continue;
        }
        let told = if is_incident(item) {
            incident(item).map(|incident| events.incidents.push(incident))
        } else if is_deployment(item) {
            deployment(item).map(|found| events.deployments.extend(found))
        } else {
            Err("it is neither a deployment (`result`, `deployed_at`) nor an incident (`started_at`, `resolved_at`)".to_owned())
        };
        if let Err(why) = told {
            events.unused.push(format!("number {}: {why}", place + 1));
        }
    }
    events
        .deployments
        .sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    events
        .incidents
        .sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
    events
}

/// A deployment; nothing for one that neither worked nor failed: skipped, stopped, still going on.
fn deployment(item: &Value) -> Result<Option<Deployment>, String> {
    let result = text(item, RESULT).unwrap_or_default().to_lowercase();
    let worked = WORKED.contains(&result.as_str());
    if !worked && !FAILED.contains(&result.as_str()) {
        return Ok(None);
    }
    let at = time(item, AT)?.ok_or("nothing says when it was deployed")?;
    Ok(Some(Deployment {
        id: text(item, ID).unwrap_or_default(),
        at,
        committed: time(item, COMMITTED)?,
        worked,
        environment: text(item, ENVIRONMENT),
    }))
}

fn incident(item: &Value) -> Result<Incident, String> {
    let started = time(item, STARTED)?.ok_or("nothing says when it began")?;
    let resolved = time(item, RESOLVED)?;
    if resolved.is_some_and(|resolved| resolved < started) {
        return Err("it ended before it began".to_owned());
    }
    Ok(Incident {
        id: text(item, ID).unwrap_or_default(),
        started,
        resolved,
        deployment: text(item, CAUSE),
    })
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
