//! What may stand in a network on AWS?

use orch_model::kind::{AclEntry, FirewallRule, FirewallStage, NetworkAcl, Route, RuleAction};
use orch_model::{Field, Provider, Text, Uid};

use crate::dice::Dice;

use super::{
    Topology, anything, balancer, block, blocks, card, firewall, ip, ips, named, ports, protocol,
    random_listener, route, routes, rule, scope, sender, subnet, uids, vpc, word,
};

const NET: &str = "vpc";
const SUBNETS: [(&str, &str); 3] = [
    ("subnet-1", "10.0.1.0/24"),
    ("subnet-2", "10.0.2.0/24"),
    ("subnet-3", "10.0.3.0/24"),
];

/// A network that is open enough for the details to matter.
pub(crate) fn random(dice: &mut Dice) -> Topology {
    let scope = scope(Provider::Aws);
    let mut topology = Topology {
        resources: Vec::new(),
        subject: Uid::new("interface"),
    };
    // Where every gate is half closed nothing gets through all of them: some stand open.
    let [blocks, ways, filters, groups] = [0; 4].map(|_| dice.chance(50));
    let mut net = vpc(&["10.0.0.0/16", "2600:1f18:100::/56"]);
    if blocks {
        net.blocks_internet = blocked(dice, 60);
    }
    if dice.chance(98) {
        topology.add(&scope, NET, net);
    }
    for (at, (uid, of)) in SUBNETS.into_iter().enumerate() {
        let mut body = subnet(NET, &[of]);
        if blocks {
            body.blocks_internet = blocked(dice, 80);
        }
        if dice.chance(if at == 2 { 60 } else { 98 }) {
            topology.add(&scope, uid, body);
        }
    }
    if dice.chance(96) {
        topology.add(
            &scope,
            "routes-main",
            routes(NET, true, &[], random_routes(dice, ways)),
        );
    }
    if dice.chance(50) {
        let of = dice.weighted(&[
            (3, vec!["subnet-1"]),
            (2, vec!["subnet-1", "subnet-2"]),
            (2, vec!["subnet-2"]),
        ]);
        topology.add(
            &scope,
            "routes-own",
            routes(NET, false, &of, random_routes(dice, ways)),
        );
    }
    if dice.chance(97) {
        topology.add(&scope, "acl-default", acl(dice, true, &[], filters));
    }
    if dice.chance(45) {
        let of = dice.weighted(&[
            (3, vec!["subnet-1"]),
            (2, vec!["subnet-1", "subnet-2"]),
            (2, vec!["subnet-2"]),
        ]);
        topology.add(&scope, "acl-own", acl(dice, false, &of, filters));
    }
    for uid in ["group-1", "group-2", "group-of-balancer"] {
        let mut rules: Vec<_> = (0..dice.below(5)).map(|_| group_rule(dice)).collect();
        if !groups && dice.chance(80) {
            rules.push(anything(RuleAction::Allow, Field::None));
        }
        if dice.chance(96) {
            topology.add(
                &scope,
                uid,
                firewall(FirewallStage::SecurityGroup, NET, rules),
            );
        }
    }
    let mut own = card(NET, "subnet-1", "instance");
    own.attached = dice.chance(96);
    own.public_addresses = dice.weighted(&[
        (84, Field::Value(ips(&["52.7.7.7"]))),
        (3, Field::Value(Vec::new())),
        (5, Field::None),
        (8, Field::NotRead),
    ]);
    own.ipv6_addresses = dice.weighted(&[
        (80, ips(&["2600:1f18:100::10"])),
        (12, Vec::new()),
        (5, ips(&["fd00::10"])),
    ]);
    own.firewalls = dice.weighted(&[
        (50, uids(&["group-1"])),
        (40, uids(&["group-1", "group-2"])),
        (5, uids(&["group-2", "group-not-read"])),
        (3, Vec::new()),
    ]);
    if dice.chance(2) {
        own.subnet = Field::NotRead;
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

fn blocked(dice: &mut Dice, none: usize) -> Field<Text> {
    dice.weighted(&[
        (none, Field::None),
        (100 - none, word("off")),
        (3, word("ingress")),
        (3, word("both")),
        (2, Field::NotRead),
    ])
}

fn random_routes(dice: &mut Dice, any: bool) -> Vec<Route> {
    if !any {
        return vec![
            route("10.0.0.0/16", "local"),
            route("0.0.0.0/0", "internet-gateway"),
            route("::/0", "internet-gateway"),
        ];
    }
    let ways: &[(usize, &str)] = &[
        (40, "internet-gateway"),
        (8, "nat-gateway"),
        (4, "local"),
        (4, "none"),
        (4, "peering"),
        (4, "egress-only-gateway"),
        (4, "transit-gateway"),
        (3, "endpoint"),
        (3, "interface"),
        (2, "instance"),
        (2, "vpn-gateway"),
        (2, "appliance"),
        (1, "other"),
    ];
    let mut of = vec![route("10.0.0.0/16", "local")];
    let defaults: &[(usize, &str)] = &[
        (85, "internet-gateway"),
        (8, "nat-gateway"),
        (5, "transit-gateway"),
    ];
    if dice.chance(90) {
        of.push(route("0.0.0.0/0", dice.weighted(defaults)));
    }
    let defaults: &[(usize, &str)] = &[
        (70, "internet-gateway"),
        (25, "egress-only-gateway"),
        (5, "appliance"),
    ];
    if dice.chance(80) {
        of.push(route("::/0", dice.weighted(defaults)));
    }
    for _ in 0..dice.below(4) {
        let destination = sender(dice).to_string();
        if of.iter().all(|one| one.destination != destination) {
            let mut one = route(&destination, dice.weighted(ways));
            one.active = dice.chance(85);
            of.push(one);
        }
    }
    if dice.chance(6) {
        let way: &[(usize, &str)] = &[
            (5, "endpoint"),
            (2, "internet-gateway"),
            (2, "transit-gateway"),
            (1, "nat-gateway"),
        ];
        of.push(route("pl-1", dice.weighted(way)));
    }
    // The order of a table means nothing.
    let turn = dice.below(of.len());
    of.rotate_left(turn);
    if dice.chance(5) {
        of[0].active = false;
    }
    of
}

fn acl(dice: &mut Dice, default: bool, subnets: &[&str], any: bool) -> NetworkAcl {
    let mut entries = Vec::new();
    for egress in [false, true] {
        if !any || dice.chance(40) {
            entries.extend([
                entry(100, egress, true, "0.0.0.0/0"),
                entry(101, egress, true, "::/0"),
            ]);
            continue;
        }
        let mut numbers: Vec<i64> = (90..100).collect();
        for _ in 0..dice.below(4) {
            let number = numbers.remove(dice.below(numbers.len()));
            let mut one = entry(number, egress, dice.chance(45), "0.0.0.0/0");
            one.protocol = protocol(dice);
            [one.from_port, one.to_port] = ports(dice, &one.protocol, false);
            one.block = sender(dice);
            entries.push(one);
        }
        if dice.chance(75) {
            let mut last = [
                entry(200, egress, true, "0.0.0.0/0"),
                entry(201, egress, true, "::/0"),
            ];
            if egress && dice.chance(30) {
                for one in &mut last {
                    one.protocol = "tcp".into();
                    [one.from_port, one.to_port] = [Field::Value(1024), Field::Value(65535)];
                }
            }
            entries.extend(last);
        }
        // Whether a first entry that lets all of one family through is "everything" is not ours to ask.
        let first = entries.iter_mut().filter(|one| one.egress == egress);
        if let Some(first) = first.min_by_key(|one| one.number)
            && first.block == block("::/0")
        {
            first.block = block("0.0.0.0/0");
        }
    }
    // They come as read; the numbers are their order.
    let turn = dice.below(entries.len().max(1));
    entries.rotate_left(turn);
    NetworkAcl {
        vpc: Uid::new(NET),
        is_default: default,
        subnets: uids(subnets),
        entries,
    }
}

/// An entry for every protocol.
pub(crate) fn entry(number: i64, egress: bool, allow: bool, of: &str) -> AclEntry {
    AclEntry {
        number,
        egress,
        allow,
        protocol: "all".into(),
        from_port: Field::None,
        to_port: Field::None,
        block: block(of),
    }
}

fn group_rule(dice: &mut Dice) -> FirewallRule {
    let mut rule = rule(dice, false);
    match dice.below(100) {
        0..15 => {
            rule.firewalls = uids(&["group-of-balancer"]);
            rule.blocks.clear();
        }
        15..20 => {
            rule.firewalls = uids(&["group-1"]);
            rule.blocks.clear();
        }
        20..35 => {
            let near: &[&str] = &["10.0.1.50/32", "10.0.1.51/32", "10.0.0.0/16", "10.0.2.0/24"];
            rule.blocks = blocks(&[dice.pick(near)]);
        }
        35..38 => rule.some_source_ports = true,
        38..41 => rule.unmodelled = vec!["geo location".into()],
        _ => {}
    }
    rule
}

fn random_balancer(dice: &mut Dice) -> orch_model::kind::NetworkLoadBalancer {
    let purposes: &[(usize, &str)] = &[
        (30, "application"),
        (45, "network"),
        (15, "classic"),
        (5, "gateway"),
    ];
    let purpose = dice.weighted(purposes);
    let keeps = purpose == "network" && dice.chance(60);
    let listeners = (0..=dice.below(2)).map(|_| random_listener(dice, "interface", keeps));
    let mut body = balancer(purpose, NET, listeners.collect());
    body.internet_facing = dice.weighted(&[
        (88, Field::Value(true)),
        (6, Field::Value(false)),
        (2, Field::None),
        (4, Field::NotRead),
    ]);
    body.subnets = dice.weighted(&[
        (40, uids(&["subnet-1"])),
        (20, uids(&["subnet-2"])),
        (25, uids(&["subnet-1", "subnet-2"])),
        (10, uids(&["subnet-2", "subnet-3"])),
    ]);
    body.firewalls = dice.weighted(&[
        (50, Field::Value(uids(&["group-of-balancer"]))),
        (20, Field::None),
        (15, Field::Value(Vec::new())),
        (5, Field::Value(uids(&["group-not-read"]))),
        (5, Field::NotRead),
    ]);
    body.public_addresses = dice.weighted(&[
        (50, Field::Value(ips(&["52.99.0.1"]))),
        (30, Field::Value(ips(&["52.99.0.1", "2600:1f18:100::99"]))),
        (8, Field::None),
        (6, Field::NotRead),
    ]);
    body.private_addresses = dice.weighted(&[
        (75, Field::Value(ips(&["10.0.1.50", "10.0.2.50"]))),
        (10, Field::Value(vec![ip("10.0.1.51")])),
        (12, Field::NotRead),
        (4, Field::None),
    ]);
    body.vpc = dice.weighted(&[
        (84, named(NET)),
        (10, named("vpc-of-another")),
        (4, Field::NotRead),
    ]);
    if dice.chance(4) {
        body.unmodelled = vec!["rules by path".into()];
    }
    body
}
