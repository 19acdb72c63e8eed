//! What stands behind a firewall without an interface that was read, or behind an appliance.

use orch_model::{Kind, Provider, Uid};
use serde_json::json;

use super::Estate;
use super::law::of_firewall;
use crate::inventory::Inventory;
use crate::reach::guarded::guarding;
use crate::reach::{Known, of_any};

/// Why it is not known what comes of a firewall.
fn why(estate: &Estate, uid: &str) -> String {
    let snapshot = estate.read_but(&[]);
    let inventory = Inventory::new(&snapshot);
    let found = inventory.get(&Uid::new(uid)).unwrap();
    let orch_model::Body::NetworkFirewall(body) = &found.body else {
        panic!("{uid} is no firewall")
    };
    match guarding(found, body, &inventory, &mut Known::default()) {
        Ok(known) => panic!("{known:?}"),
        Err(why) => why.iter().map(ToString::to_string).collect(),
    }
}

/// The first step that keeps everything from a receiver, or why that is not known.
fn blocked_by(estate: &Estate, denied: &[Kind], uid: &str) -> Result<Option<String>, String> {
    let snapshot = estate.read_but(denied);
    let inventory = Inventory::new(&snapshot);
    let found = inventory.get(&Uid::new(uid)).unwrap();
    let told = of_any(found, &inventory, &mut Known::default()).blocked_by();
    told.map(|told| told.map(|told| told.to_string()))
        .map_err(|why| why.iter().map(ToString::to_string).collect())
}

/// A group of Azure on a subnet in which no interface stands.
fn empty_subnet() -> Estate {
    let mut estate = Estate::new(Provider::Azure, "westeurope");
    estate
        .put(
            Kind::NetworkVpc,
            "vnet",
            json!({ "blocks": ["10.1.0.0/16"], "is_default": false, "filters": null }),
        )
        .put(
            Kind::NetworkSubnet,
            "subnet",
            json!({ "vpc": "vnet", "blocks": ["10.1.1.0/24"], "firewalls": ["nsg"],
            "route_table": null, "purpose": null, "occupants": [], "is_default": false }),
        )
        .put(
            Kind::NetworkFirewall,
            "nsg",
            json!({ "stage": "network-security-group", "is_default": false, "vpc": null,
            "ingress": [{ "protocol": "tcp", "from_port": 22, "to_port": 22,
                "blocks": ["0.0.0.0/0"], "priority": 100, "action": "allow" }], "egress": [] }),
        );
    estate
}

#[test]
fn a_group_of_a_scale_set_is_not_unused() {
    let mut estate = empty_subnet();
    assert_eq!(of_firewall(&estate, &[], "nsg").as_deref(), Some("unused"));
    assert_eq!(
        of_firewall(&estate, &[Kind::ComputeScalingGroup], "nsg"),
        None,
        "a set may be behind it"
    );
    estate.put(
        Kind::ComputeScalingGroup,
        "set",
        json!({ "firewalls": ["nsg"] }),
    );
    assert!(why(&estate, "nsg").contains("machines of a scale set"));
}

#[test]
fn a_scale_set_in_a_guarded_subnet_may_be_reached() {
    const SET: &str =
        "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachinescalesets/set";
    let mut estate = empty_subnet();
    estate.set("subnet", json!({ "occupants": [SET] }));
    assert!(why(&estate, "nsg").contains("machines of a scale set"));
    // Where it is not known what stands in the subnet, any set of the account may.
    estate.set("subnet", json!({ "occupants": "not read" }));
    assert_eq!(of_firewall(&estate, &[], "nsg").as_deref(), Some("unused"));
    estate.put(Kind::ComputeScalingGroup, SET, json!({ "firewalls": [] }));
    assert!(why(&estate, "nsg").contains("machines of a scale set"));
}

#[test]
fn a_service_in_a_guarded_subnet_may_be_reached() {
    let mut estate = empty_subnet();
    estate.set(
        "subnet",
        json!({ "purpose": "Microsoft.Sql/managedInstances" }),
    );
    assert!(why(&estate, "nsg").contains("Microsoft.Sql/managedInstances"));
    estate.set("subnet", json!({ "purpose": "AzureBastionSubnet" }));
    assert_eq!(of_firewall(&estate, &[], "nsg").as_deref(), Some("unused"));
    let bastion = "/subscriptions/s/resourcegroups/g/providers/microsoft.network/bastionhosts/b";
    estate.set("subnet", json!({ "occupants": [bastion] }));
    assert!(why(&estate, "nsg").contains("bastionhosts"));
    estate.set("subnet", json!({ "occupants": "not read" }));
    assert!(why(&estate, "nsg").contains("AzureBastionSubnet"));
}

#[test]
fn a_load_balancer_that_was_read_is_no_stranger_in_its_subnet() {
    let mut estate = empty_subnet();
    estate.set("subnet", json!({ "occupants": ["lb"] }));
    assert_eq!(of_firewall(&estate, &[], "nsg"), None);
    estate.put(
        Kind::NetworkLoadBalancer,
        "lb",
        json!({ "purpose": "passthrough", "internet_facing": false, "listeners": [],
        "subnets": ["subnet"], "public_addresses": [], "private_addresses": ["10.1.1.9"] }),
    );
    assert!(of_firewall(&estate, &[], "nsg").is_some());
}

#[test]
fn admin_rules_are_asked_for_scale_sets_too() {
    let mut estate = empty_subnet();
    estate.put(
        Kind::NetworkFirewall,
        "admin",
        json!({ "stage": "admin-rules", "is_default": false, "vpc": null,
        "ingress": [], "egress": [] }),
    );
    estate.set(
        "vnet",
        json!({ "filters": [{ "firewall": "admin", "region": null }] }),
    );
    assert_eq!(
        of_firewall(&estate, &[], "admin").as_deref(),
        Some("unused")
    );
    let set =
        "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachinescalesets/set";
    estate.set("subnet", json!({ "occupants": [set] }));
    assert!(why(&estate, "admin").contains("machines of a scale set"));
}

#[test]
fn a_rule_of_a_shared_network_may_be_used_by_other_projects() {
    let mut estate = super::gcp::estate();
    estate.without("nic0");
    let project = |shares: serde_json::Value| {
        let mut gcp = json!({ "os_login": true });
        if shares != "not read" {
            gcp["shares_networks"] = shares;
        }
        json!({ "account_id": "p", "partition": "gcp", "gcp": gcp })
    };
    estate.put(Kind::CloudAccount, "project", project(json!(false)));
    assert_eq!(of_firewall(&estate, &[], "ssh").as_deref(), Some("unused"));
    assert_eq!(of_firewall(&estate, &[Kind::CloudAccount], "ssh"), None);
    estate.put(Kind::CloudAccount, "project", project(json!("not read")));
    assert_eq!(of_firewall(&estate, &[], "ssh"), None);
    estate.put(Kind::CloudAccount, "project", project(json!(true)));
    assert!(why(&estate, "ssh").contains("machines of other projects in a shared network"));
}

#[test]
fn an_appliance_before_a_machine_without_a_public_address_is_not_followed() {
    let mut estate = super::azure::guarded();
    estate.set("nic", json!({ "public_addresses": [], "addresses": [] }));
    let closed = Ok(Some("no public address".to_owned()));
    assert_eq!(blocked_by(&estate, &[], "nic"), closed);
    let table = |via: &str| {
        json!({ "vpc": "vnet", "is_main": false, "subnets": ["subnet"], "routes": [
            { "destination": "0.0.0.0/0", "via": via, "target": "10.1.0.4", "active": true }] })
    };
    estate.set("subnet", json!({ "route_table": "udr" }));
    estate.put(Kind::NetworkRouteTable, "udr", table("none"));
    assert_eq!(blocked_by(&estate, &[], "nic"), closed);
    estate.put(Kind::NetworkRouteTable, "udr", table("appliance"));
    assert!(
        blocked_by(&estate, &[], "nic")
            .unwrap_err()
            .contains("virtual appliance")
    );
    assert_eq!(of_firewall(&estate, &[], "nsg"), None);
    estate.without("udr");
    assert!(blocked_by(&estate, &[Kind::NetworkRouteTable], "nic").is_err());
}

#[test]
fn on_aws_only_what_a_group_admits_can_come_through_an_appliance() {
    let mut estate = super::aws::estate();
    estate.set("eni", json!({ "public_addresses": [] }));
    let route = |via: &str| json!({ "routes": [{ "destination": "0.0.0.0/0", "via": via, "target": "x", "active": true }] });
    for via in ["internet-gateway", "nat-gateway", "peering", "none"] {
        estate.set("table", route(via));
        let told = blocked_by(&estate, &[], "eni");
        assert_eq!(told, Ok(Some("no public address".to_owned())), "{via}");
    }
    for via in ["endpoint", "interface", "instance", "transit-gateway"] {
        estate.set("table", route(via));
        assert!(blocked_by(&estate, &[], "eni").is_err(), "{via}");
        assert_eq!(of_firewall(&estate, &[], "sg"), None, "{via}");
    }
    let snapshot = estate.read_but(&[]);
    let inventory = Inventory::new(&snapshot);
    let found = inventory.get(&Uid::new("eni")).unwrap();
    let told = of_any(found, &inventory, &mut Known::default()).arrivals();
    let ports: Vec<_> = told.iter().map(|arrival| arrival.from_port).collect();
    assert_eq!(ports, [443], "the group admits no other port");
    estate.set("sg", json!({ "ingress": [] }));
    assert!(blocked_by(&estate, &[], "eni").is_ok(), "it admits nothing");
}

#[test]
fn on_google_a_default_route_to_an_instance_is_an_appliance() {
    let mut estate = super::gcp::estate();
    estate.set("nic0", json!({ "public_addresses": [] }));
    assert!(blocked_by(&estate, &[], "nic0").is_ok());
    let route = |via: &str, tags: serde_json::Value| {
        json!({ "routes": [{ "destination": "0.0.0.0/0", "via": via, "target": "x", "active": true,
            "priority": 100, "tags": tags }] })
    };
    for via in ["instance", "appliance"] {
        estate.set("net/routes", route(via, json!([])));
        assert!(blocked_by(&estate, &[], "nic0").is_err(), "{via}");
        assert_eq!(of_firewall(&estate, &[], "ssh"), None, "{via}");
        estate.set("net/routes", route(via, json!(["other"])));
        assert!(blocked_by(&estate, &[], "nic0").is_ok(), "{via} for others");
    }
}
