//! The law: what was not read makes an answer unknown or leaves it as it is. And firewalls: used or not.

use orch_model::{Body, Kind, Scope, Uid};
use serde_json::json;

use super::aws::estate;
use super::{Estate, Packet, Told};
use crate::inventory::Inventory;
use crate::reach::guarded::{Guarding, guarding};
use crate::reach::{Known, of_any, of_interface};

fn told(estate: &Estate, denied: &[Kind], port: u16) -> Told {
    let mut cut = estate.clone();
    cut.snapshot
        .resources
        .retain(|resource| !denied.contains(&resource.kind()));
    let snapshot = cut.read_but(denied);
    let inventory = Inventory::new(&snapshot);
    // The interface itself is given: what stands before it may be missing.
    let whole = estate.read_but(&[]);
    let eni = whole
        .resources
        .iter()
        .find(|found| found.uid.as_str() == "eni")
        .unwrap();
    let from = super::ANYBODY.parse().unwrap();
    of_interface(eni, &inventory).admits(Packet {
        protocol: 6,
        port,
        from,
    })
}

#[test]
fn a_read_that_is_lost_makes_answers_unknown_or_leaves_them() {
    let estate = estate();
    for kind in Kind::ALL {
        for port in [443, 22] {
            let (whole, cut) = (told(&estate, &[], port), told(&estate, &[*kind], port));
            assert!(
                cut == whole || cut == Told::Unknown,
                "{kind} {port}: {whole:?} {cut:?}"
            );
        }
    }
    assert_eq!(told(&estate, &[Kind::NetworkAcl], 443), Told::Unknown);
    assert_eq!(told(&estate, &[Kind::NetworkLoadBalancer], 443), Told::Yes);
    assert_eq!(
        told(&estate, &[Kind::NetworkLoadBalancer], 22),
        Told::Unknown
    );
}

/// What is reached, or what is said instead.
pub(super) fn of_firewall(estate: &Estate, denied: &[Kind], uid: &str) -> Option<String> {
    let snapshot = estate.read_but(denied);
    let inventory = Inventory::new(&snapshot);
    let found = inventory.get(&Uid::new(uid)).unwrap();
    let Body::NetworkFirewall(body) = &found.body else {
        panic!("{uid} is no firewall")
    };
    Some(
        match guarding(found, body, &inventory, &mut Known::default()).ok()? {
            Guarding::Reached { by, ingress, open } => {
                let ports: Vec<_> = ingress.iter().map(|arrival| arrival.from_port).collect();
                format!(
                    "{} on {ports:?}{}",
                    by.join(", "),
                    if open.is_some() { ", and more" } else { "" }
                )
            }
            Guarding::Unused => "unused".to_owned(),
            Guarding::NotReached(why) => why.to_string(),
        },
    )
}

#[test]
fn a_firewall_is_reached_unused_or_not_reached() {
    let mut estate = estate();
    assert_eq!(
        of_firewall(&estate, &[], "sg").as_deref(),
        Some("vm on [443]")
    );
    let open = json!([super::rule("tcp", json!([22, 22]), json!(["0.0.0.0/0"]))]);
    let spare = json!({ "is_default": false, "ingress": open, "egress": [], "vpc": "vpc" });
    estate.put(Kind::NetworkFirewall, "spare", spare);
    assert_eq!(
        of_firewall(&estate, &[], "spare"),
        Some("unused".to_owned())
    );
    assert_eq!(
        of_firewall(&estate, &[Kind::NetworkInterface], "spare"),
        None
    );
    assert_eq!(
        of_firewall(&estate, &[Kind::NetworkLoadBalancer], "sg"),
        Some("vm on [0, 443, 444, 0, 0, 0], and more".to_owned()),
        "a witness decides"
    );
    estate.set("eni", json!({ "public_addresses": [] }));
    assert_eq!(
        of_firewall(&estate, &[], "sg"),
        Some("no public address".to_owned())
    );
    assert_eq!(
        of_firewall(&estate, &[Kind::NetworkLoadBalancer], "sg"),
        None
    );
}

#[test]
fn what_another_firewall_admits_does_not_count() {
    let mut estate = estate();
    let inner = json!([super::rule("tcp", json!([22, 22]), json!(["10.0.0.0/8"]))]);
    let other = json!({ "is_default": false, "ingress": inner, "egress": [], "vpc": "vpc" });
    estate.put(Kind::NetworkFirewall, "inner", other);
    estate.set("eni", json!({ "firewalls": ["inner", "sg"] }));
    assert_eq!(
        of_firewall(&estate, &[], "inner"),
        Some("nothing arrives by what it admits".to_owned())
    );
}

#[test]
fn a_rule_for_a_tag_that_nothing_carries_is_unused() {
    let mut estate = super::gcp::estate();
    assert_eq!(
        of_firewall(&estate, &[], "ssh").as_deref(),
        Some("vm on [22]")
    );
    let tagged = |tag: &str| {
        json!({ "stage": "vpc-rule", "vpc": "net", "is_default": false, "egress": [], "ingress": [{
            "protocol": "tcp", "from_port": 22, "to_port": 22, "blocks": ["0.0.0.0/0"],
            "priority": 1000, "members": [tag] }] })
    };
    estate.put(Kind::NetworkFirewall, "ssh", tagged("tag:web"));
    assert_eq!(
        of_firewall(&estate, &[], "ssh").as_deref(),
        Some("vm on [22]")
    );
    estate.put(Kind::NetworkFirewall, "ssh", tagged("tag:old"));
    assert_eq!(of_firewall(&estate, &[], "ssh").as_deref(), Some("unused"));
    assert_eq!(of_firewall(&estate, &[Kind::NetworkInterface], "ssh"), None);
}

#[test]
fn why_a_firewall_is_not_known_is_told_where_it_is_asked() {
    let mut snapshot = estate().without("sg").read_but(&[Kind::NetworkFirewall]);
    // The same interface in another account, all of which was read.
    let whole = estate().read_but(&[]);
    let here = &snapshot.scopes[1];
    let (partition, region) = (here.partition.clone(), here.region.clone());
    let other = Scope::new(here.provider, partition, "999988887777", region);
    let mut eni = snapshot
        .resources
        .iter()
        .find(|one| one.uid.as_str() == "eni")
        .unwrap()
        .clone();
    (eni.uid, eni.scope) = (Uid::new("eni2"), other.clone());
    snapshot.resources.push(eni);
    snapshot.scopes.push(other.clone());
    let reads = whole.reads.into_iter().map(|mut read| {
        read.scope = other.clone();
        read
    });
    snapshot.reads.extend(reads);
    let inventory = Inventory::new(&snapshot);
    let mut known = Known::default();
    let told: Vec<_> = ["eni", "eni2"]
        .map(|uid| {
            let found = inventory.get(&Uid::new(uid)).unwrap();
            let alone = of_any(found, &inventory, &mut Known::default()).blocked_by();
            assert_eq!(
                of_any(found, &inventory, &mut known).blocked_by(),
                alone,
                "{uid}"
            );
            alone
        })
        .into();
    assert_ne!(told[0], told[1]);
}
