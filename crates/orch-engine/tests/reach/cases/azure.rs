//! What does Azure document of the situations that are easily got wrong?

use orch_model::kind::{FirewallRule, FirewallStage, RuleAction};
use orch_model::{Field, Provider, Uid};

use super::{Case, ICMP, TCP, placed, ranged};
use crate::brute::Told::{No, Unknown, Yes};
use crate::topology::azure::{address, filters, provider_rules};
use crate::topology::{
    Topology, anything, balancer, blocks, card, firewall, ip, ips, listener, named, route, routes,
    scope, subnet, target, uids, vpc, word,
};
use RuleAction::{Allow, AlwaysAllow, Deny};

/// A machine with a standard address, ssh allowed by the one group, which is its own.
fn open() -> Case {
    let scope = scope(Provider::Azure);
    let mut topology = Topology {
        resources: Vec::new(),
        subject: Uid::new("interface"),
    };
    topology.add(&scope, "vnet", vpc(&["10.0.0.0/16"]));
    topology.add(&scope, "subnet-1", subnet("vnet", &["10.0.1.0/24"]));
    topology.add(&scope, "address-1", address(&word("standard")));
    let ssh = ranged("tcp", 22, 22, &["0.0.0.0/0", "::/0"]);
    topology.add(&scope, "nsg", group(vec![placed(300, Allow, ssh)]));
    let mut own = card("vnet", "subnet-1", "instance");
    own.firewalls = uids(&["nsg"]);
    own.addresses = uids(&["address-1"]);
    own.public_addresses = Field::Value(ips(&["52.7.7.7"]));
    topology.add(&scope, "interface", own);
    Case { topology }
}

fn group(mut rules: Vec<FirewallRule>) -> orch_model::kind::NetworkFirewall {
    rules.extend(provider_rules());
    firewall(FirewallStage::NetworkSecurityGroup, "vnet", rules)
}

fn ssh(senders: &[&str]) -> FirewallRule {
    ranged("tcp", 22, 22, senders)
}

/// The machine has no public address; port 50001 of a balancer leads to its ssh.
fn behind() -> Case {
    let mut case = open();
    let own = case.card("interface");
    own.public_addresses = Field::None;
    own.addresses.clear();
    let targets = vec![target("interface", Field::Value(22))];
    let mut body = balancer(
        "passthrough",
        "vnet",
        vec![listener("tcp", [50001, 50001], true, targets)],
    );
    body.sku = word("Standard");
    case.topology.add(&scope(Provider::Azure), "balancer", body);
    case
}

#[test]
fn a_refusal_above_a_permission_wins_and_below_it_does_not() {
    let mut case = open();
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 80, "8.8.8.8", No)]);
    case.firewall("nsg")
        .ingress
        .push(placed(200, Deny, ssh(&["8.8.8.0/24"])));
    case.tells(&[(TCP, 22, "8.8.8.8", No), (TCP, 22, "8.8.9.8", Yes)]);
    for (place, told) in [(300, No), (301, Yes)] {
        case.firewall("nsg").ingress.last_mut().unwrap().priority = Field::Value(place);
        case.tells(&[(TCP, 22, "8.8.8.8", told)]);
    }
}

#[test]
fn a_disabled_rule_does_nothing() {
    let mut case = open();
    let mut refusal = placed(200, Deny, ssh(&["0.0.0.0/0"]));
    refusal.disabled = true;
    case.firewall("nsg").ingress.push(refusal);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.firewall("nsg").ingress[0].disabled = true;
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
}

#[test]
fn the_group_of_the_subnet_and_that_of_the_card_must_both_allow() {
    let mut case = open();
    case.topology
        .add(&scope(Provider::Azure), "nsg-2", group(Vec::new()));
    case.subnet("subnet-1").firewalls = Field::Value(uids(&["nsg-2"]));
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    case.firewall("nsg-2")
        .ingress
        .push(anything(Allow, Field::Value(4000)));
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 80, "8.8.8.8", No)]);
    case.subnet("subnet-1").firewalls = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown), (TCP, 80, "8.8.8.8", No)]);
}

#[test]
fn without_a_group_a_basic_address_is_open_and_a_standard_one_closed() {
    let mut case = open();
    case.card("interface").firewalls.clear();
    case.tells(&[(TCP, 80, "8.8.8.8", No)]);
    case.address("address-1").sku = word("basic");
    case.tells(&[(TCP, 80, "8.8.8.8", Yes)]);
    case.address("address-1").sku = Field::NotRead;
    case.tells(&[(TCP, 80, "8.8.8.8", Unknown)]);
    case.without("address-1");
    case.tells(&[(TCP, 80, "8.8.8.8", Unknown)]);
}

#[test]
fn an_administrators_always_allow_skips_the_groups_and_an_allow_does_not() {
    let mut case = open();
    let admin = firewall(
        FirewallStage::AdminRules,
        "vnet",
        vec![anything(Allow, Field::Value(10))],
    );
    case.topology.add(&scope(Provider::Azure), "admin", admin);
    case.vpc("vnet").filters = Field::Value(filters(&["admin"]));
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 80, "8.8.8.8", No)]);
    case.firewall("admin").ingress[0].action = AlwaysAllow;
    case.tells(&[(TCP, 80, "8.8.8.8", Yes)]);
    case.firewall("admin").ingress[0].action = Deny;
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    case.vpc("vnet").filters = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
}

#[test]
fn tags_of_the_provider_stand_for_blocks() {
    let mut case = open();
    let from = |peer: &str| FirewallRule {
        peers: vec![peer.into()],
        ..ssh(&[])
    };
    for (peer, told) in [
        ("Internet", Yes),
        ("VirtualNetwork", No),
        ("AzureLoadBalancer", No),
        ("NoSuchTag.Anywhere", Unknown),
    ] {
        case.firewall("nsg").ingress[0] = placed(300, Allow, from(peer));
        case.tells(&[(TCP, 22, "8.8.8.8", told)]);
    }
    // Neither blocks nor tags: nobody is meant.
    case.firewall("nsg").ingress[0] = placed(300, Allow, ssh(&[]));
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    // A network may have public blocks of its own, and so may one that it is joined with.
    case.firewall("nsg").ingress[0] = placed(300, Allow, from("VirtualNetwork"));
    case.topology
        .add(&scope(Provider::Azure), "vnet-2", vpc(&["8.8.8.0/24"]));
    case.vpc("vnet").peers = uids(&["vnet-2"]);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 22, "8.8.9.8", No)]);
}

#[test]
fn a_rule_for_members_or_for_an_address_is_for_no_other() {
    let mut case = open();
    case.firewall("nsg").ingress[0].members = vec!["asg-web".into()];
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    case.card("interface").memberships = vec!["asg-web".into()];
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.firewall("nsg").ingress[0].members.clear();
    case.firewall("nsg").ingress[0].local_blocks = blocks(&["10.0.1.11/32"]);
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    case.firewall("nsg").ingress[0].local_blocks = blocks(&["10.0.1.10/32"]);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn the_sender_chooses_its_own_port() {
    let mut case = open();
    case.firewall("nsg").ingress[0].some_source_ports = true;
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    let mut refusal = placed(200, Deny, ssh(&["0.0.0.0/0"]));
    refusal.some_source_ports = true;
    case.firewall("nsg").ingress.push(refusal);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn a_condition_that_nobody_follows_may_hold_and_may_not() {
    let mut case = open();
    let mut refusal = placed(200, Deny, ssh(&["0.0.0.0/0"]));
    refusal.unmodelled = vec!["geo location".into()];
    case.firewall("nsg").ingress.push(refusal);
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown), (TCP, 80, "8.8.8.8", No)]);
    // Where the answer is the same either way it is known.
    case.firewall("nsg").ingress[0].action = Deny;
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
}

#[test]
fn a_machine_behind_a_nat_rule_is_reached_on_the_port_behind_it() {
    let mut case = behind();
    case.tells(&[
        (TCP, 22, "8.8.8.8", Yes),
        (TCP, 50001, "8.8.8.8", No),
        (TCP, 22, "2a00::1", No),
    ]);
    case.card("interface").firewalls.clear();
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    case.balancer("balancer").sku = word("Basic");
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn a_users_route_decides_whether_the_answer_leaves() {
    let mut case = open();
    case.subnet("subnet-1").route_table = named("routes");
    let ways = vec![
        route("128.0.0.0/1", "none"),
        route("52.0.0.0/8", "appliance"),
    ];
    case.topology.add(
        &scope(Provider::Azure),
        "routes",
        routes("vnet", false, &["subnet-1"], ways),
    );
    case.tells(&[
        (TCP, 22, "8.8.8.8", Yes),
        (TCP, 22, "128.0.0.0", No),
        (TCP, 22, "52.0.0.0", Unknown),
        (TCP, 80, "52.0.0.0", No),
    ]);
    case.table("routes")
        .routes
        .push(route("0.0.0.0/0", "appliance"));
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
    case.table("routes").routes.last_mut().unwrap().active = false;
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.subnet("subnet-1").route_table = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
}

#[test]
fn a_gateway_speaks_for_the_client_from_its_own_subnet() {
    let mut case = open();
    let own = case.card("interface");
    own.public_addresses = Field::None;
    own.addresses.clear();
    let targets = vec![target("interface", Field::Value(8080))];
    let mut body = balancer(
        "application",
        "vnet",
        vec![listener("tcp", [443, 443], false, targets)],
    );
    body.subnets = uids(&["subnet-2"]);
    body.sku = word("WAF_v2");
    case.topology.add(&scope(Provider::Azure), "balancer", body);
    case.topology.add(
        &scope(Provider::Azure),
        "subnet-2",
        subnet("vnet", &["10.0.9.0/24"]),
    );
    // The provider's own rule lets the network in.
    case.tells(&[(TCP, 8080, "8.8.8.8", Yes), (TCP, 443, "8.8.8.8", No)]);
    let refusal = placed(200, Deny, ranged("tcp", 8080, 8080, &["10.0.9.0/25"]));
    case.firewall("nsg").ingress.push(refusal);
    case.tells(&[(TCP, 8080, "8.8.8.8", Unknown)]);
    case.firewall("nsg").ingress.last_mut().unwrap().blocks = blocks(&["10.0.9.0/24"]);
    case.tells(&[(TCP, 8080, "8.8.8.8", No)]);
    case.firewall("nsg").ingress.pop();
    case.topology
        .add(&scope(Provider::Azure), "nsg-2", group(Vec::new()));
    case.subnet("subnet-2").firewalls = Field::Value(uids(&["nsg-2"]));
    case.tells(&[(TCP, 8080, "8.8.8.8", No)]);
    let https = placed(200, Allow, ranged("tcp", 443, 443, &["8.8.8.0/24"]));
    case.firewall("nsg-2").ingress.push(https);
    case.tells(&[(TCP, 8080, "8.8.8.8", Yes), (TCP, 8080, "8.8.9.8", No)]);
}

#[test]
fn an_interface_of_ipv6_only_is_reached_by_ipv6_only() {
    let mut case = open();
    case.card("interface").public_addresses = Field::Value(ips(&["2600:1f18:100::7"]));
    case.tells(&[(TCP, 22, "8.8.8.8", No), (TCP, 22, "2a00::1", Yes)]);
}

#[test]
fn a_rule_whose_senders_were_not_told_may_mean_anybody() {
    let mut case = open();
    let rule = &mut case.firewall("nsg").ingress[0];
    rule.blocks.clear();
    rule.unmodelled = vec!["peers not told".into()];
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown), (TCP, 23, "8.8.8.8", No)]);
}

#[test]
fn a_gateway_asks_from_inside_where_no_tier_refuses() {
    let mut case = behind();
    case.card("interface").firewalls.clear();
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    let body = case.balancer("balancer");
    body.purpose = "application".into();
    body.sku = word("Standard_v2");
    body.subnets = uids(&["subnet-1"]);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn what_certainly_refuses_does_so_beside_what_is_not_known() {
    let mut case = open();
    let ways = vec![route("8.8.8.0/24", "none")];
    let ways = routes("vnet", false, &["subnet-1"], ways);
    case.topology.add(&scope(Provider::Azure), "routes", ways);
    case.subnet("subnet-1").route_table = named("routes");
    case.without("vnet");
    case.tells(&[(TCP, 22, "8.8.8.8", No), (TCP, 22, "8.8.9.8", Unknown)]);
    // A rule for everything whose ports were not read: no matter for what has none.
    let mut case = open();
    let mut refusal = placed(
        200,
        Deny,
        FirewallRule::of("all".into(), Field::NotRead, Field::NotRead),
    );
    refusal.blocks = blocks(&["8.8.8.0/24"]);
    case.firewall("nsg").ingress = vec![refusal, placed(300, Allow, anything(Allow, Field::None))];
    case.tells(&[
        (ICMP, 0, "8.8.8.8", No),
        (TCP, 22, "8.8.8.8", Unknown),
        (ICMP, 0, "8.8.9.8", Yes),
    ]);
}

#[test]
fn an_interface_that_does_not_tell_its_network_is_in_that_of_its_subnet() {
    let mut case = open();
    case.card("interface").vpc = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 23, "8.8.8.8", No)]);
    let mut case = behind();
    let mut one = target("interface", Field::Value(22));
    one.interface = Field::None;
    one.address = Field::Value(ip("10.0.1.10"));
    case.balancer("balancer").listeners =
        Field::Value(vec![listener("tcp", [50001, 50001], true, vec![one])]);
    case.card("interface").vpc = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    // Nobody knows its network: the balancer may mean it.
    case.without("subnet-1");
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
}
