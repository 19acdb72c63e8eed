//! AWS: block of public access, routes, network ACLs, groups, load balancers.

use orch_model::{Kind, Provider};
use serde_json::{Value as Json, json};

use super::Told::{No, Unknown, Yes};
use super::{ANYBODY, ANYBODY6, Estate, rule};

fn entry(number: i64, egress: bool, allow: bool, protocol: &str, ports: Json, block: &str) -> Json {
    json!({ "number": number, "egress": egress, "allow": allow, "protocol": protocol,
        "from_port": ports[0], "to_port": ports[1], "block": block })
}

fn open_acl() -> Json {
    json!([
        entry(100, false, true, "all", json!([null, null]), "0.0.0.0/0"),
        entry(101, false, true, "all", json!([null, null]), "::/0"),
        entry(100, true, true, "all", json!([null, null]), "0.0.0.0/0"),
        entry(101, true, true, "all", json!([null, null]), "::/0"),
    ])
}

fn route(destination: &str, via: &str) -> Json {
    json!({ "destination": destination, "via": via, "target": format!("{via}-1"), "active": true })
}

fn group(ingress: Json) -> Json {
    json!({ "is_default": false, "ingress": ingress, "egress": [], "vpc": "vpc" })
}

/// A machine with a public address in a public subnet, open for HTTPS.
pub(super) fn estate() -> Estate {
    let mut estate = Estate::new(Provider::Aws, "eu-west-1");
    estate
        .put(
            Kind::NetworkVpc,
            "vpc",
            json!({ "blocks": ["10.0.0.0/16"], "is_default": false,
            "filters": null, "blocks_internet": "off" }),
        )
        .put(
            Kind::NetworkSubnet,
            "subnet",
            json!({ "vpc": "vpc", "blocks": ["10.0.1.0/24"],
            "firewalls": null, "route_table": null, "blocks_internet": null, "is_default": false }),
        )
        .put(
            Kind::NetworkRouteTable,
            "table",
            json!({ "vpc": "vpc", "is_main": true, "subnets": [],
            "routes": [route("10.0.0.0/16", "local"), route("0.0.0.0/0", "internet-gateway"),
                route("::/0", "internet-gateway")] }),
        )
        .put(
            Kind::NetworkAcl,
            "acl",
            json!({ "vpc": "vpc", "is_default": true, "subnets": [],
            "entries": open_acl() }),
        )
        .put(
            Kind::NetworkFirewall,
            "sg",
            group(json!([rule(
                "tcp",
                json!([443, 443]),
                json!(["0.0.0.0/0"])
            )])),
        )
        .put(
            Kind::NetworkInterface,
            "eni",
            json!({ "attached": true, "instance": "vm",
            "purpose": "interface", "service_managed": false, "vpc": "vpc", "subnet": "subnet",
            "firewalls": ["sg"], "private_addresses": ["10.0.1.5"],
            "public_addresses": ["52.1.2.3"], "ipv6_addresses": [] }),
        );
    estate
}

#[test]
fn everything_in_order_arrives_and_the_way_is_told() {
    let estate = estate();
    assert_eq!(estate.tcp("eni", 443), Yes);
    assert_eq!(estate.tcp("eni", 22), No);
    assert_eq!(estate.asks("eni", 17, 443, ANYBODY), No);
    assert_eq!(estate.asks("eni", 6, 443, ANYBODY6), No);
    assert_eq!(
        estate.arrivals("eni"),
        ["tcp 443-443 1.00 0.00 by public address 52.1.2.3 > \
          route 0.0.0.0/0 via internet-gateway-1 in table > \
          network ACL acl, entry 100: all 0.0.0.0/0 > firewall sg: tcp 443 0.0.0.0/0"]
    );
    assert_eq!(estate.direct("eni"), [443]);
    assert_eq!(estate.blocked_by("eni"), Ok(None));
}

#[test]
fn two_halves_are_the_internet_in_rules_and_in_routes() {
    let mut estate = estate();
    estate.set(
        "sg",
        json!({ "ingress": [
        rule("tcp", json!([22, 22]), json!(["0.0.0.0/1"])),
        rule("tcp", json!([0, 1024]), json!(["128.0.0.0/1"])),
    ] }),
    );
    estate.set(
        "table",
        json!({ "routes": [route("0.0.0.0/1", "internet-gateway"),
        route("128.0.0.0/1", "internet-gateway")] }),
    );
    for from in [ANYBODY, "200.1.1.1"] {
        assert_eq!(estate.asks("eni", 6, 22, from), Yes, "{from}");
    }
    assert_eq!(estate.tcp("eni", 80), No);
    assert_eq!(estate.asks("eni", 6, 80, "200.1.1.1"), Yes);
    assert!(estate.arrivals("eni")[1].starts_with("tcp 22-22 1.00 0.00"));
}

#[test]
fn a_range_covers_the_administration_port_inside_it() {
    let mut estate = estate();
    estate.set(
        "sg",
        json!({ "ingress": [rule("tcp", json!([20, 30]), json!(["0.0.0.0/0"]))] }),
    );
    assert_eq!(estate.tcp("eni", 22), Yes);
    assert_eq!(estate.tcp("eni", 31), No);
}

#[test]
fn a_deny_above_an_allow_in_the_acl_wins() {
    let mut estate = estate();
    let deny = entry(90, false, false, "tcp", json!([443, 443]), "8.0.0.0/8");
    let mut entries = open_acl();
    entries.as_array_mut().unwrap().push(deny);
    estate.set("acl", json!({ "entries": entries }));
    assert_eq!(estate.tcp("eni", 443), No);
    assert_eq!(estate.asks("eni", 6, 443, "9.9.9.9"), Yes);
}

#[test]
fn a_stateless_acl_must_let_answers_out() {
    let mut estate = estate();
    let entries = json!([
        entry(100, false, true, "all", json!([null, null]), "0.0.0.0/0"),
        entry(90, true, false, "tcp", json!([0, 65535]), "8.0.0.0/8"),
        entry(100, true, true, "tcp", json!([32768, 60999]), "0.0.0.0/0"),
    ]);
    estate.set("acl", json!({ "entries": entries }));
    assert_eq!(estate.tcp("eni", 443), No);
    assert_eq!(
        estate.asks("eni", 6, 443, "9.9.9.9"),
        Yes,
        "some client port is enough"
    );
    estate.set("acl", json!({ "entries": [entries[0]] }));
    assert_eq!(
        estate.blocked_by("eni"),
        Ok(Some("network ACL acl, which refuses answers".to_owned()))
    );
    estate.set(
        "sg",
        json!({ "ingress": [rule("udp", json!([53, 53]), json!(["0.0.0.0/0"]))] }),
    );
    assert_eq!(
        estate.asks("eni", 17, 53, ANYBODY),
        Yes,
        "one datagram needs no answer"
    );
}

#[test]
fn ipv6_alone_is_enough_and_an_egress_only_gateway_lets_nobody_in() {
    let mut estate = estate();
    estate.set(
        "eni",
        json!({ "public_addresses": [], "ipv6_addresses": ["2600:1f18::5"] }),
    );
    estate.set(
        "sg",
        json!({ "ingress": [rule("tcp", json!([443, 443]), json!(["::/0"]))] }),
    );
    assert_eq!(estate.asks("eni", 6, 443, ANYBODY6), Yes);
    assert_eq!(estate.tcp("eni", 443), No);
    estate.set(
        "table",
        json!({ "routes": [route("0.0.0.0/0", "internet-gateway"),
        route("::/0", "egress-only-gateway")] }),
    );
    assert_eq!(estate.asks("eni", 6, 443, ANYBODY6), No);
    assert_eq!(
        estate.blocked_by("eni"),
        Ok(Some("no route from an internet gateway".to_owned()))
    );
    estate.set("eni", json!({ "ipv6_addresses": ["fd00::5"] }));
    assert_eq!(
        estate.blocked_by("eni"),
        Ok(Some("no public address".to_owned()))
    );
}

#[test]
fn a_block_of_public_access_keeps_out_and_a_subnet_can_be_left_out_of_it() {
    let mut estate = estate();
    for word in ["ingress", "both"] {
        estate.set("vpc", json!({ "blocks_internet": word }));
        assert_eq!(estate.tcp("eni", 443), No, "{word}");
    }
    assert_eq!(
        estate.blocked_by("eni"),
        Ok(Some("the block of the internet on vpc".to_owned()))
    );
    estate.set("subnet", json!({ "blocks_internet": "off" }));
    assert_eq!(estate.tcp("eni", 443), Yes);
    estate.set("vpc", json!({ "blocks_internet": null }));
    estate.set("subnet", json!({ "blocks_internet": "not read" }));
    assert_eq!(estate.tcp("eni", 443), Unknown);
}

#[test]
fn a_more_specific_route_decides_even_when_it_is_a_black_hole() {
    let mut estate = estate();
    let mut hole = route("8.0.0.0/8", "internet-gateway");
    hole["active"] = json!(false);
    estate.set(
        "table",
        json!({ "routes": [route("0.0.0.0/0", "internet-gateway"), hole] }),
    );
    assert_eq!(estate.tcp("eni", 443), No);
    assert_eq!(estate.asks("eni", 6, 443, "9.9.9.9"), Yes);
}

#[test]
fn an_appliance_is_not_followed_and_named() {
    let mut estate = estate();
    estate.set(
        "table",
        json!({ "routes": [route("0.0.0.0/0", "endpoint")] }),
    );
    assert_eq!(estate.tcp("eni", 443), Unknown);
    assert_eq!(
        estate.tcp("eni", 22),
        No,
        "the group refuses wherever the route leads"
    );
    let why = estate.blocked_by("eni").unwrap_err();
    assert!(why.contains("via endpoint endpoint-1"), "{why}");
    // Endpoints of services are not on the way to the internet.
    let routes = json!([
        route("0.0.0.0/0", "internet-gateway"),
        route("pl-1", "endpoint")
    ]);
    estate.set("table", json!({ "routes": routes }));
    assert_eq!(estate.tcp("eni", 443), Yes);
    let routes = json!([
        route("0.0.0.0/0", "internet-gateway"),
        route("pl-1", "transit-gateway")
    ]);
    estate.set("table", json!({ "routes": routes }));
    assert_eq!(estate.tcp("eni", 443), Unknown);
}

#[test]
fn a_group_that_was_not_read_may_admit_and_a_list_that_was_not_read_too() {
    let mut estate = estate();
    estate.set("eni", json!({ "firewalls": ["sg", "sg-gone"] }));
    assert_eq!(estate.tcp("eni", 443), Yes, "a witness decides");
    assert_eq!(estate.tcp("eni", 22), Unknown);
    estate.set("eni", json!({ "firewalls": ["sg"] }));
    let list = json!({ "protocol": "tcp", "from_port": 22, "to_port": 22,
        "prefix_lists": [{ "id": "pl-1" }] });
    estate.set("sg", json!({ "ingress": [list] }));
    assert_eq!(estate.tcp("eni", 22), Unknown);
    assert_eq!(estate.tcp("eni", 23), No);
}

#[test]
fn a_rule_that_is_switched_off_admits_nobody() {
    let mut estate = estate();
    let mut off = rule("tcp", json!([443, 443]), json!(["0.0.0.0/0"]));
    off["disabled"] = json!(true);
    estate.set("sg", json!({ "ingress": [off] }));
    assert_eq!(estate.blocked_by("eni"), Ok(Some("firewall sg".to_owned())));
}

/// A machine without a public address behind a load balancer in another subnet.
fn behind_balancer(keeps_client: bool) -> Estate {
    let mut estate = estate();
    estate
        .put(
            Kind::NetworkSubnet,
            "front",
            json!({ "vpc": "vpc", "blocks": ["10.0.2.0/24"],
            "firewalls": null, "route_table": null, "blocks_internet": null, "is_default": false }),
        )
        .put(
            Kind::NetworkFirewall,
            "sg-lb",
            group(json!([rule(
                "tcp",
                json!([443, 443]),
                json!(["0.0.0.0/0"])
            )])),
        )
        .put(
            Kind::NetworkLoadBalancer,
            "lb",
            json!({ "purpose": "application",
            "internet_facing": true, "vpc": "vpc", "subnets": ["front"], "firewalls": ["sg-lb"],
            "public_addresses": ["52.9.9.9"], "private_addresses": ["10.0.2.7"],
            "listeners": [{ "name": "https", "protocol": "tcp", "from_port": 443, "to_port": 443,
                "keeps_client": keeps_client, "targets": [{ "instance": "vm", "interface": null,
                    "address": null, "port": 8443 }] }] }),
        )
        .set("eni", json!({ "public_addresses": [] }))
        .set(
            "sg",
            json!({ "ingress": [{ "protocol": "tcp", "from_port": 8443, "to_port": 8443,
            "firewalls": ["sg-lb"] }] }),
        );
    estate
}

#[test]
fn a_machine_is_reached_through_a_load_balancer_on_the_port_of_the_target() {
    let mut estate = behind_balancer(false);
    assert_eq!(estate.tcp("eni", 8443), Yes);
    assert_eq!(estate.tcp("eni", 443), No);
    let told = estate.arrivals("eni");
    assert!(told[0].starts_with("tcp 8443-8443 1.00 0.00"), "{told:?}");
    assert!(
        told[0].contains("load balancer lb, https: tcp 443 to port 8443"),
        "{told:?}"
    );
    assert!(
        estate.direct("eni").is_empty(),
        "nothing at an address of its own"
    );
    // By the addresses of the balancer it is as good.
    estate.set(
        "sg",
        json!({ "ingress": [rule("tcp", json!([8443, 8443]), json!(["10.0.2.0/24"]))] }),
    );
    assert_eq!(estate.tcp("eni", 8443), Yes);
    estate.set("lb", json!({ "private_addresses": "not read" }));
    assert_eq!(estate.tcp("eni", 8443), Unknown);
    estate.set("lb", json!({ "internet_facing": false }));
    assert_eq!(estate.tcp("eni", 8443), No);
}

#[test]
fn a_target_that_sees_clients_admits_them_itself() {
    let mut estate = behind_balancer(true);
    estate.set(
        "sg",
        json!({ "ingress": [rule("tcp", json!([8443, 8443]), json!(["8.0.0.0/8"]))] }),
    );
    assert_eq!(estate.tcp("eni", 8443), Yes);
    assert_eq!(estate.asks("eni", 6, 8443, "9.9.9.9"), No);
    estate.set("lb", json!({ "unmodelled": ["mutual tls"] }));
    assert_eq!(estate.tcp("eni", 8443), Unknown);
}

#[test]
fn acls_between_balancer_and_target_are_not_followed_unless_they_are_open() {
    let mut estate = behind_balancer(false);
    let mut entries = open_acl();
    entries[0]["block"] = json!("10.0.0.0/8");
    estate.put(
        Kind::NetworkAcl,
        "inner",
        json!({ "vpc": "vpc", "is_default": false,
        "subnets": ["subnet"], "entries": entries }),
    );
    assert_eq!(estate.tcp("eni", 8443), Unknown);
    assert_eq!(estate.tcp("eni", 22), No);
}

#[test]
fn a_balancer_is_reached_at_its_own_listeners() {
    let snapshot = behind_balancer(false).read_but(&[]);
    let inventory = crate::Inventory::new(&snapshot);
    let lb = inventory.get(&orch_model::Uid::new("lb")).unwrap();
    let arrivals = crate::reach::of_balancer(lb, &inventory).arrivals();
    assert_eq!(arrivals.len(), 1);
    assert_eq!((arrivals[0].from_port, arrivals[0].ipv4.known), (443, 1.0));
}

#[test]
fn who_gets_to_a_balancer_through_something_else_is_not_known_wherever_it_stands() {
    let mut estate = behind_balancer(false);
    // No route leads to where it stands, and none has to.
    estate.set(
        "lb",
        json!({ "internet_facing": "not read", "subnets": ["subnet"],
            "unmodelled": ["target of another load balancer"] }),
    );
    estate.set("table", json!({ "routes": [] }));
    assert_eq!(estate.tcp("eni", 8443), Unknown);
    // What its targets refuse, they refuse.
    assert_eq!(estate.tcp("eni", 22), No);
    estate.set("sg", json!({ "ingress": [] }));
    assert_eq!(estate.tcp("eni", 8443), No);
}
