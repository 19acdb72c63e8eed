//! network.interface: elastic network interfaces.

use std::net::IpAddr;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_network_interfaces::DescribeNetworkInterfacesOutput;
use aws_sdk_ec2::types::{NetworkInterface as Card, NetworkInterfaceStatus};
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::NetworkInterface;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::ec2::{Ec2List, free, page};
use super::instances::instance_uid;
use crate::call::List;
use crate::convert::{
    Malformed, addresses, links, name, optional_text, required, resource, sorted, tags,
};
use crate::names::Names;

/// Elastic network interfaces.
pub(super) struct Interfaces;

impl Ec2List for Interfaces {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.interfaces",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkInterface)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeNetworkInterfaces")],
    };
    type Page = DescribeNetworkInterfacesOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        page!(
            list,
            client.describe_network_interfaces(),
            network_interfaces
        )
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.network_interfaces()
            .iter()
            .map(|found| interface(names, found))
            .collect()
    }
}

/// One interface.
fn interface(names: Names<'_>, found: &Card) -> Result<Resource, Malformed> {
    let id = required(found.network_interface_id(), "interface without id")?;
    let (owner, tags) = (found.owner_id(), tags(found.tag_set()));
    let attachment = found.attachment();
    // Interfaces of managed services carry the service's account in place of an instance.
    let instance = attachment.and_then(|attachment| {
        let id = attachment.instance_id().filter(|id| !id.is_empty())?;
        Some(instance_uid(
            names,
            attachment.instance_owner_id().or(owner),
            id,
        ))
    });
    let firewalls = sorted(
        found
            .groups()
            .iter()
            .filter_map(|group| names.maybe(owner, "security-group", group.group_id())),
    );
    let (vpc, subnet) = (
        names.maybe(owner, "vpc", found.vpc_id()),
        names.maybe(owner, "subnet", found.subnet_id()),
    );
    let links: Vec<_> = links(Relation::GuardedBy, &firewalls)
        .chain(links(Relation::AttachedTo, instance.as_ref()))
        .chain(links(Relation::PartOf, subnet.as_ref()))
        .collect();
    let private = found
        .private_ip_addresses()
        .iter()
        .map(|address| address.private_ip_address())
        .chain([found.private_ip_address()]);
    let body = NetworkInterface {
        attached: match found.status() {
            Some(status) => *status == NetworkInterfaceStatus::InUse,
            None => attachment.is_some(),
        },
        instance: Field::read(instance),
        purpose: purpose(found),
        service_managed: found.requester_managed().unwrap_or(false),
        description: optional_text(found.description()),
        vpc: Field::read(vpc),
        subnet: Field::read(subnet),
        firewalls,
        private_addresses: addresses(private)?,
        public_addresses: Field::Value(public_addresses(found)?),
        addresses: Vec::new(),
        memberships: Vec::new(),
        ip_forwarding: Field::seen(found.source_dest_check().map(|checked| !checked)),
        ipv6_addresses: addresses(
            found
                .ipv6_addresses()
                .iter()
                .map(|address| address.ipv6_address())
                .chain([found.ipv6_address()]),
        )?,
    };
    let (uid, name) = (names.ec2(owner, "network-interface", id), name(&tags, id));
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

/// What an interface belongs to. The API spells one of its types unlike all others.
fn purpose(found: &Card) -> Text {
    match found.interface_type().map(|purpose| purpose.as_str()) {
        Some("natGateway") => Text::new_static("nat_gateway"),
        Some(purpose) => Text::new(purpose),
        None => Text::new_static("interface"),
    }
}

/// Public addresses of all its private ones.
fn public_addresses(found: &Card) -> Result<Vec<IpAddr>, Malformed> {
    let associations = found
        .private_ip_addresses()
        .iter()
        .filter_map(|address| address.association())
        .chain(found.association());
    addresses(associations.map(|association| association.public_ip()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{
        GroupIdentifier, NetworkInterfaceAssociation, NetworkInterfaceAttachment,
        NetworkInterfaceType,
    };
    use orch_model::{Body, Provider, Scope};

    use super::*;

    fn body(found: &Card) -> NetworkInterface {
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = interface(Names::new(&scope), found).unwrap();
        assert!(resource.links.is_sorted());
        match resource.body {
            Body::NetworkInterface(body) => *body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_instances_card_knows_its_instance_and_groups() {
        let found = Card::builder()
            .network_interface_id("eni-1")
            .owner_id("111122223333")
            .status(NetworkInterfaceStatus::InUse)
            .groups(GroupIdentifier::builder().group_id("sg-1").build())
            .attachment(
                NetworkInterfaceAttachment::builder()
                    .instance_id("i-1")
                    .instance_owner_id("111122223333")
                    .build(),
            )
            .association(
                NetworkInterfaceAssociation::builder()
                    .public_ip("54.0.0.1")
                    .build(),
            )
            .build();
        let body = body(&found);
        assert!(body.attached && !body.service_managed);
        assert_eq!(body.instance.value().unwrap().short(), "i-1");
        assert_eq!(body.firewalls[0].short(), "sg-1");
        assert_eq!(body.public_addresses.value().map(Vec::len), Some(1));
        assert_eq!(body.purpose, "interface");
    }

    #[test]
    fn a_services_card_has_no_instance() {
        let found = Card::builder()
            .network_interface_id("eni-1")
            .status(NetworkInterfaceStatus::InUse)
            .interface_type(NetworkInterfaceType::NatGateway)
            .requester_managed(true)
            .attachment(
                NetworkInterfaceAttachment::builder()
                    .instance_owner_id("amazon-aws")
                    .build(),
            )
            .build();
        let body = body(&found);
        assert_eq!(
            (body.instance, &*body.purpose),
            (Field::None, "nat_gateway")
        );
        assert!(body.service_managed && body.attached);
    }
}
