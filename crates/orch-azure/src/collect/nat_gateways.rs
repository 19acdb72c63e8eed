//! network.gateway: NAT gateways.

use orch_collect::CollectorSpec;
use orch_model::kind::NetworkGateway;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::addresses;
use super::list::{ArmList, Around, Beside, Element, Source, free};
use crate::convert::{links, references, resource};
use crate::names;
use crate::node::Malformed;

const READ: &str = "Microsoft.Network/natGateways/read";

/// NAT gateways.
pub(super) struct NatGateways;

impl ArmList for NatGateways {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.nat-gateways",
        service: "network",
        datasets: &[Dataset::Kind(Kind::NetworkGateway)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(addresses::READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/natGateways",
        "2024-05-01",
    );
    const BESIDE: &'static [Beside] = &[addresses::beside(&["body.public_addresses"])];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let of = found.at("properties")?;
        let subnets = references(of, "subnets")?;
        let ids = references(of, "publicIpAddresses")?;
        let prefixes = of.list("publicIpPrefixes")?.count();
        let public = addresses::resolve(around, &ids)?;
        let links: Vec<_> = links(Relation::PartOf, &subnets)
            .chain(links(Relation::Refers, &ids))
            .collect();
        let body = NetworkGateway {
            purpose: Text::new_static("nat"),
            vpc: Field::read(subnets.first().and_then(|subnet| names::parent(subnet, 1))),
            subnets,
            public_addresses: if prefixes > 0 { Field::NotRead } else { public },
            state: of.seen_text("provisioningState")?,
            logging: Field::NotRead,
        };
        let made = Field::NotRead;
        Ok(vec![resource(around.names, found, made, body, links)?])
    }
}
