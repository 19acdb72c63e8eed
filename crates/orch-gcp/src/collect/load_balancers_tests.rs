//! Rules followed to machines over every sort of way.

use orch_model::Cause;
use serde_json::{Value, json};

use super::*;
use crate::page::{Read, Whole};
use crate::provider::global;

const AT: &str = "https://www.googleapis.com/compute/v1/projects/p";

fn whole<T: DeserializeOwned>(place: &str, elements: Value) -> Whole<T> {
    let page = json!({"items": {place: {"x": elements}}});
    let whole = Read::of("x", page, Shape::Aggregated("x")).decoded();
    assert_eq!(whole.gap, None);
    whole
}

fn behind() -> Behind {
    let scope = global("p");
    let names = Names::new(&scope);
    let group = format!("{AT}/zones/us-east1-b/instanceGroups/web");
    let members = vec![names.link("zones/us-east1-b/instances/web-1").unwrap()];
    Behind {
        services: Table::of(
            names,
            "backendServices",
            whole(
                "global",
                json!([
                    {"name": "web", "portName": "app", "backends": [{"group": group}], "logConfig": {"enable": true},
                     "securityPolicy": format!("{AT}/global/securityPolicies/waf")},
                    {"name": "neg", "backends": [{"group": format!("{AT}/zones/us-east1-b/networkEndpointGroups/n")}]},
                ]),
            ),
        ),
        proxies: Table::of(
            names,
            "targetHttpsProxies",
            whole(
                "global",
                json!([{"name": "px", "urlMap": format!("{AT}/global/urlMaps/map"),
                    "sslPolicy": format!("{AT}/global/sslPolicies/modern")}]),
            ),
        ),
        maps: Table::of(
            names,
            "urlMaps",
            whole(
                "global",
                json!([{"name": "map", "defaultService": format!("{AT}/global/backendBuckets/static"), "pathMatchers": [
                    {"pathRules": [{"paths": ["/a"], "service": format!("{AT}/global/backendServices/web")}]}]}]),
            ),
        ),
        pools: Table::of(
            names,
            "targetPools",
            whole(
                "regions/us-east1",
                json!([{"name": "old", "instances": [format!("{AT}/zones/us-east1-b/instances/one")]}]),
            ),
        ),
        groups: Table::of(
            names,
            "instanceGroups",
            whole(
                "zones/us-east1-b",
                json!([{"name": "web", "namedPorts": [{"name": "app", "port": 8080}, {"name": "x", "port": 1}]}]),
            ),
        ),
        members: [(names.link(&group).unwrap(), Ok(members))].into(),
        ..Behind::default()
    }
}

fn balancer(behind: &Behind, place: &str, rule: Value) -> Option<NetworkLoadBalancer> {
    let found = whole::<Rule>(place, json!([rule]));
    let scope = global("p");
    let made = made(Names::new(&scope), behind, &[], &found.found[0]).unwrap();
    made.map(|made| match made.body {
        Body::NetworkLoadBalancer(balancer) => *balancer,
        other => panic!("{other:?}"),
    })
}

fn https() -> Value {
    json!({"name": "front", "IPAddress": "203.0.113.80", "IPProtocol": "TCP", "portRange": "443-443",
        "loadBalancingScheme": "EXTERNAL_MANAGED", "target": format!("{AT}/global/targetHttpsProxies/px")})
}

#[test]
fn a_map_of_paths_leads_to_the_named_ports_of_machines() {
    let balancer = balancer(&behind(), "global", https()).unwrap();
    assert_eq!(
        (balancer.purpose.as_str(), &balancer.internet_facing),
        ("application", &Field::Value(true))
    );
    assert_eq!(
        (&balancer.waf, &balancer.logging),
        (&Field::Value(true), &Field::Value(true))
    );
    let blocks: Vec<String> = balancer
        .source_blocks
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(blocks, ["35.191.0.0/16", "130.211.0.0/22"]);
    let listener = &balancer.listeners.value().unwrap()[0];
    assert_eq!((listener.from_port, listener.keeps_client), (443, false));
    assert_eq!(listener.application, Field::Value("https".into()));
    assert_eq!(listener.tls_policy, Field::Value("modern".into()));
    let target = &listener.targets.value().unwrap()[0];
    assert_eq!(target.port, Field::Value(8080));
    assert_eq!(
        target.interface.value().unwrap().as_str(),
        "//compute.googleapis.com/projects/p/zones/us-east1-b/instances/web-1/networkInterfaces/nic0"
    );
    assert!(balancer.unmodelled.is_empty(), "{:?}", balancer.unmodelled);
}

#[test]
fn what_cannot_be_followed_is_named() {
    let rule = json!({"name": "l4", "IPAddress": "203.0.113.81", "IPProtocol": "L3_DEFAULT",
        "loadBalancingScheme": "EXTERNAL", "backendService": format!("{AT}/global/backendServices/neg")});
    let balancer = balancer(&behind(), "regions/us-east1", rule).unwrap();
    assert_eq!(balancer.unmodelled, ["network endpoint groups"]);
    let listener = &balancer.listeners.value().unwrap()[0];
    assert_eq!(
        (
            listener.protocol.as_str(),
            listener.from_port,
            listener.to_port,
            listener.keeps_client
        ),
        ("all", 1, 65_535, true)
    );
}

#[test]
fn a_pool_passes_on_the_port_that_was_asked_for() {
    let rule = json!({"name": "old", "IPAddress": "203.0.113.82", "IPProtocol": "TCP", "portRange": "80-8080",
        "loadBalancingScheme": "EXTERNAL", "target": format!("{AT}/regions/us-east1/targetPools/old")});
    let balancer = balancer(&behind(), "regions/us-east1", rule).unwrap();
    let listener = &balancer.listeners.value().unwrap()[0];
    let target = &listener.targets.value().unwrap()[0];
    assert_eq!((listener.to_port, &target.port), (8080, &Field::None));
    assert!(
        target
            .instance
            .value()
            .unwrap()
            .as_str()
            .ends_with("/instances/one")
    );
}

#[test]
fn members_that_were_denied_leave_targets_not_read() {
    let mut behind = behind();
    for members in behind.members.values_mut() {
        *members = Err(Gap::new(Cause::Denied, "compute.instanceGroups.list"));
    }
    let balancer = balancer(&behind, "global", https()).unwrap();
    assert!(balancer.listeners.value().unwrap()[0].targets.is_not_read());
}

#[test]
fn tunnels_and_private_services_are_no_load_balancers() {
    for target in [
        "regions/us-east1/targetVpnGateways/v",
        "regions/us-east1/serviceAttachments/s",
    ] {
        let rule = json!({"name": "x", "target": format!("{AT}/{target}")});
        assert_eq!(balancer(&behind(), "regions/us-east1", rule), None);
    }
    let apis = json!({"name": "x", "target": "all-apis"});
    assert_eq!(balancer(&behind(), "global", apis), None);
}
