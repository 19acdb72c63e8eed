//! Tests of admin rules: what is made of them, and what is left where they cannot be read.

use orch_model::kind::{FirewallStage, NetworkFirewall, NetworkVpc, RuleAction};
use orch_model::{Body, Cause, Field, Resource};
use serde_json::{Value, json};

use super::super::standin::{Read, read_changed};

const CASE: &str = "network";

/// The networks of the fixtures, with their answers changed: is it the one about rules?
async fn networks(change: impl Fn(&mut Value, bool)) -> Read {
    let read = read_changed("network.networks", CASE, |exchange| {
        let about_rules = exchange["path"].as_str().unwrap().ends_with("AdminRules");
        change(exchange, about_rules);
    });
    read.await
}

fn network(resource: &Resource) -> &NetworkVpc {
    match &resource.body {
        Body::NetworkVpc(body) => body,
        other => panic!("{other:?}"),
    }
}

fn firewalls(read: &Read) -> Vec<(&Resource, &NetworkFirewall)> {
    let each = read.resources.iter();
    each.filter_map(|resource| match &resource.body {
        Body::NetworkFirewall(body) => Some((resource, &**body)),
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn the_rules_of_a_manager_are_a_firewall_that_the_network_asks_first() {
    let read = networks(|_, _| {}).await;
    assert!(read.is_whole(), "{read:?}");
    assert_eq!(network(read.named("shop-net")).filters, Field::None);
    let ruled = read.named("ruled-net");
    let [(resource, rules)] = firewalls(&read)[..] else {
        panic!("{read:?}")
    };
    let filters = network(ruled).filters.value().unwrap();
    assert_eq!(filters[0].firewall.value(), Some(&resource.uid));
    assert_eq!((filters.len(), &resource.scope), (1, &ruled.scope));
    assert_eq!(rules.stage, FirewallStage::AdminRules);
    assert_eq!(rules.vpc.value(), Some(&ruled.uid));
    let told: Vec<_> = rules
        .ingress
        .iter()
        .map(|rule| {
            let name = rule.name.value().unwrap().as_str();
            let port = rule.from_port.value().copied();
            (rule.priority.value().copied(), name, rule.action, port)
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                Some(13),
                "reports-database",
                RuleAction::AlwaysAllow,
                Some(5432)
            ),
            (Some(21), "no-admin-ports", RuleAction::Deny, Some(22)),
            (Some(21), "no-admin-ports", RuleAction::Deny, Some(3389)),
            (Some(22), "web-if-groups-agree", RuleAction::Allow, None),
        ]
    );
    let [database, no_ssh, _, web] = &rules.ingress[..] else {
        panic!("{rules:?}")
    };
    assert_eq!(database.blocks.len(), 2, "everybody, of both families");
    assert_eq!(database.local_blocks[0].to_string(), "10.9.2.4/32");
    assert!(database.description == Field::None && !database.some_source_ports);
    assert_eq!(no_ssh.peers, ["Internet"]);
    assert!(no_ssh.local_blocks.is_empty() && no_ssh.blocks.is_empty());
    assert_eq!(web.local_blocks[0].to_string(), "10.9.1.0/24");
    let mail: Vec<&str> = rules.egress.iter().map(|rule| &*rule.protocol).collect();
    assert_eq!(mail, ["tcp", "udp"]);
}

#[tokio::test]
async fn a_refusal_costs_the_filters_and_leaves_the_firewalls_incomplete() {
    let read = networks(|exchange, about_rules| {
        if about_rules {
            exchange["status"] = json!(403);
            exchange["body"] = json!({ "error": { "code": "AuthorizationFailed" } });
        }
    })
    .await;
    assert!(read.result.is_ok(), "{read:?}");
    // The rules themselves are resources: a list of firewalls without them is not all of it.
    let gap = read.gap.as_ref().unwrap();
    assert_eq!(gap.cause, Cause::Denied);
    let operation = "listNetworkManagerEffectiveSecurityAdminRules/action AuthorizationFailed";
    assert!(gap.detail.ends_with(operation), "{gap:?}");
    let ruled = read.named("ruled-net");
    assert_eq!(network(ruled).filters, Field::NotRead);
    let why = &ruled.not_read.as_ref().unwrap()["body.filters"];
    assert_eq!(why.cause, Cause::Denied);
    assert_eq!(network(read.named("shop-net")).filters, Field::None);
    assert!(firewalls(&read).is_empty());
}

#[tokio::test]
async fn where_the_graph_does_not_answer_every_network_is_asked() {
    let read = networks(|exchange, _| {
        if exchange["path"] == "/providers/Microsoft.ResourceGraph/resources" {
            exchange["status"] = json!(403);
            exchange["body"] = json!({ "error": { "code": "AuthorizationFailed" } });
        }
    })
    .await;
    assert_eq!(read.unknown.len(), 1, "{:?}", read.unknown);
    assert!(read.unknown[0].contains("shop-net/listNetworkManager"));
    assert_eq!(firewalls(&read).len(), 1);
    let ruled = read.named("ruled-net");
    assert!(network(ruled).filters.value().is_some() && ruled.not_read.is_none());
    assert_eq!(network(read.named("shop-net")).filters, Field::NotRead);
}

#[tokio::test]
async fn no_rules_are_none() {
    for (status, body) in [
        (200, json!({ "value": [] })),
        (200, json!({ "value": [], "skipToken": null })),
        (404, json!({ "error": { "code": "NotFound" } })),
    ] {
        let read = networks(|exchange, about_rules| {
            if about_rules {
                exchange["status"] = json!(status);
                exchange["body"] = body.clone();
            }
        })
        .await;
        assert!(read.is_whole(), "{read:?}");
        assert_eq!(
            network(read.named("ruled-net")).filters,
            Field::None,
            "{body}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_followed_leaves_the_filters_unread_or_the_rule_uncertain() {
    for (at, odd) in [
        (
            "/0/id",
            json!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkManagers/other/rules/r"
            ),
        ),
        ("/0/properties/access", json!("Perhaps")),
        ("/0/properties/priority", Value::Null),
        ("/0/properties/direction", Value::Null),
        ("/0/properties/destinationPortRanges/0", json!("many")),
    ] {
        let read = networks(|exchange, about_rules| {
            if about_rules {
                *exchange["body"]["value"].pointer_mut(at).unwrap() = odd.clone();
            }
        })
        .await;
        assert!(firewalls(&read).is_empty(), "{at}: {read:?}");
        let gap = read.gap.as_ref().unwrap();
        assert_eq!(gap.cause, Cause::Undecodable, "{at}");
        let ruled = read.named("ruled-net");
        assert_eq!(network(ruled).filters, Field::NotRead, "{at}");
        let why = &ruled.not_read.as_ref().unwrap()["body.filters"];
        assert_eq!(why.cause, Cause::Undecodable, "{at}");
        assert!(
            !why.detail.contains("Perhaps") && !why.detail.contains("many"),
            "{why:?}"
        );
    }
    let read = networks(|exchange, about_rules| {
        if about_rules {
            let group = json!({ "addressPrefixType": "NetworkGroup", "addressPrefix": "/g" });
            exchange["body"]["value"][0]["properties"]["sources"][0] = group;
        }
    })
    .await;
    let [(_, rules)] = firewalls(&read)[..] else {
        panic!("{read:?}")
    };
    let odd: Vec<_> = rules
        .ingress
        .iter()
        .filter(|rule| !rule.unmodelled.is_empty())
        .collect();
    assert!(
        odd.len() == 2 && odd[0].unmodelled.contains(&"network group".into()),
        "{odd:?}"
    );
}
