//! series.balancer-requests: requests that load balancers for web sites take, every hour.

use orch_collect::CollectorSpec;
use orch_model::{Body, Dataset, Metric, Reach, Resource, Statistic, Uid};

use super::metrics::{Asked, Measured, OPERATION, TimeSeries};
use crate::names::Names;

/// Those that pass on packets or connections are left out: Google counts these by other names for each sort of them.
pub(super) struct BalancerRequests;

/// The three sorts: reached from the internet everywhere, within one region, and from inside.
const fn asked(filter: &'static str) -> Asked {
    Asked {
        metric: Metric::BalancerRequests,
        statistic: Statistic::Sum,
        filter,
        aligner: "ALIGN_DELTA",
        summed: true,
        factor: 1.0,
    }
}

impl Measured for BalancerRequests {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitoring.balancer-requests",
        service: "monitoring",
        datasets: &[Dataset::Series(Metric::BalancerRequests)],
        reach: Reach::Global,
        after: &["compute.load-balancers"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const METRICS: &'static [Asked] = &[
        asked(
            r#"metric.type = "loadbalancing.googleapis.com/https/request_count" AND resource.type = "https_lb_rule""#,
        ),
        asked(
            r#"metric.type = "loadbalancing.googleapis.com/https/external/regional/request_count" AND resource.type = "http_external_regional_lb_rule""#,
        ),
        asked(
            r#"metric.type = "loadbalancing.googleapis.com/https/internal/request_count" AND resource.type = "internal_http_lb_rule""#,
        ),
    ];
    const MEASURES: fn(&Resource) -> bool = |resource| match &resource.body {
        Body::NetworkLoadBalancer(balancer) => balancer.purpose == "application",
        _ => false,
    };
    const ONLY: &'static str = "";
    const GROUPED_BY: &'static [&'static str] = &[
        "resource.labels.forwarding_rule_name",
        "resource.labels.region",
    ];
    const OWNER: fn(Names<'_>, &TimeSeries) -> Option<Uid> = rule;
    const SILENT: bool = true;
}

/// The forwarding rule of a series.
fn rule(names: Names<'_>, series: &TimeSeries) -> Option<Uid> {
    let name = series.of("forwarding_rule_name")?;
    let region = series.of("region").filter(|region| *region != "global");
    Some(names.compute(region, "forwardingRules", name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::global;

    #[test]
    fn a_series_is_of_its_forwarding_rule_in_its_region_or_in_none() {
        let scope = global("project");
        let of = |region: &str| {
            let series = json!({ "resource": { "type": "https_lb_rule",
                "labels": { "forwarding_rule_name": "site", "region": region } } });
            rule(Names::new(&scope), &serde_json::from_value(series).unwrap()).unwrap()
        };
        let at = "//compute.googleapis.com/projects/project";
        assert_eq!(
            of("global").as_str(),
            format!("{at}/global/forwardingRules/site")
        );
        assert_eq!(
            of("europe-west1").as_str(),
            format!("{at}/regions/europe-west1/forwardingRules/site")
        );
    }
}
