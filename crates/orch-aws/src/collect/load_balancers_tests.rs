use aws_sdk_elasticloadbalancingv2::types::{
    Action, AvailabilityZone, FixedResponseActionConfig, IpAddressType, LoadBalancerSchemeEnum,
    LoadBalancerTypeEnum, ProtocolEnum, RedirectActionConfig, RuleCondition,
};
use orch_model::{Body, Provider, Scope};

use super::super::balancer_cards::tests::card;
use super::*;

const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c49";

fn rule(group: &str, condition: Option<&str>) -> Rule {
    let conditions = condition.map(|field| vec![RuleCondition::builder().field(field).build()]);
    Rule::builder()
        .actions(Action::builder().target_group_arn(group).build())
        .set_conditions(conditions)
        .build()
}

#[test]
fn a_group_that_any_rule_serves_to_everybody_is_not_one_of_some_sources() {
    let mut groups = BTreeMap::new();
    add_rules(
        &[rule("a", Some("source-ip")), rule("b", Some("source-ip"))],
        &mut groups,
    );
    add_rules(&[rule("a", Some("path-pattern"))], &mut groups);
    let of_some: Vec<(&str, bool)> = groups
        .iter()
        .map(|(group, of_some)| (group.as_str(), *of_some))
        .collect();
    assert_eq!(of_some, [("a", false), ("b", true)]);
}

#[test]
fn a_refusal_and_a_way_back_to_itself_are_no_answers() {
    let fixed = |code: &str| {
        let answer = FixedResponseActionConfig::builder()
            .status_code(code)
            .build();
        answers_itself(
            &Rule::builder()
                .actions(Action::builder().fixed_response_config(answer).build())
                .build(),
        )
    };
    let redirect = |host: Option<&str>| {
        let to = RedirectActionConfig::builder()
            .protocol("HTTPS")
            .set_host(host.map(str::to_owned))
            .build();
        answers_itself(
            &Rule::builder()
                .actions(Action::builder().redirect_config(to).build())
                .build(),
        )
    };
    assert!(fixed("200") && !fixed("404") && !fixed("503"));
    assert!(redirect(Some("www.example.com")));
    assert!(!redirect(Some("#{host}")) && !redirect(None));
    assert!(!answers_itself(&rule("group", None)));
}

#[test]
fn a_listener_is_one_of_each_protocol_below_its_own() {
    let heard = |word: &str| {
        Heard::builder()
            .protocol(ProtocolEnum::from(word))
            .port(53)
            .build()
    };
    let of = |word: &str| -> Vec<(Text, i64, i64)> {
        kinds(&heard(word), true, &Field::Value(Vec::new()))
            .into_iter()
            .map(|listener| (listener.protocol, listener.from_port, listener.to_port))
            .collect()
    };
    assert_eq!(of("HTTPS"), [("tcp".into(), 53, 53)]);
    assert_eq!(
        of("TCP_UDP"),
        [("tcp".into(), 53, 53), ("udp".into(), 53, 53)]
    );
    assert_eq!(of("GENEVE"), [("all".into(), 0, 65_535)]);
    assert_eq!(strange(&heard("GENEVE")), None);
    assert_eq!(strange(&heard("SCTP")), Some("protocol SCTP".into()));
}

/// One balancer out of what the calls for it told.
fn balancer(scheme: Option<&str>, inner: bool, addresses: &str) -> NetworkLoadBalancer {
    let found = LoadBalancer::builder()
        .load_balancer_arn(ARN)
        .load_balancer_name("shop")
        .r#type(LoadBalancerTypeEnum::Application)
        .set_scheme(scheme.map(LoadBalancerSchemeEnum::from))
        .ip_address_type(IpAddressType::from(addresses))
        .availability_zones(AvailabilityZone::builder().subnet_id("subnet-1").build())
        .security_groups("sg-1")
        .build();
    let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
    let prior = [card("1", "ELB app/shop/50dc6c49", true)];
    let (names, cards) = (Names::new(&scope), Cards::of(&prior));
    let resource = resource_of(names, &cards, &found, inner, Told::default()).unwrap();
    assert_eq!((resource.uid.as_str(), &*resource.name), (ARN, "shop"));
    match resource.body {
        Body::NetworkLoadBalancer(body) => *body,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_balancer_has_the_addresses_of_its_interfaces() {
    let body = balancer(Some("internet-facing"), false, "ipv4");
    assert_eq!(body.internet_facing, Field::Value(true));
    assert_eq!(body.public_addresses.value().map(Vec::len), Some(2));
    assert!(body.private_addresses.value().is_some());
    assert_eq!(body.subnets[0].short(), "subnet-1");
    assert!(body.unmodelled.is_empty());
}

#[test]
fn whether_the_internet_reaches_one_behind_another_is_not_known() {
    assert_eq!(
        balancer(Some("internal"), false, "ipv4").internet_facing,
        Field::Value(false)
    );
    let inner = balancer(Some("internal"), true, "ipv4");
    assert_eq!(inner.internet_facing, Field::NotRead);
    assert_eq!(inner.unmodelled, ["target of another load balancer"]);
    // A gateway says nothing of it.
    assert_eq!(
        balancer(None, false, "ipv4").internet_facing,
        Field::NotRead
    );
}

#[test]
fn one_without_public_ipv4_is_not_followed() {
    let body = balancer(
        Some("internet-facing"),
        false,
        "dualstack-without-public-ipv4",
    );
    assert_eq!(body.unmodelled, ["IPv6 alone is public"]);
}
