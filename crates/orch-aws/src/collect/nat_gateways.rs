//! network.gateway: NAT gateways.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_nat_gateways::DescribeNatGatewaysOutput;
use aws_sdk_ec2::types::{NatGateway, NatGatewayState};
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::NetworkGateway;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::ec2::{Ec2List, free, page};
use crate::call::List;
use crate::convert::{Malformed, addresses, links, name, required, resource, sorted, tags, time};
use crate::names::Names;

/// NAT gateways.
pub(super) struct NatGateways;

impl Ec2List for NatGateways {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.nat-gateways",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkGateway)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeNatGateways")],
    };
    type Page = DescribeNatGatewaysOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(list, client.describe_nat_gateways(), nat_gateways)
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.nat_gateways()
            .iter()
            // The list goes on naming one for an hour after it is gone.
            .filter(|found| found.state() != Some(&NatGatewayState::Deleted))
            .map(|found| gateway(names, found))
            .collect()
    }
}

/// One gateway. The API does not tell its owner: only the account that made it sees it.
fn gateway(names: Names<'_>, found: &NatGateway) -> Result<Resource, Malformed> {
    let id = required(found.nat_gateway_id(), "NAT gateway without id")?;
    let tags = tags(found.tags());
    let vpc = names.maybe(None, "vpc", found.vpc_id());
    // One of a whole region stands in no subnet.
    let subnets = sorted(names.maybe(None, "subnet", found.subnet_id()));
    let held = found.nat_gateway_addresses();
    let reserved = sorted(
        held.iter()
            .filter_map(|address| names.maybe(None, "elastic-ip", address.allocation_id())),
    );
    let links: Vec<_> = links(Relation::PartOf, &subnets)
        .chain(links(Relation::Refers, &reserved))
        .collect();
    let body = NetworkGateway {
        purpose: Text::new_static("nat"),
        vpc: Field::read(vpc),
        subnets,
        public_addresses: Field::Value(addresses(held.iter().map(|address| address.public_ip()))?),
        state: Field::seen(found.state().map(|state| Text::new(state.as_str()))),
        logging: Field::None,
    };
    let (uid, name) = (names.ec2(None, "natgateway", id), name(&tags, id));
    Ok(resource(
        names,
        uid,
        name,
        Field::Value(tags),
        Field::seen(found.create_time().and_then(time)),
        body,
        links,
    ))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::NatGatewayAddress;
    use orch_model::{Body, Provider, Scope, Uid};

    use super::*;

    fn scope() -> Scope {
        Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1")
    }

    fn page(found: NatGateway) -> Vec<(Resource, NetworkGateway)> {
        let page = DescribeNatGatewaysOutput::builder()
            .nat_gateways(found)
            .build();
        let body = |resource: Resource| match resource.body.clone() {
            Body::NetworkGateway(body) => (resource, *body),
            other => panic!("{other:?}"),
        };
        NatGateways::resources(Names::new(&scope()), &page)
            .unwrap()
            .into_iter()
            .map(body)
            .collect()
    }

    #[test]
    fn a_gateway_tells_its_network_subnet_and_addresses() {
        let address = |public: &str, allocation: &str| {
            NatGatewayAddress::builder()
                .public_ip(public)
                .allocation_id(allocation)
                .private_ip("10.0.0.7")
                .build()
        };
        let found = NatGateway::builder()
            .nat_gateway_id("nat-1")
            .state(NatGatewayState::Available)
            .vpc_id("vpc-1")
            .subnet_id("subnet-1")
            .nat_gateway_addresses(address("54.0.0.2", "eipalloc-2"))
            .nat_gateway_addresses(address("54.0.0.1", "eipalloc-1"));
        let (resource, body) = page(found.build()).remove(0);
        let arn = |what: &str| Uid::new(format!("arn:aws:ec2:eu-west-1:111122223333:{what}"));
        assert_eq!(resource.uid, arn("natgateway/nat-1"));
        assert_eq!(
            (&*body.purpose, body.vpc),
            ("nat", Field::Value(arn("vpc/vpc-1")))
        );
        assert_eq!(body.subnets, [arn("subnet/subnet-1")]);
        let public: Vec<String> = body
            .public_addresses
            .value()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(public, ["54.0.0.1", "54.0.0.2"]);
        assert_eq!(body.state, Field::Value("available".into()));
        let to: Vec<&str> = resource.links.iter().map(|link| link.to.short()).collect();
        assert_eq!(to, ["subnet-1", "eipalloc-1", "eipalloc-2"]);
    }

    #[test]
    fn a_private_one_has_no_public_address_and_one_that_is_gone_is_left_out() {
        let of = |state| {
            NatGateway::builder()
                .nat_gateway_id("nat-1")
                .state(state)
                .nat_gateway_addresses(NatGatewayAddress::builder().private_ip("10.0.0.7").build())
                .build()
        };
        let (_, body) = page(of(NatGatewayState::Failed)).remove(0);
        assert_eq!(body.public_addresses, Field::Value(vec![]));
        assert_eq!((body.vpc, body.subnets), (Field::None, vec![]));
        assert!(page(of(NatGatewayState::Deleted)).is_empty());
    }
}
