//! network.address: Elastic IP addresses.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_addresses::DescribeAddressesOutput;
use aws_sdk_ec2::types::Address;
use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::NetworkAddress;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::ec2::{Ec2List, free};
use super::instances::instance_uid;
use crate::call::List;
use crate::convert::{Malformed, links, name, required, resource, tags};
use crate::names::Names;

/// Elastic IP addresses. The list comes whole.
pub(super) struct Addresses;

impl Ec2List for Addresses {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "ec2.addresses",
        service: "ec2",
        datasets: &[Dataset::Kind(Kind::NetworkAddress)],
        reach: Reach::PerRegion,
        after: &[],
        operations: &[free("ec2:DescribeAddresses")],
    };
    type Page = DescribeAddressesOutput;

    async fn page(
        client: &Client,
        list: &mut List<'_>,
    ) -> Result<Option<Self::Page>, CollectError> {
        list.page(
            |_| client.describe_addresses().send(),
            |page| page.addresses().len(),
            |_| None,
        )
        .await
    }

    fn resources(names: Names<'_>, page: &Self::Page) -> Result<Vec<Resource>, Malformed> {
        page.addresses()
            .iter()
            .map(|found| address(names, found))
            .collect()
    }
}

/// One address.
fn address(names: Names<'_>, found: &Address) -> Result<Resource, Malformed> {
    // Addresses from a customer's own pool or a carrier have no public one.
    let shown = found
        .public_ip()
        .or(found.carrier_ip())
        .or(found.customer_owned_ip());
    let shown = required(
        shown.filter(|text| !text.is_empty()),
        "address without address",
    )?;
    let tags = tags(found.tags());
    let owner = found.network_interface_owner_id();
    let instance = found
        .instance_id()
        .filter(|id| !id.is_empty())
        .map(|id| instance_uid(names, None, id));
    let interface = names.maybe(owner, "network-interface", found.network_interface_id());
    let private = found.private_ip_address().filter(|text| !text.is_empty());
    let links: Vec<_> = links(
        Relation::AttachedTo,
        instance.iter().chain(interface.iter()),
    )
    .collect();
    let body = NetworkAddress {
        address: Field::Value(shown.parse().map_err(|_| Malformed("address"))?),
        instance: Field::read(instance),
        interface: Field::read(interface),
        // Everything that uses one does so through an interface.
        user: Field::None,
        sku: Field::None,
        private_address: Field::read(
            private
                .map(|text| text.parse().map_err(|_| Malformed("address")))
                .transpose()?,
        ),
        border_group: border_group(names, found),
    };
    let id = found.allocation_id().unwrap_or(shown);
    let (uid, name) = (names.ec2(None, "elastic-ip", id), name(&tags, shown));
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

/// Where an address is announced from, when that is not the region itself.
fn border_group(names: Names<'_>, found: &Address) -> Field<Text> {
    Field::read(
        found
            .network_border_group()
            .filter(|group| !group.is_empty() && *group != names.scope().region)
            .map(Text::new),
    )
}

#[cfg(test)]
mod tests {
    use orch_model::{Body, Provider, Scope};

    use super::*;

    fn converted(found: &Address) -> (Resource, NetworkAddress) {
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = address(Names::new(&scope), found).unwrap();
        let Body::NetworkAddress(body) = resource.body.clone() else {
            panic!("{resource:?}")
        };
        (resource, *body)
    }

    #[test]
    fn an_idle_address_has_neither_instance_nor_interface() {
        let found = Address::builder()
            .public_ip("54.0.0.1")
            .allocation_id("eipalloc-1")
            .instance_id("")
            .network_border_group("eu-west-1")
            .build();
        let (resource, body) = converted(&found);
        assert_eq!(resource.uid.short(), "eipalloc-1");
        assert_eq!(resource.name, "54.0.0.1");
        assert_eq!((body.instance, body.interface), (Field::None, Field::None));
        assert_eq!(body.border_group, Field::None);
    }

    #[test]
    fn an_address_in_use_names_its_user() {
        let found = Address::builder()
            .public_ip("54.0.0.1")
            .instance_id("i-1")
            .network_interface_id("eni-1")
            .private_ip_address("10.0.0.1")
            .network_border_group("eu-west-1-lon-1")
            .build();
        let (resource, body) = converted(&found);
        assert_eq!(resource.links.len(), 2);
        assert_eq!(body.border_group, Field::Value("eu-west-1-lon-1".into()));
        assert_eq!(
            body.private_address.value().unwrap().to_string(),
            "10.0.0.1"
        );
    }
}
