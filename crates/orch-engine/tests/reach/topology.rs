//! What may stand in a cloud? Random networks from small alphabets, seeded, with neighbours so that ends matter.

pub(crate) mod aws;
pub(crate) mod azure;
pub(crate) mod gcp;

use std::net::IpAddr;

use orch_model::kind::{
    FirewallRule, FirewallStage, Listener, NetworkFirewall, NetworkInterface, NetworkLoadBalancer,
    NetworkRouteTable, NetworkSubnet, NetworkVpc, PrefixList, Route, RuleAction, Target,
};
use orch_model::{
    Body, Cidr, CollectorNote, Dataset, Field, Kind, Outcome, Provider, Reach, Read, Resource,
    Scope, Snapshot, Text, Time, Uid,
};

use crate::dice::Dice;

/// Everything that one case has.
#[derive(Debug, Clone)]
pub(crate) struct Topology {
    /// What was read.
    pub(crate) resources: Vec<Resource>,
    /// The interface that is asked about.
    pub(crate) subject: Uid,
}

impl Topology {
    /// The interface that is asked about.
    pub(crate) fn resource(&self) -> Option<&Resource> {
        self.resources.iter().find(|one| one.uid == self.subject)
    }

    /// A snapshot in which all of it, and nothing else, was completely read.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut resources = self.resources.clone();
        resources.sort_by(|a, b| a.uid.cmp(&b.uid));
        let mut scopes: Vec<Scope> = Vec::new();
        for resource in &resources {
            scopes.push(resource.scope.clone());
            scopes.push(resource.scope.global());
        }
        scopes.sort();
        scopes.dedup();
        let provider = scopes.first().map(|scope| scope.provider);
        let reach = if provider == Some(Provider::Aws) {
            Reach::PerRegion
        } else {
            Reach::Global
        };
        let datasets: Vec<Dataset> = Kind::ALL.iter().copied().map(Dataset::Kind).collect();
        let mut reads = Vec::new();
        for scope in &scopes {
            if scope.is_global() == (reach == Reach::Global) {
                reads.push(Read {
                    scope: scope.clone(),
                    collector: "everything".into(),
                    datasets: datasets.clone(),
                    outcome: Outcome::Complete,
                    count: 0,
                });
            }
        }
        Snapshot {
            as_of: Time::UNIX_EPOCH,
            scopes,
            collectors: vec![CollectorNote {
                provider: None,
                name: "everything".into(),
                datasets,
                reach,
            }],
            resources,
            series: Vec::new(),
            costs: Vec::new(),
            reads,
            ledger: Vec::new(),
        }
    }

    /// Adds a resource of a scope.
    pub(crate) fn add(&mut self, scope: &Scope, uid: &str, body: impl Into<Body>) {
        self.resources.push(Resource {
            uid: Uid::new(uid),
            scope: scope.clone(),
            name: uid.into(),
            tags: Field::None,
            created_at: Field::None,
            body: body.into(),
            links: Vec::new(),
            seen_from: Vec::new(),
            not_read: None,
        });
    }
}

/// The region of interfaces.
pub(crate) const REGION: &str = "here-1";

/// The scope of a cloud's resources.
pub(crate) fn scope(provider: Provider) -> Scope {
    Scope::new(provider, provider.as_str(), "111122223333", REGION)
}

/// A random topology of a cloud.
pub(crate) fn random(provider: Provider, dice: &mut Dice) -> Topology {
    match provider {
        Provider::Aws => aws::random(dice),
        Provider::Azure => azure::random(dice),
        Provider::Gcp => gcp::random(dice),
    }
}

/// A block from its text.
pub(crate) fn block(text: &str) -> Cidr {
    text.parse().unwrap()
}

/// Blocks from their texts.
pub(crate) fn blocks(texts: &[&str]) -> Vec<Cidr> {
    texts.iter().map(|text| block(text)).collect()
}

/// An address from its text.
pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Addresses from their texts.
pub(crate) fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| ip(text)).collect()
}

/// Identities from their texts.
pub(crate) fn uids(texts: &[&str]) -> Vec<Uid> {
    texts.iter().map(Uid::new).collect()
}

/// A field with a word.
pub(crate) fn word(text: &str) -> Field<Text> {
    Field::Value(text.into())
}

/// A field with an identity.
pub(crate) fn named(uid: &str) -> Field<Uid> {
    Field::Value(Uid::new(uid))
}

/// Blocks of senders: everything, halves, neighbours, single addresses, the last of the unicast ones.
const SENDERS: &[&str] = &[
    "0.0.0.0/0",
    "0.0.0.0/0",
    "::/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "8.8.8.0/24",
    "8.8.9.0/24",
    "52.0.0.0/8",
    "52.1.2.0/24",
    "52.1.2.3/32",
    "52.1.2.4/30",
    "192.0.0.0/2",
    "223.255.255.0/24",
    "::/1",
    "8000::/1",
    "2000::/3",
    "2600:1f18::/32",
    "2600:1f18::1/128",
    "2600:1f18:0:1::/64",
    "2a00::/12",
];

/// A few blocks of senders.
pub(crate) fn senders(dice: &mut Dice) -> Vec<Cidr> {
    let count = dice.weighted(&[(1, 0), (8, 1), (4, 2), (1, 3)]);
    (0..count).map(|_| block(dice.pick(SENDERS))).collect()
}

/// One block of a sender.
pub(crate) fn sender(dice: &mut Dice) -> Cidr {
    block(dice.pick(SENDERS))
}

/// Protocols, mostly those with ports; by name and by number.
pub(crate) fn protocol(dice: &mut Dice) -> Text {
    let words: &[(usize, &str)] = &[
        (50, "tcp"),
        (15, "udp"),
        (22, "all"),
        (4, "icmp"),
        (3, "icmpv6"),
        (2, "6"),
        (1, "17"),
        (2, "47"),
        (1, "50"),
    ];
    dice.weighted(words).into()
}

/// Numbers of ports: those of administration with their neighbours, the ends, and some between.
const PORTS: &[i64] = &[
    0, 1, 21, 22, 23, 79, 80, 443, 1023, 1024, 3388, 3389, 3390, 8080, 49152, 65534, 65535,
];

/// One port.
pub(crate) fn port(dice: &mut Dice) -> i64 {
    dice.pick(PORTS)
}

/// A range of ports for a protocol. Of `all` only when the cloud has such rules.
pub(crate) fn ports(dice: &mut Dice, protocol: &str, ports_of_all: bool) -> [Field<i64>; 2] {
    if protocol == "icmp" && dice.chance(50) {
        // Type and code: they are no range.
        return [Field::Value(8), Field::Value(0)];
    }
    let ported =
        matches!(protocol, "tcp" | "udp" | "6" | "17") || protocol == "all" && ports_of_all;
    let (one, other) = (port(dice), port(dice));
    match dice.below(100) {
        _ if !ported => dice.weighted(&[
            (3, [Field::None, Field::None]),
            (1, [Field::Value(-1), Field::Value(-1)]),
        ]),
        0..15 => [Field::None, Field::None],
        15..20 => [Field::Value(-1), Field::Value(-1)],
        20..22 => [Field::NotRead, Field::NotRead],
        22..30 => [Field::Value(0), Field::Value(65535)],
        30..70 => [Field::Value(one), Field::Value(one)],
        _ => [Field::Value(one.min(other)), Field::Value(one.max(other))],
    }
}

/// A rule for a random protocol and ports, with random senders, switches and lists.
pub(crate) fn rule(dice: &mut Dice, ports_of_all: bool) -> FirewallRule {
    let protocol = protocol(dice);
    let [from, to] = ports(dice, &protocol, ports_of_all);
    let mut rule = FirewallRule::of(protocol, from, to);
    rule.blocks = senders(dice);
    rule.disabled = dice.chance(5);
    if dice.chance(10) {
        let read = dice.weighted(&[(7, true), (3, false)]);
        rule.prefix_lists = vec![PrefixList {
            id: "pl-1".into(),
            blocks: if read {
                Field::Value(senders(dice))
            } else {
                Field::NotRead
            },
        }];
    }
    rule
}

/// A rule for everything from anywhere.
pub(crate) fn anything(action: RuleAction, priority: Field<i64>) -> FirewallRule {
    FirewallRule {
        action,
        priority,
        blocks: blocks(&["0.0.0.0/0", "::/0"]),
        ..FirewallRule::of("all".into(), Field::None, Field::None)
    }
}

/// A firewall with these rules.
pub(crate) fn firewall(
    stage: FirewallStage,
    vpc: &str,
    rules: Vec<FirewallRule>,
) -> NetworkFirewall {
    NetworkFirewall {
        description: Field::None,
        stage,
        guards: Vec::new(),
        vpc: named(vpc),
        is_default: false,
        ingress: rules,
        egress: Vec::new(),
    }
}

/// A network with these blocks, and nothing that blocks or filters.
pub(crate) fn vpc(of: &[&str]) -> NetworkVpc {
    NetworkVpc {
        blocks: blocks(of),
        is_default: false,
        legacy: Field::Value(false),
        filters: Field::None,
        blocks_internet: Field::None,
        peers: Vec::new(),
    }
}

/// A subnet with these blocks, and nothing that blocks or filters.
pub(crate) fn subnet(vpc: &str, of: &[&str]) -> NetworkSubnet {
    NetworkSubnet {
        vpc: Uid::new(vpc),
        blocks: blocks(of),
        zone: Field::None,
        assigns_public_address: Field::Value(false),
        assigns_ipv6_address: Field::Value(false),
        firewalls: Field::None,
        route_table: Field::None,
        purpose: Field::None,
        occupants: Field::None,
        flow_logs: Field::None,
        blocks_internet: Field::None,
        free_addresses: Field::NotRead,
        is_default: false,
    }
}

/// A route that works.
pub(crate) fn route(destination: &str, via: &str) -> Route {
    Route {
        name: Field::None,
        priority: Field::None,
        tags: Vec::new(),
        destination: destination.into(),
        via: via.into(),
        target: Field::None,
        active: true,
    }
}

/// A route table of these subnets.
pub(crate) fn routes(
    vpc: &str,
    main: bool,
    subnets: &[&str],
    routes: Vec<Route>,
) -> NetworkRouteTable {
    NetworkRouteTable {
        vpc: Uid::new(vpc),
        is_main: main,
        subnets: uids(subnets),
        routes,
    }
}

/// An interface in use, without public addresses and firewalls.
pub(crate) fn card(vpc: &str, subnet: &str, instance: &str) -> NetworkInterface {
    NetworkInterface {
        attached: true,
        instance: named(instance),
        purpose: "interface".into(),
        service_managed: false,
        description: Field::None,
        vpc: named(vpc),
        subnet: named(subnet),
        firewalls: Vec::new(),
        memberships: Vec::new(),
        ip_forwarding: Field::Value(false),
        private_addresses: ips(&["10.0.1.10"]),
        public_addresses: Field::None,
        addresses: Vec::new(),
        ipv6_addresses: Vec::new(),
    }
}

/// A balancer with a public address, without firewalls.
pub(crate) fn balancer(purpose: &str, vpc: &str, listeners: Vec<Listener>) -> NetworkLoadBalancer {
    NetworkLoadBalancer {
        purpose: purpose.into(),
        internet_facing: Field::Value(true),
        sku: Field::None,
        vpc: named(vpc),
        subnets: Vec::new(),
        firewalls: Field::None,
        public_addresses: Field::Value(ips(&["52.99.0.1"])),
        addresses: Vec::new(),
        private_addresses: Field::None,
        source_blocks: Vec::new(),
        listeners: Field::Value(listeners),
        answers_itself: Field::Value(false),
        logging: Field::Value(false),
        waf: Field::Value(false),
        unmodelled: Vec::new(),
    }
}

/// A listener with one target or none.
pub(crate) fn listener(
    protocol: &str,
    ports: [i64; 2],
    keeps_client: bool,
    targets: Vec<Target>,
) -> Listener {
    Listener {
        name: "listener".into(),
        protocol: protocol.into(),
        from_port: ports[0],
        to_port: ports[1],
        application: Field::None,
        tls_policy: Field::None,
        keeps_client,
        targets: Field::Value(targets),
    }
}

/// A target by its interface.
pub(crate) fn target(interface: &str, port: Field<i64>) -> Target {
    Target {
        instance: Field::None,
        interface: named(interface),
        address: Field::None,
        port,
    }
}

/// A listener on some protocol and ports, with targets that are mostly the interface.
pub(crate) fn random_listener(dice: &mut Dice, interface: &str, keeps_client: bool) -> Listener {
    let protocol = dice.weighted(&[(75, "tcp"), (15, "udp"), (6, "all"), (4, "6")]);
    let (one, other) = (port(dice), port(dice));
    let ports = match dice.below(100) {
        _ if protocol == "all" => [0, 65535],
        0..70 => [one, one],
        70..95 => [one.min(other), one.max(other)],
        _ => [0, 65535],
    };
    let count = dice.weighted(&[(1, 0), (10, 1), (5, 2)]);
    let targets = (0..count).map(|_| random_target(dice, interface)).collect();
    let mut listener = listener(protocol, ports, keeps_client, targets);
    if dice.chance(2) {
        listener.targets = Field::NotRead;
    }
    listener
}

fn random_target(dice: &mut Dice, interface: &str) -> Target {
    let port = if dice.chance(45) {
        Field::None
    } else {
        Field::Value(port(dice))
    };
    let mut target = target(interface, port);
    match dice.below(100) {
        0..45 => {}
        45..65 => {
            target.interface = Field::None;
            target.instance = named("instance");
        }
        65..85 => {
            target.interface = Field::None;
            target.address = Field::Value(ip("10.0.1.10"));
        }
        85..90 => target.interface = named("interface-of-another"),
        90..95 => {
            target.interface = Field::None;
            target.instance = named("instance-of-another");
        }
        _ => {
            target.interface = Field::None;
            target.address = Field::Value(ip("10.0.1.77"));
        }
    }
    target
}
