//! Which of an agent's metrics is asked.

use aws_sdk_cloudwatch::types::Dimension;
use aws_sdk_ec2::types::{Instance, InstanceState, InstanceStateName};
use orch_model::{Provider, Scope};
use serde_json::json;

use super::*;

fn instance(id: &str, of: &str) -> Resource {
    let running = InstanceState::builder().name(InstanceStateName::Running);
    let found = Instance::builder()
        .instance_id(id)
        .instance_type(of.into())
        .state(running.build())
        .build();
    let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
    crate::collect::instance(&scope, &found)
}

/// Instances, and the type of which it is known how much memory it has: 100 MiB.
fn prior(instances: &[(&str, &str)]) -> Vec<Resource> {
    let mut of_type = instance("t", "m5.large");
    let body = json!({ "compute.instance-type": {
        "instance_type": "m5.large", "vcpu": 2, "memory_mib": 100, "architectures": [], "accelerators": 0,
    } });
    of_type.body = serde_json::from_value(body).unwrap();
    let mut all = vec![of_type];
    all.extend(instances.iter().map(|(id, of)| instance(id, of)));
    all
}

fn listed(dimensions: &[(&str, &str)]) -> Listed {
    dimensions
        .iter()
        .fold(Listed::builder(), |listed, (name, value)| {
            listed.dimensions(Dimension::builder().name(*name).value(*value).build())
        })
        .build()
}

/// What is asked, given the metrics that agents send, by name.
fn asked(instances: &[(&str, &str)], listed: &[(&str, Listed)]) -> Vec<Wanted> {
    let mut sent = Sent::default();
    for (name, listed) in listed {
        let rank = TOLD.iter().position(|(of, _)| of == name).unwrap();
        sent.add(rank, listed);
    }
    sent.of(&prior(instances), "2026-11-01T00:00:00Z".parse().unwrap())
}

#[test]
fn nothing_is_asked_of_an_instance_without_an_agent() {
    let other = listed(&[("InstanceId", "i-2")]);
    assert!(asked(&[("i-1", "m5.large")], &[("mem_available", other)]).is_empty());
    let of_nobody = listed(&[("host", "ip-10-0-0-1")]);
    assert!(asked(&[("i-1", "m5.large")], &[("mem_available", of_nobody)]).is_empty());
}

#[test]
fn bytes_are_asked_before_percent_and_the_instance_alone_before_more() {
    let whole = listed(&[("InstanceId", "i-1")]);
    let more = listed(&[("InstanceId", "i-1"), ("ImageId", "ami-1")]);
    let found = asked(
        &[("i-1", "m5.large")],
        &[
            ("mem_used_percent", whole.clone()),
            ("mem_available", more.clone()),
            ("mem_available", whole.clone()),
        ],
    );
    assert_eq!((found.len(), found[0].parts[0].name), (1, "mem_available"));
    assert_eq!(found[0].parts[0].dimensions.len(), 1);
    assert_eq!(found[0].line, (1.0, 0.0));
    let both = [
        ("mem_used_percent", whole.clone()),
        ("mem_available", more.clone()),
    ];
    let found = asked(&[("i-1", "m5.large")], &both);
    assert_eq!(found[0].parts[0].name, "mem_available");
    // Every dimension must be given, or there is nothing of that name.
    let found = asked(&[("i-1", "m5.large")], &[("mem_available", more)]);
    assert_eq!(
        found[0].parts[0].dimensions,
        [
            ("ImageId".into(), "ami-1".into()),
            ("InstanceId".into(), "i-1".into())
        ]
    );
    let windows = [("Memory Available MBytes", whole)];
    assert_eq!(asked(&[("i-1", "x")], &windows)[0].line, (MIB, 0.0));
}

#[test]
fn a_percentage_is_of_the_memory_of_its_type() {
    let percent = [("mem_used_percent", listed(&[("InstanceId", "i-1")]))];
    let found = asked(&[("i-1", "m5.large")], &percent);
    assert_eq!(found[0].line, (-MIB, 100.0 * MIB));
    // Of a type whose memory is not known it says nothing.
    assert!(asked(&[("i-1", "m9.large")], &percent).is_empty());
}

#[test]
fn what_was_sent_under_another_type_is_another_machines() {
    let of = |of: &str| listed(&[("InstanceId", "i-1"), ("InstanceType", of)]);
    let sent = [
        ("mem_used_percent", of("m5.4xlarge")),
        ("mem_used_percent", of("m5.large")),
    ];
    let found = asked(&[("i-1", "m5.large")], &sent);
    let told = dimension(&found[0].parts[0].dimensions, TYPE).unwrap();
    assert_eq!((found.len(), told.as_str()), (1, "m5.large"));
    assert!(asked(&[("i-1", "m5.large")], &sent[..1]).is_empty());
}
