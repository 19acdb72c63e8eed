//! network.vpc and network.subnet: virtual networks with their subnets and peers.

use orch_collect::CollectorSpec;
use orch_model::kind::{NetworkFilter, NetworkSubnet, NetworkVpc};
use orch_model::{Cidr, Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::list::{ArmList, Around, Beside, Element, Source, free};
use crate::convert::{links, name, part, resource, sorted};
use crate::graph;
use crate::names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Network/virtualNetworks/read";

/// Names that Azure itself gives a meaning: only what belongs there can be in such a subnet.
const KEPT: [&str; 6] = [
    "AzureBastionSubnet",
    "AzureFirewallManagementSubnet",
    "AzureFirewallSubnet",
    "GatewaySubnet",
    "PowerPlatformSubnet",
    "RouteServerSubnet",
];

/// The networks for which Virtual Network Manager has admin rules, whoever manages them. They are asked before
/// network security groups. What they say cannot be read in one list, so such a network's filters are not read.
const ADMIN_RULES: Beside = Beside {
    name: "admin rules",
    source: graph::question(
        "NetworkResources | where type =~ 'microsoft.network/effectivesecurityadminrules' | project id",
    ),
    shared: false,
    fields: &["body.filters"],
};

/// Virtual networks.
pub(super) struct Networks;

impl ArmList for Networks {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.networks",
        service: "network",
        datasets: &[
            Dataset::Kind(Kind::NetworkVpc),
            Dataset::Kind(Kind::NetworkSubnet),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(ADMIN_RULES.source.operation)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/virtualNetworks",
        "2024-05-01",
    );
    const BESIDE: &'static [Beside] = &[ADMIN_RULES];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
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
            filters: filters(around, found)?,
            blocks_internet: Field::None,
            peers: sorted(peers),
        };
        let network = resource(around.names, found, Field::NotRead, body, [])?;
        let mut resources = vec![network];
        for subnet in of.list("subnets")? {
            let network = &resources[0];
            let subnet = self::subnet(subnet, network)?;
            resources.push(subnet);
        }
        Ok(resources)
    }
}

/// The admin rules of a network: none, or not read.
fn filters(around: &Around<'_>, found: Node<'_>) -> Result<Field<Vec<NetworkFilter>>, Malformed> {
    let Field::Value(rows) = around.all(ADMIN_RULES.name) else {
        return Ok(Field::NotRead);
    };
    let network = found.uid("id")?;
    for row in rows {
        let Some(of) = row.uid("id")? else { continue };
        let named = names::up_to(&of, "virtualnetworks");
        // One that names no network may be of any.
        if named.is_none() || named == network {
            return Ok(Field::NotRead);
        }
    }
    Ok(Field::None)
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
        flow_logs: Field::NotRead,
        blocks_internet: Field::None,
        free_addresses: Field::NotRead,
        is_default: false,
    };
    let scope = network.scope.clone();
    let (tags, made) = (Field::None, Field::NotRead);
    Ok(part(scope, names::uid(id), name, tags, made, body, links))
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
