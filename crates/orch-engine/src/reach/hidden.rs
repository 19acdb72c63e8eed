//! What may stand behind a firewall although no interface of it was read.

use orch_model::kind::NetworkSubnet;
use orch_model::{Body, Field, Kind, Provider, Relation, Resource, Uid};

use super::admission::{unread, untold};
use crate::inventory::Inventory;
use crate::value::{Reasons, union};

/// The type of scale sets as ids name it.
const SCALE_SET: &str = "/virtualmachinescalesets/";

/// Whether machines of scale sets that name the firewall stand behind it. Elsewhere the machines of such groups
/// are read like all others.
pub(super) fn scale_sets(firewall: &Resource, inventory: &Inventory<'_>) -> Option<Reasons> {
    if firewall.scope.provider != Provider::Azure {
        return None;
    }
    let known = inventory.list_account(Kind::ComputeScalingGroup, &firewall.scope);
    let mut named = inventory.referring(
        &firewall.uid,
        Relation::GuardedBy,
        Kind::ComputeScalingGroup,
    );
    match named.next() {
        Some(set) => Some(of_scale_set(set.uid.short())),
        None => known.complete.err().map(|unseen| unseen.0),
    }
}

fn of_scale_set(name: &str) -> Reasons {
    let why = format!("the network cards of {name} are not read");
    untold("machines of a scale set", &why)
}

/// What stands in a subnet on Azure and is neither an interface nor a load balancer that was read.
pub(super) fn in_subnet(
    found: &Resource,
    subnet: &NetworkSubnet,
    inventory: &Inventory<'_>,
) -> Option<Reasons> {
    if found.scope.provider != Provider::Azure {
        return None;
    }
    let what_is_there = "what stands there for it is not read";
    let purpose = subnet.purpose.value();
    // A service that a subnet is handed over to has its own names, with a slash in them.
    let service = purpose.filter(|purpose| purpose.contains('/') || subnet.occupants.is_not_read());
    let service = service.map(|service| untold(service, what_is_there));
    let others = match &subnet.occupants {
        Field::None => None,
        Field::Value(occupants) => occupants
            .iter()
            .filter(|occupant| inventory.get(occupant).is_none() || is_set(occupant))
            .map(occupant)
            .reduce(union),
        Field::NotRead => {
            let sets = inventory.list_account(Kind::ComputeScalingGroup, &found.scope);
            match sets.items.first() {
                Some(set) => Some(of_scale_set(set.uid.short())),
                None => sets.complete.err().map(|unseen| unseen.0),
            }
        }
    };
    [service, others].into_iter().flatten().reduce(union)
}

fn is_set(occupant: &Uid) -> bool {
    occupant.as_str().contains(SCALE_SET)
}

/// Why it is not known what comes of something in a subnet.
fn occupant(uid: &Uid) -> Reasons {
    if is_set(uid) {
        return of_scale_set(uid.short());
    }
    // The type of a thing stands before its name.
    let mut parts = uid.as_str().rsplit('/').skip(1);
    let name = match parts.next().filter(|kind| !kind.is_empty()) {
        Some(kind) => format!("{kind} {}", uid.short()),
        None => uid.short().to_owned(),
    };
    untold(&name, "what it lets in is not read")
}

/// Whether machines of other projects may use the networks of a project (host of a Shared VPC).
pub(super) fn other_projects(firewall: &Resource, inventory: &Inventory<'_>) -> Option<Reasons> {
    if firewall.scope.provider != Provider::Gcp {
        return None;
    }
    let accounts = inventory.list_account(Kind::CloudAccount, &firewall.scope);
    let shares = accounts.items.iter().find_map(|account| {
        let Body::CloudAccount(body) = &account.body else {
            return None;
        };
        const PART: &str = "shares_networks";
        let shares = body.gcp.value().map(|gcp| &gcp.shares_networks);
        match shares.and_then(Field::value) {
            Some(false) => None,
            Some(true) => Some(untold(
                "machines of other projects in a shared network",
                "they may use it, and their projects are not followed",
            )),
            None => Some(unread(
                account,
                "gcp.shares_networks",
                PART,
                "the provider did not tell",
            )),
        }
    });
    shares.or_else(|| accounts.complete.err().map(|unseen| unseen.0))
}
