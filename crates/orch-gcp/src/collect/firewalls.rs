//! network.firewall: VPC firewall rules, each a firewall of its own in the order of its network.

use orch_collect::CollectorSpec;
use orch_model::kind::{FirewallRule, FirewallStage, NetworkFirewall, RuleAction};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, Number, cidrs, links, ports, protocol, required, resource};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "compute.firewalls.list",
    "compute.googleapis.com/compute/v1/projects/{project}/global/firewalls",
);

/// VPC firewall rules.
pub(super) struct Firewalls;

/// One rule as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Rule {
    network: Option<Text>,
    direction: Option<Text>,
    priority: Option<Number>,
    disabled: Option<bool>,
    allowed: Option<Vec<Traffic>>,
    denied: Option<Vec<Traffic>>,
    source_ranges: Option<Vec<Text>>,
    source_tags: Option<Vec<Text>>,
    source_service_accounts: Option<Vec<Text>>,
    destination_ranges: Option<Vec<Text>>,
    target_tags: Option<Vec<Text>>,
    target_service_accounts: Option<Vec<Text>>,
}

/// A protocol with some of its ports.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Traffic {
    #[serde(rename = "IPProtocol")]
    protocol: Option<Text>,
    ports: Option<Vec<Text>>,
}

impl Listed for Firewalls {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.firewalls",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::NetworkFirewall)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Items("items");
    type Element = Rule;

    fn resources(names: Names<'_>, found: Found<Rule>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        let network = names.maybe(own.network.as_ref());
        let mut rules = rules(own)?;
        for rule in &mut rules {
            rule.name = Field::Value(base.name());
        }
        let egress = own.direction.as_deref() == Some("EGRESS");
        let (ingress, egress) = match egress {
            true => (Vec::new(), rules),
            false => (rules, Vec::new()),
        };
        let links: Vec<_> = links(Relation::PartOf, network.as_ref()).collect();
        let body = NetworkFirewall {
            description: base.description(),
            stage: FirewallStage::VpcRule,
            guards: Vec::new(),
            vpc: Field::seen(network),
            // Google makes some for the network `default`, and they can be changed like any other.
            is_default: false,
            ingress,
            egress,
        };
        let uid = names.compute(None, "firewalls", &base.name());
        Ok(vec![resource(names.at(None), uid, base, body, links)])
    }
}

/// The rule once for each protocol and range of ports.
fn rules(own: &Rule) -> Result<Vec<FirewallRule>, Malformed> {
    let egress = own.direction.as_deref() == Some("EGRESS");
    let (action, traffic) = match (&own.allowed, &own.denied) {
        (Some(allowed), _) if !allowed.is_empty() => (RuleAction::Allow, allowed),
        (_, Some(denied)) if !denied.is_empty() => (RuleAction::Deny, denied),
        _ => return Err(Malformed("firewall that neither allows nor denies")),
    };
    let sources = cidrs(own.source_ranges.iter().flatten())?;
    let destinations = cidrs(own.destination_ranges.iter().flatten())?;
    let (mut blocks, local) = match egress {
        true => (destinations, sources),
        false => (sources, destinations),
    };
    let peers = match egress {
        true => Vec::new(),
        false => named(&own.source_tags, &own.source_service_accounts),
    };
    if blocks.is_empty() && peers.is_empty() {
        // Whoever names no peer means everybody, of both families' first.
        blocks = cidrs(&[Text::new_static("0.0.0.0/0")])?;
    }
    let mut rules = Vec::new();
    for traffic in traffic {
        let protocol = protocol(required(
            traffic.protocol.as_deref(),
            "firewall without protocol",
        )?);
        for (from, to) in ranges(traffic)? {
            rules.push(FirewallRule {
                action,
                // The documented default; the API tells it all the same.
                priority: Field::Value(own.priority.map_or(1_000, i64::from)),
                disabled: own.disabled.unwrap_or(false),
                blocks: blocks.clone(),
                local_blocks: local.clone(),
                peers: peers.clone(),
                members: named(&own.target_tags, &own.target_service_accounts),
                ..FirewallRule::of(protocol.clone(), from, to)
            });
        }
    }
    Ok(rules)
}

/// First and last port; none means all.
pub(super) type Range = (Field<i64>, Field<i64>);

/// The ranges of ports of a protocol.
fn ranges(traffic: &Traffic) -> Result<Vec<Range>, Malformed> {
    let given = traffic.ports.as_deref().unwrap_or_default();
    if given.is_empty() {
        return Ok(vec![(Field::None, Field::None)]);
    }
    given
        .iter()
        .map(|given| ports(given).map(|(from, to)| (Field::Value(from), Field::Value(to))))
        .collect()
}

/// Network tags and service accounts as rules and interfaces name them.
pub(super) fn named(tags: &Option<Vec<Text>>, accounts: &Option<Vec<Text>>) -> Vec<Text> {
    let tags = tags.iter().flatten().map(|tag| format!("tag:{tag}"));
    let accounts = accounts.iter().flatten();
    let accounts = accounts.map(|account| format!("account:{account}"));
    crate::convert::sorted(tags.chain(accounts).map(Text::from))
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    fn firewall(rule: serde_json::Value) -> NetworkFirewall {
        let body = json!({"items": [rule]}).to_string();
        let decoded = crate::decode("compute.firewalls", body.as_bytes()).unwrap();
        assert_eq!(decoded.gap, None);
        match &decoded.resources[0].body {
            Body::NetworkFirewall(firewall) => (**firewall).clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_rule_becomes_one_for_each_protocol_and_range() {
        let firewall = firewall(json!({
            "name": "web", "network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/default",
            "direction": "INGRESS", "priority": 900,
            "allowed": [{"IPProtocol": "tcp", "ports": ["22", "8000-9000"]}, {"IPProtocol": "icmp"}],
            "sourceRanges": ["10.0.0.0/8", "::/0"], "sourceTags": ["front"], "targetTags": ["web"],
            "targetServiceAccounts": null, "disabled": false
        }));
        assert_eq!(firewall.stage, FirewallStage::VpcRule);
        assert_eq!(
            firewall.vpc.value().unwrap().as_str(),
            "//compute.googleapis.com/projects/p/global/networks/default"
        );
        let ports: Vec<_> = firewall
            .ingress
            .iter()
            .map(|rule| {
                (
                    rule.protocol.as_str(),
                    rule.from_port.value(),
                    rule.to_port.value(),
                )
            })
            .collect();
        assert_eq!(
            ports,
            [
                ("tcp", Some(&22), Some(&22)),
                ("tcp", Some(&8000), Some(&9000)),
                ("icmp", None, None)
            ]
        );
        let rule = &firewall.ingress[0];
        assert_eq!(
            (rule.blocks.len(), &rule.peers[0], &rule.members[0]),
            (2, &"tag:front".into(), &"tag:web".into())
        );
        assert_eq!(
            (rule.priority, rule.action),
            (Field::Value(900), RuleAction::Allow)
        );
    }

    #[test]
    fn denials_that_leave_name_their_destinations() {
        let firewall = firewall(json!({
            "name": "no-out", "direction": "EGRESS", "denied": [{"IPProtocol": "all"}],
            "destinationRanges": ["0.0.0.0/0"], "disabled": true
        }));
        let rule = &firewall.egress[0];
        assert_eq!((rule.action, rule.disabled), (RuleAction::Deny, true));
        assert_eq!(rule.blocks[0].to_string(), "0.0.0.0/0");
        assert!(firewall.ingress.is_empty() && rule.local_blocks.is_empty());
    }

    #[test]
    fn a_rule_that_does_nothing_known_is_a_gap() {
        let body = json!({"items": [{"name": "x"}, {"name": "y", "allowed": [{"IPProtocol": "tcp", "ports": ["a"]}]}]});
        let decoded = crate::decode("compute.firewalls", body.to_string().as_bytes()).unwrap();
        assert!(decoded.resources.is_empty());
        assert_eq!(
            decoded.gap.unwrap().detail,
            "compute.firewalls.list firewall that neither allows nor denies"
        );
    }
}
