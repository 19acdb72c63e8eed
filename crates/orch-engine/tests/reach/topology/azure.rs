//! What may stand in a network on Azure?

use orch_model::kind::{
    FirewallRule, FirewallStage, NetworkAddress, NetworkFilter, NetworkLoadBalancer, Route,
    RuleAction,
};
use orch_model::{Field, Provider, Text, Uid};

use crate::dice::Dice;

use super::{
    Topology, anything, balancer, blocks, card, firewall, ip, ips, named, random_listener, route,
    routes, rule, scope, sender, subnet, uids, vpc, word,
};

const NET: &str = "vnet";

/// A network that is open enough for the details to matter.
pub(crate) fn random(dice: &mut Dice) -> Topology {
    let scope = scope(Provider::Azure);
    let mut topology = Topology {
        resources: Vec::new(),
        subject: Uid::new("interface"),
    };
    let mut net = vpc(&["10.0.0.0/16"]);
    if dice.chance(12) {
        net.blocks
            .extend(blocks(&["52.1.0.0/16", "2600:1f18::/48"]));
    }
    net.peers = dice.weighted(&[
        (5, Vec::new()),
        (3, uids(&["vnet-peer"])),
        (1, uids(&["vnet-not-read"])),
    ]);
    net.filters = dice.weighted(&[
        (50, Field::None),
        (26, Field::Value(filters(&["admin-1"]))),
        (14, Field::Value(filters(&["admin-1", "admin-2"]))),
        (3, Field::Value(filters(&["admin-not-read", "admin-1"]))),
        (3, Field::Value(Vec::new())),
        (2, Field::NotRead),
    ]);
    if dice.chance(98) {
        topology.add(&scope, NET, net);
    }
    let mut peer = vpc(&["10.1.0.0/16"]);
    if dice.chance(30) {
        peer.blocks.extend(blocks(&["8.8.8.0/24"]));
    }
    topology.add(&scope, "vnet-peer", peer);
    for uid in ["admin-1", "admin-2"] {
        let rules = (0..dice.below(4)).map(|_| admin_rule(dice)).collect();
        topology.add(&scope, uid, firewall(FirewallStage::AdminRules, NET, rules));
    }
    for uid in ["nsg-1", "nsg-2"] {
        let mut rules: Vec<FirewallRule> = (0..dice.below(6)).map(|_| group_rule(dice)).collect();
        if dice.chance(85) {
            rules.extend(provider_rules());
        }
        if dice.chance(50) {
            rules.push(anything(RuleAction::Allow, Field::Value(4000)));
        }
        let turn = dice.below(rules.len().max(1));
        rules.rotate_left(turn);
        let body = firewall(FirewallStage::NetworkSecurityGroup, NET, rules);
        if dice.chance(97) {
            topology.add(&scope, uid, body);
        }
    }
    // Nothing here is about the side of the gateway: which addresses it has there is not told.
    let rules = (0..dice.below(4))
        .map(|_| gateway_rule(dice))
        .chain(provider_rules());
    let body = firewall(FirewallStage::NetworkSecurityGroup, NET, rules.collect());
    topology.add(&scope, "nsg-of-gateway", body);

    let mut body = subnet(NET, &["10.0.1.0/24"]);
    body.firewalls = dice.weighted(&[
        (42, Field::Value(uids(&["nsg-1"]))),
        (40, Field::None),
        (6, Field::Value(Vec::new())),
        (3, Field::NotRead),
        (3, Field::Value(uids(&["nsg-not-read"]))),
    ]);
    body.route_table = dice.weighted(&[
        (50, Field::None),
        (40, named("routes")),
        (3, Field::NotRead),
        (2, named("routes-not-read")),
    ]);
    if dice.chance(98) {
        topology.add(&scope, "subnet-1", body);
    }
    let mut body = subnet(NET, &["10.0.9.0/24"]);
    body.firewalls = dice.weighted(&[
        (45, Field::Value(uids(&["nsg-of-gateway"]))),
        (45, Field::None),
        (3, Field::NotRead),
    ]);
    if dice.chance(97) {
        topology.add(&scope, "subnet-of-gateway", body);
    }
    topology.add(
        &scope,
        "routes",
        routes(NET, false, &["subnet-1"], random_routes(dice)),
    );

    let sku: Field<Text> = dice.weighted(&[
        (45, word("standard")),
        (40, word("basic")),
        (6, Field::NotRead),
    ]);
    topology.add(&scope, "address-1", address(&sku));
    topology.add(&scope, "address-2", address(&sku));
    let mut own = card(NET, "subnet-1", "instance");
    own.attached = dice.chance(96);
    own.firewalls = dice.weighted(&[
        (45, uids(&["nsg-2"])),
        (40, Vec::new()),
        (6, uids(&["nsg-1"])),
        (3, uids(&["nsg-not-read"])),
    ]);
    own.memberships = dice.weighted(&[
        (4, Vec::new()),
        (4, vec!["asg-web".into()]),
        (2, vec!["asg-web".into(), "asg-db".into()]),
    ]);
    own.private_addresses = dice.weighted(&[
        (8, ips(&["10.0.1.10"])),
        (2, ips(&["10.0.1.10", "10.0.1.11"])),
    ]);
    own.public_addresses = dice.weighted(&[
        (45, Field::Value(ips(&["52.7.7.7"]))),
        (25, Field::Value(ips(&["52.7.7.7", "2600:1f18:100::7"]))),
        (8, Field::Value(ips(&["2600:1f18:100::7"]))),
        (8, Field::None),
        (4, Field::Value(Vec::new())),
        (5, Field::NotRead),
    ]);
    own.ipv6_addresses = dice.weighted(&[
        (6, Vec::new()),
        (3, ips(&["fd00::10"])),
        (2, ips(&["2600:1f18:100::10"])),
    ]);
    own.addresses = dice.weighted(&[
        (70, uids(&["address-1"])),
        (25, uids(&["address-1", "address-2"])),
        (4, uids(&["address-not-read"])),
    ]);
    if dice.chance(2) {
        own.subnet = Field::NotRead;
    }
    if dice.chance(2) {
        own.vpc = Field::NotRead;
    }
    let balancers = if own.attached {
        dice.weighted(&[(4, 0), (4, 1), (2, 2)])
    } else {
        0
    };
    topology.add(&scope, "interface", own);
    for uid in ["balancer-1", "balancer-2"].iter().take(balancers) {
        let body = random_balancer(dice);
        topology.add(&scope, uid, body);
    }
    topology
}

/// Filters that name these firewalls, everywhere.
pub(crate) fn filters(uids: &[&str]) -> Vec<NetworkFilter> {
    let filter = |uid: &&str| NetworkFilter {
        firewall: named(uid),
        region: Field::None,
    };
    uids.iter().map(filter).collect()
}

/// An address of a tier.
pub(crate) fn address(sku: &Field<Text>) -> NetworkAddress {
    NetworkAddress {
        address: Field::Value(ip("52.7.7.7")),
        instance: Field::NotRead,
        interface: named("interface"),
        user: Field::None,
        sku: sku.clone(),
        private_address: Field::None,
        border_group: Field::None,
    }
}

/// The provider's own rules, last in every network security group.
pub(crate) fn provider_rules() -> Vec<FirewallRule> {
    let from = |peer: &str, priority| FirewallRule {
        blocks: Vec::new(),
        peers: vec![peer.into()],
        ..anything(RuleAction::Allow, Field::Value(priority))
    };
    vec![
        from("VirtualNetwork", 65000),
        from("AzureLoadBalancer", 65001),
        anything(RuleAction::Deny, Field::Value(65500)),
    ]
}

/// A rule without a side that it guards.
fn gateway_rule(dice: &mut Dice) -> FirewallRule {
    let mut rule = rule(dice, true);
    rule.priority = Field::Value(dice.pick(&[100, 110, 110, 120, 4096]));
    rule.action = dice.weighted(&[(6, RuleAction::Allow), (4, RuleAction::Deny)]);
    match dice.below(100) {
        0..15 => {
            rule.blocks.clear();
            rule.peers = vec!["Internet".into()];
        }
        15..22 => {
            rule.blocks.clear();
            rule.peers = vec!["VirtualNetwork".into()];
        }
        22..25 => rule.peers = vec!["AzureLoadBalancer".into()],
        25..30 => rule.peers = vec!["NoSuchTag.Anywhere".into()],
        30..35 => {
            rule.blocks.clear();
            rule.firewalls = uids(&["asg-db"]);
        }
        35..42 => {
            rule.blocks = blocks(&[dice.pick(&["10.0.9.0/25", "10.0.0.0/16", "10.0.9.0/24"])])
        }
        _ => {}
    }
    match dice.below(100) {
        0..6 => rule.some_source_ports = true,
        6..9 => rule.unmodelled = vec!["geo location".into()],
        _ => {}
    }
    rule
}

fn group_rule(dice: &mut Dice) -> FirewallRule {
    let mut rule = gateway_rule(dice);
    match dice.below(100) {
        0..14 => {
            let near: &[&str] = &[
                "10.0.1.10/32",
                "10.0.1.11/32",
                "10.0.1.0/24",
                "10.0.2.0/24",
                "fd00::/64",
                "::/0",
            ];
            rule.local_blocks = blocks(&[dice.pick(near)]);
        }
        14..24 => rule.members = vec!["asg-web".into()],
        24..30 => rule.members = vec!["asg-db".into(), "asg-none".into()],
        _ => {}
    }
    rule
}

/// A rule of an administrator.
fn admin_rule(dice: &mut Dice) -> FirewallRule {
    let mut rule = group_rule(dice);
    let actions = [
        (4, RuleAction::Allow),
        (3, RuleAction::Deny),
        (4, RuleAction::AlwaysAllow),
    ];
    rule.action = dice.weighted(&actions);
    // What permits have the same place is not told; only a refusal has one.
    let place = match rule.action {
        RuleAction::Allow => [1, 3],
        RuleAction::AlwaysAllow => [2, 4],
        _ => [1, 2],
    };
    rule.priority = Field::Value(dice.pick(&place));
    if rule.action == RuleAction::Allow {
        // A sender who may choose whether a mere permit matches: not told what then holds.
        rule.some_source_ports = false;
    }
    rule
}

fn random_routes(dice: &mut Dice) -> Vec<Route> {
    let ways: &[(usize, &str)] = &[
        (8, "internet-gateway"),
        (4, "appliance"),
        (4, "none"),
        (2, "vpn-gateway"),
        (2, "local"),
        (1, "peering"),
        (1, "other"),
    ];
    let mut of: Vec<Route> = Vec::new();
    for _ in 0..dice.below(5) {
        let destination = match dice.below(100) {
            0..12 => "52.1.0.0/16".to_owned(),
            _ => sender(dice).to_string(),
        };
        if of.iter().all(|one| one.destination != destination) {
            let mut one = route(&destination, dice.weighted(ways));
            one.active = dice.chance(85);
            of.push(one);
        }
    }
    of
}

fn random_balancer(dice: &mut Dice) -> NetworkLoadBalancer {
    let gateway = dice.chance(35);
    let purpose = if gateway {
        "application"
    } else {
        "passthrough"
    };
    let listeners = (0..=dice.below(2)).map(|_| {
        let mut listener = random_listener(dice, "interface", !gateway);
        if gateway {
            listener.protocol = "tcp".into();
        }
        listener
    });
    let mut body = balancer(purpose, NET, listeners.collect());
    body.public_addresses = dice.weighted(&[
        (55, Field::Value(ips(&["52.99.0.1"]))),
        (30, Field::Value(ips(&["52.99.0.1", "2600:1f18:100::99"]))),
        (6, Field::None),
        (5, Field::NotRead),
    ]);
    let facing = body.public_addresses != Field::None;
    body.internet_facing = Field::Value(facing);
    if gateway {
        body.sku = word(dice.pick(&["Standard_v2", "WAF_v2"]));
        body.subnets = uids(&["subnet-of-gateway"]);
    } else {
        body.sku = dice.weighted(&[
            (5, word("Standard")),
            (1, word("standard")),
            (4, word("Basic")),
            (1, Field::NotRead),
        ]);
    }
    body.vpc = dice.weighted(&[
        (84, named(NET)),
        (10, named("vnet-peer")),
        (3, Field::NotRead),
    ]);
    if dice.chance(4) {
        body.unmodelled = vec!["rewrites".into()];
    }
    body
}
