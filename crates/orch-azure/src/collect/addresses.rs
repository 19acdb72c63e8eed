//! network.address: public IP addresses, with what uses them.

use std::net::IpAddr;

use orch_collect::CollectorSpec;
use orch_model::kind::NetworkAddress;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::interfaces;
use super::list::{ArmList, Around, Beside, Element, Source, free};
use crate::convert::{addresses as sorted_addresses, links, resource};
use crate::names;
use crate::node::{Malformed, Node};

pub(super) const READ: &str = "Microsoft.Network/publicIPAddresses/read";

const LIST: Source = Source::get(
    READ,
    "/subscriptions/{subscription}/providers/Microsoft.Network/publicIPAddresses",
    "2024-05-01",
);

const NAME: &str = "addresses";

/// The list, to look addresses up in.
pub(super) const fn beside(fields: &'static [&'static str]) -> Beside {
    Beside {
        name: NAME,
        source: LIST,
        shared: true,
        fields,
    }
}

/// The addresses behind these ids, sorted. Not read where one of them cannot be known.
pub(super) fn resolve(around: &Around<'_>, ids: &[Uid]) -> Result<Field<Vec<IpAddr>>, Malformed> {
    let mut found = Vec::new();
    for id in ids {
        match around.find(NAME, id) {
            // None is given out while what uses it is stopped.
            Field::Value(address) => found.extend(address.address("properties.ipAddress")?),
            // It may belong to another subscription.
            Field::None | Field::NotRead => return Ok(Field::NotRead),
        }
    }
    Ok(Field::Value(sorted_addresses(found)))
}

/// Public IP addresses.
pub(super) struct Addresses;

impl ArmList for Addresses {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.addresses",
        service: "network",
        datasets: &[Dataset::Kind(Kind::NetworkAddress)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(interfaces::READ)],
    };
    const LIST: Source = LIST;
    const SHARED: bool = true;
    const BESIDE: &'static [Beside] = &[interfaces::beside(&[
        "body.instance",
        "body.private_address",
    ])];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let configuration = of.uid("ipConfiguration.id")?;
        let interface = configuration
            .as_ref()
            .and_then(interfaces::of_configuration);
        let user = match &configuration {
            Some(configuration) if interface.is_none() => user(configuration),
            Some(_) => None,
            None => of.uid("natGateway.id")?,
        };
        let (instance, private_address) = match (&interface, &configuration) {
            (Some(interface), Some(configuration)) => behind(around, interface, configuration)?,
            _ => (Field::None, Field::None),
        };
        let used_by: Vec<_> = links(Relation::AttachedTo, interface.as_ref())
            .chain(links(Relation::AttachedTo, instance.value()))
            .chain(links(Relation::AttachedTo, user.as_ref()))
            .collect();
        let sku = found.text("sku.name")?.map(str::to_lowercase);
        let body = NetworkAddress {
            address: Field::read(of.address("ipAddress")?),
            instance,
            interface: Field::read(interface),
            user: Field::read(user),
            sku: Field::seen(sku.map(Text::from)),
            private_address,
            border_group: Field::None,
        };
        let made = Field::NotRead;
        Ok(vec![resource(around.names, found, made, body, used_by)?])
    }
}

/// The machine and the private address behind an interface's configuration.
fn behind(
    around: &Around<'_>,
    interface: &Uid,
    configuration: &Uid,
) -> Result<(Field<Uid>, Field<IpAddr>), Malformed> {
    let Field::Value(card) = around.find(interfaces::NAME, interface) else {
        return Ok((Field::NotRead, Field::NotRead));
    };
    let instance = Field::read(card.uid("properties.virtualMachine.id")?);
    for one in card.list("properties.ipConfigurations")? {
        if one.uid("id")?.as_ref() == Some(configuration) {
            let address = one.address("properties.privateIPAddress")?;
            return Ok((instance, Field::read(address)));
        }
    }
    Ok((instance, Field::NotRead))
}

/// The resource that a configuration belongs to: everything up to its own type and name.
fn user(configuration: &Uid) -> Option<Uid> {
    // /subscriptions/s/resourcegroups/g/providers/microsoft.network/loadbalancers/name
    let id = configuration.as_str();
    let end = id
        .match_indices('/')
        .nth(8)
        .map_or(id.len(), |(end, _)| end);
    id.get(..end).map(names::uid)
}

/// A front end's public address.
pub(super) fn of_front(front: Node<'_>) -> Result<Option<Uid>, Malformed> {
    front.uid("properties.publicIPAddress.id")
}
