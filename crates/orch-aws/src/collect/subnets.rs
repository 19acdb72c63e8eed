//! network.subnet: subnets.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
use aws_sdk_ec2::types::{Subnet, SubnetCidrBlockState, SubnetCidrBlockStateCode};
use orch_collect::{Batch, CollectError, CollectorSpec};
use orch_model::kind::NetworkSubnet;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::block_public_access;
use super::ec2::{Ec2List, free, page};
use crate::call::{Caller, List};
use crate::convert::{Malformed, cidr, links, name, required, resource, tags};
use crate::names::Names;
use crate::provider::Aws;

/// Subnets.
pub(super) struct Subnets;

impl Ec2List for Subnets {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.subnets",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkSubnet)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[
            free("ec2:DescribeSubnets"),
            free(block_public_access::OPTIONS),
            free(block_public_access::EXCLUSIONS),
        ],
    };
    const BESIDES: Option<(u64, &'static str)> = Some((
        1,
        ", one for how the region blocks the internet, and more where that has exclusions",
    ));
    type Page = DescribeSubnetsOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(list, client.describe_subnets(), subnets)
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.subnets()
            .iter()
            .map(|found| subnet(names, found))
            .collect()
    }

    async fn fill(
        aws: &Aws,
        caller: &Caller,
        resources: &mut [Resource],
        out: &mut Batch,
    ) -> Result<(), CollectError> {
        block_public_access::fill(aws, caller, resources, out).await
    }
}

/// One subnet. A shared one belongs to the owner of its network.
fn subnet(names: Names<'_>, found: &Subnet) -> Result<Resource, Malformed> {
    let id = required(found.subnet_id(), "subnet without id")?;
    let (owner, tags) = (found.owner_id(), tags(found.tags()));
    let vpc = names.ec2(
        owner,
        "vpc",
        required(found.vpc_id(), "subnet without VPC")?,
    );
    let ipv6 = found
        .ipv6_cidr_block_association_set()
        .iter()
        .filter(|block| in_use(block.ipv6_cidr_block_state()))
        .filter_map(|block| block.ipv6_cidr_block());
    let mut blocks = found
        .cidr_block()
        .into_iter()
        .chain(ipv6)
        .filter(|block| !block.is_empty())
        .map(cidr)
        .collect::<Result<Vec<_>, _>>()?;
    blocks.sort_unstable();
    blocks.dedup();
    let links: Vec<_> = links(Relation::PartOf, [&vpc]).collect();
    let body = NetworkSubnet {
        vpc,
        blocks,
        zone: Field::seen(found.availability_zone().map(Text::new)),
        assigns_public_address: Field::seen(found.map_public_ip_on_launch()),
        assigns_ipv6_address: Field::seen(found.assign_ipv6_address_on_creation()),
        firewalls: Field::None,
        // A table says which subnets it serves.
        route_table: Field::NotRead,
        purpose: Field::None,
        occupants: Field::None,
        flow_logs: Field::NotRead,
        blocks_internet: Field::NotRead,
        free_addresses: Field::seen(found.available_ip_address_count().map(i64::from)),
        is_default: found.default_for_az().unwrap_or(false),
    };
    let (uid, name) = (names.ec2(owner, "subnet", id), name(&tags, id));
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

/// Whether a block belongs to the subnet, which keeps those it once had in its list for a while.
fn in_use(state: Option<&SubnetCidrBlockState>) -> bool {
    matches!(
        state.and_then(|state| state.state()),
        None | Some(SubnetCidrBlockStateCode::Associated | SubnetCidrBlockStateCode::Associating)
    )
}

#[cfg(test)]
mod tests {
    use orch_model::{Body, Provider, Scope};

    use super::*;

    #[test]
    fn a_subnet_is_a_part_of_its_network() {
        let found = Subnet::builder()
            .subnet_id("subnet-1")
            .vpc_id("vpc-1")
            .owner_id("444455556666")
            .cidr_block("10.0.1.0/24")
            .map_public_ip_on_launch(true)
            .available_ip_address_count(250)
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = subnet(Names::new(&scope), &found).unwrap();
        assert_eq!(
            resource.links[0].to.as_str(),
            "arn:aws:ec2:eu-west-1:444455556666:vpc/vpc-1"
        );
        let Body::NetworkSubnet(body) = &resource.body else {
            panic!("{resource:?}")
        };
        assert_eq!(body.assigns_public_address, Field::Value(true));
        assert_eq!(body.assigns_ipv6_address, Field::NotRead);
        assert_eq!(body.blocks.len(), 1);
    }
}
