//! network.address: reserved external addresses.

use orch_collect::CollectorSpec;
use orch_model::kind::NetworkAddress;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};
use serde::Deserialize;

use super::list::Listed;
use crate::convert::{Malformed, addresses, links, optional, resource};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "compute.addresses.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/addresses",
);

/// External addresses, regional and global; those inside of networks are not public.
pub(super) struct Addresses;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Address {
    address: Option<Text>,
    address_type: Option<Text>,
    status: Option<Text>,
    users: Option<Vec<Text>>,
    network_tier: Option<Text>,
}

impl Listed for Addresses {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.addresses",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::NetworkAddress)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const API: Api = LIST;
    const SHAPE: Shape = Shape::Aggregated("addresses");
    type Element = Address;

    fn resources(names: Names<'_>, found: Found<Address>) -> Result<Vec<Resource>, Malformed> {
        let (base, own) = (&found.base, &found.own);
        if own.address_type.as_deref() == Some("INTERNAL") {
            return Ok(Vec::new());
        }
        let address = addresses([own.address.as_deref()])?.into_iter().next();
        let user = own.users.iter().flatten().find_map(|user| names.link(user));
        let instance = user
            .clone()
            .filter(|uid| uid.as_str().contains("/instances/"));
        let other = user.clone().filter(|_| instance.is_none());
        // In use by something that is not named.
        let hidden = user.is_none() && own.status.as_deref() == Some("IN_USE");
        let told = |uid: Option<Uid>| {
            if hidden {
                Field::NotRead
            } else {
                Field::read(uid)
            }
        };
        let links: Vec<_> = links(Relation::AttachedTo, user.as_ref()).collect();
        let body = NetworkAddress {
            address: Field::read(address),
            // The user is named by its machine, not by its card.
            interface: if instance.is_some() || hidden {
                Field::NotRead
            } else {
                Field::None
            },
            instance: told(instance),
            user: told(other),
            sku: optional(own.network_tier.as_deref()),
            private_address: Field::NotRead,
            border_group: Field::None,
        };
        let uid = names.compute(base.location(), "addresses", &base.name());
        Ok(vec![resource(
            names.at(base.location()),
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
    fn only_external_addresses_are_kept_with_their_users() {
        let at = "https://www.googleapis.com/compute/v1/projects/project";
        let body = json!({"items": {
            "global": {"addresses": [{"name": "lb", "address": "203.0.113.1", "status": "IN_USE",
                "users": [format!("{at}/global/forwardingRules/fr")]}]},
            "regions/us-east1": {"addresses": [
                {"name": "idle", "address": "203.0.113.2", "status": "RESERVED", "addressType": "EXTERNAL", "networkTier": "PREMIUM"},
                {"name": "vm", "address": "203.0.113.3", "users": [format!("{at}/zones/us-east1-b/instances/web")]},
                {"name": "inner", "address": "10.0.0.3", "addressType": "INTERNAL"},
                {"name": "nat", "address": "203.0.113.4", "status": "IN_USE"},
            ]},
        }});
        let decoded = crate::decode("compute.addresses", body.to_string().as_bytes()).unwrap();
        let all: Vec<_> = decoded
            .resources
            .iter()
            .map(|one| match &one.body {
                Body::NetworkAddress(address) => (one, address),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(all.len(), 4);
        assert_eq!(
            all[0].0.uid.as_str(),
            "//compute.googleapis.com/projects/project/global/addresses/lb"
        );
        assert!(all[0].0.scope.is_global() && all[0].1.user.value().is_some());
        let idle = all[1].1;
        assert_eq!(
            (&idle.instance, &idle.user, &idle.interface),
            (&Field::None, &Field::None, &Field::None)
        );
        assert!(all[2].1.instance.value().is_some() && all[2].1.interface.is_not_read());
        assert!(all[3].1.user.is_not_read());
    }
}
