use orch_model::{Body, GLOBAL_REGION, Provider, Scope};
use serde_json::{Value, json};

use super::*;

fn group(rules: Value) -> Result<NetworkFirewall, Malformed> {
    let scope = Scope::new(Provider::Azure, "azure", "s", GLOBAL_REGION);
    let found = Element::bare(json!({
        "id": "/subscriptions/S/resourceGroups/G/providers/Microsoft.Network/networkSecurityGroups/Web",
        "name": "Web",
        "location": "West Europe",
        "properties": { "securityRules": rules, "defaultSecurityRules": null },
    }));
    let resources = SecurityGroups::resources(&Around::bare(&scope), &found)?;
    assert_eq!(resources[0].scope, scope.in_region("westeurope"));
    assert_eq!(
        resources[0].uid.as_str(),
        "/subscriptions/s/resourcegroups/g/providers/microsoft.network/networksecuritygroups/web"
    );
    match &resources[0].body {
        Body::NetworkFirewall(body) => Ok((**body).clone()),
        other => panic!("{other:?}"),
    }
}

fn rule(of: Value) -> Value {
    let mut properties = json!({
        "protocol": "Tcp", "access": "Allow", "priority": 100, "direction": "Inbound",
        "sourcePortRange": "*", "destinationPortRange": "22",
        "sourceAddressPrefix": "*", "destinationAddressPrefix": "*",
    });
    for (name, value) in of.as_object().unwrap() {
        properties[name] = value.clone();
    }
    json!({ "name": "ssh", "properties": properties })
}

#[test]
fn everybody_is_every_address_of_both_families() {
    for prefix in ["*", "Any", "0.0.0.0/0"] {
        let group = group(json!([rule(json!({ "sourceAddressPrefix": prefix }))])).unwrap();
        let rule = &group.ingress[0];
        let blocks: Vec<String> = rule.blocks.iter().map(ToString::to_string).collect();
        assert_eq!(blocks, ["0.0.0.0/0", "::/0"], "{prefix}");
        assert_eq!(
            (rule.from_port, rule.to_port),
            (Field::Value(22), Field::Value(22))
        );
        assert_eq!((&*rule.protocol, rule.priority), ("tcp", Field::Value(100)));
        assert_eq!(rule.name, Field::Value("ssh".into()));
        assert!(rule.local_blocks.is_empty() && rule.unmodelled.is_empty());
    }
}

#[test]
fn any_protocol_on_some_ports_is_not_every_port() {
    let of = |port: &str| {
        let any = rule(json!({ "protocol": "*", "destinationPortRange": port }));
        group(json!([any])).unwrap().ingress
    };
    let told: Vec<(String, Field<i64>, Field<i64>)> = of("88-90")
        .into_iter()
        .map(|rule| (rule.protocol.to_string(), rule.from_port, rule.to_port))
        .collect();
    let some = |protocol: &str| (protocol.to_owned(), Field::Value(88), Field::Value(90));
    assert_eq!(told, [some("tcp"), some("udp")]);
    let every = &of("*")[0];
    assert_eq!((&*every.protocol, every.from_port), ("all", Field::None));
}

#[test]
fn several_ranges_are_several_rules_with_one_name() {
    let group = group(json!([rule(json!({
        "destinationPortRange": "", "destinationPortRanges": ["443", "8000-9000"],
        "sourceAddressPrefix": null, "sourceAddressPrefixes": ["10.0.0.0/8", "Internet", "1.2.3.4"],
        "destinationAddressPrefix": "10.1.0.0/16", "access": "Deny", "sourcePortRange": "1024-65535",
    }))]))
    .unwrap();
    let ports: Vec<_> = group
        .ingress
        .iter()
        .map(|rule| (rule.from_port, rule.to_port))
        .collect();
    assert_eq!(
        ports,
        [
            (Field::Value(443), Field::Value(443)),
            (Field::Value(8000), Field::Value(9000))
        ]
    );
    for rule in &group.ingress {
        assert_eq!(rule.name, Field::Value("ssh".into()));
        assert_eq!(rule.action, RuleAction::Deny);
        assert_eq!(
            (rule.blocks.len(), &rule.peers[..]),
            (2, &["Internet".into()][..])
        );
        assert_eq!(rule.local_blocks.len(), 1);
        assert!(rule.some_source_ports);
    }
}

#[test]
fn leaving_rules_have_their_peers_at_the_other_end() {
    let group = group(json!([rule(json!({
        "direction": "Outbound", "protocol": "*", "destinationPortRange": "*",
        "sourceAddressPrefix": "VirtualNetwork", "destinationAddressPrefix": "Internet",
    }))]))
    .unwrap();
    let rule = &group.egress[0];
    assert_eq!((&*rule.protocol, rule.from_port), ("all", Field::None));
    assert_eq!(rule.peers, ["Internet"]);
    assert!(rule.local_blocks.is_empty() && rule.unmodelled.is_empty());
    assert!(group.ingress.is_empty());
}

#[test]
fn application_security_groups_are_peers_and_members() {
    let id = |name: &str| json!([{ "id": format!("/subscriptions/S/asgs/{name}") }]);
    let group = group(json!([rule(json!({
        "sourceAddressPrefix": null, "sourceApplicationSecurityGroups": id("Front"),
        "destinationAddressPrefix": null, "destinationApplicationSecurityGroups": id("Back"),
    }))]))
    .unwrap();
    let rule = &group.ingress[0];
    assert_eq!(rule.firewalls[0].as_str(), "/subscriptions/s/asgs/front");
    assert_eq!(rule.members, ["/subscriptions/s/asgs/back"]);
    assert!(rule.blocks.is_empty());
}

#[test]
fn what_a_rule_does_not_tell_is_not_taken_for_closed() {
    let silent = rule(json!({ "sourceAddressPrefix": null, "destinationPortRange": null }));
    let group = group(json!([silent])).unwrap();
    let rule = &group.ingress[0];
    assert_eq!(rule.unmodelled, ["peers not told"]);
    assert!(rule.from_port.is_not_read() && rule.to_port.is_not_read());
}

#[test]
fn odd_rules_are_told_by_their_place() {
    for (of, place) in [
        (json!({ "priority": "high" }), "priority"),
        (json!({ "access": "Maybe" }), "access"),
        (
            json!({ "destinationPortRange": "99999" }),
            "destinationPortRange",
        ),
        (json!({ "direction": null }), "direction is missing"),
        (json!({ "sourceAddressPrefix": 7 }), "sourceAddressPrefix"),
    ] {
        let Malformed(found) = group(json!([rule(of)])).unwrap_err();
        assert!(
            found.starts_with("properties.securityRules[0].") && found.ends_with(place),
            "{found}"
        );
    }
}
