//! network.route-table: the route tables that subnets use.

use orch_collect::CollectorSpec;
use orch_model::kind::{NetworkRouteTable, Route};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{links, references, resource};
use crate::names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Network/routeTables/read";

/// Route tables. One that no subnet uses routes nothing and lies in no network: it is left out.
pub(super) struct RouteTables;

impl ArmList for RouteTables {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.route-tables",
        service: "network",
        datasets: &[Dataset::Kind(Kind::NetworkRouteTable)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/routeTables",
        "2024-05-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let subnets = references(found, "properties.subnets")?;
        let Some(vpc) = subnets.first().and_then(|subnet| names::parent(subnet, 1)) else {
            return Ok(Vec::new());
        };
        let mut routes = found
            .list("properties.routes")?
            .map(route)
            .collect::<Result<Vec<_>, _>>()?;
        routes.sort_by(|one, other| one.destination.cmp(&other.destination));
        let links: Vec<_> = links(Relation::PartOf, [&vpc])
            .chain(links(Relation::Refers, &subnets))
            .collect();
        let body = NetworkRouteTable {
            vpc,
            is_main: false,
            subnets,
            routes,
        };
        let made = Field::NotRead;
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}

/// One route.
fn route(found: Node<'_>) -> Result<Route, Malformed> {
    let of = found.at("properties")?;
    let via = match of.required("nextHopType")? {
        "Internet" => "internet-gateway",
        "VirtualAppliance" => "appliance",
        "VirtualNetworkGateway" => "vpn-gateway",
        "VnetLocal" => "local",
        "None" => "none",
        _ => "other",
    };
    Ok(Route {
        name: found.read_text("name")?,
        priority: Field::None,
        tags: Vec::new(),
        // A block, or a service tag.
        destination: Text::new(of.required("addressPrefix")?),
        via: Text::new_static(via),
        target: of.read_text("nextHopIpAddress")?,
        active: true,
    })
}
