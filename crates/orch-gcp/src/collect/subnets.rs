//! network.subnet: subnetworks with their purpose and whether their traffic is recorded.

use orch_collect::CollectorSpec;
use orch_model::kind::NetworkSubnet;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, cidrs, links, optional, required, resource};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "compute.subnetworks.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/subnetworks",
);

/// Subnetworks.
pub(super) struct Subnets;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Subnet {
    network: Option<Text>,
    ip_cidr_range: Option<Text>,
    secondary_ip_ranges: Option<Vec<Secondary>>,
    ipv6_cidr_range: Option<Text>,
    external_ipv6_prefix: Option<Text>,
    internal_ipv6_prefix: Option<Text>,
    purpose: Option<Text>,
    enable_flow_logs: Option<bool>,
    log_config: Option<Log>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Secondary {
    ip_cidr_range: Option<Text>,
}

/// Whether something is recorded.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Log {
    enable: Option<bool>,
}

impl Log {
    /// Whether it is on; it is off where the answer does not name it.
    pub(super) fn is_on(log: Option<&Self>) -> bool {
        log.is_some_and(|log| log.enable == Some(true))
    }
}

impl Listed for Subnets {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.subnetworks",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::NetworkSubnet)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Aggregated("subnetworks");
    type Element = Subnet;

    fn resources(names: Names<'_>, found: Found<Subnet>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        let region = required(base.location(), "subnetwork without region")?;
        let vpc = required(
            names.maybe(own.network.as_ref()),
            "subnetwork without network",
        )?;
        let secondary = own.secondary_ip_ranges.iter().flatten();
        let blocks = [
            &own.ip_cidr_range,
            &own.ipv6_cidr_range,
            &own.external_ipv6_prefix,
            &own.internal_ipv6_prefix,
        ]
        .into_iter()
        .chain(secondary.map(|range| &range.ip_cidr_range))
        .filter_map(Option::as_ref)
        .filter(|block| !block.is_empty());
        let links: Vec<_> = links(Relation::PartOf, [&vpc]).collect();
        let is_default = vpc.short() == "default" && base.name() == "default";
        let body = NetworkSubnet {
            vpc,
            blocks: cidrs(blocks)?,
            zone: Field::None,
            // Addresses of the internet are given machine by machine.
            assigns_public_address: Field::Value(false),
            assigns_ipv6_address: Field::Value(false),
            firewalls: Field::None,
            route_table: Field::None,
            purpose: optional(own.purpose.as_deref()),
            occupants: Field::None,
            // Documented as off where the answer does not name them.
            flow_logs: Field::Value(
                Log::is_on(own.log_config.as_ref()) || own.enable_flow_logs == Some(true),
            ),
            blocks_internet: Field::None,
            free_addresses: Field::NotRead,
            is_default,
        };
        let uid = names.compute(Some(region), "subnetworks", &base.name());
        Ok(vec![resource(
            names.at(Some(region)),
            uid,
            base,
            body,
            links,
        )])
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_of_all_sorts_are_one_list() {
        let at = "https://www.googleapis.com/compute/v1/projects/project";
        let body = json!({"items": {"regions/us-east1": {"subnetworks": [
            {"name": "default", "region": format!("{at}/regions/us-east1"), "network": format!("{at}/global/networks/default"),
             "ipCidrRange": "10.142.0.0/20", "secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.8.0.0/14"}],
             "externalIpv6Prefix": "2600:1900:4020:1::/64", "ipv6CidrRange": "2600:1900:4020:1::/64",
             "purpose": "PRIVATE", "logConfig": {"enable": true}},
            {"name": "proxies", "network": format!("{at}/global/networks/default"), "ipCidrRange": "10.0.0.0/23",
             "purpose": "REGIONAL_MANAGED_PROXY"},
            {"name": "broken", "network": "x", "ipCidrRange": "10.0.0.0/23"},
        ]}}});
        let decoded = crate::decode("compute.subnetworks", body.to_string().as_bytes()).unwrap();
        assert_eq!(
            decoded.gap.unwrap().detail,
            "compute.subnetworks.list subnetwork without network"
        );
        let subnets: Vec<_> = decoded
            .resources
            .iter()
            .map(|one| match &one.body {
                Body::NetworkSubnet(subnet) => subnet,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!((subnets[0].blocks.len(), subnets[0].is_default), (3, true));
        assert_eq!(subnets[0].flow_logs, Field::Value(true));
        assert_eq!(subnets[1].flow_logs, Field::Value(false));
        assert_eq!(
            subnets[1].purpose,
            Field::Value("REGIONAL_MANAGED_PROXY".into())
        );
        assert_eq!(decoded.resources[0].scope.region, "us-east1");
    }
}
