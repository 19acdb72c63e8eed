//! The small snapshot of a rule's test: its resources, completed to valid ones, and what was read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{Duration, NaiveTime, TimeZone as _, Utc};
use orch_model::{
    Cause, CollectorNote, CostLine, Currency, Dataset, Digest, Field, Gap, Kind, Outcome, Provider,
    Reach, Read, Resource, Scope, Series, Snapshot, Text, Time, Uid,
};
use serde::Deserialize as _;
use serde_json::{Map, Value as Json, json};

use super::checked::Rule;
use super::file::{CostFile, SeriesFile, TestFile};
use super::place::At;
use super::read::yaml;
use super::suggestion;
use crate::embedded;

/// The account of tests.
const ACCOUNT: &str = "111122223333";
/// The region of tests.
const REGION: &str = "us-east-1";
/// The instant of a test that names none: 2025-06-30T12:00:00Z.
const AS_OF: i64 = 1_751_284_800;
/// The members of a resource that are not its body's.
const COMMON: [&str; 8] = [
    "kind",
    "uid",
    "name",
    "scope",
    "tags",
    "created_at",
    "links",
    "not_read",
];

/// A test that cannot be set up.
pub(super) type Broken = String;

/// The smallest valid resource of each kind.
static SMALLEST: LazyLock<BTreeMap<Kind, Map<String, Json>>> = LazyLock::new(|| {
    let known = Kind::ALL.iter().filter_map(|kind| {
        let path = format!("fixtures/kinds/{kind}.yaml");
        let (_, text) = embedded::KINDS.iter().find(|(file, _)| *file == path)?;
        Some((*kind, yaml::<Map<String, Json>>(text).ok()?))
    });
    known.collect()
});

/// The snapshot of a test and the uid of the resource that is asked.
pub(super) struct Case {
    pub(super) snapshot: Snapshot,
    pub(super) asked: Uid,
}

impl Case {
    pub(super) fn of(rule: &Rule, test: &TestFile) -> Result<Self, Broken> {
        let provider = rule.providers.first().copied().unwrap_or(Provider::Aws);
        // Where the asked resource names a scope, everything else of the test is there too.
        let scope = match test.resource.value.get("scope").and_then(Json::as_str) {
            Some(text) => text
                .parse()
                .map_err(|error| located(&test.resource, 0, &format!("{error}")))?,
            None => Scope::new(provider, provider.as_str(), ACCOUNT, REGION),
        };
        let as_of = match test.as_of {
            Some(as_of) => as_of,
            None => Utc.timestamp_opt(AS_OF, 0).single().unwrap_or_default(),
        };
        let mut resources: Vec<Resource> = Vec::new();
        let only = if rule.kinds.len() == 1 {
            rule.kinds.first().copied()
        } else {
            None
        };
        for (place, members) in std::iter::once(&test.resource)
            .chain(&test.with)
            .enumerate()
        {
            let kind = if place == 0 { only } else { None };
            let resource = resource(members, kind, &scope, &resources)
                .map_err(|error| located(members, place, &error))?;
            resources.push(resource);
        }
        let asked = resources
            .first()
            .map(|first| first.uid.clone())
            .unwrap_or(Uid::new(""));
        let series = test
            .series
            .iter()
            .map(|series| digest(series, &asked, as_of));
        let mut series: Vec<Digest> = series
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        series.sort_by(|left, right| {
            (&left.uid, left.metric, left.statistic).cmp(&(
                &right.uid,
                right.metric,
                right.statistic,
            ))
        });
        let costs = test
            .costs
            .iter()
            .flat_map(|cost| lines(cost, as_of, &scope))
            .collect();
        resources.sort_by(|left, right| left.uid.cmp(&right.uid));
        let mut snapshot = Snapshot {
            as_of,
            scopes: Vec::new(),
            collectors: Vec::new(),
            resources,
            series,
            costs,
            reads: Vec::new(),
            ledger: Vec::new(),
        };
        reads(&mut snapshot, &scope, test)?;
        Ok(Self { snapshot, asked })
    }
}

fn located(at: &At<BTreeMap<String, Json>>, place: usize, error: &str) -> Broken {
    let what = if place == 0 {
        "`resource`".to_owned()
    } else {
        format!("`with[{}]`", place - 1)
    };
    format!("{what} in line {}: {error}", at.line)
}

/// A resource of the members given, completed from the smallest valid one of its kind.
fn resource(
    given: &BTreeMap<String, Json>,
    kind: Option<Kind>,
    scope: &Scope,
    others: &[Resource],
) -> Result<Resource, String> {
    let kind = match (given.get("kind").and_then(Json::as_str), kind) {
        (Some(kind), _) => kind.parse::<Kind>().map_err(|error| {
            let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("{error}; {}", suggestion(kind, &known))
        })?,
        (None, Some(kind)) => kind,
        (None, None) => return Err("it needs its `kind`".to_owned()),
    };
    let smallest = SMALLEST
        .get(&kind)
        .ok_or_else(|| format!("{kind} has no smallest resource"))?;
    let text = |name: &str| given.get(name).and_then(Json::as_str);
    let default = |name: &str| {
        smallest
            .get(name)
            .and_then(Json::as_str)
            .unwrap_or_default()
    };
    let uid = text("uid").map_or_else(|| free(default("uid"), others), Uid::new);
    let name = match (text("name"), text("uid")) {
        (Some(name), _) => name,
        (None, Some(_)) => uid.short(),
        (None, None) => default("name"),
    };
    let mut body = smallest.clone();
    body.extend(
        given
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    body.retain(|name, _| !COMMON.contains(&name.as_str()));
    let scope = match text("scope") {
        Some(text) => text.parse().map_err(|error| format!("{error}"))?,
        None if kind == Kind::CloudAccount => scope.global(),
        None => scope.clone(),
    };
    let mut whole =
        json!({ "uid": uid, "name": name, "scope": scope, "body": { kind.as_str(): body } });
    for member in ["tags", "created_at", "links", "not_read"] {
        if let (Some(value), Some(whole)) = (given.get(member), whole.as_object_mut()) {
            whole.insert(member.to_owned(), value.clone());
        }
    }
    let resource = Resource::deserialize(&whole).map_err(|error| error.to_string())?;
    let back = serde_json::to_value(&resource).map_err(|error| error.to_string())?;
    lost(&whole, &back)?;
    Ok(resource)
}

/// A member that was given and that the kind does not have.
fn lost(given: &Json, kept: &Json) -> Result<(), String> {
    match (given, kept) {
        (Json::Object(given), Json::Object(kept)) => {
            for (name, value) in given {
                let known: Vec<&str> = kept.keys().map(String::as_str).collect();
                match kept.get(name) {
                    Some(kept) => lost(value, kept)?,
                    // Empty lists are left out when a resource is written.
                    None if value.as_array().is_some_and(Vec::is_empty) => {}
                    None => {
                        return Err(format!("no member `{name}`; {}", suggestion(name, &known)));
                    }
                }
            }
            Ok(())
        }
        (Json::Array(given), Json::Array(kept)) => given
            .iter()
            .zip(kept)
            .try_for_each(|(given, kept)| lost(given, kept)),
        _ => Ok(()),
    }
}

/// A uid that no other resource has.
fn free(uid: &str, others: &[Resource]) -> Uid {
    let taken = |uid: &str| others.iter().any(|other| other.uid.as_str() == uid);
    let numbered = (2..).map(|number| format!("{uid}-{number}"));
    let mut candidates = std::iter::once(uid.to_owned()).chain(numbered);
    Uid::new(candidates.find(|uid| !taken(uid)).unwrap_or_default())
}

fn digest(file: &SeriesFile, asked: &Uid, as_of: Time) -> Result<Option<Digest>, Broken> {
    let step = i64::from(file.step_s.max(1));
    let values = match file.value {
        Some(value) if file.values.is_empty() => {
            let periods = i64::from(file.days) * 86_400 / step;
            (0..periods).map(|_| Some(value)).collect()
        }
        Some(_) => return Err("a series has either `values` or `value`".to_owned()),
        None => file.values.clone(),
    };
    let length = i64::try_from(values.len()).unwrap_or(0) * step;
    let start = file.start.unwrap_or(as_of - Duration::seconds(length));
    Ok(Digest::of(&Series {
        uid: file.uid.as_ref().map_or_else(|| asked.clone(), Uid::new),
        metric: file.metric,
        statistic: file.statistic,
        start,
        step_s: file.step_s.max(1),
        values,
    }))
}

/// What a provider calls itself on its bill.
fn biller(provider: Provider) -> &'static str {
    match provider {
        Provider::Aws => "AWS",
        Provider::Azure => "Microsoft",
        Provider::Gcp => "Google Cloud",
    }
}

/// One line for each day of a cost.
fn lines(file: &CostFile, as_of: Time, scope: &Scope) -> impl Iterator<Item = CostLine> {
    let today = as_of.date_naive().and_time(NaiveTime::MIN).and_utc();
    let (one, other) = (file.days_ago, file.to_days_ago.unwrap_or(file.days_ago));
    (one.min(other)..=one.max(other))
        .rev()
        .map(move |days_ago| {
            let start = today - Duration::days(i64::from(days_ago));
            CostLine {
                provider_name: biller(scope.provider).into(),
                billing_account_id: scope.account.as_str().into(),
                sub_account_id: Some(scope.account.as_str().into()),
                charge_period_start: start,
                charge_period_end: start + Duration::days(1),
                charge_category: file.category,
                service_name: file.service.clone(),
                region_id: match &file.region {
                    Field::Value(region) => Some(region.clone()),
                    Field::None => None,
                    Field::NotRead => Some(REGION.into()),
                },
                resource_id: None,
                billed_cost: file.amount.0,
                effective_cost: None,
                billing_currency: Currency(file.currency.clone()),
                estimated: file.estimated,
            }
        })
}

/// Everything was completely read in the scopes of the resources, but for what the test names.
fn reads(snapshot: &mut Snapshot, scope: &Scope, test: &TestFile) -> Result<(), Broken> {
    let mut gaps: BTreeMap<Dataset, &str> = BTreeMap::new();
    for (name, cause) in &test.reads {
        let dataset = name.parse::<Dataset>().map_err(|error| {
            let known: Vec<String> = Dataset::all().map(|known| known.to_string()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            format!("`reads`: {error}; {}", suggestion(name, &known))
        })?;
        gaps.insert(dataset, cause.as_str());
    }
    let mut scopes = BTreeSet::from([scope.clone(), scope.global()]);
    for resource in &snapshot.resources {
        scopes.extend([resource.scope.clone(), resource.scope.global()]);
    }
    for dataset in Dataset::all() {
        let global = matches!(dataset, Dataset::Costs | Dataset::Kind(Kind::CloudAccount));
        let reach = if global {
            Reach::Global
        } else {
            Reach::PerRegion
        };
        let name = Text::new(format!("test.{dataset}"));
        for scope in scopes.iter().filter(|scope| scope.is_global() == global) {
            let count = snapshot
                .resources
                .iter()
                .filter(|found| Dataset::Kind(found.kind()) == dataset && found.scope == *scope)
                .count();
            let outcome = match gaps.get(&dataset) {
                None => Outcome::Complete,
                Some(cause) => outcome(cause, count > 0)?,
            };
            snapshot.reads.push(Read {
                scope: scope.clone(),
                collector: name.clone(),
                datasets: vec![dataset],
                outcome,
                count: count as u64,
            });
        }
        snapshot.collectors.push(CollectorNote {
            name,
            provider: Some(scope.provider),
            datasets: vec![dataset],
            reach,
        });
    }
    snapshot.scopes = scopes.into_iter().collect();
    snapshot.reads.sort();
    snapshot.collectors.sort();
    Ok(())
}

/// A read that gave some of its resources and then failed, or gave none.
fn outcome(cause: &str, some: bool) -> Result<Outcome, Broken> {
    if cause == "excluded" {
        return Ok(Outcome::Excluded("--only".into()));
    }
    let known = Cause::ALL.iter().find(|known| known.as_str() == cause);
    let Some(known) = known else {
        let words: Vec<_> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
        return Err(format!(
            "`reads`: `{cause}` is not a cause; {}",
            suggestion(cause, &words)
        ));
    };
    let gap = Gap::new(*known, "test");
    Ok(if some {
        Outcome::Partial(gap)
    } else {
        Outcome::Failed(gap)
    })
}
