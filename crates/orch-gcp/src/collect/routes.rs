//! network.route-table: the routes of each network as one table.

use std::collections::BTreeMap;

use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::{NetworkRouteTable, Route};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};
use serde::Deserialize;

use super::Decoder;
use super::list::COMPUTE_PAGE;
use super::reading::{Reader, Reading};
use crate::convert::{Base, Malformed, Number, links, required, resource, sorted};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Read, Shape};

const LIST: Api = get(
    "compute.routes.list",
    "compute.googleapis.com/compute/v1/projects/{project}/global/routes",
);

/// Routes, told for all networks together.
pub(super) struct Routes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct One {
    network: Option<Text>,
    dest_range: Option<Text>,
    priority: Option<Number>,
    tags: Option<Vec<Text>>,
    route_status: Option<Text>,
    warnings: Option<Vec<Warning>>,
    next_hop_gateway: Option<Text>,
    next_hop_network: Option<Text>,
    next_hop_peering: Option<Text>,
    next_hop_instance: Option<Text>,
    next_hop_ip: Option<Text>,
    next_hop_ilb: Option<Text>,
    next_hop_vpn_tunnel: Option<Text>,
    next_hop_interconnect_attachment: Option<Text>,
    next_hop_hub: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Warning {
    code: Option<Text>,
}

impl Reader for Routes {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.routes",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::NetworkRouteTable)],
        reach: Reach::Global,
        // A network without routes has a table too.
        after: &["compute.networks"],
        operations: &[free(LIST)],
    };
    const DECODE: Option<Decoder> = Some(|names, body| {
        let whole = Read::of(LIST.permission, body, Shape::Items("items")).decoded::<One>();
        Decoded::of(LIST.permission, whole, |found| {
            let (network, route) = route(names, &found)?;
            Ok(vec![table(names, network, vec![route])])
        })
    });

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let (size, most) = COMPUTE_PAGE;
        let ask = reading.ask(LIST).query(size, most.to_string());
        let routes = reading
            .list::<One>(ask, Shape::Items("items"), Some(most))
            .await?;
        let networks = reading.ctx.prior.iter();
        let networks = networks.filter(|one| one.kind() == Kind::NetworkVpc);
        let mut tables: BTreeMap<Uid, Vec<Route>> = networks
            .map(|network| (network.uid.clone(), Vec::new()))
            .collect();
        for found in &routes {
            match route(reading.names, found) {
                Ok((network, route)) => tables.entry(network).or_default().push(route),
                Err(malformed) => reading.not_read(malformed.of(LIST.permission)),
            }
        }
        for (network, routes) in tables {
            reading.push(table(reading.names, network, routes));
        }
        Ok(())
    }
}

fn table(names: Names<'_>, vpc: Uid, mut routes: Vec<Route>) -> Resource {
    routes.sort_by(|one, other| {
        (&one.destination, one.priority, one.name.value()).cmp(&(
            &other.destination,
            other.priority,
            other.name.value(),
        ))
    });
    let uid = Uid::new(format!("{}/routes", vpc.as_str()));
    let links: Vec<_> = links(Relation::PartOf, [&vpc]).collect();
    let name = Text::new(vpc.short());
    let body = NetworkRouteTable {
        vpc,
        is_main: true,
        subnets: Vec::new(),
        routes,
    };
    let mut table = resource(names.at(None), uid, &Base::default(), body, links);
    table.name = name;
    table.tags = Field::None;
    table
}

/// A route and its network.
fn route(names: Names<'_>, found: &Found<One>) -> Result<(Uid, Route), Malformed> {
    let own = &found.own;
    let network = required(names.maybe(own.network.as_ref()), "route without network")?;
    let destination = required(own.dest_range.clone(), "route without destination")?;
    let (via, target) = next_hop(own);
    // A route whose next hop is gone stays, and carries nothing.
    let lost = own.warnings.iter().flatten().any(|warning| {
        let code = warning.code.as_deref().unwrap_or_default();
        code.starts_with("NEXT_HOP_")
    });
    let active = !lost
        && own
            .route_status
            .as_deref()
            .is_none_or(|status| status == "ACTIVE");
    let route = Route {
        name: Field::Value(found.base.name()),
        priority: Field::Value(own.priority.map_or(1_000, i64::from)),
        tags: sorted(own.tags.iter().flatten().cloned()),
        destination,
        via: Text::new_static(via),
        target: Field::read(target.map(|target| {
            let uid = names.link(target);
            uid.map_or_else(|| Text::new(target), |uid| Text::new(uid.as_str()))
        })),
        active,
    };
    Ok((network, route))
}

/// What carries a route, and which.
fn next_hop(own: &One) -> (&'static str, Option<&str>) {
    let ways: [(&'static str, &Option<Text>); 9] = [
        ("internet-gateway", &own.next_hop_gateway),
        ("local", &own.next_hop_network),
        ("peering", &own.next_hop_peering),
        ("instance", &own.next_hop_instance),
        ("appliance", &own.next_hop_ilb),
        ("appliance", &own.next_hop_ip),
        ("vpn-gateway", &own.next_hop_vpn_tunnel),
        ("vpn-gateway", &own.next_hop_interconnect_attachment),
        ("transit-gateway", &own.next_hop_hub),
    ];
    for (via, target) in ways {
        let Some(target) = target.as_deref().filter(|target| !target.is_empty()) else {
            continue;
        };
        // The only gateway there is has this name.
        if via == "internet-gateway" && !target.ends_with("/default-internet-gateway") {
            return ("other", Some(target));
        }
        return (via, Some(target));
    }
    ("other", None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::global;

    #[test]
    fn routes_tell_way_place_and_whether_they_work() {
        let at = "https://www.googleapis.com/compute/v1/projects/p";
        let page = json!({"items": [
            {"name": "out", "network": format!("{at}/global/networks/n"), "destRange": "0.0.0.0/0", "priority": 1000,
             "nextHopGateway": format!("{at}/global/gateways/default-internet-gateway"), "tags": ["web"]},
            {"name": "in", "network": format!("{at}/global/networks/n"), "destRange": "10.0.0.0/20",
             "nextHopNetwork": format!("{at}/global/networks/n"), "priority": 0},
            {"name": "fw", "network": format!("{at}/global/networks/n"), "destRange": "0.0.0.0/1",
             "nextHopInstance": format!("{at}/zones/us-east1-b/instances/gone"),
             "warnings": [{"code": "NEXT_HOP_INSTANCE_NOT_FOUND"}]},
            {"name": "peer", "network": format!("{at}/global/networks/n"), "destRange": "10.9.0.0/16",
             "nextHopPeering": "to-other", "routeStatus": "INACTIVE"},
        ]});
        let whole = Read::of("x", page, Shape::Items("items")).decoded::<One>();
        let scope = global("p");
        let routes: Vec<Route> = whole
            .found
            .iter()
            .map(|found| route(Names::new(&scope), found).unwrap().1)
            .collect();
        let told: Vec<_> = routes
            .iter()
            .map(|route| (route.via.as_str(), route.active))
            .collect();
        assert_eq!(
            told,
            [
                ("internet-gateway", true),
                ("local", true),
                ("instance", false),
                ("peering", false)
            ]
        );
        assert_eq!(routes[0].tags, ["web"]);
        let network = Uid::new("//compute.googleapis.com/projects/p/global/networks/n");
        let table = table(Names::new(&scope), network, routes);
        assert!(table.uid.as_str().ends_with("/networks/n/routes"));
        assert_eq!(table.name, "n");
    }
}
