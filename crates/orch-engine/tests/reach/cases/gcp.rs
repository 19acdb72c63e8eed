//! What does Google Cloud document of the situations that are easily got wrong?

use orch_model::kind::{FirewallRule, FirewallStage, NetworkFilter, RuleAction};
use orch_model::{Field, Provider, Text, Uid};

use super::{Case, TCP, placed, ranged};
use crate::brute::Told::{No, Unknown, Yes};
use crate::topology::{
    REGION, Topology, anything, balancer, blocks, card, firewall, ips, listener, named, route,
    routes, scope, subnet, target, vpc, word,
};
use RuleAction::{Allow, Deny, Next};

/// A machine with an external address in a network whose one rule admits ssh.
fn open() -> Case {
    let here = scope(Provider::Gcp);
    let scope = here.global();
    let mut topology = Topology {
        resources: Vec::new(),
        subject: Uid::new("interface"),
    };
    topology.add(&scope, "network", vpc(&[]));
    let mut ways = vec![route("0.0.0.0/0", "internet-gateway")];
    ways[0].priority = Field::Value(1000);
    topology.add(
        &scope,
        "network/routes",
        routes("network", false, &[], ways),
    );
    topology.add(&here, "subnet", subnet("network", &["10.0.1.0/24"]));
    let mut case = Case { topology };
    case.add_rule("ssh", placed(1000, Allow, ssh(&["0.0.0.0/0"])));
    let mut own = card("network", "subnet", "instance");
    own.memberships = vec!["tag:web".into()];
    own.public_addresses = Field::Value(ips(&["52.7.7.7"]));
    case.topology.add(&here, "interface", own);
    case
}

impl Case {
    fn add_rule(&mut self, uid: &str, rule: FirewallRule) {
        let body = firewall(FirewallStage::VpcRule, "network", vec![rule]);
        self.topology.add(&scope(Provider::Gcp).global(), uid, body);
    }

    /// A policy of one rule that is asked before the network's own.
    fn add_policy(&mut self, rule: FirewallRule, region: Field<Text>) {
        let body = firewall(FirewallStage::Policy, "network", vec![rule]);
        self.topology
            .add(&scope(Provider::Gcp).global(), "policy", body);
        let first = NetworkFilter {
            firewall: named("policy"),
            region,
        };
        let own = NetworkFilter {
            firewall: Field::None,
            region: Field::None,
        };
        self.vpc("network").filters = Field::Value(vec![first, own]);
    }
}

fn ssh(senders: &[&str]) -> FirewallRule {
    ranged("tcp", 22, 22, senders)
}

/// The machine has no external address; a balancer listens on ports 20 to 30.
fn behind(purpose: &str) -> Case {
    let mut case = open();
    case.card("interface").public_addresses = Field::None;
    let targets = vec![target("interface", Field::None)];
    let listeners = vec![listener("tcp", [20, 30], purpose == "passthrough", targets)];
    let mut body = balancer(purpose, "network", listeners);
    if purpose == "proxy" {
        body.source_blocks = blocks(&["35.191.0.0/16", "130.211.0.0/22"]);
    }
    case.topology.add(&scope(Provider::Gcp), "balancer", body);
    case
}

#[test]
fn nothing_comes_in_that_no_rule_admits() {
    let mut case = open();
    case.tells(&[
        (TCP, 22, "8.8.8.8", Yes),
        (TCP, 80, "8.8.8.8", No),
        (TCP, 22, "2a00::1", No),
    ]);
    case.firewall("ssh").ingress[0].disabled = true;
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    let mut case = open();
    case.firewall("ssh").vpc = named("network-of-another");
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
}

#[test]
fn at_one_place_a_refusal_comes_before_a_permission() {
    let mut case = open();
    for (place, told) in [(999, No), (1000, No), (1001, Yes)] {
        case.without("refusal");
        case.add_rule("refusal", placed(place, Deny, ssh(&["8.8.8.0/24"])));
        case.tells(&[(TCP, 22, "8.8.8.8", told), (TCP, 22, "8.8.9.8", Yes)]);
    }
}

#[test]
fn a_policy_allows_for_good_refuses_for_good_or_hands_on() {
    for (action, ssh_told, web_told) in [(Allow, Yes, Yes), (Deny, No, No), (Next, Yes, No)] {
        let mut case = open();
        case.add_rule(
            "refusal",
            placed(10, Deny, ranged("tcp", 80, 80, &["0.0.0.0/0"])),
        );
        case.add_policy(anything(action, Field::Value(1)), Field::None);
        case.tells(&[
            (TCP, 22, "8.8.8.8", ssh_told),
            (TCP, 80, "8.8.8.8", web_told),
        ]);
    }
    // What is handed on is not asked of the rest of the same policy.
    let mut case = open();
    case.add_policy(anything(Next, Field::Value(1)), Field::None);
    case.firewall("policy")
        .ingress
        .push(anything(Deny, Field::Value(2)));
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn a_policy_of_another_region_is_not_asked() {
    for (region, told) in [
        (word(REGION), No),
        (word("elsewhere-1"), Yes),
        (Field::None, No),
    ] {
        let mut case = open();
        case.add_policy(anything(Deny, Field::Value(1)), region);
        case.tells(&[(TCP, 22, "8.8.8.8", told)]);
    }
}

#[test]
fn what_was_not_read_of_policies_is_unknown_unless_decided_before() {
    let mut case = open();
    case.add_policy(placed(1, Allow, ssh(&["8.8.8.0/24"])), Field::None);
    case.without("policy");
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
    let mut case = open();
    case.add_policy(placed(1, Allow, ssh(&["8.8.8.0/24"])), Field::None);
    let missing = NetworkFilter {
        firewall: named("policy-not-read"),
        region: Field::None,
    };
    if let Field::Value(filters) = &mut case.vpc("network").filters {
        filters.insert(1, missing);
    }
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 22, "8.8.9.8", Unknown)]);
    case.vpc("network").filters = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
}

#[test]
fn a_rule_for_a_tag_is_for_those_that_carry_it() {
    let mut case = open();
    case.firewall("ssh").ingress[0].members = vec!["tag:web".into(), "tag:db".into()];
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.firewall("ssh").ingress[0].members = vec!["tag:db".into()];
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    // A tag of senders is never the internet.
    let mut case = open();
    case.firewall("ssh").ingress[0].blocks.clear();
    case.firewall("ssh").ingress[0].peers = vec!["tag:web".into()];
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
}

#[test]
fn routes_go_by_length_then_by_place_and_by_tag() {
    let mut case = open();
    let mut away = route("8.8.8.0/24", "instance");
    away.priority = Field::Value(1000);
    case.table("network/routes").routes.push(away);
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown), (TCP, 22, "8.8.9.8", Yes)]);
    case.table("network/routes").routes[1].tags = vec!["db".into()];
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.table("network/routes").routes[1].tags = vec!["web".into()];
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
    let mut back = route("8.8.8.0/24", "internet-gateway");
    for (place, told) in [(999, Yes), (1000, Unknown), (1001, Unknown)] {
        back.priority = Field::Value(place);
        case.table("network/routes").routes.truncate(2);
        case.table("network/routes").routes.push(back.clone());
        case.tells(&[(TCP, 22, "8.8.8.8", told)]);
    }
    case.table("network/routes").routes.truncate(1);
    case.table("network/routes").routes[0].via = "peering".into();
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
}

#[test]
fn a_balancer_that_hands_packets_on_leaves_it_to_the_rules_of_the_target() {
    let mut case = behind("passthrough");
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 23, "8.8.8.8", No)]);
    case.add_rule(
        "wide",
        placed(1000, Allow, ranged("tcp", 0, 65535, &["0.0.0.0/0"])),
    );
    case.tells(&[
        (TCP, 19, "8.8.8.8", No),
        (TCP, 20, "8.8.8.8", Yes),
        (TCP, 30, "8.8.8.8", Yes),
        (TCP, 31, "8.8.8.8", No),
    ]);
}

#[test]
fn a_rule_for_an_address_sees_that_of_the_balancer_on_what_it_hands_on() {
    let mut case = behind("passthrough");
    case.firewall("ssh").ingress[0].local_blocks = blocks(&["52.99.0.1/32"]);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.firewall("ssh").ingress[0].local_blocks = blocks(&["10.0.2.0/24"]);
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    let mut case = open();
    case.firewall("ssh").ingress[0].local_blocks = blocks(&["10.0.1.0/24"]);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn behind_a_proxy_its_own_blocks_are_the_senders() {
    let mut case = behind("proxy");
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    for (senders, told) in [
        (vec!["35.191.0.0/16", "130.211.0.0/22"], Yes),
        (vec!["35.191.0.0/16"], Unknown),
        (vec!["8.8.8.0/24"], No),
    ] {
        case.firewall("ssh").ingress[0].blocks = blocks(&senders);
        case.tells(&[(TCP, 22, "8.8.8.8", told)]);
    }
    // The answer leaves through the proxy: the network needs no way to the internet.
    case.firewall("ssh").ingress[0].blocks = blocks(&["0.0.0.0/0"]);
    case.table("network/routes").routes.clear();
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn an_interface_of_ipv6_only_is_reached_by_ipv6_only() {
    let mut case = open();
    let own = case.card("interface");
    own.public_addresses = Field::None;
    own.ipv6_addresses = ips(&["2600:1f18:100::10"]);
    case.add_rule("ssh6", placed(1000, Allow, ssh(&["::/0"])));
    case.tells(&[(TCP, 22, "2a00::1", No)]);
    let mut way = route("::/0", "internet-gateway");
    way.priority = Field::Value(1000);
    case.table("network/routes").routes.push(way);
    case.tells(&[(TCP, 22, "8.8.8.8", No), (TCP, 22, "2a00::1", Yes)]);
}

#[test]
fn a_balancer_that_hands_packets_on_leaves_its_own_address_on_them() {
    let mut case = behind("passthrough");
    case.firewall("ssh").ingress[0].local_blocks = blocks(&["10.0.1.0/24"]);
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    let mut case = behind("passthrough");
    case.firewall("ssh").ingress[0].local_blocks = blocks(&["52.99.0.1/32"]);
    case.balancer("balancer").public_addresses = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
}

#[test]
fn of_a_network_that_was_not_read_not_all_routes_need_be_known() {
    let mut case = open();
    case.table("network/routes").routes.clear();
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    case.without("network");
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
}
