//! What the checker says, in its words: every mistake at once, with its place and the next step.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use insta::assert_snapshot;
use orch_engine::lang::{Param, Program, Roots, Type, Want, compile};
use orch_engine::slots::Layout;
use orch_engine::value::Value;
use orch_model::{Kind, Text};

fn checked(kind: Kind, source: &str, want: Want) -> Result<Program, String> {
    let ports = Param {
        ty: Type::List(Arc::new(Type::Int)),
        value: Value::list([22, 3389].map(Value::Int)),
    };
    let params = BTreeMap::from([(Text::new_static("ports"), ports)]);
    let price = Type::structure(
        "price",
        [
            ("monthly".into(), Type::Money),
            ("derived".into(), Type::Bool),
        ],
    );
    let facts = Type::structure("facts", [("price".into(), price.or_null())]);
    let mut layout = Layout::new(Type::of_kind(kind), facts);
    let roots = Roots {
        params: &params,
        key: None,
    };
    compile(source, &roots, &mut layout, want).map_err(|errors| {
        let mut text = String::new();
        for error in errors {
            let at = source
                .get(error.span.clone())
                .expect("a span lies within the source");
            let _ = writeln!(text, "{} <{at}>", error.message);
            if let Some(help) = error.help {
                let _ = writeln!(text, "  help: {help}");
            }
        }
        text
    })
}

fn instance(source: &str) -> String {
    checked(Kind::ComputeInstance, source, Want::Any)
        .map(|_| ())
        .expect_err("a mistake")
}

fn firewall(source: &str) -> String {
    checked(Kind::NetworkFirewall, source, Want::Any)
        .map(|_| ())
        .expect_err("a mistake")
}

#[test]
fn names_that_do_not_exist() {
    assert_snapshot!(firewall("resource.ingres.exists(r, r.from_port == 22)"), @r"
    no field `ingres` on network.firewall; did you mean `ingress`? <resource.ingres>
      help: it has: uid, name, account, region, provider, kind, tags, created_at, description, egress, guards, ingress, is_default, stage, vpc
    ");
    assert_snapshot!(firewall("resource.ingress.all(r, r.port == 22)"), @r"
    no field `port` on ingress <r.port>
      help: it has: action, blocks, description, disabled, firewalls, from_port, local_blocks, members, name, peers, prefix_lists, priority, protocol, some_source_ports, to_port, unmodelled
    ");
    assert_snapshot!(firewall("facts.pric != null && params.port == 3 && reource.name == key"), @r"
    no fact `pric` on network.firewall; did you mean `price`? <facts.pric>
      help: it has: price
    the rule has no parameter `port` <params.port>
      help: did you mean `ports`?
    there is no name `reource` <reource>
      help: did you mean `resource`?
    there is no `key` here <key>
      help: a rule has `key` in message, evidence and saving once it defines one
    ");
    assert_snapshot!(firewall("resource.name.startWith('a') || startsWith(resource.name, 'a')"), @r"
    there is no function `startWith` of this form <resource.name.startWith('a')>
      help: did you mean `startsWith`?
    there is no function `startsWith` of this form <startsWith(resource.name, 'a')>
      help: write `x.startsWith(…)`
    ");
    assert_snapshot!(instance("[resource, facts]"), @r"
    `resource` is no value of its own <resource>
      help: name a member of it: `resource.…`
    `facts` is no value of its own <facts>
      help: name a member of it: `facts.…`
    ");
}

#[test]
fn types_that_do_not_fit() {
    assert_snapshot!(firewall("resource.ingress.exists(r, r.from_port == \"22\")"), @r#"
    `r.from_port == "22"` compares int with text <r.from_port == "22">
      help: write 22 without quotes
    "#);
    assert_snapshot!(firewall("resource.ingress.from_port == 22"), @r"
    `resource.ingress` is list<ingress> and has no member `from_port` <resource.ingress.from_port>
      help: ask its elements: `resource.ingress.exists(x, x.from_port …)`
    ");
    assert_snapshot!(instance("resource.name.size() + 1.5 > 2 || !resource.name || 'a' + 1 == 'a1'"), @r"
    `resource.name.size() + 1.5`: there is no int + double <resource.name.size() + 1.5>
      help: turn the int into a double: `double(…)`
    `!` takes bool, but `resource.name` is text <resource.name>
    `'a' + 1`: there is no text + int <'a' + 1>
      help: turn the other into text: `string(…)`
    ");
    assert_snapshot!(instance("resource.name in resource.name || 3 in resource.volumes"), @r"
    `in` takes a list or a map, but `resource.name` is text <resource.name in resource.name>
      help: for a part of a text write `x.contains(y)`
    `3 in resource.volumes` looks for int in list<text> <3 in resource.volumes>
    ");
    assert_snapshot!(instance("[1, 'a', 2.0] == [true ? 1 : 'a']"), @r"
    a list holds one type, but here are int and text <'a'>
    a list holds one type, but here are int and double <2.0>
    both sides of `?:` need one type, but they are int and text <true ? 1 : 'a'>
    ");
    assert_snapshot!(instance("resource.name.contains(3) || size(3) == 1"), @r"
    `contains` does not take text, int <resource.name.contains(3)>
      help: it takes: text, text
    `size` does not take int <size(3)>
      help: it takes: text; or list; or map
    ");
}

#[test]
fn words_that_a_field_never_has() {
    assert_snapshot!(instance("resource.state == 'runing' || resource.state in ['running', 'stoped']"), @r"
    `resource.state` is never `runing`; did you mean `running`? <'runing'>
      help: it is one of: pending, running, stopping, stopped, shutting-down, terminated
    `resource.state` is never `stoped`; did you mean `stopped`? <['running', 'stoped']>
      help: it is one of: pending, running, stopping, stopped, shutting-down, terminated
    ");
    assert_snapshot!(instance("resource.provider == 'amazon'"), @r"
    `resource.provider` is never `amazon` <'amazon'>
      help: it is one of: aws, azure, gcp
    ");
}

#[test]
fn what_can_be_none_wants_a_guard() {
    assert_snapshot!(firewall("resource.ingress.exists(r, r.from_port <= 22 && r.to_port >= 22)"), @r"
    `r.from_port` can be none here <r.from_port>
      help: guard it: `has(r.from_port) && …`, or say what none means: `default(r.from_port, …)`
    `r.to_port` can be none here <r.to_port>
      help: guard it: `has(r.to_port) && …`, or say what none means: `default(r.to_port, …)`
    ");
    assert_snapshot!(instance("resource.metadata_service.token_required && facts.price.derived"), @r"
    `resource.metadata_service` can be none here <resource.metadata_service>
      help: guard it: `has(resource.metadata_service) && …`, or say what none means: `default(resource.metadata_service, …)`
    `facts.price` can be none here <facts.price>
      help: guard it: `has(facts.price) && …`, or say what none means: `default(facts.price, …)`
    ");
    assert_snapshot!(instance("resource.tags.env.startsWith('p') || resource.created_at < now - days(90)"), @r"
    `resource.tags.env` can be none here <resource.tags.env>
      help: guard it: `has(resource.tags.env) && …`, or say what none means: `default(resource.tags.env, …)`
    `resource.created_at` can be none here <resource.created_at>
      help: guard it: `has(resource.created_at) && …`, or say what none means: `default(resource.created_at, …)`
    ");
}

#[test]
fn what_each_place_of_a_rule_wants() {
    let wanted = |source, want| {
        checked(Kind::ComputeInstance, source, want)
            .map(|_| ())
            .expect_err("another type")
    };
    assert_snapshot!(wanted("size(resource.volumes)", Want::Bool), @"this must be bool, but it is int <size(resource.volumes)>");
    assert_snapshot!(wanted("resource.detailed_monitoring", Want::Bool), @"
    this must be bool, but it is bool or none <resource.detailed_monitoring>
      help: say what none means: `… == true`, or `default(…, false)`
    ");
    assert_snapshot!(wanted("12.5", Want::Money), @"
    this must be money or none, but it is double <12.5>
      help: write `money(…)`
    ");
    assert_snapshot!(wanted("resource.platform", Want::Key), @r#"
    this must be text, int, or a list of one of them, but it is text or none <resource.platform>
      help: say what none means: `default(…, "")`
    "#);
}

#[test]
fn calls_that_can_never_work() {
    assert_snapshot!(instance("resource.name.matches('(') || duration('3 days') > days(2)"), @r"
    this is not a pattern: unclosed group <'('>
    `3 days` is not a duration such as 90m or 1h30m <duration('3 days')>
    ");
    assert_snapshot!(instance("money('ten') > money(1) || cidr('10.0.0.0/33') == cidr('::/0')"), @r"
    `ten` is not an amount <money('ten')>
    `10.0.0.0/33` is not an address block <cidr('10.0.0.0/33')>
    ");
    assert_snapshot!(instance("timestamp('yesterday') < now"), @"`yesterday` is not a time such as 2026-01-31T12:00:00Z <timestamp('yesterday')>");
}

#[test]
fn what_is_not_in_the_language() {
    assert_snapshot!(instance("1u == 1 || b'a' == b'b' || Foo{a: 1}.a == 2"), @r#"
    there are no unsigned numbers here <1u>
      help: write the number without `u`
    there are no bytes here <b'a'>
      help: write text without `b` in front
    there are no bytes here <b'b'>
      help: write text without `b` in front
    `Foo{…}` makes a message, which this language does not have <{a: 1}>
      help: write a map: `{"name": value}`
    "#);
    assert_snapshot!(instance("resource.volumes.map(resource, 1) == [] || resource.volumes.all(x)"), @r"
    `resource` is already a name here <resource>
      help: choose another name
    `all` takes a variable and an expression <resource.volumes.all(x)>
      help: write `list.all(x, …)`
    ");
}

#[test]
fn what_the_parser_gives_up_is_told_in_our_words() {
    let said = |source: &str| {
        let told = instance(source);
        told.split(" <").next().unwrap_or_default().to_owned()
    };
    let deep = format!("`'{}'", "(".repeat(300));
    assert_eq!(said(&deep), "the expression nests too deeply to be read");
    let conditions = format!("{}true", "true&&true?true:".repeat(110));
    assert_eq!(
        said(&conditions),
        "the expression nests too deeply to be read"
    );
}

#[test]
fn syntax() {
    assert_snapshot!(instance("resource.name =="), @"the expression ends too early <>");
    assert_snapshot!(instance("resource.name == 'a' and true"), @"
    `and` does not fit here <a>
      help: write `&&`, `||`, `!` for and, or, not
    ");
    assert_snapshot!(instance("resource.name == 'a"), @"
    this text is not closed <'>
      help: end it with '
    ");
    assert_snapshot!(instance("'äöü' == resource.nam"), @r"
    no field `nam` on compute.instance; did you mean `name`? <resource.nam>
      help: it has: uid, name, account, region, provider, kind, tags, created_at, allocated, architecture, azure, confidential, detailed_monitoring, firewalls, gcp, image, instance_type, ip_forwarding, ipv6_addresses, key_name, launched_at, lifecycle, metadata_service, password_login, platform, private_addresses, profile, public_addresses, scaling_group, state, state_reason, stopped_since, subnet, tenancy, trusted_launch, volumes, vpc, zone
    ");
}

#[test]
fn every_kind_is_fully_typed() {
    for kind in Kind::ALL {
        let ty = Type::of_kind(*kind);
        assert!(
            !ty.has_any(),
            "{kind} has a member of a form that the checker does not know"
        );
        let Type::Struct(known) = ty else {
            panic!("{kind} is a struct")
        };
        let mut names: Vec<_> = known.members().iter().map(|member| &member.name).collect();
        names.sort();
        let before = names.len();
        names.dedup();
        assert_eq!(
            before,
            names.len(),
            "a member of {kind} hides what every resource has"
        );
    }
}

#[test]
fn what_an_expression_reads_is_known() {
    let source = "has(resource.metadata_service) && resource.metadata_service.hop_limit in params.ports \
                  && resource.created_at == now && facts.price != null && resource.tags['env'] == 'x'";
    let program = checked(Kind::ComputeInstance, source, Want::Bool).unwrap();
    let uses = program.uses();
    let resource: Vec<_> = uses.resource.iter().map(Text::as_str).collect();
    assert_eq!(
        resource,
        [
            "created_at",
            "metadata_service",
            "metadata_service.hop_limit",
            "tags",
            "tags.env"
        ]
    );
    assert!(uses.now && !uses.key);
    assert!(uses.facts.contains("price") && uses.params.contains("ports"));
}
