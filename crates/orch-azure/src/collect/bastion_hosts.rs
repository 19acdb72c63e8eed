//! network.gateway: Bastion hosts, through which people reach machines without a public address.

use orch_collect::CollectorSpec;
use orch_model::kind::NetworkGateway;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::addresses;
use super::list::{ArmList, Around, Beside, Element, Source, free};
use crate::convert::{links, resource, sorted};
use crate::names;
use crate::node::Malformed;

const READ: &str = "Microsoft.Network/bastionHosts/read";

/// Bastion hosts.
pub(super) struct BastionHosts;

impl ArmList for BastionHosts {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.bastion-hosts",
        service: "network",
        datasets: &[Dataset::Kind(Kind::NetworkGateway)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(addresses::READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/bastionHosts",
        "2024-05-01",
    );
    const BESIDE: &'static [Beside] = &[addresses::beside(&["body.public_addresses"])];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let (mut subnets, mut ids) = (Vec::new(), Vec::new());
        for configuration in of.list("ipConfigurations")? {
            subnets.extend(configuration.uid("properties.subnet.id")?);
            ids.extend(addresses::of_front(configuration)?);
        }
        let (subnets, ids) = (sorted(subnets), sorted(ids));
        let of_subnet = subnets.first().and_then(|subnet| names::parent(subnet, 1));
        // The cheapest sort stands in no subnet and names its network.
        let vpc = match of_subnet {
            Some(vpc) => Some(vpc),
            None => of.uid("virtualNetwork.id")?,
        };
        let links: Vec<_> = links(Relation::PartOf, &subnets)
            .chain(links(Relation::Refers, &ids))
            .collect();
        let body = NetworkGateway {
            purpose: Text::new_static("bastion"),
            vpc: Field::seen(vpc),
            subnets,
            public_addresses: addresses::resolve(around, &ids)?,
            state: of.seen_text("provisioningState")?,
            logging: Field::NotRead,
        };
        let made = Field::NotRead;
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}
