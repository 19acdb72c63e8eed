//! network.vpc and network.subnet: virtual networks with their subnets, peers and admin rules.

use orch_collect::CollectorSpec;
use orch_model::kind::{NetworkFilter, NetworkSubnet, NetworkVpc};
use orch_model::{Body, Cidr, Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::admin_rules;
use super::list::{ArmList, Around, Beside, Element, Part, Source, free};
use crate::convert::{links, name, part, resource, sorted};
use crate::error::Failure;
use crate::graph;
use crate::names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Network/virtualNetworks/read";
const VERSION: &str = "2024-05-01";

/// Names that Azure itself gives a meaning: only what belongs there can be in such a subnet.
const KEPT: [&str; 6] = [
    "AzureBastionSubnet",
    "AzureFirewallManagementSubnet",
    "AzureFirewallSubnet",
    "GatewaySubnet",
    "PowerPlatformSubnet",
    "RouteServerSubnet",
];

/// The type of a network card as ids of what belongs to one name it.
const CARD: &str = "/providers/microsoft.network/networkinterfaces/";

/// The parts of `/subscriptions/S/resourcegroups/G/providers/N/TYPE/NAME`, which begins with a slash.
const OWNER_SEGMENTS: usize = 8;

/// The networks over which a manager holds admin rules, wherever the manager is: one question instead of one for
/// each network, most of which have none. Where there is no answer each network is asked.
const RULED: Beside = Beside {
    name: "ruled",
    source: graph::question(
        "NetworkResources | where type =~ 'microsoft.network/effectivesecurityadminrules' | project id",
    ),
    shared: false,
    fields: &[],
};

/// The admin rules of a network. They are asked before network security groups.
const ADMIN_RULES: Part = Part {
    when: ruled,
    none_on_404: true,
    fields: &[FILTERS],
    brings: true,
    ..Part::tokens(
        "admin rules",
        Source::post(
            "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
            "{id}/listNetworkManagerEffectiveSecurityAdminRules",
            VERSION,
        ),
    )
};

const FILTERS: &str = "body.filters";

/// Virtual networks.
pub(super) struct Networks;

impl ArmList for Networks {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.networks",
        service: "network",
        datasets: &[
            Dataset::Kind(Kind::NetworkVpc),
            Dataset::Kind(Kind::NetworkSubnet),
            Dataset::Kind(Kind::NetworkFirewall),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free(ADMIN_RULES.source.operation),
            free(READ),
            free(RULED.source.operation),
        ],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/virtualNetworks",
        VERSION,
    );
    const PARTS: &'static [Part] = &[ADMIN_RULES];
    const BESIDE: &'static [Beside] = &[RULED];

    fn resources(around: &Around<'_>, element: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = element.node();
        let of = found.at("properties")?;
        let mut peers = Vec::new();
        for peering in of.list("virtualNetworkPeerings")? {
            let joined = peering.word("properties.peeringState", &["Connected"])?;
            if joined != Some(false) {
                peers.extend(peering.uid("properties.remoteVirtualNetwork.id")?);
            }
        }
        let body = NetworkVpc {
            blocks: blocks(of, "addressSpace.addressPrefix")?,
            is_default: false,
            legacy: Field::None,
            filters: Field::NotRead,
            blocks_internet: Field::None,
            peers: sorted(peers),
        };
        let network = resource(around.names, found, Field::NotRead, body, [])?;
        let mut resources = vec![network];
        let rules = admin_rules(around, element, &mut resources[0]);
        for subnet in of.list("subnets")? {
            let network = &resources[0];
            let subnet = self::subnet(subnet, network)?;
            resources.push(subnet);
        }
        resources.extend(rules);
        Ok(resources)
    }
}

/// The admin rules of a network, which names them as what is asked first. Odd ones cost only what they say.
fn admin_rules(around: &Around<'_>, found: &Element, network: &mut Resource) -> Option<Resource> {
    let rules = match found.part(ADMIN_RULES.name) {
        Some(rules) => admin_rules::firewall(network, rules),
        None if ruled(around, found.node()) => return None,
        None => Ok(None),
    };
    let mut filters = Field::NotRead;
    let mut firewall = None;
    match rules {
        Ok(None) => filters = Field::None,
        Ok(Some(rules)) => {
            filters = Field::Value(vec![NetworkFilter {
                firewall: Field::Value(rules.uid.clone()),
                region: Field::None,
            }]);
            firewall = Some(rules);
        }
        Err(malformed) => {
            let gap = Failure::undecodable(ADMIN_RULES.source.operation, malformed.0).gap();
            let not_read = network.not_read.get_or_insert_default();
            not_read.insert(Text::new_static(FILTERS), gap);
        }
    }
    if let Body::NetworkVpc(body) = &mut network.body {
        body.filters = filters;
    }
    firewall
}

/// Whether a network may have admin rules.
fn ruled(around: &Around<'_>, found: Node<'_>) -> bool {
    let (Field::Value(mut rows), Ok(Some(network))) = (around.all(RULED.name), found.uid("id"))
    else {
        return true;
    };
    rows.any(|row| match row.uid("id") {
        Ok(Some(of)) => names::up_to(&of, "virtualnetworks").is_none_or(|named| named == network),
        // One that names no network may be of any.
        _ => true,
    })
}

/// One subnet.
fn subnet(found: Node<'_>, network: &Resource) -> Result<Resource, Malformed> {
    let of = found.at("properties")?;
    let id = found.required("id")?;
    let name = name(found, id)?;
    let firewalls: Vec<Uid> = of.uid("networkSecurityGroup.id")?.into_iter().collect();
    let table = of.uid("routeTable.id")?;
    let gateway = of.uid("natGateway.id")?;
    let delegated = of
        .list("delegations")?
        .find_map(|one| one.text("properties.serviceName").transpose())
        .transpose()?;
    let kept = KEPT.iter().find(|kept| kept.eq_ignore_ascii_case(&name));
    let purpose = kept.copied().or(delegated);
    let links: Vec<_> = links(Relation::PartOf, [&network.uid])
        .chain(links(Relation::GuardedBy, &firewalls))
        .chain(links(Relation::Refers, table.iter().chain(&gateway)))
        .collect();
    let body = NetworkSubnet {
        vpc: network.uid.clone(),
        blocks: blocks(of, "addressPrefix")?,
        zone: Field::None,
        // A machine has a public address where it is given one, wherever it is.
        assigns_public_address: Field::Value(false),
        assigns_ipv6_address: Field::Value(false),
        firewalls: Field::Value(firewalls),
        route_table: Field::read(table),
        purpose: Field::read(purpose.map(Text::new)),
        occupants: Field::Value(occupants(of, &names::uid(id))?),
        flow_logs: Field::NotRead,
        blocks_internet: Field::None,
        free_addresses: Field::NotRead,
        is_default: false,
    };
    let scope = network.scope.clone();
    let (tags, made) = (Field::None, Field::NotRead);
    Ok(part(scope, names::uid(id), name, tags, made, body, links))
}

/// What stands in a subnet that is no network card of its subscription: the machines of a scale set as the set.
fn occupants(of: Node<'_>, subnet: &Uid) -> Result<Vec<Uid>, Malformed> {
    let subscription = names::after(subnet, "subscriptions");
    let mut occupants = Vec::new();
    for configuration in of.list("ipConfigurations")? {
        let Some(uid) = configuration.uid("id")? else {
            continue;
        };
        let is_card = uid.as_str().contains(CARD);
        if is_card && names::after(&uid, "subscriptions") == subscription {
            continue;
        }
        // What has no shorter name is told by its whole.
        let end = uid.as_str().match_indices('/').nth(OWNER_SEGMENTS);
        let owner = end.and_then(|(end, _)| uid.as_str().get(..end));
        occupants.push(owner.map_or_else(|| uid.clone(), Uid::new));
    }
    Ok(sorted(occupants))
}

/// Blocks: one in a member, or several in the member with the plural of its name.
fn blocks(of: Node<'_>, one: &str) -> Result<Vec<Cidr>, Malformed> {
    let mut blocks: Vec<Cidr> = Vec::new();
    let several = format!("{one}es");
    blocks.extend(match of.at(one)?.is_none() {
        true => None,
        false => of.block(one)?,
    });
    for block in of.list(&several)? {
        blocks.extend(block.block("")?);
    }
    blocks.sort_unstable();
    blocks.dedup();
    Ok(blocks)
}
