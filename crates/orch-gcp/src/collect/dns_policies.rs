//! dns.policy: server policies of Cloud DNS, and the networks they hold for.

use orch_collect::CollectorSpec;
use orch_model::kind::DnsPolicy;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, links, required, resource, sorted};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "dns.policies.list",
    "dns.googleapis.com/dns/v1/projects/{project}/policies",
);

/// Policies.
pub(super) struct DnsPolicies;

/// A policy as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Policy {
    enable_logging: Option<bool>,
    networks: Option<Vec<Network>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Network {
    network_url: Option<Text>,
}

impl Listed for DnsPolicies {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "dns.policies",
        service: "dns",
        datasets: &[Dataset::Kind(Kind::DnsPolicy)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Items("policies");
    const PAGE: (&'static str, u64) = ("maxResults", 500);
    type Element = Policy;

    fn resources(names: Names<'_>, found: Found<Policy>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        let networks = own.networks.iter().flatten().map(|network| {
            let network = names.maybe(network.network_url.as_ref());
            required(network, "policy with a network without address")
        });
        let vpcs = sorted(networks.collect::<Result<Vec<_>, _>>()?);
        let links: Vec<_> = links(Relation::Refers, &vpcs).collect();
        let body = DnsPolicy {
            // Documented to be off where nobody set it.
            logging: Field::Value(own.enable_logging == Some(true)),
            vpcs,
        };
        let uid = names.of("dns", &format!("policies/{}", base.name()));
        Ok(vec![resource(names.at(None), uid, base, body, links)])
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_names_its_networks_as_networks_name_themselves() {
        let network = "https://www.googleapis.com/compute/v1/projects/project/global/networks/main";
        let list = json!({"policies": [
            {"id": "77", "name": "log", "enableLogging": true, "networks": [{"kind": "dns#policyNetwork", "networkUrl": network}]},
            {"name": "quiet", "description": "", "networks": null},
            {"name": "odd", "networks": [{}]},
        ]});
        let decoded = crate::decode("dns.policies", list.to_string().as_bytes()).unwrap();
        let [log, quiet] = &decoded.resources[..] else {
            panic!()
        };
        let Body::DnsPolicy(policy) = &log.body else {
            panic!()
        };
        assert_eq!(policy.logging, Field::Value(true));
        assert_eq!(
            policy.vpcs[0].as_str(),
            "//compute.googleapis.com/projects/project/global/networks/main"
        );
        let Body::DnsPolicy(policy) = &quiet.body else {
            panic!()
        };
        assert_eq!(
            (policy.logging, policy.vpcs.len()),
            (Field::Value(false), 0)
        );
        assert!(decoded.gap.is_some());
    }
}
