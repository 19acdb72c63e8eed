//! Google Cloud: policies, VPC rules, routes with tags and priorities, load balancers.

use orch_model::{Kind, Provider};
use serde_json::{Value as Json, json};

use super::Told::{No, Unknown, Yes};
use super::{ANYBODY, Estate, rule};

fn firewall(stage: &str, rules: Json) -> Json {
    json!({ "stage": stage, "vpc": if stage == "vpc-rule" { json!("net") } else { json!(null) },
        "is_default": false, "ingress": rules, "egress": [] })
}

fn ranked(priority: i64, action: &str, ports: Json, blocks: Json) -> Json {
    let mut rule = rule("tcp", ports, blocks);
    rule["priority"] = json!(priority);
    rule["action"] = json!(action);
    rule
}

fn everybody(priority: i64, action: &str, port: i64) -> Json {
    ranked(priority, action, json!([port, port]), json!(["0.0.0.0/0"]))
}

fn route(destination: &str, via: &str, priority: i64, tags: Json) -> Json {
    json!({ "name": via, "priority": priority, "tags": tags, "destination": destination, "via": via,
        "target": null, "active": true })
}

/// A machine with a public address and one VPC rule for SSH.
pub(super) fn estate() -> Estate {
    let mut estate = Estate::new(Provider::Gcp, "europe-west1");
    estate
        .put(
            Kind::NetworkVpc,
            "net",
            json!({ "blocks": [], "is_default": false, "filters": null }),
        )
        .put(
            Kind::NetworkRouteTable,
            "net/routes",
            json!({ "vpc": "net", "is_main": true,
            "subnets": [], "routes": [route("0.0.0.0/0", "internet-gateway", 1000, json!([])),
                route("10.0.0.0/24", "local", 0, json!([]))] }),
        )
        .put(
            Kind::NetworkFirewall,
            "ssh",
            firewall("vpc-rule", json!([everybody(1000, "allow", 22)])),
        )
        .put(
            Kind::NetworkInterface,
            "nic0",
            json!({ "attached": true, "instance": "vm",
            "purpose": "interface", "service_managed": false, "vpc": "net", "subnet": "subnet",
            "firewalls": [], "memberships": ["tag:web", "account:a@b"],
            "private_addresses": ["10.0.0.2"], "public_addresses": ["34.1.2.3"],
            "ipv6_addresses": [] }),
        );
    estate
}

fn with_policy(rules: Json) -> Estate {
    let mut estate = estate();
    estate.put(Kind::NetworkFirewall, "policy", firewall("policy", rules));
    estate.set(
        "net",
        json!({ "filters": [
        { "firewall": "policy", "region": null }, { "firewall": null, "region": null }] }),
    );
    estate
}

#[test]
fn rules_of_the_network_alone_decide_and_what_none_admits_is_refused() {
    let estate = estate();
    assert_eq!(estate.tcp("nic0", 22), Yes);
    assert_eq!(estate.tcp("nic0", 23), No);
    assert_eq!(estate.asks("nic0", 17, 22, ANYBODY), No);
    assert!(estate.arrivals("nic0")[0].ends_with("firewall ssh: tcp 22 0.0.0.0/0"));
}

#[test]
fn a_policy_decides_first_or_hands_on() {
    assert_eq!(
        with_policy(json!([everybody(1, "deny", 22)])).tcp("nic0", 22),
        No
    );
    let next = json!([everybody(1, "next", 22), everybody(2, "deny", 22)]);
    assert_eq!(
        with_policy(next).tcp("nic0", 22),
        Yes,
        "goto_next leaves it to the network"
    );
    let allow = with_policy(json!([everybody(1, "allow", 80)]));
    assert_eq!(allow.tcp("nic0", 80), Yes);
    let mut gone = allow.clone();
    gone.without("policy");
    assert_eq!(gone.tcp("nic0", 80), Unknown);
    let mut elsewhere = with_policy(json!([everybody(1, "deny", 22)]));
    elsewhere.set(
        "net",
        json!({ "filters": [
        { "firewall": "policy", "region": "us-east1" }, { "firewall": null, "region": null }] }),
    );
    assert_eq!(
        elsewhere.tcp("nic0", 22),
        Yes,
        "it holds for another region"
    );
}

#[test]
fn refusals_go_before_permissions_of_the_same_priority_across_rules() {
    let mut estate = estate();
    let deny = firewall("vpc-rule", json!([everybody(1000, "deny", 22)]));
    estate.put(Kind::NetworkFirewall, "z-deny", deny);
    assert_eq!(estate.tcp("nic0", 22), No);
    estate.set(
        "z-deny",
        json!({ "ingress": [everybody(1001, "deny", 22)] }),
    );
    assert_eq!(estate.tcp("nic0", 22), Yes);
    let mut off = everybody(1, "deny", 22);
    off["disabled"] = json!(true);
    estate.set("z-deny", json!({ "ingress": [off] }));
    assert_eq!(estate.tcp("nic0", 22), Yes);
}

#[test]
fn rules_mean_members_and_addresses() {
    let mut estate = estate();
    let mut rule = everybody(1000, "allow", 22);
    rule["members"] = json!(["tag:db"]);
    estate.set("ssh", json!({ "ingress": [rule] }));
    assert_eq!(estate.tcp("nic0", 22), No);
    rule["members"] = json!(["tag:db", "tag:web"]);
    rule["local_blocks"] = json!(["10.0.0.0/24"]);
    estate.set("ssh", json!({ "ingress": [rule] }));
    assert_eq!(estate.tcp("nic0", 22), Yes);
    rule["local_blocks"] = json!(["10.9.0.0/24"]);
    estate.set("ssh", json!({ "ingress": [rule] }));
    assert_eq!(estate.tcp("nic0", 22), No);
    let peers = json!({ "protocol": "tcp", "priority": 1, "from_port": 22, "to_port": 22,
        "peers": ["tag:bastion"] });
    estate.set("ssh", json!({ "ingress": [peers] }));
    assert_eq!(estate.tcp("nic0", 22), No);
}

#[test]
fn routes_hold_for_tags_and_the_smallest_priority_decides() {
    let mut estate = estate();
    let hop = |tags: Json, priority| {
        json!([
            route("0.0.0.0/0", "internet-gateway", 1000, json!([])),
            route("0.0.0.0/0", "instance", priority, tags)
        ])
    };
    for (routes, told) in [
        (hop(json!(["db"]), 10), Yes),
        (hop(json!(["web"]), 10), Unknown),
        (hop(json!(["web"]), 2000), Yes),
        (hop(json!([]), 1000), Unknown),
        (json!([]), No),
    ] {
        estate.set("net/routes", json!({ "routes": routes }));
        assert_eq!(estate.tcp("nic0", 22), told, "{routes}");
    }
}

fn balancer(purpose: &str, port: Json) -> Json {
    json!({ "purpose": purpose, "internet_facing": true, "vpc": null, "subnets": [],
        "firewalls": null, "public_addresses": ["34.9.9.9"],
        "source_blocks": ["35.191.0.0/16", "130.211.0.0/22"],
        "listeners": [{ "name": "fr", "protocol": "tcp", "from_port": 20, "to_port": 30,
            "keeps_client": purpose == "passthrough", "targets": [{ "instance": "vm",
                "interface": null, "address": null, "port": port }] }] })
}

#[test]
fn a_passthrough_balancer_needs_no_public_address_but_rules_and_routes() {
    let mut estate = estate();
    estate.set("nic0", json!({ "public_addresses": [] }));
    assert_eq!(estate.tcp("nic0", 22), No);
    estate.put(
        Kind::NetworkLoadBalancer,
        "fr",
        balancer("passthrough", json!(null)),
    );
    assert_eq!(estate.tcp("nic0", 22), Yes);
    let mut rule = everybody(1000, "allow", 22);
    rule["local_blocks"] = json!(["34.9.9.9/32"]);
    estate.set("ssh", json!({ "ingress": [rule] }));
    assert_eq!(
        estate.tcp("nic0", 22),
        Yes,
        "it carries the address of the load balancer"
    );
    estate.set("net/routes", json!({ "routes": [] }));
    assert_eq!(estate.tcp("nic0", 22), No);
}

#[test]
fn a_proxy_speaks_from_blocks_of_the_provider() {
    let mut estate = estate();
    estate.set("nic0", json!({ "public_addresses": [] }));
    estate.set("net/routes", json!({ "routes": [] }));
    estate.put(
        Kind::NetworkLoadBalancer,
        "fr",
        balancer("proxy", json!(8080)),
    );
    assert_eq!(estate.tcp("nic0", 8080), No);
    for (blocks, told) in [
        (json!(["35.191.0.0/16", "130.211.0.0/22"]), Yes),
        (json!(["35.191.0.0/16"]), Unknown),
        (json!(["8.0.0.0/8"]), No),
    ] {
        let rule = ranked(1000, "allow", json!([8080, 8080]), blocks);
        estate.set("ssh", json!({ "ingress": [rule] }));
        assert_eq!(estate.tcp("nic0", 8080), told);
    }
}
