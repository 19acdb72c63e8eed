//! Who refers to whom: the relations of resources, read backwards.

use foldhash::HashMap;
use orch_model::{Body, Field, Relation, Resource, Uid};

/// The relations that the body of a resource states. Facts rest on these and not only on
/// [`Resource::links`], which repeat them for readers of a snapshot.
pub(crate) fn stated<'r>(resource: &'r Resource, mut tell: impl FnMut(Relation, &'r Uid)) {
    fn field(of: &Field<Uid>) -> Option<&Uid> {
        of.value()
    }
    for link in &resource.links {
        tell(link.relation, &link.to);
    }
    match &resource.body {
        Body::ComputeInstance(body) => {
            body.firewalls
                .iter()
                .for_each(|uid| tell(Relation::GuardedBy, uid));
            [&body.vpc, &body.subnet]
                .into_iter()
                .filter_map(field)
                .for_each(|uid| {
                    tell(Relation::PartOf, uid);
                });
        }
        Body::NetworkInterface(body) => {
            body.firewalls
                .iter()
                .for_each(|uid| tell(Relation::GuardedBy, uid));
            [&body.vpc, &body.subnet]
                .into_iter()
                .filter_map(field)
                .for_each(|uid| {
                    tell(Relation::PartOf, uid);
                });
            if let Some(uid) = field(&body.instance) {
                tell(Relation::AttachedTo, uid);
            }
        }
        Body::NetworkFirewall(body) => {
            let rules = body.ingress.iter().chain(&body.egress);
            rules
                .flat_map(|rule| &rule.firewalls)
                .for_each(|uid| tell(Relation::Refers, uid));
            if let Some(uid) = field(&body.vpc) {
                tell(Relation::PartOf, uid);
            }
        }
        Body::NetworkAddress(body) => {
            [&body.instance, &body.interface]
                .into_iter()
                .filter_map(field)
                .for_each(|uid| {
                    tell(Relation::AttachedTo, uid);
                });
        }
        Body::NetworkFlowLog(body) => tell(Relation::AttachedTo, &body.target),
        Body::NetworkSubnet(body) => {
            tell(Relation::PartOf, &body.vpc);
            let firewalls = body.firewalls.value().into_iter().flatten();
            firewalls.for_each(|uid| tell(Relation::GuardedBy, uid));
        }
        Body::NetworkLoadBalancer(body) => {
            let firewalls = body.firewalls.value().into_iter().flatten();
            firewalls.for_each(|uid| tell(Relation::GuardedBy, uid));
        }
        Body::ComputeScalingGroup(body) => {
            let firewalls = body.firewalls.value().into_iter().flatten();
            firewalls.for_each(|uid| tell(Relation::GuardedBy, uid));
        }
        Body::NetworkAcl(body) => tell(Relation::PartOf, &body.vpc),
        Body::NetworkRouteTable(body) => tell(Relation::PartOf, &body.vpc),
        Body::StorageSnapshot(body) => {
            if let Some(uid) = field(&body.volume) {
                tell(Relation::MadeFrom, uid);
            }
        }
        Body::StorageVolume(body) => {
            body.attachments
                .iter()
                .for_each(|held| tell(Relation::AttachedTo, &held.instance));
        }
        // The bodies of the other kinds name nothing that `links` does not.
        _ => {}
    }
}

/// For each resource the relations that point at it, in one block.
pub(super) struct Reverse {
    /// Where the relations to a resource begin in `from`; one more entry than resources.
    starts: Vec<u32>,
    from: Vec<(Relation, u32)>,
}

impl Reverse {
    pub(super) fn of(resources: &[Resource], places: &HashMap<&str, u32>) -> Self {
        let mut pairs: Vec<(u32, Relation, u32)> = Vec::new();
        for (from, resource) in (0u32..).zip(resources) {
            stated(resource, |relation, to| {
                if let Some(to) = places.get(to.as_str()) {
                    pairs.push((*to, relation, from));
                }
            });
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0u32; resources.len() + 1];
        for (to, _, _) in &pairs {
            starts[*to as usize + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        Self {
            starts,
            from: pairs
                .into_iter()
                .map(|(_, relation, from)| (relation, from))
                .collect(),
        }
    }

    /// The relations to a resource, sorted by relation and by the uid of whom they come from.
    pub(super) fn to(&self, place: Option<u32>) -> &[(Relation, u32)] {
        let Some(place) = place.map(|place| place as usize) else {
            return &[];
        };
        match (self.starts.get(place), self.starts.get(place + 1)) {
            (Some(start), Some(end)) => &self.from[*start as usize..*end as usize],
            _ => &[],
        }
    }
}
