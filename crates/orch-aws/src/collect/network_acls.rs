//! network.acl: network ACLs.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_network_acls::DescribeNetworkAclsOutput;
use aws_sdk_ec2::types::{NetworkAcl as Found, NetworkAclEntry, RuleAction};
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::{AclEntry, NetworkAcl};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource};

use super::ec2::{Ec2List, free, page};
use crate::call::List;
use crate::convert::{Malformed, cidr, links, name, protocol, required, resource, sorted, tags};
use crate::names::Names;

/// Network ACLs.
pub(super) struct NetworkAcls;

impl Ec2List for NetworkAcls {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.network-acls",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkAcl)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeNetworkAcls")],
    };
    type Page = DescribeNetworkAclsOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(list, client.describe_network_acls(), network_acls)
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.network_acls()
            .iter()
            .map(|found| acl(names, found))
            .collect()
    }
}

/// One ACL.
fn acl(names: Names<'_>, found: &Found) -> Result<Resource, Malformed> {
    let id = required(found.network_acl_id(), "ACL without id")?;
    let (owner, tags) = (found.owner_id(), tags(found.tags()));
    let vpc = names.ec2(owner, "vpc", required(found.vpc_id(), "ACL without VPC")?);
    let subnets = sorted(
        found
            .associations()
            .iter()
            .filter_map(|association| names.maybe(owner, "subnet", association.subnet_id())),
    );
    let mut entries = found
        .entries()
        .iter()
        .map(entry)
        .collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(|entry| (entry.egress, entry.number, entry.block));
    let links: Vec<_> = links(Relation::PartOf, [&vpc])
        .chain(links(Relation::Refers, &subnets))
        .collect();
    let is_default = found.is_default().unwrap_or(false);
    let body = NetworkAcl {
        vpc,
        is_default,
        subnets,
        entries,
    };
    let (uid, name) = (names.ec2(owner, "network-acl", id), name(&tags, id));
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

/// One entry.
fn entry(found: &NetworkAclEntry) -> Result<AclEntry, Malformed> {
    let block = found.cidr_block().or(found.ipv6_cidr_block());
    let ports = found.port_range();
    let port = |port: Option<i32>| Field::read(port.filter(|port| *port >= 0).map(i64::from));
    Ok(AclEntry {
        number: required(found.rule_number(), "ACL entry without number")?.into(),
        egress: required(found.egress(), "ACL entry without direction")?,
        allow: *required(found.rule_action(), "ACL entry without action")? == RuleAction::Allow,
        protocol: protocol(required(found.protocol(), "ACL entry without protocol")?),
        from_port: port(ports.and_then(|ports| ports.from())),
        to_port: port(ports.and_then(|ports| ports.to())),
        block: cidr(required(block, "ACL entry without address block")?)?,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::PortRange;
    use orch_model::{Body, Provider, Scope};

    use super::*;

    #[test]
    fn entries_stand_in_the_order_in_which_they_are_asked() {
        let entry = |number: i32, action: RuleAction| {
            NetworkAclEntry::builder()
                .rule_number(number)
                .egress(false)
                .rule_action(action)
                .protocol("6")
                .cidr_block("0.0.0.0/0")
        };
        let found = Found::builder()
            .network_acl_id("acl-1")
            .vpc_id("vpc-1")
            .is_default(true)
            .entries(entry(32_767, RuleAction::Deny).build())
            .entries(
                entry(100, RuleAction::Allow)
                    .port_range(PortRange::builder().from(22).to(22).build())
                    .build(),
            )
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = acl(Names::new(&scope), &found).unwrap();
        let Body::NetworkAcl(body) = &resource.body else {
            panic!("{resource:?}")
        };
        let numbers: Vec<i64> = body.entries.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [100, 32_767]);
        assert_eq!(body.entries[0].from_port, Field::Value(22));
        assert_eq!(body.entries[1].from_port, Field::None);
        assert!(body.entries[0].allow && !body.entries[1].allow);
        assert_eq!(body.entries[0].protocol, "tcp");
    }
}
