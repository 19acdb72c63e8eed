//! Conversion of security groups.

use aws_sdk_ec2::types::{IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use orch_model::{Body, Cause, Provider, Scope};

use super::*;

fn scope() -> Scope {
    Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1")
}

fn body(resource: &Resource) -> &NetworkFirewall {
    match &resource.body {
        Body::NetworkFirewall(body) => body,
        other => panic!("{other:?}"),
    }
}

fn permission(
    protocol: &str,
    from: i32,
    to: i32,
) -> aws_sdk_ec2::types::builders::IpPermissionBuilder {
    IpPermission::builder()
        .ip_protocol(protocol)
        .from_port(from)
        .to_port(to)
}

#[test]
fn rules_are_split_by_description_and_sorted() {
    let found = SecurityGroup::builder()
        .group_id("sg-1")
        .group_name("web")
        .owner_id("111122223333")
        .vpc_id("vpc-1")
        .ip_permissions(
            permission("tcp", 443, 443)
                .ip_ranges(
                    IpRange::builder()
                        .cidr_ip("0.0.0.0/0")
                        .description("world")
                        .build(),
                )
                .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/8").build())
                .ipv6_ranges(
                    Ipv6Range::builder()
                        .cidr_ipv6("::/0")
                        .description("world")
                        .build(),
                )
                .build(),
        )
        .ip_permissions(
            permission("tcp", 22, 22)
                .user_id_group_pairs(
                    UserIdGroupPair::builder()
                        .group_id("sg-2")
                        .user_id("444455556666")
                        .build(),
                )
                .build(),
        )
        .ip_permissions_egress(
            IpPermission::builder()
                .ip_protocol("-1")
                .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
                .build(),
        )
        .build();
    let scope = scope();
    let resource = group(Names::new(&scope), &found, &Known::new()).unwrap();
    let body = body(&resource);
    assert_eq!(resource.name, "web");
    assert!(!body.is_default);
    let ports: Vec<_> = body
        .ingress
        .iter()
        .map(|rule| rule.from_port.value().copied())
        .collect();
    assert_eq!(ports, [Some(22), Some(443), Some(443)]);
    assert_eq!(
        body.ingress[0].firewalls[0].as_str(),
        "arn:aws:ec2:eu-west-1:444455556666:security-group/sg-2"
    );
    let world = &body.ingress[1];
    let blocks: Vec<String> = world.blocks.iter().map(ToString::to_string).collect();
    assert_eq!(blocks, ["0.0.0.0/0", "::/0"]);
    assert_eq!(world.description, Field::Value("world".into()));
    assert_eq!(body.ingress[2].description, Field::None);
    assert_eq!(
        (&*body.egress[0].protocol, body.egress[0].from_port),
        ("all", Field::None)
    );
    assert_eq!(resource.links.len(), 2);
    assert!(resource.not_read.is_none());
}

#[test]
fn a_prefix_list_is_resolved_or_names_its_gap() {
    let list = |id: &str| PrefixListId::builder().prefix_list_id(id).build();
    let found = SecurityGroup::builder()
        .group_id("sg-1")
        .ip_permissions(
            permission("tcp", 22, 22)
                .prefix_list_ids(list("pl-1"))
                .build(),
        )
        .ip_permissions_egress(
            permission("tcp", 443, 443)
                .prefix_list_ids(list("pl-2"))
                .build(),
        )
        .build();
    assert_eq!(
        prefix_list_ids(&found).collect::<Vec<_>>(),
        ["pl-1", "pl-2"]
    );
    let gap = Gap::new(
        Cause::Denied,
        "ec2:GetManagedPrefixListEntries UnauthorizedOperation",
    );
    let known = Known::from([
        ("pl-1".into(), Ok(vec!["0.0.0.0/1".parse().unwrap()])),
        ("pl-2".into(), Err(gap.clone())),
    ]);
    let scope = scope();
    let resource = group(Names::new(&scope), &found, &known).unwrap();
    let body = body(&resource);
    assert_eq!(
        body.ingress[0].prefix_lists[0]
            .blocks
            .value()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(body.egress[0].prefix_lists[0].blocks, Field::NotRead);
    let not_read = resource.not_read.unwrap();
    assert_eq!(
        not_read.into_iter().collect::<Vec<_>>(),
        [("body.egress.prefix_lists.blocks".into(), gap)]
    );
}

#[test]
fn icmp_of_any_type_has_no_ports() {
    assert_eq!(
        ports("icmp", Some(-1), Some(-1)),
        (Field::None, Field::None)
    );
    assert_eq!(
        ports("icmp", Some(8), Some(0)),
        (Field::Value(8), Field::Value(0))
    );
    assert_eq!(
        ports("all", Some(0), Some(65_535)),
        (Field::None, Field::None)
    );
    assert_eq!(
        ports("tcp", Some(0), Some(1_024)),
        (Field::Value(0), Field::Value(1_024))
    );
}

#[test]
fn a_block_that_is_none_is_no_answer() {
    let found = SecurityGroup::builder()
        .group_id("sg-1")
        .ip_permissions(
            permission("tcp", 22, 22)
                .ip_ranges(IpRange::builder().cidr_ip("everywhere").build())
                .build(),
        )
        .build();
    let scope = scope();
    let answer = group(Names::new(&scope), &found, &Known::new());
    assert_eq!(answer, Err(Malformed("address block")));
}
