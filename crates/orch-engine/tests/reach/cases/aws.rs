//! What does AWS document of the situations that are easily got wrong?

use orch_model::kind::{FirewallRule, FirewallStage, NetworkAcl, PrefixList};
use orch_model::{Field, Provider, Uid};

use super::{Case, ICMP, TCP, UDP, ranged};
use crate::brute::Told::{No, Unknown, Yes};
use crate::topology::aws::entry;
use crate::topology::{
    Topology, balancer, card, firewall, ip, ips, listener, named, route, routes, scope, subnet,
    target, uids, vpc, word,
};

/// An interface that answers to ssh from anywhere.
fn open() -> Case {
    let scope = scope(Provider::Aws);
    let mut topology = Topology {
        resources: Vec::new(),
        subject: Uid::new("interface"),
    };
    topology.add(&scope, "vpc", vpc(&["10.0.0.0/16"]));
    topology.add(&scope, "subnet-1", subnet("vpc", &["10.0.1.0/24"]));
    topology.add(&scope, "subnet-2", subnet("vpc", &["10.0.2.0/24"]));
    let ways = vec![
        route("10.0.0.0/16", "local"),
        route("0.0.0.0/0", "internet-gateway"),
        route("::/0", "internet-gateway"),
    ];
    topology.add(&scope, "routes", routes("vpc", true, &[], ways));
    topology.add(&scope, "acl", acl(true, &[]));
    let ssh = vec![ranged("tcp", 22, 22, &["0.0.0.0/0", "::/0"])];
    topology.add(
        &scope,
        "group",
        firewall(FirewallStage::SecurityGroup, "vpc", ssh),
    );
    let mut own = card("vpc", "subnet-1", "instance");
    own.firewalls = uids(&["group"]);
    own.public_addresses = Field::Value(ips(&["52.7.7.7"]));
    own.ipv6_addresses = ips(&["2600:1f18:100::10"]);
    topology.add(&scope, "interface", own);
    Case { topology }
}

fn acl(default: bool, subnets: &[&str]) -> NetworkAcl {
    NetworkAcl {
        vpc: Uid::new("vpc"),
        is_default: default,
        subnets: uids(subnets),
        entries: vec![
            entry(100, false, true, "0.0.0.0/0"),
            entry(101, false, true, "::/0"),
            entry(100, true, true, "0.0.0.0/0"),
            entry(101, true, true, "::/0"),
        ],
    }
}

/// The interface has no public address; a balancer in its subnet listens on 443 for its port 8080.
fn behind(purpose: &str, keeps_client: bool) -> Case {
    let mut case = open();
    let own = case.card("interface");
    own.public_addresses = Field::None;
    own.ipv6_addresses.clear();
    let targets = vec![target("interface", Field::Value(8080))];
    let mut body = balancer(
        purpose,
        "vpc",
        vec![listener("tcp", [443, 443], keeps_client, targets)],
    );
    body.subnets = uids(&["subnet-1"]);
    body.private_addresses = Field::Value(ips(&["10.0.1.50"]));
    body.firewalls = Field::Value(uids(&["group-of-balancer"]));
    let scope = scope(Provider::Aws);
    let https = vec![ranged("tcp", 443, 443, &["0.0.0.0/0"])];
    let https = firewall(FirewallStage::SecurityGroup, "vpc", https);
    case.topology.add(&scope, "group-of-balancer", https);
    case.topology.add(&scope, "balancer", body);
    case
}

#[test]
fn two_halves_are_everything_of_one_family() {
    let mut case = open();
    case.tells(&[
        (TCP, 22, "8.8.8.8", Yes),
        (TCP, 22, "2a00::1", Yes),
        (TCP, 23, "8.8.8.8", No),
    ]);
    case.firewall("group").ingress = vec![
        ranged("tcp", 22, 22, &["0.0.0.0/1"]),
        ranged("tcp", 22, 22, &["128.0.0.0/1"]),
    ];
    case.tells(&[
        (TCP, 22, "1.0.0.0", Yes),
        (TCP, 22, "126.255.255.255", Yes),
        (TCP, 22, "128.0.0.0", Yes),
        (TCP, 22, "223.255.255.255", Yes),
        (TCP, 22, "2a00::1", No),
    ]);
}

#[test]
fn a_range_covers_the_ports_of_administration_inside_it() {
    let mut case = open();
    case.firewall("group").ingress = vec![ranged("tcp", 20, 3389, &["0.0.0.0/0"])];
    case.tells(&[
        (TCP, 19, "8.8.8.8", No),
        (TCP, 20, "8.8.8.8", Yes),
        (TCP, 22, "8.8.8.8", Yes),
        (TCP, 3389, "8.8.8.8", Yes),
        (TCP, 3390, "8.8.8.8", No),
        (UDP, 3389, "8.8.8.8", No),
    ]);
    // Type and code of ICMP are no range of ports.
    case.firewall("group").ingress = vec![ranged("icmp", 8, 0, &["0.0.0.0/0"])];
    case.tells(&[(ICMP, 0, "8.8.8.8", Yes), (TCP, 8, "8.8.8.8", No)]);
}

#[test]
fn families_are_apart() {
    let mut case = open();
    case.firewall("group").ingress = vec![ranged("tcp", 22, 22, &["::/0"])];
    case.tells(&[(TCP, 22, "8.8.8.8", No), (TCP, 22, "2a00::1", Yes)]);
    case.card("interface").ipv6_addresses = ips(&["fd00::10"]);
    case.tells(&[(TCP, 22, "2a00::1", No)]);
    let mut case = open();
    case.card("interface").public_addresses = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown), (TCP, 22, "2a00::1", Yes)]);
}

#[test]
fn an_egress_only_gateway_lets_nobody_in() {
    let mut case = open();
    case.table("routes").routes[2] = route("::/0", "egress-only-gateway");
    case.tells(&[(TCP, 22, "2a00::1", No), (TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn the_most_specific_route_decides_and_a_black_hole_swallows() {
    let mut case = open();
    case.table("routes").routes[1] = route("0.0.0.0/0", "nat-gateway");
    case.table("routes")
        .routes
        .push(route("8.8.8.0/24", "internet-gateway"));
    case.tells(&[
        (TCP, 22, "8.8.7.255", No),
        (TCP, 22, "8.8.8.0", Yes),
        (TCP, 22, "8.8.8.255", Yes),
        (TCP, 22, "8.8.9.0", No),
    ]);
    let mut case = open();
    let mut hole = route("8.8.8.0/24", "internet-gateway");
    hole.active = false;
    case.table("routes").routes.push(hole);
    case.tells(&[(TCP, 22, "8.8.8.8", No), (TCP, 22, "8.8.9.8", Yes)]);
}

#[test]
fn a_route_to_a_prefix_list_is_open_unless_it_is_of_a_gateway_endpoint() {
    let mut case = open();
    case.table("routes").routes.push(route("pl-s3", "endpoint"));
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.table("routes")
        .routes
        .push(route("pl-office", "transit-gateway"));
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown), (TCP, 23, "8.8.8.8", No)]);
}

#[test]
fn subnets_without_a_table_of_their_own_use_the_main_one() {
    let mut case = open();
    let closed = routes(
        "vpc",
        false,
        &["subnet-1"],
        vec![route("10.0.0.0/16", "local")],
    );
    case.topology
        .add(&scope(Provider::Aws), "routes-own", closed);
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    case.without("routes-own");
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.without("routes");
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
}

#[test]
fn the_first_entry_of_an_acl_decides() {
    let mut case = open();
    let mut refusal = entry(90, false, false, "8.8.8.0/24");
    refusal.protocol = "tcp".into();
    [refusal.from_port, refusal.to_port] = [Field::Value(0), Field::Value(1023)];
    case.acl("acl").entries.push(refusal);
    case.tells(&[(TCP, 22, "8.8.8.8", No), (TCP, 22, "8.8.9.8", Yes)]);
    // Behind the permission it comes too late.
    case.acl("acl").entries.last_mut().unwrap().number = 110;
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    // The subnet's own ACL replaces the default one.
    let own = NetworkAcl {
        entries: Vec::new(),
        ..acl(false, &["subnet-1"])
    };
    case.topology.add(&scope(Provider::Aws), "acl-own", own);
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
}

#[test]
fn an_acl_that_keeps_answers_in_breaks_tcp() {
    let mut case = open();
    case.firewall("group")
        .ingress
        .push(ranged("udp", 53, 53, &["0.0.0.0/0"]));
    case.acl("acl").entries.retain(|entry| !entry.egress);
    case.tells(&[(TCP, 22, "8.8.8.8", No), (UDP, 53, "8.8.8.8", Yes)]);
    // One port is enough: a client may choose it.
    let mut one = entry(100, true, true, "8.8.8.0/24");
    one.protocol = "tcp".into();
    [one.from_port, one.to_port] = [Field::Value(40000), Field::Value(40000)];
    case.acl("acl").entries.push(one);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 22, "8.8.9.8", No)]);
}

#[test]
fn public_access_is_blocked_by_the_network_unless_the_subnet_says_otherwise() {
    let mut case = open();
    for (net, own, told) in [
        (word("ingress"), Field::None, No),
        (word("both"), Field::None, No),
        (word("off"), Field::None, Yes),
        (word("both"), word("off"), Yes),
        (word("off"), word("ingress"), No),
        (Field::NotRead, Field::None, Unknown),
        (Field::NotRead, word("off"), Yes),
    ] {
        case.vpc("vpc").blocks_internet = net;
        case.subnet("subnet-1").blocks_internet = own;
        case.tells(&[(TCP, 22, "8.8.8.8", told)]);
    }
}

#[test]
fn what_was_not_read_is_unknown_only_where_it_decides() {
    let mut case = open();
    case.card("interface").firewalls = uids(&["group", "group-not-read"]);
    case.tells(&[(TCP, 22, "8.8.8.8", Yes), (TCP, 23, "8.8.8.8", Unknown)]);
    let mut case = open();
    let mut rule = FirewallRule::of("tcp".into(), Field::Value(22), Field::Value(22));
    rule.prefix_lists = vec![PrefixList {
        id: "pl-1".into(),
        blocks: Field::NotRead,
    }];
    case.firewall("group").ingress = vec![rule];
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown), (TCP, 23, "8.8.8.8", No)]);
}

#[test]
fn disabled_rules_and_names_of_groups_admit_nobody_from_the_internet() {
    let mut case = open();
    case.firewall("group").ingress[0].disabled = true;
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    let mut rule = FirewallRule::of("all".into(), Field::None, Field::None);
    rule.firewalls = uids(&["group"]);
    case.firewall("group").ingress = vec![rule];
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
}

#[test]
fn behind_an_application_balancer_the_port_of_the_target_is_reached() {
    let mut case = behind("application", false);
    case.tells(&[(TCP, 8080, "8.8.8.8", No)]);
    let mut rule = FirewallRule::of("tcp".into(), Field::Value(8080), Field::Value(8080));
    rule.firewalls = uids(&["group-of-balancer"]);
    case.firewall("group").ingress = vec![rule];
    case.tells(&[
        (TCP, 8080, "8.8.8.8", Yes),
        (TCP, 443, "8.8.8.8", No),
        (TCP, 8080, "2a00::1", No),
        (UDP, 8080, "8.8.8.8", No),
    ]);
    // Its own groups stand before it, its own route and ACL too.
    case.firewall("group-of-balancer").ingress[0].blocks = vec!["52.0.0.0/8".parse().unwrap()];
    case.tells(&[(TCP, 8080, "8.8.8.8", No), (TCP, 8080, "52.0.0.0", Yes)]);
    case.balancer("balancer").internet_facing = Field::Value(false);
    case.tells(&[(TCP, 8080, "52.0.0.0", No)]);
}

#[test]
fn a_balancer_that_hides_the_client_is_admitted_by_its_own_address() {
    let mut case = behind("classic", false);
    case.firewall("group").ingress = vec![ranged("tcp", 8080, 8080, &["10.0.1.50/32"])];
    case.tells(&[(TCP, 8080, "8.8.8.8", Yes)]);
    case.balancer("balancer").private_addresses = Field::Value(ips(&["10.0.1.51"]));
    case.tells(&[(TCP, 8080, "8.8.8.8", No)]);
    case.balancer("balancer").private_addresses = Field::NotRead;
    case.tells(&[(TCP, 8080, "8.8.8.8", Unknown)]);
}

#[test]
fn a_network_balancer_that_keeps_the_client_leaves_it_to_the_groups_of_the_target() {
    let mut case = behind("network", true);
    case.firewall("group").ingress = vec![ranged("tcp", 8080, 8080, &["10.0.0.0/16"])];
    case.tells(&[(TCP, 8080, "8.8.8.8", No)]);
    case.firewall("group").ingress = vec![ranged("tcp", 8080, 8080, &["8.8.8.0/24"])];
    case.tells(&[(TCP, 8080, "8.8.8.8", Yes), (TCP, 8080, "8.8.9.8", No)]);
    case.balancer("balancer").unmodelled = vec!["rules".into()];
    case.tells(&[(TCP, 8080, "8.8.8.8", Unknown)]);
}

#[test]
fn targets_are_known_by_instance_and_by_address_too() {
    let mut case = behind("network", true);
    case.firewall("group").ingress = vec![ranged("tcp", 8080, 8080, &["0.0.0.0/0"])];
    for (instance, address, told) in [
        (named("instance"), Field::None, Yes),
        (named("instance-of-another"), Field::None, No),
        (Field::None, Field::Value(ip("10.0.1.10")), Yes),
        (Field::None, Field::Value(ip("10.0.1.11")), No),
    ] {
        let mut one = target("interface", Field::Value(8080));
        one.interface = Field::None;
        (one.instance, one.address) = (instance, address);
        let listeners = vec![listener("tcp", [443, 443], true, vec![one])];
        case.balancer("balancer").listeners = Field::Value(listeners);
        case.tells(&[(TCP, 8080, "8.8.8.8", told)]);
    }
    case.balancer("balancer").listeners = Field::NotRead;
    case.tells(&[(TCP, 8080, "8.8.8.8", Unknown)]);
}

#[test]
fn an_acl_between_balancer_and_target_is_not_followed() {
    let mut case = behind("network", true);
    case.firewall("group").ingress = vec![ranged("tcp", 8080, 8080, &["0.0.0.0/0"])];
    case.balancer("balancer").subnets = uids(&["subnet-2"]);
    case.tells(&[(TCP, 8080, "8.8.8.8", Yes)]);
    let mut own = acl(false, &["subnet-1"]);
    own.entries.push(entry(90, false, false, "10.0.2.0/24"));
    case.topology.add(&scope(Provider::Aws), "acl-own", own);
    case.tells(&[(TCP, 8080, "8.8.8.8", Unknown), (TCP, 8081, "8.8.8.8", No)]);
    case.balancer("balancer").subnets = uids(&["subnet-1"]);
    case.tells(&[(TCP, 8080, "8.8.8.8", Yes)]);
}

#[test]
fn an_interface_of_ipv6_only_is_reached_by_ipv6_only() {
    let mut case = open();
    case.card("interface").public_addresses = Field::None;
    case.tells(&[(TCP, 22, "8.8.8.8", No), (TCP, 22, "2a00::1", Yes)]);
    case.table("routes").routes.pop();
    case.tells(&[(TCP, 22, "2a00::1", No)]);
}

#[test]
fn a_subnet_that_was_not_asked_may_be_left_out_of_the_block_of_its_network() {
    let mut case = open();
    case.subnet("subnet-1").blocks_internet = Field::NotRead;
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
    case.vpc("vpc").blocks_internet = word("off");
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
    case.vpc("vpc").blocks_internet = word("both");
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown)]);
    case.subnet("subnet-1").blocks_internet = Field::None;
    case.tells(&[(TCP, 22, "8.8.8.8", No)]);
    case.subnet("subnet-1").blocks_internet = word("off");
    case.tells(&[(TCP, 22, "8.8.8.8", Yes)]);
}

#[test]
fn a_condition_narrows_whom_a_rule_names_and_may_be_all_that_names_them() {
    let mut case = open();
    let mut rule = ranged("tcp", 22, 22, &["8.8.8.0/24"]);
    rule.unmodelled = vec!["geo location".into()];
    case.firewall("group").ingress = vec![rule.clone()];
    case.tells(&[(TCP, 22, "8.8.8.8", Unknown), (TCP, 22, "8.8.9.8", No)]);
    rule.blocks.clear();
    case.firewall("group").ingress = vec![rule];
    case.tells(&[(TCP, 22, "8.8.9.8", Unknown), (TCP, 23, "8.8.9.8", No)]);
}

#[test]
fn a_listener_that_was_not_read_may_lead_any_port_to_any_other() {
    let mut case = behind("network", true);
    case.balancer("balancer").listeners = Field::NotRead;
    // Its own group lets in to 443 alone; who may come there may come to any port behind it.
    case.tells(&[(TCP, 8080, "8.8.8.8", Unknown)]);
    case.firewall("group-of-balancer").ingress.clear();
    case.tells(&[(TCP, 8080, "8.8.8.8", No)]);
}

#[test]
fn what_the_target_refuses_is_refused_whoever_the_targets_are() {
    let mut case = behind("network", true);
    case.firewall("group").ingress = vec![ranged("tcp", 8080, 8080, &["8.8.8.0/24"])];
    let mut one = listener("tcp", [443, 443], true, Vec::new());
    one.targets = Field::NotRead;
    case.balancer("balancer").listeners = Field::Value(vec![one]);
    case.tells(&[(TCP, 8080, "8.8.8.8", Unknown), (TCP, 8080, "8.8.9.8", No)]);
}

#[test]
fn an_address_is_a_target_in_the_network_of_the_balancer_alone() {
    let mut case = behind("network", true);
    case.firewall("group").ingress = vec![ranged("tcp", 0, 65535, &["0.0.0.0/0"])];
    let mut by_address = target("interface", Field::Value(8081));
    by_address.interface = Field::None;
    by_address.address = Field::Value(ip("10.0.1.10"));
    let targets = vec![target("interface", Field::Value(8080)), by_address];
    case.balancer("balancer").listeners =
        Field::Value(vec![listener("tcp", [443, 443], true, targets)]);
    case.tells(&[(TCP, 8080, "8.8.8.8", Yes), (TCP, 8081, "8.8.8.8", Yes)]);
    // In another network that address is another machine.
    case.balancer("balancer").vpc = named("vpc-of-another");
    case.tells(&[(TCP, 8080, "8.8.8.8", Yes), (TCP, 8081, "8.8.8.8", No)]);
    case.balancer("balancer").vpc = Field::NotRead;
    case.tells(&[(TCP, 8081, "8.8.8.8", Unknown)]);
}
