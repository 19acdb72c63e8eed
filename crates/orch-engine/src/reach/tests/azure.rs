//! Azure: admin rules, network security groups, tiers, routes, load balancers.

use orch_model::{Kind, Provider};
use serde_json::{Value as Json, json};

use super::Told::{No, Unknown, Yes};
use super::{ANYBODY, Estate, rule};

fn ranked(priority: i64, action: &str, mut rule: Json) -> Json {
    rule["priority"] = json!(priority);
    rule["action"] = json!(action);
    rule
}

fn all(priority: i64, action: &str, peer: &str) -> Json {
    ranked(
        priority,
        action,
        json!({ "protocol": "all", "from_port": null, "to_port": null,
        "peers": [peer] }),
    )
}

/// With the rules that the provider adds.
fn nsg(stage: &str, mut ingress: Vec<Json>) -> Json {
    if stage == "network-security-group" {
        ingress.push(all(65000, "allow", "VirtualNetwork"));
        ingress.push(all(65001, "allow", "AzureLoadBalancer"));
        let everybody = json!(["0.0.0.0/0", "::/0"]);
        ingress.push(ranked(
            65500,
            "deny",
            rule("all", json!([null, null]), everybody),
        ));
    }
    json!({ "stage": stage, "is_default": false, "vpc": null, "ingress": ingress, "egress": [] })
}

fn tcp(port: i64) -> Json {
    rule("tcp", json!([port, port]), json!(["0.0.0.0/0", "::/0"]))
}

/// A machine with a public address and no network security group at all.
fn bare(sku: &str) -> Estate {
    let mut estate = Estate::new(Provider::Azure, "westeurope");
    estate
        .put(
            Kind::NetworkVpc,
            "vnet",
            json!({ "blocks": ["10.1.0.0/16"], "is_default": false,
            "filters": null }),
        )
        .put(
            Kind::NetworkSubnet,
            "subnet",
            json!({ "vpc": "vnet", "blocks": ["10.1.1.0/24"],
            "firewalls": null, "route_table": null, "is_default": false }),
        )
        .put(
            Kind::NetworkAddress,
            "pip",
            json!({ "address": "20.1.2.3", "sku": sku }),
        )
        .put(
            Kind::NetworkInterface,
            "nic",
            json!({ "attached": true, "instance": "vm",
            "purpose": "interface", "service_managed": false, "vpc": "vnet", "subnet": "subnet",
            "firewalls": [], "private_addresses": ["10.1.1.4"], "public_addresses": ["20.1.2.3"],
            "addresses": ["pip"], "ipv6_addresses": [] }),
        );
    estate
}

/// With a group on the interface that admits SSH.
pub(super) fn guarded() -> Estate {
    let mut estate = bare("standard");
    estate.put(
        Kind::NetworkFirewall,
        "nsg",
        nsg(
            "network-security-group",
            vec![ranked(100, "allow", tcp(22))],
        ),
    );
    estate.set("nic", json!({ "firewalls": ["nsg"] }));
    estate
}

#[test]
fn without_a_group_a_standard_address_is_closed_and_a_basic_one_is_open() {
    assert_eq!(bare("standard").tcp("nic", 22), No);
    assert_eq!(
        bare("standard").blocked_by("nic"),
        Ok(Some("no firewall, and the tier standard".to_owned()))
    );
    assert_eq!(bare("Basic").tcp("nic", 22), Yes);
    let mut unread = bare("Basic");
    unread.set("pip", json!({ "sku": "not read" }));
    assert_eq!(unread.tcp("nic", 22), Unknown);
}

#[test]
fn the_first_rule_by_priority_decides_and_refusals_go_first() {
    let mut estate = guarded();
    assert_eq!(estate.tcp("nic", 22), Yes);
    assert_eq!(estate.tcp("nic", 23), No);
    let deny = ranked(
        90,
        "deny",
        rule("tcp", json!([0, 1024]), json!(["8.0.0.0/8"])),
    );
    let rules = vec![ranked(100, "allow", tcp(22)), deny];
    estate.put(
        Kind::NetworkFirewall,
        "nsg",
        nsg("network-security-group", rules),
    );
    assert_eq!(estate.tcp("nic", 22), No);
    assert_eq!(estate.asks("nic", 6, 22, "9.9.9.9"), Yes);
    let rules = vec![ranked(100, "allow", tcp(22)), ranked(100, "deny", tcp(22))];
    estate.put(
        Kind::NetworkFirewall,
        "nsg",
        nsg("network-security-group", rules),
    );
    assert_eq!(estate.tcp("nic", 22), No);
}

#[test]
fn the_platform_that_probes_is_nobody_of_the_internet() {
    let mut estate = guarded();
    estate.put(
        Kind::NetworkFirewall,
        "nsg",
        nsg("network-security-group", vec![]),
    );
    assert_eq!(estate.asks("nic", 6, 22, "168.63.129.16"), Yes);
    assert_eq!(
        estate.blocked_by("nic"),
        Ok(Some("firewall nsg".to_owned()))
    );
    assert_eq!(estate.arrivals("nic"), Vec::<String>::new());
}

#[test]
fn subnet_and_interface_must_both_admit() {
    let mut estate = guarded();
    let web = nsg(
        "network-security-group",
        vec![ranked(100, "allow", tcp(443))],
    );
    estate.put(Kind::NetworkFirewall, "nsg-subnet", web);
    estate.set("subnet", json!({ "firewalls": ["nsg-subnet"] }));
    assert_eq!(estate.tcp("nic", 22), No);
    assert_eq!(estate.tcp("nic", 443), No);
    estate.set("subnet", json!({ "firewalls": "not read" }));
    assert_eq!(estate.tcp("nic", 22), Unknown);
    assert_eq!(estate.tcp("nic", 23), No);
}

#[test]
fn a_rule_can_mean_only_some_members_and_a_tag_may_hold_anybody() {
    let mut estate = guarded();
    let mut only = ranked(100, "allow", tcp(22));
    only["members"] = json!(["asg-web"]);
    let put = |estate: &mut Estate, rule: &Json| {
        let rules = nsg("network-security-group", vec![rule.clone()]);
        estate.put(Kind::NetworkFirewall, "nsg", rules);
    };
    put(&mut estate, &only);
    assert_eq!(estate.tcp("nic", 22), No);
    estate.set("nic", json!({ "memberships": ["asg-web"] }));
    assert_eq!(estate.tcp("nic", 22), Yes);
    only["members"] = json!([]);
    only["local_blocks"] = json!(["10.1.1.0/30"]);
    put(&mut estate, &only);
    assert_eq!(estate.tcp("nic", 22), No, "10.1.1.4 is not in it");
    only["local_blocks"] = json!([]);
    only["blocks"] = json!([]);
    only["peers"] = json!(["AzureCloud.westeurope"]);
    put(&mut estate, &only);
    assert_eq!(estate.tcp("nic", 22), Unknown);
    only["peers"] = json!(["Internet"]);
    put(&mut estate, &only);
    assert_eq!(estate.tcp("nic", 22), Yes);
    only["peers"] = json!([]);
    put(&mut estate, &only);
    assert_eq!(
        estate.tcp("nic", 22),
        No,
        "a rule that names nobody matches nobody"
    );
}

#[test]
fn conditions_that_are_not_followed_leave_the_answer_open_only_where_they_matter() {
    let mut estate = guarded();
    let mut odd = ranked(90, "deny", tcp(22));
    odd["unmodelled"] = json!(["fqdn"]);
    let put = |estate: &mut Estate, rules: Vec<Json>| {
        estate.put(
            Kind::NetworkFirewall,
            "nsg",
            nsg("network-security-group", rules),
        );
    };
    put(
        &mut estate,
        vec![odd.clone(), ranked(100, "allow", tcp(22))],
    );
    assert_eq!(estate.tcp("nic", 22), Unknown);
    put(&mut estate, vec![odd.clone()]);
    assert_eq!(estate.tcp("nic", 22), No, "refused with or without it");
    odd["unmodelled"] = json!([]);
    odd["some_source_ports"] = json!(true);
    put(&mut estate, vec![odd, ranked(100, "allow", tcp(22))]);
    assert_eq!(estate.tcp("nic", 22), Yes, "the sender takes another port");
}

#[test]
fn admin_rules_go_first() {
    let mut estate = guarded();
    let filters = |action: &str| {
        let mut estate = estate.clone();
        let rules = nsg(
            "admin-rules",
            vec![ranked(10, action, tcp(22)), ranked(10, action, tcp(80))],
        );
        estate.put(Kind::NetworkFirewall, "admin", rules);
        estate.set(
            "vnet",
            json!({ "filters": [{ "firewall": "admin", "region": null }] }),
        );
        estate
    };
    assert_eq!(filters("deny").tcp("nic", 22), No);
    assert_eq!(filters("allow").tcp("nic", 22), Yes);
    assert_eq!(filters("allow").tcp("nic", 80), No);
    assert_eq!(filters("always-allow").tcp("nic", 80), Yes);
    estate.set("vnet", json!({ "filters": "not read" }));
    assert_eq!(estate.tcp("nic", 22), Unknown);
}

#[test]
fn a_table_sends_answers_elsewhere_or_to_an_appliance_by_name() {
    let mut estate = guarded();
    let table = |via: &str| {
        json!({ "vpc": "vnet", "is_main": false, "subnets": ["subnet"], "routes": [
            { "destination": "0.0.0.0/0", "via": via, "target": "10.1.9.4", "active": true }] })
    };
    estate.set("subnet", json!({ "route_table": "table" }));
    for (via, told) in [
        ("internet-gateway", Yes),
        ("none", No),
        ("appliance", Unknown),
    ] {
        estate.put(Kind::NetworkRouteTable, "table", table(via));
        assert_eq!(estate.tcp("nic", 22), told, "{via}");
    }
    let why = estate.blocked_by("nic").unwrap_err();
    assert!(why.contains("via appliance 10.1.9.4"), "{why}");
}

fn balancer(purpose: &str, from: i64, port: i64) -> Json {
    json!({ "purpose": purpose, "internet_facing": true, "sku": "Standard", "vpc": "vnet",
        "subnets": ["front"], "firewalls": null, "public_addresses": ["20.9.9.9"],
        "listeners": [{ "name": "nat", "protocol": "tcp", "from_port": from, "to_port": from,
            "keeps_client": purpose == "passthrough", "targets": [{ "instance": null,
                "interface": "nic", "address": null, "port": port }] }] })
}

#[test]
fn a_nat_rule_alone_makes_a_machine_reachable() {
    let mut estate = guarded();
    estate.set("nic", json!({ "public_addresses": [], "addresses": [] }));
    assert_eq!(estate.tcp("nic", 22), No);
    estate.put(
        Kind::NetworkLoadBalancer,
        "lb",
        balancer("passthrough", 50001, 22),
    );
    assert_eq!(estate.tcp("nic", 22), Yes);
    assert_eq!(estate.tcp("nic", 50001), No);
    assert!(estate.arrivals("nic")[0].contains("load balancer lb, nat: tcp 50001 to port 22"));
    // Without a group the tier of the load balancer decides.
    estate.set("nic", json!({ "firewalls": [] }));
    assert_eq!(estate.tcp("nic", 22), No);
    estate.set("lb", json!({ "sku": "BASIC" }));
    assert_eq!(estate.tcp("nic", 22), Yes);
}

#[test]
fn an_application_gateway_speaks_from_its_own_subnet() {
    let mut estate = guarded();
    estate.set("nic", json!({ "public_addresses": [], "addresses": [] }));
    estate.put(
        Kind::NetworkSubnet,
        "front",
        json!({ "vpc": "vnet", "blocks": ["10.1.2.0/24"],
        "firewalls": null, "route_table": null, "is_default": false }),
    );
    estate.put(
        Kind::NetworkLoadBalancer,
        "gw",
        balancer("application", 443, 8080),
    );
    assert_eq!(
        estate.tcp("nic", 8080),
        Yes,
        "the network admits itself by default"
    );
    let part = ranked(
        90,
        "deny",
        rule("all", json!([null, null]), json!(["10.1.2.0/25"])),
    );
    estate.put(
        Kind::NetworkFirewall,
        "nsg",
        nsg("network-security-group", vec![part]),
    );
    assert_eq!(estate.tcp("nic", 8080), Unknown);
    let whole = ranked(
        90,
        "deny",
        rule("all", json!([null, null]), json!(["10.1.0.0/16"])),
    );
    estate.put(
        Kind::NetworkFirewall,
        "nsg",
        nsg("network-security-group", vec![whole]),
    );
    assert_eq!(estate.tcp("nic", 8080), No);
    assert_eq!(estate.asks("nic", 6, 8080, ANYBODY), No);
}
