//! A resource becomes exactly the slots that the rules of its kind read.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::DateTime;
use orch_engine::lang::{Frame, Roots, Type, Want, compile};
use orch_engine::slots::{Converter, Layout};
use orch_engine::value::{Answer, Reasons, Value};
use orch_model::kind::{
    ComputeInstance, FirewallRule, FirewallStage, InstanceState, MetadataService, NetworkFirewall,
    PrefixList,
};
use orch_model::{Body, Field, Provider, Resource, Scope, Text, Uid};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;

use crate::sample::reasons;

fn resource(body: impl Into<Body>) -> Resource {
    Resource {
        uid: Uid::new("arn:aws:ec2:eu-west-1:123456789012:thing/t-1"),
        scope: Scope::new(Provider::Aws, "aws", "123456789012", "eu-west-1"),
        name: "web".into(),
        tags: Field::Value(BTreeMap::from([("env".into(), "prod".into())])),
        created_at: Field::Value(DateTime::from_timestamp(1_700_000_000, 0).unwrap()),
        body: body.into(),
        links: Vec::new(),
        seen_from: Vec::new(),
        not_read: None,
    }
}

fn firewall() -> NetworkFirewall {
    let rule = FirewallRule {
        blocks: vec!["10.0.0.0/8".parse().unwrap()],
        prefix_lists: vec![PrefixList {
            id: "pl-1".into(),
            blocks: Field::NotRead,
        }],
        ..FirewallRule::of("tcp".into(), Field::Value(22), Field::NotRead)
    };
    NetworkFirewall {
        stage: FirewallStage::SecurityGroup,
        guards: Vec::new(),
        description: Field::None,
        vpc: Field::NotRead,
        is_default: true,
        ingress: vec![
            rule.clone(),
            FirewallRule {
                from_port: Field::None,
                ..rule
            },
        ],
        egress: Vec::new(),
    }
}

fn instance() -> ComputeInstance {
    ComputeInstance {
        state: Field::Value(InstanceState::ShuttingDown),
        stopped_since: Field::Value(DateTime::from_timestamp(1_700_000_000, 500_000_000).unwrap()),
        state_reason: Field::None,
        instance_type: "m5.large".into(),
        launched_at: Field::NotRead,
        image: Field::None,
        platform: Field::Value("linux".into()),
        architecture: Field::NotRead,
        lifecycle: Field::None,
        tenancy: Field::None,
        zone: Field::None,
        vpc: Field::None,
        subnet: Field::None,
        private_addresses: vec!["10.0.0.1".parse().unwrap()],
        public_addresses: Field::Value(vec!["8.8.8.8".parse().unwrap(), "::1".parse().unwrap()]),
        ipv6_addresses: Field::None,
        profile: Field::None,
        metadata_service: Field::Value(MetadataService {
            enabled: true,
            token_required: false,
            hop_limit: 2,
        }),
        firewalls: Vec::new(),
        volumes: Vec::new(),
        key_name: Field::None,
        detailed_monitoring: Field::NotRead,
        allocated: Field::NotRead,
        ip_forwarding: Field::NotRead,
        trusted_launch: Field::NotRead,
        confidential: Field::NotRead,
        password_login: Field::NotRead,
        azure: Field::NotRead,
        gcp: Field::NotRead,
        scaling_group: Field::None,
    }
}

/// The answers to some expressions that share a layout, and the paths that were asked for a reason.
fn answers(resource: &Resource, sources: &[&str]) -> (Vec<Answer>, Vec<String>) {
    let params = BTreeMap::new();
    let mut layout = Layout::new(Type::of_kind(resource.kind()), Type::structure("facts", []));
    let roots = Roots {
        params: &params,
        key: None,
    };
    let programs: Vec<_> = sources
        .iter()
        .map(|source| {
            compile(source, &roots, &mut layout, Want::Any)
                .unwrap_or_else(|errors| panic!("`{source}`: {errors:#?}"))
        })
        .collect();
    let asked = RefCell::new(Vec::new());
    let unread = |path: &str| -> Option<Reasons> {
        asked.borrow_mut().push(path.to_owned());
        Some(reasons(path))
    };
    let mut slots = vec![Value::Bool(true)];
    layout.intake().fill(resource, &unread, &mut slots);
    let now = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
    let frame = Frame {
        resource: &slots,
        facts: &[],
        key: &Value::Null,
        now,
    };
    (
        programs
            .iter()
            .map(|program| program.eval(&frame))
            .collect(),
        asked.into_inner(),
    )
}

fn all_true(resource: &Resource, sources: &[&str]) {
    for (answer, source) in answers(resource, sources).0.iter().zip(sources) {
        assert_eq!(*answer, Answer::Value(Value::Bool(true)), "{source}");
    }
}

#[test]
fn every_form_of_field_arrives() {
    all_true(
        &resource(instance()),
        &[
            "resource.uid.endsWith('thing/t-1') && resource.account == '123456789012'",
            "resource.name == 'web' && resource.region == 'eu-west-1' && resource.provider == 'aws'",
            "resource.kind == 'compute.instance' && resource.tags.env == 'prod'",
            "resource.created_at != null && resource.created_at < now",
            "resource.state == 'shutting-down'",
            "resource.stopped_since != null && resource.stopped_since.getFullYear() == 2023",
            "resource.image == null && !has(resource.profile)",
            "resource.private_addresses == ['10.0.0.1']",
            "has(resource.public_addresses) && resource.public_addresses.exists(a, ip(a).family() == 6)",
            "has(resource.metadata_service) && resource.metadata_service.hop_limit == 2",
            "size(resource.volumes) == 0",
        ],
    );
    all_true(
        &resource(firewall()),
        &[
            "resource.is_default && size(resource.ingress) == 2",
            "resource.ingress.exists(r, r.from_port == 22) && resource.ingress.exists(r, r.from_port == null)",
            "resource.ingress.all(r, '10.0.0.0/8' in r.blocks && r.firewalls == [])",
            "resource.ingress.filter(r, r.from_port == null).map(r, r.protocol) == ['tcp']",
        ],
    );
}

#[test]
fn what_was_not_read_is_unknown_with_its_reason() {
    let (found, asked) = answers(
        &resource(firewall()),
        &[
            "resource.vpc == null",
            "resource.ingress.exists(r, r.to_port == 22)",
            "resource.ingress.exists(r, r.prefix_lists.exists(p, p.blocks == null))",
            "resource.description == null",
        ],
    );
    assert_eq!(
        found,
        [
            Answer::Unknown(reasons("vpc")),
            Answer::Unknown(reasons("ingress.to_port")),
            Answer::Unknown(reasons("ingress.prefix_lists.blocks")),
            Answer::Value(Value::Bool(true)),
        ]
    );
    assert_eq!(
        asked.iter().filter(|path| *path == "vpc").count(),
        1,
        "each path is asked once"
    );
}

#[test]
fn what_no_rule_reads_is_not_taken_in() {
    let (_, asked) = answers(&resource(firewall()), &["resource.is_default"]);
    assert_eq!(asked, Vec::<String>::new());
    let (_, asked) = answers(
        &resource(firewall()),
        &["resource.ingress.exists(r, r.protocol == 'all')"],
    );
    assert_eq!(asked, Vec::<String>::new());
}

#[test]
fn a_whole_value_holds_everything_whoever_else_reads_a_part() {
    let (found, _) = answers(
        &resource(firewall()),
        &[
            "resource.ingress.all(r, r.protocol == 'tcp')",
            "resource.ingress",
        ],
    );
    let Answer::Value(Value::List(rules)) = &found[1] else {
        panic!("a list")
    };
    let Value::Struct(members) = &rules[0] else {
        panic!("a struct")
    };
    assert_eq!(
        members
            .iter()
            .filter(|member| **member == Value::Null)
            .count(),
        3,
        "a rule has no name, no priority and no description: {members:?}"
    );
}

#[test]
fn no_tags_are_an_empty_map() {
    let none = Resource {
        tags: Field::None,
        ..resource(firewall())
    };
    all_true(
        &none,
        &["size(resource.tags) == 0 && resource.tags.env == null"],
    );
    let unread = Resource {
        tags: Field::NotRead,
        ..resource(firewall())
    };
    assert_eq!(
        answers(&unread, &["resource.tags.env == null"]).0,
        [Answer::Unknown(reasons("tags"))]
    );
}

#[derive(Serialize, JsonSchema)]
struct Price {
    monthly: Decimal,
    #[schemars(extend("x-orch-money" = true))]
    hourly: String,
    derived: bool,
    share: Option<f64>,
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    source: Field<Text>,
    counts: BTreeMap<String, u32>,
}

#[test]
fn a_fact_is_converted_by_its_schema() {
    let ty = Type::of::<Price>();
    assert!(!ty.has_any(), "{ty:?}");
    let price = Price {
        monthly: "12.30".parse().unwrap(),
        hourly: "0.0168".into(),
        derived: true,
        share: None,
        source: Field::NotRead,
        counts: BTreeMap::from([("a".into(), 1)]),
    };
    let value = Converter::new(&ty).convert(&price, &|path| reasons(path));
    assert_eq!(
        value.to_json(&ty).to_string(),
        r#"{"counts":{"a":1},"derived":true,"hourly":"0.0168","monthly":"12.30","share":null,"source":"not known: source: a test"}"#
    );
}

#[test]
fn what_breaks_its_schema_is_not_known() {
    #[derive(Serialize)]
    struct Broken {
        monthly: bool,
        derived: bool,
    }
    let ty = Type::structure(
        "price",
        [
            ("monthly".into(), Type::Money),
            ("derived".into(), Type::Bool),
        ],
    );
    let value = Converter::new(&ty).convert(
        &Broken {
            monthly: true,
            derived: true,
        },
        &|path| reasons(path),
    );
    let Value::Struct(members) = value else {
        panic!("a struct")
    };
    assert!(matches!(members[0], Value::Unknown(_)) && members[1] == Value::Bool(true));
    let value = Converter::new(&ty).convert(&3, &|path| reasons(path));
    assert!(matches!(value, Value::Unknown(_)));
}
