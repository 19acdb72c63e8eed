//! What one firewall policy of a network says: its rules in our words.

use orch_model::kind::{FirewallRule, FirewallStage, NetworkFirewall, RuleAction};
use orch_model::{Cidr, Field, Resource, Text, Uid};
use serde::Deserialize;

use super::firewalls::{Range, named};
use crate::convert::{Malformed, Number, cidrs, optional, ports, protocol, required, resource};
use crate::names::Names;
use crate::page::Found;

/// A policy as the API tells it among those that a network obeys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Policy {
    pub(super) r#type: Option<Text>,
    short_name: Option<Text>,
    display_name: Option<Text>,
    rules: Option<Vec<Rule>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    rule_name: Option<Text>,
    description: Option<Text>,
    priority: Option<Number>,
    direction: Option<Text>,
    action: Option<Text>,
    disabled: Option<bool>,
    r#match: Option<Match>,
    target_resources: Option<Vec<Text>>,
    target_service_accounts: Option<Vec<Text>>,
    target_secure_tags: Option<Vec<serde::de::IgnoredAny>>,
    target_type: Option<Text>,
}

/// What a rule matches. Of what we do not follow it only counts whether there is any.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Match {
    layer4_configs: Option<Vec<Layer4>>,
    src_ip_ranges: Option<Vec<Text>>,
    dest_ip_ranges: Option<Vec<Text>>,
    src_secure_tags: Any,
    src_fqdns: Any,
    dest_fqdns: Any,
    src_region_codes: Any,
    dest_region_codes: Any,
    src_threat_intelligences: Any,
    dest_threat_intelligences: Any,
    src_address_groups: Any,
    dest_address_groups: Any,
    src_networks: Any,
    src_network_type: Option<Text>,
    src_network_scope: Option<Text>,
    src_network_context: Option<Text>,
    dest_network_type: Option<Text>,
    dest_network_scope: Option<Text>,
    dest_network_context: Option<Text>,
}

type Any = Option<Vec<serde::de::IgnoredAny>>;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Layer4 {
    ip_protocol: Option<Text>,
    ports: Option<Vec<Text>>,
}

/// Where a policy belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Level {
    /// An organisation or a folder.
    Hierarchy,
    /// Google's own for a service of its own.
    System,
    /// A network, everywhere.
    Network,
    /// A network in one region.
    Region,
}

impl Policy {
    /// Where it belongs; none for a word that we do not know.
    pub(super) fn level(&self) -> Option<Level> {
        match self.r#type.as_deref()? {
            "HIERARCHY" => Some(Level::Hierarchy),
            "NETWORK" => Some(Level::Network),
            "NETWORK_REGIONAL" => Some(Level::Region),
            "SYSTEM" | "SYSTEM_GLOBAL" | "SYSTEM_REGIONAL" => Some(Level::System),
            _ => None,
        }
    }
}

/// The identity of a policy.
pub(super) fn uid(names: Names<'_>, level: &Level, region: Option<&str>, name: &str) -> Uid {
    match level {
        // It belongs to no project.
        Level::Hierarchy => Uid::new(format!(
            "//compute.googleapis.com/locations/global/firewallPolicies/{name}"
        )),
        Level::System | Level::Network | Level::Region => {
            names.compute(region, "firewallPolicies", name)
        }
    }
}

/// A policy as a resource.
pub(super) fn policy(
    names: Names<'_>,
    uid: Uid,
    region: Option<&str>,
    found: &Found<Policy>,
) -> Result<Resource, Malformed> {
    let own = &found.own;
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    for rule in own.rules.iter().flatten() {
        let leaves = rule.direction.as_deref() == Some("EGRESS");
        let rules = rules(rule, leaves)?;
        if leaves { &mut egress } else { &mut ingress }.extend(rules);
    }
    let body = NetworkFirewall {
        description: Field::NotRead,
        stage: FirewallStage::Policy,
        guards: Vec::new(),
        vpc: Field::None,
        is_default: false,
        ingress,
        egress,
    };
    let mut policy = resource(names.at(region), uid, &found.base, body, []);
    if let Some(name) = own.short_name.clone().or(own.display_name.clone()) {
        policy.name = name;
    }
    policy.tags = Field::None;
    Ok(policy)
}

/// A rule once for each protocol and range of ports, and once more for peers that we do not follow.
fn rules(rule: &Rule, leaves: bool) -> Result<Vec<FirewallRule>, Malformed> {
    let nothing = Match::default();
    let matched = rule.r#match.as_ref().unwrap_or(&nothing);
    let (action, profile) = match required(rule.action.as_deref(), "policy rule without action")? {
        "allow" => (RuleAction::Allow, None),
        "deny" | "deny(403)" => (RuleAction::Deny, None),
        "goto_next" => (RuleAction::Next, None),
        "apply_security_profile_group" => (RuleAction::Allow, Some("security profile")),
        _ => return Err(Malformed("action of a policy rule")),
    };
    let there = |any: &Any| any.as_ref().is_some_and(|any| !any.is_empty());
    let said = |any: &Option<Text>| any.as_deref().is_some_and(|any| !any.is_empty());
    let sources = [
        ("secure tags", there(&matched.src_secure_tags)),
        ("fqdn", there(&matched.src_fqdns)),
        ("geo location", there(&matched.src_region_codes)),
        (
            "threat intelligence",
            there(&matched.src_threat_intelligences),
        ),
        ("address groups", there(&matched.src_address_groups)),
    ];
    let destinations = [
        ("secure tags", false),
        ("fqdn", there(&matched.dest_fqdns)),
        ("geo location", there(&matched.dest_region_codes)),
        (
            "threat intelligence",
            there(&matched.dest_threat_intelligences),
        ),
        ("address groups", there(&matched.dest_address_groups)),
    ];
    let ((blocks, others), (local, mut narrowed)) = {
        let src = (
            cidrs(matched.src_ip_ranges.iter().flatten())?,
            words(sources),
        );
        let dest = (
            cidrs(matched.dest_ip_ranges.iter().flatten())?,
            words(destinations),
        );
        if leaves { (dest, src) } else { (src, dest) }
    };
    // Where some of our own side is not followed, all of it is the most that can be meant.
    let local = if narrowed.is_empty() {
        local
    } else {
        Vec::new()
    };
    let tags = rule.target_secure_tags.as_ref();
    narrowed.extend(words([
        ("security profile", profile.is_some()),
        (
            "network context",
            there(&matched.src_networks)
                || [
                    &matched.src_network_type,
                    &matched.src_network_scope,
                    &matched.src_network_context,
                    &matched.dest_network_type,
                    &matched.dest_network_scope,
                    &matched.dest_network_context,
                ]
                .into_iter()
                .any(said),
        ),
        (
            "target networks",
            rule.target_resources.iter().flatten().count() > 0,
        ),
        (
            "target secure tags",
            tags.is_some_and(|tags| !tags.is_empty()),
        ),
        (
            "target type",
            said(&rule.target_type) && rule.target_type.as_deref() != Some("INSTANCES"),
        ),
    ]));
    // Peers are a union. Blocks are followed by themselves; what else is named is at most everybody.
    let mut peers: Vec<(Vec<Cidr>, Vec<Text>)> = Vec::new();
    if !blocks.is_empty() {
        peers.push((blocks, narrowed.clone()));
    }
    if !others.is_empty() {
        peers.push((everybody()?, [narrowed.clone(), others].concat()));
    } else if peers.is_empty() {
        peers.push((everybody()?, narrowed));
    }
    let mut rules = Vec::new();
    for (blocks, unmodelled) in peers {
        for (protocol, (from, to)) in traffic(matched)? {
            rules.push(FirewallRule {
                name: optional(rule.rule_name.as_deref()),
                action,
                priority: Field::seen(rule.priority.map(i64::from)),
                disabled: rule.disabled.unwrap_or(false),
                blocks: blocks.clone(),
                local_blocks: local.clone(),
                members: named(&None, &rule.target_service_accounts),
                unmodelled: unmodelled.clone(),
                description: optional(rule.description.as_deref()),
                ..FirewallRule::of(protocol, from, to)
            });
        }
    }
    Ok(rules)
}

/// Both families whole.
fn everybody() -> Result<Vec<Cidr>, Malformed> {
    cidrs(&[Text::new_static("0.0.0.0/0"), Text::new_static("::/0")])
}

fn words<const N: usize>(conditions: [(&'static str, bool); N]) -> Vec<Text> {
    conditions
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(word, _)| Text::new_static(word))
        .collect()
}

/// Protocols with their ranges of ports.
fn traffic(matched: &Match) -> Result<Vec<(Text, Range)>, Malformed> {
    let configs = matched.layer4_configs.as_deref().unwrap_or_default();
    if configs.is_empty() {
        return Ok(vec![(Text::new_static("all"), (Field::None, Field::None))]);
    }
    let mut traffic = Vec::new();
    for config in configs {
        let protocol = protocol(required(
            config.ip_protocol.as_deref(),
            "policy rule without protocol",
        )?);
        let given = config.ports.as_deref().unwrap_or_default();
        if given.is_empty() {
            traffic.push((protocol.clone(), (Field::None, Field::None)));
        }
        for given in given {
            let (from, to) = ports(given)?;
            traffic.push((protocol.clone(), (Field::Value(from), Field::Value(to))));
        }
    }
    Ok(traffic)
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::{Value, json};

    use super::*;
    use crate::page::decode;
    use crate::provider::global;

    fn firewall(rules: Value) -> Result<NetworkFirewall, Malformed> {
        let found = json!({"name": "12345", "type": "HIERARCHY", "shortName": "org-policy", "rules": rules});
        let found = decode::<Policy>("x", found).unwrap();
        let scope = global("p");
        let names = Names::new(&scope);
        let uid = uid(names, &Level::Hierarchy, None, "12345");
        policy(names, uid, None, &found).map(|policy| {
            assert_eq!(policy.name, "org-policy");
            match policy.body {
                Body::NetworkFirewall(firewall) => *firewall,
                other => panic!("{other:?}"),
            }
        })
    }

    #[test]
    fn rules_keep_place_action_and_targets() {
        let firewall = firewall(json!([
            {"priority": 1000, "direction": "INGRESS", "action": "deny", "ruleName": "no-rdp",
             "match": {"srcIpRanges": ["0.0.0.0/0"], "layer4Configs": [{"ipProtocol": "tcp", "ports": ["3389"]}]},
             "targetServiceAccounts": ["a@p.iam.gserviceaccount.com"]},
            {"priority": 2147483645, "direction": "INGRESS", "action": "goto_next",
             "match": {"layer4Configs": [{"ipProtocol": "all"}]}},
            {"priority": 5, "direction": "EGRESS", "action": "allow", "disabled": true,
             "match": {"destIpRanges": ["10.0.0.0/8"], "layer4Configs": [{"ipProtocol": "udp"}]}},
        ]))
        .unwrap();
        let deny = &firewall.ingress[0];
        assert_eq!(
            (deny.action, deny.priority),
            (RuleAction::Deny, Field::Value(1000))
        );
        assert_eq!(deny.from_port, Field::Value(3389));
        assert_eq!(deny.members, ["account:a@p.iam.gserviceaccount.com"]);
        let next = &firewall.ingress[1];
        assert_eq!((next.action, next.blocks.len()), (RuleAction::Next, 2));
        let out = &firewall.egress[0];
        assert_eq!(
            (out.disabled, out.blocks[0].to_string()),
            (true, "10.0.0.0/8".to_owned())
        );
    }

    #[test]
    fn what_is_not_followed_is_named_beside_what_is() {
        let firewall = firewall(json!([
            {"priority": 1, "direction": "INGRESS", "action": "allow", "match": {
                "srcIpRanges": ["192.0.2.0/24"], "srcSecureTags": [{"name": "tagValues/1"}], "srcFqdns": ["x.example"],
                "layer4Configs": [{"ipProtocol": "tcp", "ports": ["22"]}]}},
            {"priority": 2, "direction": "INGRESS", "action": "allow", "targetSecureTags": [{"name": "tagValues/2"}],
             "match": {"srcIpRanges": ["0.0.0.0/0"], "layer4Configs": [{"ipProtocol": "tcp"}]}},
        ]))
        .unwrap();
        let told: Vec<_> = firewall
            .ingress
            .iter()
            .map(|rule| (rule.blocks.len(), rule.unmodelled.clone()))
            .collect();
        assert_eq!(
            told,
            [
                (1, vec![]),
                (2, vec!["secure tags".into(), "fqdn".into()]),
                (1, vec!["target secure tags".into()]),
            ]
        );
    }

    #[test]
    fn an_action_we_do_not_know_is_no_answer() {
        let unknown = json!([{"action": "levitate", "direction": "INGRESS"}]);
        assert_eq!(firewall(unknown), Err(Malformed("action of a policy rule")));
    }
}
