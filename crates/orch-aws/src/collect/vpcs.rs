//! network.vpc: virtual private clouds.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_vpcs::DescribeVpcsOutput;
use aws_sdk_ec2::types::{Vpc, VpcCidrBlockState, VpcCidrBlockStateCode};
use orch_collect::{Batch, CollectError, CollectorSpec};
use orch_model::kind::NetworkVpc;
use orch_model::{Dataset, Field, Kind, Reach, Resource};

use super::block_public_access;
use super::ec2::{Ec2List, free, page};
use crate::call::{Caller, List};
use crate::convert::{Malformed, cidr, name, required, resource, tags};
use crate::names::Names;
use crate::provider::Aws;

/// Virtual private clouds.
pub(super) struct Vpcs;

impl Ec2List for Vpcs {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.vpcs",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkVpc)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[
            free("ec2:DescribeVpcs"),
            free(block_public_access::OPTIONS),
            free(block_public_access::EXCLUSIONS),
        ],
    };
    type Page = DescribeVpcsOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(list, client.describe_vpcs(), vpcs)
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.vpcs().iter().map(|found| vpc(names, found)).collect()
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

/// One VPC.
fn vpc(names: Names<'_>, found: &Vpc) -> Result<Resource, Malformed> {
    let id = required(found.vpc_id(), "VPC without id")?;
    let tags = tags(found.tags());
    let ipv4 = found
        .cidr_block_association_set()
        .iter()
        .filter(|block| in_use(block.cidr_block_state()))
        .filter_map(|block| block.cidr_block());
    let ipv6 = found
        .ipv6_cidr_block_association_set()
        .iter()
        .filter(|block| in_use(block.ipv6_cidr_block_state()))
        .filter_map(|block| block.ipv6_cidr_block());
    let mut blocks = found
        .cidr_block()
        .into_iter()
        .chain(ipv4)
        .chain(ipv6)
        .filter(|block| !block.is_empty())
        .map(cidr)
        .collect::<Result<Vec<_>, _>>()?;
    blocks.sort_unstable();
    blocks.dedup();
    let body = NetworkVpc {
        blocks,
        is_default: found.is_default().unwrap_or(false),
        legacy: Field::None,
        filters: Field::None,
        blocks_internet: Field::NotRead,
        peers: Vec::new(),
    };
    let (uid, name) = (names.ec2(found.owner_id(), "vpc", id), name(&tags, id));
    Ok(resource(
        names,
        uid,
        name,
        Field::Value(tags),
        Field::NotRead,
        body,
        [],
    ))
}

/// Whether a block belongs to the network, which keeps those it once had in its list for a while.
fn in_use(state: Option<&VpcCidrBlockState>) -> bool {
    matches!(
        state.and_then(|state| state.state()),
        None | Some(VpcCidrBlockStateCode::Associated | VpcCidrBlockStateCode::Associating)
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{VpcCidrBlockAssociation, VpcIpv6CidrBlockAssociation};
    use orch_model::{Body, Provider, Scope};

    use super::*;

    #[test]
    fn blocks_that_were_given_up_are_left_out() {
        let state = |code| VpcCidrBlockState::builder().state(code).build();
        let block = |block: &str, code| {
            VpcCidrBlockAssociation::builder()
                .cidr_block(block)
                .cidr_block_state(state(code))
                .build()
        };
        let found = Vpc::builder()
            .vpc_id("vpc-1")
            .owner_id("444455556666")
            .is_default(true)
            .cidr_block("172.31.0.0/16")
            .cidr_block_association_set(block("172.31.0.0/16", VpcCidrBlockStateCode::Associated))
            .cidr_block_association_set(block("10.9.0.0/16", VpcCidrBlockStateCode::Disassociated))
            .ipv6_cidr_block_association_set(
                VpcIpv6CidrBlockAssociation::builder()
                    .ipv6_cidr_block("2001:db8::/56")
                    .ipv6_cidr_block_state(state(VpcCidrBlockStateCode::Associated))
                    .build(),
            )
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = vpc(Names::new(&scope), &found).unwrap();
        assert_eq!(
            resource.uid.as_str(),
            "arn:aws:ec2:eu-west-1:444455556666:vpc/vpc-1"
        );
        let Body::NetworkVpc(body) = &resource.body else {
            panic!("{resource:?}")
        };
        let blocks: Vec<String> = body.blocks.iter().map(ToString::to_string).collect();
        assert_eq!(blocks, ["172.31.0.0/16", "2001:db8::/56"]);
        assert!(body.is_default);
    }
}
