//! What may stand in a network on Google Cloud?

use orch_model::kind::{
    FirewallRule, FirewallStage, NetworkFilter, NetworkLoadBalancer, Route, RuleAction,
};
use orch_model::{Field, Provider, Uid};

use crate::dice::Dice;

use super::{
    REGION, Topology, anything, balancer, block, blocks, card, firewall, ips, named,
    random_listener, route, routes, rule, scope, sender, subnet, vpc, word,
};

const NET: &str = "network";

/// A network that is open enough for the details to matter.
pub(crate) fn random(dice: &mut Dice) -> Topology {
    let here = scope(Provider::Gcp);
    let scope = here.global();
    let mut topology = Topology {
        resources: Vec::new(),
        subject: Uid::new("interface"),
    };
    let mut net = vpc(&[]);
    net.filters = dice.weighted(&[
        (30, Field::None),
        (2, Field::NotRead),
        (68, Field::Value(Vec::new())),
    ]);
    if net.filters.value().is_some() {
        net.filters = Field::Value(order(dice));
    }
    if dice.chance(98) {
        topology.add(&scope, NET, net);
    }
    topology.add(&scope, "network-of-another", vpc(&[]));
    for uid in ["policy-1", "policy-2", "policy-3"] {
        let rules = (0..dice.below(4)).map(|_| policy_rule(dice)).collect();
        topology.add(&scope, uid, firewall(FirewallStage::Policy, NET, rules));
    }
    for uid in ["rule-1", "rule-2", "rule-3", "rule-4", "rule-5"]
        .iter()
        .take(dice.below(6))
    {
        let net = dice.weighted(&[(9, NET), (1, "network-of-another")]);
        let body = firewall(FirewallStage::VpcRule, net, vpc_rule(dice));
        topology.add(&scope, uid, body);
    }
    if dice.chance(50) {
        let rules = vec![anything(RuleAction::Allow, Field::Value(3000))];
        topology.add(
            &scope,
            "rule-open",
            firewall(FirewallStage::VpcRule, NET, rules),
        );
    }
    topology.add(
        &scope,
        "network/routes",
        routes(NET, false, &[], random_routes(dice)),
    );
    if dice.chance(10) {
        let of = vec![route("52.1.2.0/24", "internet-gateway")];
        topology.add(
            &scope,
            "network-of-another/routes",
            routes("network-of-another", false, &[], of),
        );
    }
    topology.add(&here, "subnet-1", subnet(NET, &["10.0.1.0/24"]));

    let mut own = card(NET, "subnet-1", "instance");
    own.memberships = dice.weighted(&[
        (3, Vec::new()),
        (4, vec!["tag:web".into()]),
        (
            2,
            vec![
                "tag:web".into(),
                "account:robot@p.iam.gserviceaccount.com".into(),
            ],
        ),
        (1, vec!["tag:db".into()]),
    ]);
    own.public_addresses = dice.weighted(&[
        (65, Field::Value(ips(&["52.7.7.7"]))),
        (12, Field::Value(ips(&["52.7.7.7", "2600:1f18:100::7"]))),
        (10, Field::None),
        (5, Field::Value(Vec::new())),
        (5, Field::NotRead),
    ]);
    own.ipv6_addresses = dice.weighted(&[
        (5, Vec::new()),
        (4, ips(&["2600:1f18:100::10"])),
        (2, ips(&["fd20::10"])),
    ]);
    own.attached = dice.chance(97);
    if dice.chance(2) {
        own.vpc = Field::NotRead;
    }
    let balancers = if own.attached {
        dice.weighted(&[(4, 0), (4, 1), (2, 2)])
    } else {
        0
    };
    topology.add(&here, "interface", own);
    for uid in ["balancer-1", "balancer-2"].iter().take(balancers) {
        let body = random_balancer(dice);
        let scope = if body.purpose == "proxy" && dice.chance(60) {
            &scope
        } else {
            &here
        };
        topology.add(scope, uid, body);
    }
    topology
}

/// A policy of a parent, the network's own rules, policies for all or for one region.
fn order(dice: &mut Dice) -> Vec<NetworkFilter> {
    let mut of: Vec<NetworkFilter> = Vec::new();
    for uid in ["policy-1", "policy-2", "policy-3"] {
        if dice.chance(60) {
            of.push(NetworkFilter {
                firewall: named(uid),
                region: dice.weighted(&[
                    (6, Field::None),
                    (3, word(REGION)),
                    (3, word("elsewhere-1")),
                ]),
            });
        }
    }
    if dice.chance(4) {
        of.push(NetworkFilter {
            firewall: named("policy-not-read"),
            region: Field::None,
        });
    }
    let at = dice.below(of.len() + 1);
    of.insert(
        at,
        NetworkFilter {
            firewall: Field::None,
            region: Field::None,
        },
    );
    of
}

fn base_rule(dice: &mut Dice) -> FirewallRule {
    let mut rule = rule(dice, false);
    match dice.below(100) {
        0..18 => rule.members = vec!["tag:web".into()],
        18..24 => {
            rule.members = vec![
                "tag:db".into(),
                "account:robot@p.iam.gserviceaccount.com".into(),
            ]
        }
        24..30 => {
            rule.peers = vec!["tag:web".into()];
            rule.blocks.clear();
            rule.prefix_lists.clear();
        }
        30..34 => rule.peers = vec!["account:robot@p.iam.gserviceaccount.com".into()],
        34..38 => rule.unmodelled = vec!["geo location".into()],
        38..52 => {
            // A rule is of one family.
            rule.blocks.retain(|block| !block.to_string().contains(':'));
            rule.prefix_lists.clear();
            let near: &[&str] = &[
                "10.0.1.10/32",
                "10.0.1.0/24",
                "10.0.2.0/24",
                "52.99.0.1/32",
                "52.99.0.2/32",
            ];
            rule.local_blocks = vec![block(dice.pick(near))];
        }
        52..62 => {
            let near: &[&str] = &[
                "35.191.0.0/16",
                "35.191.0.0/17",
                "130.211.0.0/22",
                "130.211.1.0/24",
            ];
            rule.blocks = blocks(&[dice.pick(near), "35.191.0.0/16"]);
        }
        _ => {}
    }
    rule
}

fn policy_rule(dice: &mut Dice) -> FirewallRule {
    let mut rule = base_rule(dice);
    let actions = [
        (3, RuleAction::Allow),
        (3, RuleAction::Deny),
        (3, RuleAction::Next),
    ];
    rule.action = dice.weighted(&actions);
    // Only a refusal may have the place of another.
    let place = match rule.action {
        RuleAction::Allow => [10, 30],
        RuleAction::Next => [20, 40],
        _ => [10, 20],
    };
    rule.priority = Field::Value(dice.pick(&place));
    rule
}

/// The parts of one VPC rule: of one place, one action, and one switch.
fn vpc_rule(dice: &mut Dice) -> Vec<FirewallRule> {
    let mut first = base_rule(dice);
    first.action = dice.weighted(&[(6, RuleAction::Allow), (4, RuleAction::Deny)]);
    first.priority = Field::Value(dice.pick(&[100, 900, 1000, 1000, 1000]));
    let mut parts = vec![first.clone()];
    if dice.chance(25) {
        let other = rule(dice, false);
        parts.push(FirewallRule {
            protocol: other.protocol,
            from_port: other.from_port,
            to_port: other.to_port,
            ..first
        });
    }
    parts
}

fn random_routes(dice: &mut Dice) -> Vec<Route> {
    let ways: &[(usize, &str)] = &[
        (8, "internet-gateway"),
        (2, "instance"),
        (2, "peering"),
        (2, "local"),
        (2, "none"),
        (1, "vpn-gateway"),
        (1, "other"),
    ];
    let mut of = Vec::new();
    for destination in ["0.0.0.0/0", "::/0"] {
        if dice.chance(92) {
            let mut one = route(destination, "internet-gateway");
            one.priority = Field::Value(1000);
            of.push(one);
        }
    }
    for _ in 0..dice.below(4) {
        let mut one = route(&sender(dice).to_string(), dice.weighted(ways));
        one.priority = Field::Value(dice.pick(&[900, 1000, 1000]));
        one.active = dice.chance(88);
        one.tags = dice.weighted(&[
            (6, Vec::new()),
            (3, vec!["web".into()]),
            (1, vec!["db".into(), "web".into()]),
            (1, vec!["db".into()]),
        ]);
        // Of several ways to one place that are none of them the internet, it is not told which answer holds.
        let clash = of.iter().any(|other: &Route| {
            let same = other.destination == one.destination && other.priority == one.priority;
            let internet = other.via == "internet-gateway" || one.via == "internet-gateway";
            let active = other.active && one.active;
            same && !(active && internet)
        });
        if !clash {
            of.push(one);
        }
    }
    let turn = dice.below(of.len().max(1));
    of.rotate_left(turn);
    of
}

fn random_balancer(dice: &mut Dice) -> NetworkLoadBalancer {
    let proxy = dice.chance(40);
    let purpose = if proxy { "proxy" } else { "passthrough" };
    let listeners = (0..=dice.below(2)).map(|_| {
        let mut listener = random_listener(dice, "interface", !proxy);
        if proxy && listener.protocol != "6" {
            listener.protocol = "tcp".into();
        }
        listener
    });
    let mut body = balancer(purpose, NET, listeners.collect());
    body.public_addresses = dice.weighted(&[
        (55, Field::Value(ips(&["52.99.0.1"]))),
        (15, Field::Value(ips(&["2600:1f18:100::99"]))),
        (6, Field::None),
        (5, Field::NotRead),
    ]);
    let facing = body.public_addresses != Field::None;
    body.internet_facing = Field::Value(facing);
    if proxy {
        body.source_blocks = dice.weighted(&[
            (5, blocks(&["35.191.0.0/16", "130.211.0.0/22"])),
            (4, blocks(&["35.191.0.0/16"])),
            (1, blocks(&["10.0.8.0/24"])),
        ]);
    }
    body.vpc = dice.weighted(&[
        (84, named(NET)),
        (10, named("network-of-another")),
        (3, Field::NotRead),
        (1, Field::None),
    ]);
    if dice.chance(4) {
        body.unmodelled = vec!["rules by path".into()];
    }
    if dice.chance(20) {
        body.firewalls = Field::NotRead;
    }
    body
}
