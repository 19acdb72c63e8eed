//! What is made of a shop's network: interfaces, addresses, subnets, routes, balancers and gateways.

use orch_model::kind::{
    NetworkAddress, NetworkInterface, NetworkLoadBalancer, NetworkRouteTable, NetworkSubnet,
    NetworkVpc,
};
use orch_model::{Body, Field, Relation, Resource, Text};

use serde_json::json;

use super::standin::{Read, read, read_changed};

const CASE: &str = "network";

async fn whole(collector: &str) -> Read {
    let read = read(collector, CASE).await;
    assert!(read.is_whole(), "{read:?}");
    read
}

/// The body of a kind.
macro_rules! body {
    ($resource:expr, $kind:ident) => {
        match &$resource.body {
            Body::$kind(body) => &**body,
            other => panic!("{other:?}"),
        }
    };
}

fn shorts<'u>(uids: impl IntoIterator<Item = &'u orch_model::Uid>) -> Vec<&'u str> {
    uids.into_iter().map(orch_model::Uid::short).collect()
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn known<T: ToString>(field: &Field<Vec<T>>) -> Option<Vec<String>> {
    field.value().map(|values| texts(values))
}

#[tokio::test]
async fn an_interface_knows_its_addresses_groups_and_machine() {
    let read = whole("network.interfaces").await;
    let resource = read.named("web-nic");
    let card: &NetworkInterface = body!(resource, NetworkInterface);
    assert_eq!(resource.scope.region, "westeurope");
    assert_eq!(resource.tag("env"), Field::Value("prod"));
    assert!(card.attached && !card.service_managed);
    assert_eq!(card.instance.value().unwrap().short(), "web");
    assert_eq!(
        (shorts(&card.firewalls), shorts(&card.addresses)),
        (vec!["web-nsg"], vec!["web-ip"])
    );
    assert!(card.memberships[0].ends_with("/applicationsecuritygroups/web-asg"));
    assert_eq!(card.ip_forwarding, Field::Value(true));
    assert_eq!(texts(&card.private_addresses), ["10.1.0.4"]);
    assert_eq!(texts(&card.ipv6_addresses), ["fd00:1::4"]);
    assert_eq!(known(&card.public_addresses).unwrap(), ["20.50.1.4"]);
    assert_eq!(card.vpc.value().unwrap().short(), "shop-net");
    let guards: Vec<&str> = shorts(resource.linked(Relation::GuardedBy));
    assert_eq!(guards, ["web-nsg"]);
}

#[tokio::test]
async fn an_address_of_another_subscription_is_not_taken_for_none() {
    let read = whole("network.interfaces").await;
    let card: &NetworkInterface = body!(read.named("db-nic"), NetworkInterface);
    assert_eq!(card.public_addresses, Field::NotRead);
    assert!(card.firewalls.is_empty() && card.memberships.is_empty());
    let endpoint: &NetworkInterface = body!(read.named("vault-endpoint.nic"), NetworkInterface);
    assert!(endpoint.attached && endpoint.service_managed);
    assert_eq!(
        (endpoint.purpose.as_str(), &endpoint.instance),
        ("private_endpoint", &Field::None)
    );
    assert_eq!(endpoint.public_addresses, Field::Value(Vec::new()));
}

#[tokio::test]
async fn an_address_knows_who_uses_it() {
    let read = whole("network.addresses").await;
    let of = |name: &str| -> &NetworkAddress { body!(read.named(name), NetworkAddress) };
    let user = |name: &str| of(name).user.value().map(|uid| uid.as_str().to_owned());
    let web = of("web-ip");
    assert_eq!(web.interface.value().unwrap().short(), "web-nic");
    assert_eq!(web.instance.value().unwrap().short(), "web");
    assert_eq!(web.private_address.value().unwrap().to_string(), "10.1.0.4");
    assert_eq!(
        (&web.user, &web.sku),
        (&Field::None, &Field::Value("standard".into()))
    );
    for (name, of_kind) in [
        ("lb-ip", "microsoft.network/loadbalancers/shop-lb"),
        ("gw-ip", "microsoft.network/applicationgateways/shop-gw"),
        ("nat-ip", "microsoft.network/natgateways/shop-nat"),
        ("bastion-ip", "microsoft.network/bastionhosts/shop-bastion"),
    ] {
        assert!(user(name).unwrap().ends_with(of_kind), "{name}");
    }
    let spare = of("spare-ip");
    assert_eq!(
        (&spare.address, &spare.user, &spare.interface),
        (&Field::None, &Field::None, &Field::None)
    );
    assert_eq!(spare.sku, Field::Value("basic".into()));
}

#[tokio::test]
async fn networks_bring_their_subnets_and_say_who_stands_before_them() {
    let read = whole("network.networks").await;
    let network: &NetworkVpc = body!(read.named("shop-net"), NetworkVpc);
    assert_eq!(texts(&network.blocks), ["10.1.0.0/16", "fd00:1::/48"]);
    assert_eq!(shorts(&network.peers), ["hub-net"]);
    assert_eq!(network.filters, Field::None);
    let web: &NetworkSubnet = body!(read.named("web"), NetworkSubnet);
    assert_eq!(texts(&web.blocks), ["10.1.0.0/24", "fd00:1::/64"]);
    assert_eq!(shorts(web.firewalls.value().unwrap()), ["web-nsg"]);
    assert_eq!(web.route_table.value().unwrap().short(), "shop-routes");
    assert_eq!((&web.purpose, web.vpc.short()), (&Field::None, "shop-net"));
    let purpose = |name: &str| -> Field<Text> {
        let subnet: &NetworkSubnet = body!(read.named(name), NetworkSubnet);
        subnet.purpose.clone()
    };
    assert_eq!(
        purpose("AzureBastionSubnet"),
        Field::Value("AzureBastionSubnet".into())
    );
    assert_eq!(
        purpose("db"),
        Field::Value("Microsoft.DBforPostgreSQL/flexibleServers".into())
    );
    let scopes: Vec<&Text> = read.resources.iter().map(|one| &one.scope.region).collect();
    assert!(
        scopes.iter().all(|region| *region == "westeurope"),
        "{scopes:?}"
    );
}

/// What reach takes for known or hidden: whatever stands in a subnet and is no card that the subscription's own
/// list of cards has.
#[tokio::test]
async fn a_subnet_that_is_handed_over_names_what_stands_in_it() {
    let own = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/Shop/providers";
    let other = own.replace("1111-2222", "2222-2222");
    let set = format!("{own}/Microsoft.Compute/virtualMachineScaleSets/Workers");
    let card = "Microsoft.Network/networkInterfaces/nic/ipConfigurations/one";
    let stands = json!([
        { "id": format!("{set}/virtualMachines/0/networkInterfaces/nic/ipConfigurations/one") },
        { "id": format!("{set}/virtualMachines/1/networkInterfaces/nic/ipConfigurations/one") },
        { "id": format!("{own}/{card}") },
        { "id": format!("{other}/{card}") },
        { "id": format!("{own}/Microsoft.Network/applicationGateways/gw/gatewayIPConfigurations/a") },
        { "id": "/hidden/service/One" },
        { "properties": {} },
        null,
    ]);
    let with = async |stands: serde_json::Value| {
        read_changed("network.networks", CASE, move |exchange| {
            let subnets = exchange.pointer_mut("/body/value/0/properties/subnets");
            if let Some(subnet) = subnets.and_then(|subnets| subnets.get_mut(1)) {
                subnet["properties"]["ipConfigurations"] = stands.clone();
            }
        })
        .await
    };
    let read = with(stands).await;
    assert!(read.is_whole(), "{read:?}");
    let db: &NetworkSubnet = body!(read.named("db"), NetworkSubnet);
    assert!(db.purpose.value().unwrap().contains("flexibleServers"));
    let names = |ids: &[String]| ids.iter().map(|id| id.to_lowercase()).collect();
    let wanted: Vec<String> = names(&[
        "/hidden/service/one".to_owned(),
        format!("{own}/Microsoft.Compute/virtualMachineScaleSets/workers"),
        format!("{own}/Microsoft.Network/applicationGateways/gw"),
        format!("{other}/Microsoft.Network/networkInterfaces/nic"),
    ]);
    assert_eq!(known(&db.occupants).unwrap(), wanted);
    // Of the others it is told that nothing else stands there, which is not the same as unknown.
    let web: &NetworkSubnet = body!(read.named("web"), NetworkSubnet);
    assert_eq!(web.occupants, Field::Value(Vec::new()));
    // What cannot be read is no empty subnet.
    for odd in [json!([{ "id": 7 }]), json!({})] {
        let read = with(odd).await;
        let gap = read.gap.unwrap();
        assert!(gap.detail.contains("ipConfigurations"), "{gap:?}");
        assert!(read.resources.iter().all(|one| one.name != "db"));
    }
}

#[tokio::test]
async fn routes_are_told_by_what_carries_them() {
    let read = whole("network.route-tables").await;
    assert_eq!(
        read.resources.len(),
        1,
        "one that no subnet uses is left out"
    );
    let table: &NetworkRouteTable = body!(read.named("shop-routes"), NetworkRouteTable);
    let routes: Vec<(&str, &str, Option<&str>)> = table
        .routes
        .iter()
        .map(|route| {
            let target = route.target.value().map(Text::as_str);
            (route.destination.as_str(), route.via.as_str(), target)
        })
        .collect();
    assert_eq!(
        routes,
        [
            ("0.0.0.0/0", "appliance", Some("10.2.0.4")),
            ("10.66.0.0/16", "none", None),
            ("AzureMonitor", "internet-gateway", None)
        ]
    );
    assert_eq!(
        (table.vpc.short(), shorts(&table.subnets)),
        ("shop-net", vec!["web"])
    );
}

/// Listeners as name, protocol, ports and targets.
fn listeners(balancer: &NetworkLoadBalancer) -> Vec<(String, String, Option<Vec<String>>)> {
    let listeners = balancer.listeners.value().unwrap().iter();
    listeners
        .map(|one| {
            let targets = one.targets.value().map(|targets| {
                let target = |target: &orch_model::kind::Target| {
                    let who = match (target.interface.value(), target.address.value()) {
                        (Some(interface), _) => interface.short().to_owned(),
                        (None, address) => format!("{address:?}"),
                    };
                    format!("{who}:{:?}", target.port.value())
                };
                targets.iter().map(target).collect()
            });
            let ports = format!("{} {}-{}", one.protocol, one.from_port, one.to_port);
            (one.name.to_string(), ports, targets)
        })
        .collect()
}

#[tokio::test]
async fn a_load_balancer_tells_its_rules_and_who_is_behind_them() {
    let read = whole("network.load-balancers").await;
    let balancer: &NetworkLoadBalancer = body!(read.named("shop-lb"), NetworkLoadBalancer);
    assert_eq!(
        (balancer.purpose.as_str(), &balancer.internet_facing),
        ("passthrough", &Field::Value(true))
    );
    assert_eq!(known(&balancer.public_addresses).unwrap(), ["20.50.1.5"]);
    assert_eq!(balancer.sku, Field::Value("Standard".into()));
    let told = |targets: &[&str]| Some(targets.iter().map(|one| (*one).to_owned()).collect());
    let of = |name: &str, ports: &str, targets| (name.to_owned(), ports.to_owned(), targets);
    assert_eq!(
        listeners(balancer),
        [
            of(
                "https",
                "tcp 443-443",
                told(&["web-nic:Some(8443)", "Some(10.1.0.77):Some(8443)"])
            ),
            of(
                "everything",
                "all 0-65535",
                told(&["web-nic:None", "Some(10.1.0.77):None"])
            ),
            of("ssh", "tcp 2222-2222", told(&["web-nic:Some(22)"])),
            of("set", "tcp 50000-50119", None),
        ]
    );
    assert!(
        balancer
            .listeners
            .value()
            .unwrap()
            .iter()
            .all(|one| one.keeps_client)
    );
    assert!(balancer.unmodelled.is_empty());
    let inner: &NetworkLoadBalancer = body!(read.named("inner-lb"), NetworkLoadBalancer);
    assert_eq!(inner.internet_facing, Field::Value(false));
    assert_eq!(inner.answers_itself, Field::Value(false));
    assert_eq!(inner.public_addresses, Field::Value(Vec::new()));
    assert_eq!(
        (inner.vpc.value().unwrap().short(), &*inner.unmodelled),
        ("shop-net", &["floating IP".into()][..])
    );
    assert_eq!(listeners(inner), [of("pg", "tcp 5432-5432", None)]);
}

#[tokio::test]
async fn an_application_gateway_follows_its_parts_to_the_targets() {
    let read = whole("network.application-gateways").await;
    let gateway: &NetworkLoadBalancer = body!(read.named("shop-gw"), NetworkLoadBalancer);
    assert_eq!(
        (gateway.purpose.as_str(), &gateway.waf),
        ("application", &Field::Value(true))
    );
    assert_eq!(known(&gateway.public_addresses).unwrap(), ["20.50.1.6"]);
    assert_eq!(shorts(&gateway.subnets), ["gateway"]);
    // The listener of the private front is not what the public address leads to.
    let names: Vec<String> = listeners(gateway)
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(names, ["secure", "plain"]);
    let all = gateway.listeners.value().unwrap();
    assert_eq!(all[0].application, Field::Value("https".into()));
    assert_eq!(
        all[0].tls_policy,
        Field::Value("AppGwSslPolicy20220101".into())
    );
    let target = &all[0].targets.value().unwrap()[0];
    assert_eq!(
        (target.address.value().unwrap().to_string(), target.port),
        ("10.1.0.4".to_owned(), Field::Value(8080))
    );
    assert_eq!(
        all[1].targets,
        Field::Value(Vec::new()),
        "it only redirects"
    );
    assert!(all.iter().all(|one| !one.keeps_client));
    // Who answers at the private front is not told.
    assert_eq!(gateway.answers_itself, Field::NotRead);
    assert_eq!(gateway.unmodelled, ["target by name"]);
}

#[tokio::test]
async fn gateways_stand_in_subnets_with_their_addresses() {
    for (collector, name, purpose, address, subnet) in [
        (
            "network.nat-gateways",
            "shop-nat",
            "nat",
            "20.50.1.7",
            "web",
        ),
        (
            "network.bastion-hosts",
            "shop-bastion",
            "bastion",
            "20.50.1.8",
            "azurebastionsubnet",
        ),
    ] {
        let read = whole(collector).await;
        let resource: &Resource = read.named(name);
        let gateway = body!(resource, NetworkGateway);
        assert_eq!(
            (gateway.purpose.as_str(), shorts(&gateway.subnets)),
            (purpose, vec![subnet])
        );
        assert_eq!(known(&gateway.public_addresses).unwrap(), [address]);
        assert_eq!(gateway.vpc.value().unwrap().short(), "shop-net");
    }
}

#[test]
fn a_balancer_is_of_use_by_itself_where_it_does_something_or_not_all_is_told() {
    let of = super::load_balancers::answers_itself;
    assert_eq!(of(true, false), Field::Value(true));
    assert_eq!(of(false, true), Field::Value(false));
    assert_eq!(of(false, false), Field::NotRead);
}
