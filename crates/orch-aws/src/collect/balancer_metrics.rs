//! series.balancer-requests: what load balancers of both generations take, by the hour.

use orch_collect::CollectorSpec;
use orch_model::{Body, Dataset, Metric, Reach, Resource, Statistic, Time};

use super::metrics::{Measured, OPERATION};
use super::wanted::{Part, Wanted};

/// Where the metrics of a balancer are kept by its purpose, and which of them counts what it takes: requests
/// where it knows them, else new connections. Classic ones count both under one name.
const METRICS: [(&str, &str, &str); 4] = [
    ("application", "AWS/ApplicationELB", "RequestCount"),
    ("classic", "AWS/ELB", "RequestCount"),
    ("gateway", "AWS/GatewayELB", "NewFlowCount"),
    ("network", "AWS/NetworkELB", "NewFlowCount"),
];

/// How the ARN of a balancer goes on before what its metrics call it.
const MARK: &str = ":loadbalancer/";

/// Requests and new connections.
pub(super) struct BalancerRequests;

impl Measured for BalancerRequests {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "cloudwatch.balancers",
        service: "cloudwatch",
        datasets: &[Dataset::Series(Metric::BalancerRequests)],
        reach: Reach::PerRegion,
        after: &["elb.load-balancers", "elbv2.load-balancers"],
        operations: &[OPERATION],
    };
    const STEP_S: u32 = 3_600;
    const RESOURCES: &'static str = "load balancers";
    const LEFT_OUT: &'static str = "none is left out";

    fn of(resource: &Resource, _: Option<Time>) -> Vec<Wanted> {
        let Body::NetworkLoadBalancer(balancer) = &resource.body else {
            return Vec::new();
        };
        let metric = METRICS.iter().find(|(of, ..)| *of == balancer.purpose);
        let Some(((of, namespace, name), (_, id))) =
            metric.zip(resource.uid.as_str().split_once(MARK))
        else {
            return Vec::new();
        };
        let dimension = match *of {
            "classic" => "LoadBalancerName",
            _ => "LoadBalancer",
        };
        let part = Part::of(namespace, name, (dimension, id));
        let (uid, metric) = (&resource.uid, Metric::BalancerRequests);
        let mut wanted = Wanted::one(uid, metric, Statistic::Sum, part);
        // The service reports only while something flows through a balancer; its manuals of all generations
        // say so.
        wanted.silent_since = resource.created_at.value().copied();
        vec![wanted]
    }
}
