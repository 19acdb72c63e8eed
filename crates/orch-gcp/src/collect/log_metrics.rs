//! monitor.log-metric: metrics that count lines of the project's logs.

use orch_collect::CollectorSpec;
use orch_model::kind::MonitorLogMetric;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, required, resource};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "logging.logMetrics.list",
    "logging.googleapis.com/v2/projects/{project}/metrics",
);

/// Log metrics.
pub(super) struct LogMetrics;

/// A metric as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LogMetric {
    filter: Option<Text>,
    disabled: Option<bool>,
}

impl Listed for LogMetrics {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "logging.metrics",
        service: "logging",
        datasets: &[Dataset::Kind(Kind::MonitorLogMetric)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Items("metrics");
    const PAGE: (&'static str, u64) = ("pageSize", 1_000);
    type Element = LogMetric;

    fn resources(names: Names<'_>, found: Found<LogMetric>) -> Result<Vec<Resource>, Malformed> {
        // Its name may hold slashes of its own.
        let name = found.base.full_name();
        let body = MonitorLogMetric {
            filter: required(found.own.filter, "metric without filter")?,
            enabled: Field::Value(found.own.disabled != Some(true)),
        };
        let uid = names.of("logging", &format!("metrics/{name}"));
        let mut metric = resource(names.at(None), uid, &found.base, body, []);
        metric.name = Text::new(name);
        Ok(vec![metric])
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_metric_keeps_its_filter_as_written() {
        let list = json!({"metrics": [
            {"name": "net/routes", "filter": "resource.type=\"gce_route\"\nAND x", "metricDescriptor": {"labels": [{"key": "k"}]}},
            {"name": "off", "filter": "y", "disabled": true},
            {"name": "odd"},
        ]});
        let decoded = crate::decode("logging.metrics", list.to_string().as_bytes()).unwrap();
        let [routes, off] = &decoded.resources[..] else {
            panic!()
        };
        assert_eq!(routes.name, "net/routes");
        let Body::MonitorLogMetric(metric) = &routes.body else {
            panic!()
        };
        assert_eq!(metric.filter, "resource.type=\"gce_route\"\nAND x");
        let Body::MonitorLogMetric(metric) = &off.body else {
            panic!()
        };
        assert_eq!(metric.enabled, Field::Value(false));
        assert!(decoded.gap.is_some());
    }
}
