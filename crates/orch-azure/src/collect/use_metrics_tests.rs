use orch_model::{Provider, Scope};
use serde_json::{Value, json};

use super::*;

fn resource(kind: &str, body: Value) -> Resource {
    let scope = Scope::new(Provider::Azure, "azure", "s", "westeurope");
    serde_json::from_value(
        json!({ "uid": "/x", "scope": scope.to_string(), "name": "x", "body": { kind: body } }),
    )
    .unwrap()
}

/// The types that are asked of a resource.
fn asked<M: Measured>(resource: &Resource) -> Vec<&'static str> {
    let groups = M::GROUPS.iter().filter(|group| (group.measures)(resource));
    groups.map(|group| group.namespace[0].1).collect()
}

#[test]
fn each_resource_is_asked_for_what_its_type_has() {
    let balancer = |purpose: &str, sku: &str| {
        let body = json!({ "purpose": purpose, "sku": sku });
        asked::<Balancers>(&resource("network.load-balancer", body))
    };
    assert_eq!(
        balancer("application", "WAF_v2"),
        ["Microsoft.Network/applicationGateways"]
    );
    assert_eq!(
        balancer("passthrough", "Standard"),
        ["Microsoft.Network/loadBalancers"]
    );
    assert!(balancer("passthrough", "Basic").is_empty());
    let gateway = |purpose: &str| {
        asked::<Gateways>(&resource("network.gateway", json!({ "purpose": purpose })))
    };
    assert_eq!(gateway("nat"), ["Microsoft.Network/natGateways"]);
    assert!(gateway("bastion").is_empty());
    let server = |engine: &str| {
        asked::<Databases>(&resource("database.server", json!({ "engine": engine })))
    };
    assert_eq!(server("mysql"), ["Microsoft.DBforMySQL/flexibleServers"]);
    assert_eq!(
        server("postgres"),
        ["Microsoft.DBforPostgreSQL/flexibleServers"]
    );
    assert!(server("sqlserver").is_empty());
    let disk = |state: &str| {
        let body = json!({ "state": state, "volume_type": "Premium_LRS", "size_gib": 8,
            "encrypted": true, "attachments": [] });
        asked::<Disks>(&resource("storage.volume", body))
    };
    assert_eq!(disk("in-use"), ["Microsoft.Compute/disks"]);
    assert!(disk("available").is_empty());
}
