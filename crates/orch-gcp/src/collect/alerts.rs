//! monitor.alert: alerting policies of Cloud Monitoring with what they watch.

use std::collections::BTreeMap;

use orch_collect::CollectorSpec;
use orch_model::kind::MonitorAlert;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, resource, sorted};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "monitoring.alertPolicies.list",
    "monitoring.googleapis.com/v3/projects/{project}/alertPolicies",
);

/// Alerting policies.
pub(super) struct Alerts;

/// A policy as the API tells it. Who wrote it is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AlertPolicy {
    display_name: Option<Text>,
    enabled: Option<bool>,
    conditions: Option<Vec<Condition>>,
    notification_channels: Option<Vec<Text>>,
    user_labels: Option<BTreeMap<Text, Option<Text>>>,
}

/// A condition: one of these.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Condition {
    condition_threshold: Option<Watched>,
    condition_absent: Option<Watched>,
    condition_matched_log: Option<Watched>,
    condition_monitoring_query_language: Option<Watched>,
    condition_prometheus_query_language: Option<Watched>,
    condition_sql: Option<Watched>,
}

/// What a condition watches, as a filter or as a question.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Watched {
    filter: Option<Text>,
    query: Option<Text>,
}

impl Condition {
    fn text(&self) -> Option<&Text> {
        let all = [
            &self.condition_threshold,
            &self.condition_absent,
            &self.condition_matched_log,
            &self.condition_monitoring_query_language,
            &self.condition_prometheus_query_language,
            &self.condition_sql,
        ];
        let watched = all.into_iter().find_map(Option::as_ref)?;
        watched.filter.as_ref().or(watched.query.as_ref())
    }
}

impl Listed for Alerts {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitoring.alerts",
        service: "monitoring",
        datasets: &[Dataset::Kind(Kind::MonitorAlert)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Items("alertPolicies");
    const PAGE: (&'static str, u64) = ("pageSize", 1_000);
    type Element = AlertPolicy;

    fn resources(names: Names<'_>, found: Found<AlertPolicy>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        let conditions = own.conditions.iter().flatten();
        let filters: Vec<&str> = conditions
            .filter_map(|one| one.text().map(Text::as_str))
            .collect();
        let labels = own.user_labels.iter().flatten();
        let body = MonitorAlert {
            enabled: Field::seen(own.enabled),
            operation: Field::NotRead,
            category: Field::NotRead,
            metrics: Field::Value(sorted(filters.iter().flat_map(|filter| metrics(filter)))),
            filter: Field::read((!filters.is_empty()).then(|| Text::from(filters.join("\n")))),
            watches: Field::Value(vec![Text::new(names.account().as_str())]),
            notifies: Field::Value(own.notification_channels.iter().flatten().next().is_some()),
        };
        let uid = names.of("monitoring", &format!("alertPolicies/{}", base.name()));
        let mut alert = resource(names.at(None), uid, base, body, []);
        alert.tags = Field::Value(
            labels
                .map(|(key, value)| (key.clone(), value.clone().unwrap_or_default()))
                .collect(),
        );
        if let Some(shown) = &own.display_name {
            alert.name = shown.clone();
        }
        Ok(vec![alert])
    }
}

/// The metrics that a filter names: `metric.type="…"`, in any spacing and either quotes.
fn metrics(filter: &str) -> Vec<Text> {
    let mut found = Vec::new();
    let mut rest = filter;
    while let Some((_, after)) = rest.split_once("metric.type") {
        rest = after;
        let value = after.trim_start().trim_start_matches('=').trim_start();
        let mut chars = value.chars();
        if let Some(quote @ ('"' | '\'')) = chars.next()
            && let Some((name, after)) = chars.as_str().split_once(quote)
        {
            found.push(Text::new(name));
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use orch_model::Body;

    use super::*;
    use crate::collect::parts::wire;

    #[test]
    fn an_alert_tells_metrics_filters_and_whether_anybody_hears_it() {
        let decoded = crate::decode("monitoring.alerts", &wire("alerts")).unwrap();
        assert_eq!(decoded.gap, None);
        let alerts: Vec<_> = decoded
            .resources
            .iter()
            .map(|alert| match &alert.body {
                Body::MonitorAlert(alert) => alert,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(decoded.resources[0].name, "route changes");
        assert_eq!(
            decoded.resources[0].uid.as_str(),
            "//monitoring.googleapis.com/projects/project/alertPolicies/11"
        );
        let metrics = alerts[0].metrics.value().unwrap();
        assert_eq!(
            metrics,
            &[
                "logging.googleapis.com/user/net/routes",
                "logging.googleapis.com/user/other"
            ]
        );
        assert_eq!(
            (alerts[0].enabled, alerts[0].notifies),
            (Field::Value(true), Field::Value(true))
        );
        assert!(alerts[1].filter.value().unwrap().contains("SetIamPolicy"));
        assert_eq!(
            (alerts[1].enabled, alerts[1].notifies),
            (Field::Value(false), Field::Value(false))
        );
        assert_eq!(alerts[2].filter, Field::None);
        assert!(
            !format!("{:?}", decoded.resources).contains("ada@"),
            "nobody's name is kept"
        );
    }

    #[test]
    fn metrics_are_found_in_any_spelling() {
        let all = metrics(
            r#"metric.type = "a/b" AND resource.type="gce" OR metric.type='c' OR metric.type=starts_with("d")"#,
        );
        assert_eq!(all, ["a/b", "c"]);
        assert_eq!(metrics("metric.type=\"open").len(), 0);
    }
}
