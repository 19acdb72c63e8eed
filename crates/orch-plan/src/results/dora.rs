//! The four metrics of DORA, from deployments and incidents.
//!
//! Their definitions are DORA's (dora.dev, "DORA's software delivery metrics: the four keys"): how often a change reaches
//! production, how long it takes from commit to production, how long it takes to recover, and what share of changes has to
//! be mended. Medians and means as said at each formula below.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Deployment, Events, KNOWN};
use crate::project::ReadingOf;
use crate::rounding::rounded;

/// Places of what the file keeps: changes are computed from it, and reports show two.
const EXACT: u32 = 6;

/// Readings for the end of each week (Sunday) with a deployment or an incident up to it, and for today.
pub(super) fn dora(events: &Events, window: u32, today: NaiveDate, source: &str) -> Vec<ReadingOf> {
    let production: Vec<&Deployment> = production(&events.deployments);
    let days = production
        .iter()
        .map(|one| one.at.date_naive())
        .chain(events.incidents.iter().map(|one| one.started.date_naive()));
    let Some(first) = days.min().filter(|first| *first <= today) else {
        return Vec::new();
    };
    let mut ends = Vec::new();
    let to_sunday = 6 - first.weekday().num_days_from_monday();
    let mut end = first.checked_add_days(Days::new(u64::from(to_sunday)));
    while let Some(sunday) = end.filter(|sunday| *sunday < today) {
        ends.push(sunday);
        end = sunday.checked_add_days(Days::new(7));
    }
    ends.push(today);
    ends.into_iter()
        .flat_map(|end| {
            let whole = u32::try_from((end - first).num_days() + 1).unwrap_or(window);
            at(&production, events, (window.max(1).min(whole), end), source)
        })
        .collect()
}

/// Those to production, where environments are told apart.
pub(super) fn production(deployments: &[Deployment]) -> Vec<&Deployment> {
    let is = |one: &&Deployment| {
        let environment = one.environment.as_deref().unwrap_or_default();
        environment.to_lowercase().contains("prod")
    };
    let found: Vec<&Deployment> = deployments.iter().filter(is).collect();
    if found.is_empty() {
        deployments.iter().collect()
    } else {
        found
    }
}

fn at(
    production: &[&Deployment],
    events: &Events,
    (days, end): (u32, NaiveDate),
    source: &str,
) -> Vec<ReadingOf> {
    let first = end
        .checked_sub_days(Days::new(u64::from(days.saturating_sub(1))))
        .unwrap_or(end);
    let within = |time: DateTime<Utc>| (first..=end).contains(&time.date_naive());
    let all: Vec<&&Deployment> = production.iter().filter(|one| within(one.at)).collect();
    let worked = all.iter().filter(|one| one.worked);
    let blamed = |one: &Deployment| {
        let mut incidents = events.incidents.iter();
        !one.id.is_empty()
            && incidents.any(|incident| incident.deployment.as_deref() == Some(&one.id))
    };
    let failed = all.iter().filter(|one| !one.worked || blamed(one)).count();
    let leads = worked
        .clone()
        .filter_map(|one| Some(hours(one.committed?, one.at)));
    let resolved = events.incidents.iter().filter_map(|one| {
        let end = one.resolved.filter(|end| within(*end))?;
        Some(hours(one.started, end))
    });
    let frequency = (!production.is_empty())
        .then(|| Decimal::from(worked.count()) * Decimal::from(7) / Decimal::from(days));
    let rate = (!all.is_empty())
        .then(|| Decimal::from(failed) * Decimal::ONE_HUNDRED / Decimal::from(all.len()));
    [
        ("deployment-frequency", frequency),
        ("lead-time", median(leads.collect())),
        ("mttr", mean(&resolved.collect::<Vec<_>>())),
        ("change-failure-rate", rate),
        (
            "deployment-success-rate",
            rate.map(|rate| Decimal::ONE_HUNDRED - rate),
        ),
    ]
    .into_iter()
    .filter_map(|(id, value)| {
        let known = KNOWN.iter().find(|known| known.id == id)?;
        Some(ReadingOf {
            metric: id.to_owned(),
            unit: Some(known.unit.to_owned()),
            up_is_good: Some(known.up_is_good),
            target: None,
            on: end,
            value: rounded(value?, EXACT),
            source: format!("{source}, {days} days"),
        })
    })
    .collect()
}

/// Hours from one time to another, none backwards.
fn hours(from: DateTime<Utc>, to: DateTime<Utc>) -> Decimal {
    let seconds = (to - from).num_seconds().max(0);
    Decimal::from(seconds) / Decimal::from(3600)
}

fn median(mut values: Vec<Decimal>) -> Option<Decimal> {
    values.sort();
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / Decimal::TWO),
    }
}

fn mean(values: &[Decimal]) -> Option<Decimal> {
    let count = Decimal::from(values.len());
    (!values.is_empty()).then(|| values.iter().sum::<Decimal>() / count)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::results::events::events;
    use crate::results::rows::of_value;

    fn readings(value: &serde_json::Value, today: &str) -> Vec<(String, String, String)> {
        let rows = of_value("x.json", value.clone());
        let events = events(&rows, today.parse().unwrap());
        assert_eq!(events.unused, Vec::<String>::new());
        let told = |one: ReadingOf| (one.metric, one.on.to_string(), one.value.to_string());
        let found = dora(&events, 28, today.parse().unwrap(), "x.json");
        found
            .into_iter()
            .map(told)
            .filter(|(_, on, _)| on == today)
            .collect()
    }

    fn row(metric: &str, value: &str) -> (String, String, String) {
        (metric.to_owned(), "2026-03-28".to_owned(), value.to_owned())
    }

    #[test]
    fn four_numbers_by_hand() {
        // 28 days to 28 March begin on 1 March; the deployment of February is in no window that ends then.
        let value = json!({
            "deployments": [
                {"id": 0, "deployed_at": "2026-02-20T10:00:00Z", "committed_at": "2026-02-01T10:00:00Z", "result": "success", "environment": "production"},
                {"id": 1, "deployed_at": "2026-03-02T10:00:00Z", "committed_at": "2026-03-02T04:00:00Z", "result": "success", "environment": "production"},
                {"id": 2, "deployed_at": "2026-03-05T10:00:00Z", "committed_at": "2026-03-05T08:00:00Z", "result": "success", "environment": "production"},
                {"id": 3, "deployed_at": "2026-03-09T10:00:00Z", "committed_at": "2026-03-08T10:00:00Z", "result": "success", "environment": "production"},
                {"id": 4, "deployed_at": "2026-03-10T10:00:00Z", "committed_at": "2026-03-10T09:00:00Z", "result": "failed", "environment": "production"},
                {"id": 5, "deployed_at": "2026-03-10T10:00:00Z", "result": "success", "environment": "staging"},
                {"id": 6, "deployed_at": "2026-03-11T10:00:00Z", "result": "cancelled", "environment": "production"}
            ],
            "incidents": [
                {"id": "a", "started_at": "2026-03-09T11:00:00Z", "resolved_at": "2026-03-09T14:00:00Z", "deployment": "3"},
                {"id": "b", "started_at": "2026-03-12T00:00:00Z", "resolved_at": "2026-03-12T01:00:00Z"},
                {"id": "c", "started_at": "2026-03-27T00:00:00Z", "resolved_at": null}
            ]
        });
        assert_eq!(
            readings(&value, "2026-03-28"),
            [
                row("deployment-frequency", "0.75"),
                row("lead-time", "6"),
                row("mttr", "2"),
                row("change-failure-rate", "50"),
                row("deployment-success-rate", "50"),
            ]
        );
    }

    #[test]
    fn exports_of_github_and_gitlab_say_the_same() {
        let github = json!({"workflow_runs": [
            {"id": 1, "status": "completed", "conclusion": "success", "created_at": "2026-03-27T08:00:00Z", "updated_at": "2026-03-27T09:00:00Z",
             "head_commit": {"timestamp": "2026-03-27T05:00:00Z"}},
            {"id": 2, "status": "completed", "conclusion": "failure", "created_at": "2026-03-28T08:00:00Z", "updated_at": "2026-03-28T09:00:00Z",
             "head_commit": {"timestamp": "2026-03-28T05:00:00Z"}},
            {"id": 3, "status": "in_progress", "conclusion": null, "created_at": "2026-03-28T08:00:00Z", "updated_at": "2026-03-28T09:00:00Z"}]});
        let graphql = json!({"data": {"repository": {"deployments": {"nodes": [
            {"databaseId": 1, "createdAt": "2026-03-27T08:00:00Z", "environment": "production", "latestStatus": {"state": "INACTIVE", "createdAt": "2026-03-27T09:00:00Z"},
             "commit": {"committedDate": "2026-03-27T05:00:00Z"}},
            {"databaseId": 2, "createdAt": "2026-03-28T08:00:00Z", "environment": "production", "latestStatus": {"state": "FAILURE", "createdAt": "2026-03-28T09:00:00Z"},
             "commit": {"committedDate": "2026-03-28T05:00:00Z"}}]}}}});
        let gitlab = json!([
            {"id": 41, "iid": 1, "status": "success", "created_at": "2026-03-27T08:00:00.000Z", "updated_at": "2026-03-27T09:00:01.000Z", "environment": {"name": "production"},
             "deployable": {"finished_at": "2026-03-27T10:00:00.000+01:00", "commit": {"created_at": "2026-03-27T05:00:00.000+00:00"}}},
            {"id": 42, "iid": 2, "status": "failed", "created_at": "2026-03-28T08:00:00.000Z", "updated_at": "2026-03-28T09:00:01.000Z", "environment": {"name": "production"},
             "deployable": {"finished_at": "2026-03-28T10:00:00.000+01:00", "commit": {"created_at": "2026-03-28T05:00:00.000+00:00"}}}]);
        let wanted = [
            row("deployment-frequency", "3.5"),
            row("lead-time", "4"),
            row("change-failure-rate", "50"),
            row("deployment-success-rate", "50"),
        ];
        for export in [github, graphql, gitlab] {
            assert_eq!(readings(&export, "2026-03-28"), wanted);
        }
    }
}
