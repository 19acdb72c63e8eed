//! Conversion of instances.

use aws_sdk_ec2::types::{
    EbsInstanceBlockDevice, GroupIdentifier, IamInstanceProfile, InstanceBlockDeviceMapping,
    InstanceIpv6Address, InstanceMetadataOptionsResponse, InstanceNetworkInterface,
    InstanceNetworkInterfaceAssociation, InstanceNetworkInterfaceAttachment,
    InstancePrivateIpAddress, InstanceState as State, InstanceType, Tag,
};
use aws_smithy_types::DateTime;
use orch_model::{Body, Provider, Scope};

use super::*;

fn scope() -> Scope {
    Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1")
}

fn state_of(name: InstanceStateName) -> State {
    State::builder().name(name).build()
}

fn body(resource: &Resource) -> &ComputeInstance {
    match &resource.body {
        Body::ComputeInstance(body) => body,
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_that_is_told_arrives() {
    let group = GroupIdentifier::builder().group_id("sg-1").build();
    let card = InstanceNetworkInterface::builder()
        .groups(GroupIdentifier::builder().group_id("sg-2").build())
        .association(
            InstanceNetworkInterfaceAssociation::builder()
                .public_ip("54.0.0.1")
                .build(),
        )
        .private_ip_addresses(
            InstancePrivateIpAddress::builder()
                .private_ip_address("10.0.0.2")
                .build(),
        )
        .ipv6_addresses(
            InstanceIpv6Address::builder()
                .ipv6_address("2001:db8::1")
                .build(),
        )
        .attachment(
            InstanceNetworkInterfaceAttachment::builder()
                .device_index(0)
                .attach_time(DateTime::from_secs(1_600_000_000))
                .build(),
        )
        .build();
    let found = Instance::builder()
        .instance_id("i-1")
        .instance_type(InstanceType::from("m5.large"))
        .state(state_of(InstanceStateName::Stopped))
        .state_transition_reason("User initiated (2024-01-02 03:04:05 GMT)")
        .launch_time(DateTime::from_secs(1_700_000_000))
        .security_groups(group)
        .network_interfaces(card)
        .private_ip_address("10.0.0.1")
        .vpc_id("vpc-1")
        .subnet_id("subnet-1")
        .iam_instance_profile(
            IamInstanceProfile::builder()
                .arn("arn:aws:iam::1:instance-profile/web")
                .build(),
        )
        .metadata_options(
            InstanceMetadataOptionsResponse::builder()
                .http_endpoint(InstanceMetadataEndpointState::Enabled)
                .http_tokens(HttpTokensState::Required)
                .http_put_response_hop_limit(2)
                .build(),
        )
        .block_device_mappings(
            InstanceBlockDeviceMapping::builder()
                .ebs(EbsInstanceBlockDevice::builder().volume_id("vol-1").build())
                .build(),
        )
        .tags(Tag::builder().key("Name").value("web").build())
        .tags(
            Tag::builder()
                .key("aws:autoscaling:groupName")
                .value("web-asg")
                .build(),
        )
        .build();
    let scope = scope();
    let resource = instance(Names::new(&scope), Some("999988887777"), &found).unwrap();
    assert_eq!(
        resource.uid.as_str(),
        "arn:aws:ec2:eu-west-1:999988887777:instance/i-1"
    );
    assert_eq!(resource.name, "web");
    assert_eq!(
        resource.created_at.value().unwrap().timestamp(),
        1_600_000_000
    );
    assert!(resource.links.is_sorted());
    let body = body(&resource);
    assert_eq!(body.state, Field::Value(InstanceState::Stopped));
    assert_eq!(
        body.stopped_since.value().unwrap().to_rfc3339(),
        "2024-01-02T03:04:05+00:00"
    );
    assert_eq!(body.firewalls.len(), 2);
    assert_eq!(body.private_addresses.len(), 2);
    assert_eq!(
        body.public_addresses.value().unwrap()[0].to_string(),
        "54.0.0.1"
    );
    assert_eq!(
        body.ipv6_addresses.value().unwrap()[0].to_string(),
        "2001:db8::1"
    );
    let service = body.metadata_service.value().unwrap();
    assert_eq!(
        (service.enabled, service.token_required, service.hop_limit),
        (true, true, 2)
    );
    assert_eq!(body.scaling_group, Field::Value("web-asg".into()));
    assert_eq!(body.volumes[0].short(), "vol-1");
    assert_eq!(body.lifecycle, Field::Value(Lifecycle::OnDemand));
}

#[test]
fn what_is_missing_is_none_only_where_the_api_leaves_out_what_there_is_not() {
    let found = Instance::builder()
        .instance_id("i-1")
        .instance_type(InstanceType::from("brand-new.type"))
        .state(state_of(InstanceStateName::Running))
        .build();
    let scope = scope();
    let resource = instance(Names::new(&scope), None, &found).unwrap();
    let body = body(&resource);
    assert_eq!(body.instance_type, "brand-new.type");
    assert_eq!(body.profile, Field::None);
    assert_eq!(body.key_name, Field::None);
    assert_eq!(body.vpc, Field::None);
    assert_eq!(body.stopped_since, Field::None);
    assert_eq!(body.public_addresses, Field::Value(vec![]));
    assert_eq!(body.metadata_service, Field::NotRead);
    assert_eq!(body.detailed_monitoring, Field::NotRead);
    assert_eq!(body.image, Field::NotRead);
    assert_eq!(resource.name, "i-1");
}

#[test]
fn a_reason_without_a_date_leaves_the_date_unread() {
    let stopped = |reason| stopped_since(InstanceState::Stopped, Some(reason));
    assert_eq!(stopped("Server.SpotInstanceTermination"), Field::NotRead);
    assert_eq!(stopped(""), Field::NotRead);
    assert!(
        stopped("User initiated (2026-11-22 17:00:00 UTC)")
            .value()
            .is_some()
    );
    assert_eq!(
        stopped_since(
            InstanceState::Running,
            Some("User initiated (2024-01-02 03:04:05 GMT)")
        ),
        Field::None
    );
}

#[test]
fn an_instance_without_an_id_is_no_answer() {
    let scope = scope();
    let found = Instance::builder().build();
    assert_eq!(
        instance(Names::new(&scope), None, &found),
        Err(Malformed("instance without id"))
    );
}
