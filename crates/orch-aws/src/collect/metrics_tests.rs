//! What is asked, how much at once, and what it costs.

use orch_model::{Body, Metric, Provider, Scope, Statistic, Uid};
use serde_json::json;

use super::super::wanted::Part;
use super::super::{balancer_metrics, database_metrics, gateway_metrics, volume_metrics};
use super::*;

const UID: &str = "arn:aws:x:eu-west-1:111122223333:";

/// A resource of a kind, by what only its kind has.
fn resource(kind: &str, id: &str, body: serde_json::Value) -> Resource {
    let body: Body = serde_json::from_value(json!({ kind: body })).unwrap();
    let mut found = crate::collect::instance(
        &Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1"),
        &aws_sdk_ec2::types::Instance::builder()
            .instance_id("i-1")
            .instance_type("m5.large".into())
            .state(
                aws_sdk_ec2::types::InstanceState::builder()
                    .name(aws_sdk_ec2::types::InstanceStateName::Running)
                    .build(),
            )
            .build(),
    );
    found.uid = Uid::new(format!("{UID}{id}"));
    found.body = body;
    found.created_at = orch_model::Field::Value("2026-11-20T10:30:00Z".parse().unwrap());
    found
}

/// What is asked: namespace, name and dimension of each metric.
fn asked<M: Measured>(resource: &Resource) -> Vec<String> {
    let wanted = M::of(resource, None);
    wanted
        .iter()
        .flat_map(|one| &one.parts)
        .map(|part| {
            let (name, value) = &part.dimensions[0];
            format!("{} {} {name}={value}", part.namespace, part.name)
        })
        .collect()
}

fn balancer(purpose: &str, id: &str) -> Resource {
    let body = json!({ "purpose": purpose });
    resource("network.load-balancer", &format!("loadbalancer/{id}"), body)
}

#[test]
fn each_balancer_is_asked_for_what_it_counts() {
    use balancer_metrics::BalancerRequests;
    for (purpose, id, wanted) in [
        (
            "application",
            "app/web/50dc",
            "AWS/ApplicationELB RequestCount LoadBalancer=app/web/50dc",
        ),
        (
            "network",
            "net/web/50dc",
            "AWS/NetworkELB NewFlowCount LoadBalancer=net/web/50dc",
        ),
        (
            "gateway",
            "gwy/web/50dc",
            "AWS/GatewayELB NewFlowCount LoadBalancer=gwy/web/50dc",
        ),
        (
            "classic",
            "web",
            "AWS/ELB RequestCount LoadBalancerName=web",
        ),
    ] {
        assert_eq!(asked::<BalancerRequests>(&balancer(purpose, id)), [wanted]);
    }
    assert!(asked::<BalancerRequests>(&balancer("new", "x/web/1")).is_empty());
    let silent = BalancerRequests::of(&balancer("classic", "web"), None)[0].silent_since;
    assert_eq!(silent, Some("2026-11-20T10:30:00Z".parse().unwrap()));
}

#[test]
fn a_gateway_is_asked_for_both_directions_unless_it_failed_or_is_no_nat() {
    let gateway = |purpose: &str, state: &str| {
        let body = json!({ "purpose": purpose, "state": state });
        let found = resource("network.gateway", "natgateway/nat-1", body);
        gateway_metrics::GatewayBytes::of(&found, None)
    };
    let wanted = gateway("nat", "available");
    let names: Vec<&str> = wanted[0].parts.iter().map(|part| part.name).collect();
    assert_eq!(names, ["BytesOutToDestination", "BytesOutToSource"]);
    assert_eq!(
        (wanted.len(), wanted[0].metric, wanted[0].statistic),
        (1, Metric::GatewayBytes, Statistic::Sum)
    );
    // A gateway that tells nothing may be one whose metrics do not arrive.
    assert_eq!(wanted[0].silent_since, None);
    assert!(gateway("nat", "failed").is_empty() && gateway("internet", "available").is_empty());
}

#[test]
fn databases_and_attached_volumes_are_asked_by_their_names() {
    let server = resource("database.server", "db:orders", json!({ "engine": "mysql" }));
    assert_eq!(
        asked::<database_metrics::DatabaseCpu>(&server),
        ["AWS/RDS CPUUtilization DBInstanceIdentifier=orders"; 2]
    );
    assert_eq!(
        asked::<database_metrics::DatabaseConnections>(&server),
        ["AWS/RDS DatabaseConnections DBInstanceIdentifier=orders"]
    );
    let volume = |attachments| {
        let body = json!({
            "state": "in-use", "volume_type": "gp3", "size_gib": 8, "encrypted": true,
            "attachments": attachments,
        });
        resource("storage.volume", "volume/vol-1", body)
    };
    let attached = volume(json!([{ "instance": "i-1", "state": "attached" }]));
    assert_eq!(
        asked::<volume_metrics::VolumeBytes>(&attached),
        [
            "AWS/EBS VolumeReadBytes VolumeId=vol-1",
            "AWS/EBS VolumeWriteBytes VolumeId=vol-1"
        ]
    );
    assert!(asked::<volume_metrics::VolumeOperations>(&volume(json!([]))).is_empty());
}

#[test]
fn a_question_names_what_it_is_of_and_the_period() {
    let part = Part::of("AWS/EC2", "CPUUtilization", ("InstanceId", "i-2"));
    let query = part.query(1, Statistic::Average, 300);
    assert_eq!(query.id(), Some("q1"));
    let stat = query.metric_stat().unwrap();
    assert_eq!((stat.period(), stat.stat()), (Some(300), Some("Average")));
    let metric = stat.metric().unwrap();
    assert_eq!(metric.namespace(), Some("AWS/EC2"));
    assert_eq!(metric.dimensions()[0].value(), Some("i-2"));
}

#[test]
fn the_charge_is_a_cent_for_a_thousand() {
    assert_eq!(charge(1_000), Decimal::new(1, 2));
    assert_eq!(charge(80).to_string(), "0.00080");
}

#[test]
fn an_estimate_counts_each_metric_of_a_sum() {
    let aws = Arc::new(Aws::new(
        crate::client::Clients::new(aws_config::SdkConfig::builder().build()),
        String::new(),
    ));
    let gateways = Metrics::<gateway_metrics::GatewayBytes>(aws, std::marker::PhantomData);
    let body = json!({ "purpose": "nat", "state": "available" });
    let prior = [
        resource("network.gateway", "natgateway/nat-1", body),
        resource("network.gateway", "igw-1", json!({ "purpose": "internet" })),
    ];
    let estimate = gateways.estimate(&prior, &CollectSettings::default());
    assert_eq!(estimate.counted, [(2, "metrics"), (1, "NAT gateways")]);
    assert_eq!(
        (estimate.calls, estimate.usd.to_string()),
        (1, "0.00002".to_owned())
    );
}

#[test]
fn the_parts_of_a_series_are_asked_together() {
    let part = || Part::of("AWS/EBS", "VolumeReadOps", ("VolumeId", "vol-1"));
    let sum = |parts: usize| {
        let parts = std::iter::repeat_with(part).take(parts).collect();
        Wanted::sum(
            &Uid::new("v"),
            Metric::VolumeOperations,
            Statistic::Sum,
            parts,
        )
    };
    assert!(chunks(&[]).is_empty());
    let mut wanted = vec![sum(1)];
    wanted.extend(std::iter::repeat_with(|| sum(2)).take(AT_ONCE));
    let sizes: Vec<usize> = chunks(&wanted).iter().map(|chunk| chunk.len()).collect();
    // 499 metrics, then 500, then what is left.
    assert_eq!(sizes, [250, 250, 1]);
    assert_eq!(sizes.iter().sum::<usize>(), wanted.len());
}

#[test]
fn the_first_whole_period_after_an_instant() {
    let window = Window {
        start: Time::from_timestamp(3_600, 0).unwrap(),
        end: Time::from_timestamp(36_000, 0).unwrap(),
        step_s: 3_600,
        periods: 9,
    };
    for (at, first) in [
        (0, 0),
        (3_599, 0),
        (3_600, 0),
        (3_601, 1),
        (7_200, 1),
        (90_000, 24),
    ] {
        assert_eq!(
            window.first_after(Time::from_timestamp(at, 0).unwrap()),
            first,
            "{at}"
        );
    }
}
