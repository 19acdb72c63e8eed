//! network.gateway: internet gateways.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_internet_gateways::DescribeInternetGatewaysOutput;
use aws_sdk_ec2::types::InternetGateway;
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::NetworkGateway;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::ec2::{Ec2List, free, page};
use crate::call::List;
use crate::convert::{Malformed, links, name, required, resource, tags};
use crate::names::Names;

/// Internet gateways.
pub(super) struct InternetGateways;

impl Ec2List for InternetGateways {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.internet-gateways",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkGateway)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeInternetGateways")],
    };
    type Page = DescribeInternetGatewaysOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(list, client.describe_internet_gateways(), internet_gateways)
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.internet_gateways()
            .iter()
            .map(|found| gateway(names, found))
            .collect()
    }
}

/// One gateway. It is attached to one network at most.
fn gateway(names: Names<'_>, found: &InternetGateway) -> Result<Resource, Malformed> {
    let id = required(found.internet_gateway_id(), "internet gateway without id")?;
    let (owner, tags) = (found.owner_id(), tags(found.tags()));
    let attachment = found.attachments().first();
    let vpc = attachment.and_then(|attachment| names.maybe(owner, "vpc", attachment.vpc_id()));
    let state = attachment.and_then(|attachment| attachment.state());
    let links: Vec<_> = links(Relation::AttachedTo, vpc.as_ref()).collect();
    let body = NetworkGateway {
        purpose: Text::new_static("internet"),
        vpc: Field::read(vpc),
        subnets: Vec::new(),
        public_addresses: Field::None,
        state: Field::read(state.map(|state| Text::new(state.as_str()))),
        logging: Field::None,
    };
    let (uid, name) = (names.ec2(owner, "internet-gateway", id), name(&tags, id));
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

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{AttachmentStatus, InternetGatewayAttachment};
    use orch_model::{Body, Provider, Scope, Uid};

    use super::*;

    fn body(attachments: &[&str]) -> (Uid, NetworkGateway) {
        let attachments = attachments.iter().map(|vpc| {
            InternetGatewayAttachment::builder()
                .vpc_id(*vpc)
                .state(AttachmentStatus::from("available"))
                .build()
        });
        let found = InternetGateway::builder()
            .internet_gateway_id("igw-1")
            .owner_id("444455556666")
            .set_attachments(Some(attachments.collect()))
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = gateway(Names::new(&scope), &found).unwrap();
        match resource.body {
            Body::NetworkGateway(body) => (resource.uid, *body),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_gateway_is_attached_to_its_network() {
        let (uid, body) = body(&["vpc-1"]);
        assert_eq!(
            uid.as_str(),
            "arn:aws:ec2:eu-west-1:444455556666:internet-gateway/igw-1"
        );
        let vpc = "arn:aws:ec2:eu-west-1:444455556666:vpc/vpc-1";
        assert_eq!(body.vpc, Field::Value(Uid::new(vpc)));
        assert_eq!(body.state, Field::Value("available".into()));
    }

    #[test]
    fn a_gateway_without_network_has_none() {
        let (_, body) = body(&[]);
        assert_eq!(body.vpc, Field::None);
        assert_eq!(body.state, Field::None);
    }
}
