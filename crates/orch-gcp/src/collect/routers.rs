//! network.gateway: Cloud NAT, which stands on routers.

use std::net::IpAddr;

use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::NetworkGateway;
use orch_model::{Body, Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};
use serde::Deserialize;

use super::Decoder;
use super::list::COMPUTE_PAGE;
use super::reading::{Reader, Reading};
use super::subnets::Log;
use crate::convert::{Malformed, links, required, resource, sorted};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Read, Shape};

const LIST: Api = get(
    "compute.routers.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/routers",
);

/// Routers as far as they translate addresses.
pub(super) struct Routers;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Router {
    network: Option<Text>,
    nats: Option<Vec<Nat>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Nat {
    name: Option<Text>,
    nat_ip_allocate_option: Option<Text>,
    nat_ips: Option<Vec<Text>>,
    subnetworks: Option<Vec<Served>>,
    log_config: Option<Log>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Served {
    name: Option<Text>,
}

impl Reader for Routers {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.routers",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::NetworkGateway)],
        reach: Reach::Global,
        // A gateway names its reserved addresses, and does not tell what they are.
        after: &["compute.addresses"],
        operations: &[free(LIST)],
    };
    const DECODE: Option<Decoder> = Some(|names, body| {
        let whole =
            Read::of(LIST.permission, body, Shape::Aggregated("routers")).decoded::<Router>();
        Decoded::of(LIST.permission, whole, |found| gateways(names, &found, &[]))
    });

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let (size, most) = COMPUTE_PAGE;
        let ask = reading.ask(LIST).query(size, most.to_string());
        let ask = ask.query("returnPartialSuccess", "true");
        let shape = Shape::Aggregated("routers");
        for router in reading.list::<Router>(ask, shape, Some(most)).await? {
            let made = gateways(reading.names, &router, &reading.ctx.prior);
            reading.push_all(LIST.permission, made);
        }
        Ok(())
    }
}

/// The gateways of one router.
fn gateways(
    names: Names<'_>,
    router: &Found<Router>,
    prior: &[Resource],
) -> Result<Vec<Resource>, Malformed> {
    let (base, own) = (&router.base, &router.own);
    let region = required(base.location(), "router without region")?;
    let vpc = names.maybe(own.network.as_ref());
    let router = names.compute(Some(region), "routers", &base.name());
    let nats = own.nats.iter().flatten();
    nats.map(|nat| {
        let name = required(nat.name.clone(), "gateway without name")?;
        let served = nat.subnetworks.iter().flatten();
        let subnets = sorted(served.filter_map(|served| names.maybe(served.name.as_ref())));
        let uids: Vec<Uid> = nat
            .nat_ips
            .iter()
            .flatten()
            .filter_map(|address| names.link(address))
            .collect();
        let links: Vec<_> = links(Relation::PartOf, vpc.as_ref())
            .chain(links(Relation::Refers, &uids))
            .collect();
        let body = NetworkGateway {
            purpose: Text::new_static("nat"),
            vpc: Field::seen(vpc.clone()),
            subnets,
            public_addresses: match nat.nat_ip_allocate_option.as_deref() {
                Some("MANUAL_ONLY") => Field::seen(resolved(&uids, prior)),
                // Google picks them as it goes, and tells only what a router does right now.
                _ => Field::NotRead,
            },
            state: Field::None,
            logging: Field::Value(Log::is_on(nat.log_config.as_ref())),
        };
        let uid = Uid::new(format!("{}/nats/{name}", router.as_str()));
        let mut gateway = resource(names.at(Some(region)), uid, base, body, links);
        gateway.name = name;
        gateway.tags = Field::None;
        Ok(gateway)
    })
    .collect()
}

/// What reserved addresses are; none unless all are known.
fn resolved(uids: &[Uid], prior: &[Resource]) -> Option<Vec<IpAddr>> {
    let address = |uid: &Uid| {
        prior
            .iter()
            .find(|known| known.uid == *uid)
            .and_then(|known| match &known.body {
                Body::NetworkAddress(address) => address.address.value().copied(),
                _ => None,
            })
    };
    let all: Option<Vec<IpAddr>> = uids.iter().map(address).collect();
    all.map(sorted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::global;

    #[test]
    fn gateways_resolve_their_reserved_addresses() {
        let at = "https://www.googleapis.com/compute/v1/projects/project";
        let addresses = json!({"items": {"regions/us-east1": {"addresses": [
            {"name": "nat-1", "address": "203.0.113.9"}]}}});
        let prior = crate::decode("compute.addresses", addresses.to_string().as_bytes())
            .unwrap()
            .resources;
        let page = json!({"items": {"regions/us-east1": {"routers": [
            {"name": "plain", "network": format!("{at}/global/networks/n")},
            {"name": "r", "network": format!("{at}/global/networks/n"), "nats": [
                {"name": "fixed", "natIpAllocateOption": "MANUAL_ONLY", "natIps": [format!("{at}/regions/us-east1/addresses/nat-1")],
                 "subnetworks": [{"name": format!("{at}/regions/us-east1/subnetworks/s")}], "logConfig": {"enable": true}},
                {"name": "any", "natIpAllocateOption": "AUTO_ONLY"},
                {"name": "lost", "natIpAllocateOption": "MANUAL_ONLY", "natIps": [format!("{at}/regions/us-east1/addresses/x")]}]},
        ]}}});
        let whole = Read::of("x", page, Shape::Aggregated("routers")).decoded::<Router>();
        let scope = global("project");
        let of = |router| gateways(Names::new(&scope), router, &prior).unwrap();
        assert!(of(&whole.found[0]).is_empty());
        let all: Vec<_> = of(&whole.found[1])
            .into_iter()
            .map(|one| match one.body {
                Body::NetworkGateway(gateway) => *gateway,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            all[0].public_addresses,
            Field::Value(vec!["203.0.113.9".parse().unwrap()])
        );
        assert_eq!(
            (&all[0].logging, all[0].subnets.len()),
            (&Field::Value(true), 1)
        );
        assert!(all[1].public_addresses.is_not_read() && all[2].public_addresses.is_not_read());
    }
}
