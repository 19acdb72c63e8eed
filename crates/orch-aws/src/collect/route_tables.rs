//! network.route-table: route tables.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_route_tables::DescribeRouteTablesOutput;
use aws_sdk_ec2::types::{Route as Found, RouteState, RouteTable};
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::{NetworkRouteTable, Route};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::ec2::{Ec2List, free, page};
use crate::call::List;
use crate::convert::{Malformed, links, name, required, resource, sorted, tags};
use crate::names::Names;

/// Route tables.
pub(super) struct RouteTables;

impl Ec2List for RouteTables {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.route-tables",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkRouteTable)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeRouteTables")],
    };
    const PAGE: i32 = 100;
    type Page = DescribeRouteTablesOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(list, client.describe_route_tables(), route_tables)
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.route_tables()
            .iter()
            .map(|found| route_table(names, found))
            .collect()
    }
}

/// One route table.
fn route_table(names: Names<'_>, found: &RouteTable) -> Result<Resource, Malformed> {
    let id = required(found.route_table_id(), "route table without id")?;
    let (owner, tags) = (found.owner_id(), tags(found.tags()));
    let vpc = names.ec2(
        owner,
        "vpc",
        required(found.vpc_id(), "route table without VPC")?,
    );
    let subnets = sorted(
        found
            .associations()
            .iter()
            .filter_map(|association| names.maybe(owner, "subnet", association.subnet_id())),
    );
    let mut routes = found
        .routes()
        .iter()
        .map(route)
        .collect::<Result<Vec<_>, _>>()?;
    routes.sort_by(|one, other| {
        (&one.destination, &one.via, one.target.value()).cmp(&(
            &other.destination,
            &other.via,
            other.target.value(),
        ))
    });
    let links: Vec<_> = links(Relation::PartOf, [&vpc])
        .chain(links(Relation::Refers, &subnets))
        .collect();
    let body = NetworkRouteTable {
        vpc,
        is_main: found
            .associations()
            .iter()
            .any(|association| association.main() == Some(true)),
        subnets,
        routes,
    };
    let (uid, name) = (names.ec2(owner, "route-table", id), name(&tags, id));
    Ok(resource(
        names,
        uid,
        name,
        Field::Value(tags),
        Field::NotRead,
        body,
        links,
    ))
}

/// One route.
fn route(found: &Found) -> Result<Route, Malformed> {
    let destination = found
        .destination_cidr_block()
        .or(found.destination_ipv6_cidr_block())
        .or(found.destination_prefix_list_id());
    let (via, target) = carrier(found);
    Ok(Route {
        name: Field::None,
        priority: Field::None,
        tags: Vec::new(),
        destination: Text::new(required(destination, "route without destination")?),
        via: Text::new_static(via),
        target: Field::read(target.map(Text::new)),
        active: found.state() == Some(&RouteState::Active),
    })
}

/// What carries a route, and its id. An instance is named beside its interface and says more.
fn carrier(found: &Found) -> (&'static str, Option<&str>) {
    let carriers = [
        ("nat-gateway", found.nat_gateway_id()),
        ("transit-gateway", found.transit_gateway_id()),
        ("peering", found.vpc_peering_connection_id()),
        (
            "egress-only-gateway",
            found.egress_only_internet_gateway_id(),
        ),
        ("instance", found.instance_id()),
        ("interface", found.network_interface_id()),
        ("other", found.local_gateway_id()),
        ("other", found.carrier_gateway_id()),
        ("other", found.core_network_arn()),
        ("other", found.odb_network_arn()),
    ];
    if let Some(gateway) = found.gateway_id().filter(|id| !id.is_empty()) {
        return (gateway_kind(gateway), Some(gateway));
    }
    carriers
        .into_iter()
        .find(|(_, id)| id.is_some_and(|id| !id.is_empty()))
        .unwrap_or(("other", None))
}

/// What sort of gateway an id names.
fn gateway_kind(id: &str) -> &'static str {
    match id.split('-').next() {
        Some("local") => "local",
        Some("igw") => "internet-gateway",
        Some("vgw") => "vpn-gateway",
        Some("vpce") => "endpoint",
        Some("eigw") => "egress-only-gateway",
        Some("nat") => "nat-gateway",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::RouteTableAssociation;
    use orch_model::{Body, Provider, Scope};

    use super::*;

    #[test]
    fn routes_name_what_carries_them() {
        let to = |destination: &str| {
            Found::builder()
                .destination_cidr_block(destination)
                .state(RouteState::Active)
        };
        let found = RouteTable::builder()
            .route_table_id("rtb-1")
            .vpc_id("vpc-1")
            .associations(RouteTableAssociation::builder().main(true).build())
            .associations(
                RouteTableAssociation::builder()
                    .subnet_id("subnet-1")
                    .build(),
            )
            .routes(to("10.0.0.0/16").gateway_id("local").build())
            .routes(to("0.0.0.0/0").gateway_id("igw-1").build())
            .routes(
                to("10.9.0.0/16")
                    .instance_id("i-1")
                    .network_interface_id("eni-1")
                    .build(),
            )
            .routes(
                Found::builder()
                    .destination_prefix_list_id("pl-1")
                    .gateway_id("vpce-1")
                    .state(RouteState::Blackhole)
                    .build(),
            )
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = route_table(Names::new(&scope), &found).unwrap();
        let Body::NetworkRouteTable(body) = &resource.body else {
            panic!("{resource:?}")
        };
        let vias: Vec<&str> = body.routes.iter().map(|route| route.via.as_str()).collect();
        assert_eq!(vias, ["internet-gateway", "local", "instance", "endpoint"]);
        assert!(!body.routes[3].active);
        assert!(body.is_main);
        assert_eq!(body.subnets.len(), 1);
    }
}
