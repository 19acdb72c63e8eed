//! network.interface: network interfaces with the public addresses behind their ids.

use std::net::IpAddr;

use orch_collect::CollectorSpec;
use orch_model::kind::NetworkInterface;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::addresses;
use super::list::{ArmList, Around, Beside, Element, Source, free};
use crate::convert::{addresses as sorted_addresses, links, resource, sorted};
use crate::names;
use crate::node::{Malformed, Node};

pub(super) const READ: &str = "Microsoft.Network/networkInterfaces/read";

pub(super) const LIST: Source = Source::get(
    READ,
    "/subscriptions/{subscription}/providers/Microsoft.Network/networkInterfaces",
    "2024-05-01",
);

/// The list, to look interfaces up in.
pub(super) const fn beside(fields: &'static [&'static str]) -> Beside {
    Beside {
        name: NAME,
        source: LIST,
        shared: true,
        fields,
    }
}

/// What decoders call the list.
pub(super) const NAME: &str = "interfaces";

/// Network interfaces.
pub(super) struct Interfaces;

impl ArmList for Interfaces {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.interfaces",
        service: "network",
        datasets: &[Dataset::Kind(Kind::NetworkInterface)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(addresses::READ)],
    };
    const LIST: Source = LIST;
    const SHARED: bool = true;
    const BESIDE: &'static [Beside] = &[addresses::beside(&["body.public_addresses"])];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let card = Card::of(around, found)?;
        let endpoint = ["privateEndpoint", "privateLinkService"]
            .into_iter()
            .find(|of| found.has(&format!("properties.{of}.id")));
        let workloads = found.list("properties.hostedWorkloads")?.count();
        let purpose = match endpoint {
            Some("privateEndpoint") => "private_endpoint",
            Some(_) => "private_link_service",
            None if workloads > 0 => "hosted_workload",
            None => "interface",
        };
        let body = NetworkInterface {
            attached: card.instance.is_some() || endpoint.is_some() || workloads > 0,
            instance: Field::read(card.instance.clone()),
            purpose: Text::new_static(purpose),
            service_managed: endpoint.is_some() || workloads > 0,
            description: Field::None,
            vpc: Field::seen(card.network()),
            subnet: Field::seen(card.subnet.clone()),
            firewalls: card.firewalls.clone(),
            memberships: card.memberships,
            ip_forwarding: card.forwards,
            private_addresses: card.private_v4,
            public_addresses: card.public,
            addresses: card.address_ids,
            ipv6_addresses: card.private_v6,
        };
        let links: Vec<_> = links(Relation::GuardedBy, &card.firewalls)
            .chain(links(Relation::AttachedTo, card.instance.as_ref()))
            .chain(links(Relation::PartOf, card.subnet.as_ref()))
            .collect();
        let made = Field::NotRead;
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}

/// What a network card tells, for itself and for the machine that has it.
#[derive(Debug, Default)]
pub(super) struct Card {
    pub(super) instance: Option<Uid>,
    pub(super) subnet: Option<Uid>,
    pub(super) firewalls: Vec<Uid>,
    pub(super) memberships: Vec<Text>,
    pub(super) forwards: Field<bool>,
    pub(super) private_v4: Vec<IpAddr>,
    pub(super) private_v6: Vec<IpAddr>,
    pub(super) public: Field<Vec<IpAddr>>,
    pub(super) address_ids: Vec<Uid>,
}

impl Card {
    pub(super) fn of(around: &Around<'_>, found: Node<'_>) -> Result<Self, Malformed> {
        let of = found.at("properties")?;
        let mut card = Self {
            instance: of.uid("virtualMachine.id")?,
            firewalls: of.uid("networkSecurityGroup.id")?.into_iter().collect(),
            forwards: of.seen_bool("enableIPForwarding")?,
            ..Self::default()
        };
        let (mut private, mut groups, mut fronts) = (Vec::new(), Vec::new(), Vec::new());
        for configuration in of.list("ipConfigurations")? {
            let of = configuration.at("properties")?;
            private.extend(of.address("privateIPAddress")?);
            if card.subnet.is_none() {
                card.subnet = of.uid("subnet.id")?;
            }
            for group in of.list("applicationSecurityGroups")? {
                groups.extend(group.uid("id")?);
            }
            fronts.extend(of.uid("publicIPAddress.id")?);
        }
        let private = sorted_addresses(private);
        (card.private_v4, card.private_v6) = private.into_iter().partition(IpAddr::is_ipv4);
        card.memberships = sorted(groups)
            .iter()
            .map(|group| Text::new(group.as_str()))
            .collect();
        card.address_ids = sorted(fronts);
        card.public = addresses::resolve(around, &card.address_ids)?;
        Ok(card)
    }

    /// The network of its subnet.
    pub(super) fn network(&self) -> Option<Uid> {
        names::parent(self.subnet.as_ref()?, 1)
    }
}

/// The interface that an IP configuration belongs to, where it is one of an interface.
pub(super) fn of_configuration(configuration: &Uid) -> Option<Uid> {
    names::up_to(configuration, "networkinterfaces")
}
