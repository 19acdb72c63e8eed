//! network.vpc and the firewall policies that networks obey, in the order in which they are asked.

use std::collections::{BTreeMap, BTreeSet};

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::{NetworkFilter, NetworkVpc};
use orch_model::{Cause, Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text, Uid};
use serde::Deserialize;

use super::Decoder;
use super::list::COMPUTE_PAGE;
use super::policies::{self, Level, Policy};
use super::reading::{Reader, Reading};
use crate::convert::{Malformed, cidrs, last, links, resource, sorted};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Read, Shape, Whole};

const LIST: Api = get(
    "compute.networks.list",
    "compute.googleapis.com/compute/v1/projects/{project}/global/networks",
);
const POLICIES: Api = get(
    "compute.firewallPolicies.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/firewallPolicies",
);
const EFFECTIVE: Api = get(
    "compute.networks.getEffectiveFirewalls",
    "compute.googleapis.com/compute/v1/projects/{project}/global/networks/{network}/getEffectiveFirewalls",
);
const REGIONAL: Api = get(
    "compute.networks.getRegionEffectiveFirewalls",
    "compute.googleapis.com/compute/v1/projects/{project}/regions/{region}/firewallPolicies/getEffectiveFirewalls",
);

/// Networks. Which policies a network obeys is asked of the network, because organisation and folders may
/// not be readable; regions are asked only where a policy of theirs names the network.
pub(super) struct Networks;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Network {
    #[serde(rename = "IPv4Range")]
    legacy_range: Option<Text>,
    internal_ipv6_range: Option<Text>,
    network_firewall_policy_enforcement_order: Option<Text>,
    peerings: Option<Vec<Peering>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Peering {
    network: Option<Text>,
    state: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    associations: Option<Vec<Association>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Association {
    attachment_target: Option<Text>,
}

impl Reader for Networks {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.networks",
        service: "compute",
        datasets: &[
            Dataset::Kind(Kind::NetworkVpc),
            Dataset::Kind(Kind::NetworkFirewall),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST), free(POLICIES), free(EFFECTIVE), free(REGIONAL)],
    };
    const DECODE: Option<Decoder> = Some(|names, body| {
        let whole = Read::of(LIST.permission, body, Shape::Items("items")).decoded::<Network>();
        Decoded::of(LIST.permission, whole, |found| {
            let policies = Gap::new(Cause::NotCollected, EFFECTIVE.permission);
            made(names, &found, Vec::new(), Some(policies)).map(|one| vec![one])
        })
    });

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 2,
            assumption:
                "one more free call for each network, and for each region whose policy names it"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let (size, most) = COMPUTE_PAGE;
        let ask = reading.ask(LIST).query(size, most.to_string());
        let networks = reading
            .list::<Network>(ask, Shape::Items("items"), Some(most))
            .await?;
        let asks = networks.iter().map(|network| {
            let ask = reading.ask(EFFECTIVE);
            ask.with("network", network.base.name())
        });
        let (asks, shape): (Vec<_>, _) = (asks.collect(), Shape::Items("firewallPolicys"));
        let effective = reading.children::<Policy>(asks, shape, None).await?;
        let (places, regional) = regional(reading, &networks).await?;
        // Each network with the policies of its regions.
        let mut by_network: BTreeMap<usize, Vec<(Text, Whole<Policy>)>> = BTreeMap::new();
        for ((network, region), whole) in places.into_iter().zip(regional.lists) {
            by_network.entry(network).or_default().push((region, whole));
        }
        let mut pushed = BTreeSet::new();
        for (place, (network, whole)) in networks.iter().zip(effective).enumerate() {
            let in_regions = by_network.remove(&place).unwrap_or_default();
            let order = Order::of(network, whole, in_regions);
            let (filters, gap) = order.filters(reading, &mut pushed);
            let gap = gap.or_else(|| regional.gap.clone());
            if let Some(gap) = &gap {
                // A policy that was not told may be one that refuses, or one that lets in.
                reading.not_read(gap.clone());
            }
            let made = made(reading.names, network, filters, gap);
            reading.push_all(LIST.permission, made.map(|one| vec![one]));
        }
        Ok(())
    }
}

/// Policies of regions, in the order they were asked for.
#[derive(Default)]
struct Regional {
    lists: Vec<Whole<Policy>>,
    /// Why there may be more.
    gap: Option<Gap>,
}

/// The policies of regions for each network that one of them names, by the network's place.
async fn regional(
    reading: &mut Reading<'_>,
    networks: &[Found<Network>],
) -> Result<(Vec<(usize, Text)>, Regional), CollectError> {
    let (size, most) = COMPUTE_PAGE;
    let ask = reading.ask(POLICIES).query(size, most.to_string());
    let ask = ask.query("returnPartialSuccess", "true");
    let shape = Shape::Aggregated("firewallPolicies");
    let listed = reading.part::<Listed>(ask, shape, Some(most)).await?;
    let mut places = BTreeSet::new();
    for policy in &listed.found {
        let Some(region) = policy.base.location() else {
            continue;
        };
        for association in policy.own.associations.iter().flatten() {
            let named = association.attachment_target.as_deref().unwrap_or_default();
            let named = last(named);
            if let Some(place) = networks.iter().position(|one| one.base.name() == named) {
                places.insert((place, Text::new(region)));
            }
        }
    }
    let places: Vec<(usize, Text)> = places.into_iter().collect();
    let asks = places.iter().map(|(place, region)| {
        let network = networks.get(*place).map(|one| one.base.name());
        let network = network.unwrap_or_default();
        let project = reading.names.project();
        let ask = reading.ask(REGIONAL).with("region", region.as_str());
        ask.query(
            "network",
            format!("projects/{project}/global/networks/{network}"),
        )
    });
    let (asks, shape): (Vec<_>, _) = (asks.collect(), Shape::Items("firewallPolicys"));
    let lists = reading.children::<Policy>(asks, shape, None).await?;
    let gap = listed.gap;
    Ok((places, Regional { lists, gap }))
}

/// The policies of one network as they are asked: those of the organisation and folders first, then
/// Google's own, then those of the network, before or after its VPC rules.
struct Order {
    steps: Vec<(Level, Option<Text>, Found<Policy>)>,
    /// How many of them come before the VPC rules.
    before_rules: usize,
    gap: Option<Gap>,
}

impl Order {
    fn of(
        network: &Found<Network>,
        whole: Whole<Policy>,
        regional: Vec<(Text, Whole<Policy>)>,
    ) -> Self {
        let mut gap = whole.gap;
        let mut steps: Vec<(Level, Option<Text>, Found<Policy>)> = Vec::new();
        let mut take = |region: Option<&Text>, found: Found<Policy>| match found.own.level() {
            // The answer of a region repeats what holds everywhere.
            Some(Level::Region) | Some(Level::System) if region.is_some() => {
                let level = found.own.level().unwrap_or(Level::Region);
                steps.push((level, region.cloned(), found));
            }
            Some(Level::Region) => {}
            Some(level) if region.is_none() => steps.push((level, None, found)),
            Some(_) => {}
            None => {
                let detail = format!("{} type of a policy", EFFECTIVE.permission);
                gap.get_or_insert(Gap::new(Cause::Undecodable, detail));
            }
        };
        for found in whole.found {
            take(None, found);
        }
        let mut region_gap = None;
        for (region, whole) in regional {
            region_gap = region_gap.or(whole.gap);
            for found in whole.found {
                take(Some(&region), found);
            }
        }
        let gap = gap.or(region_gap);
        steps.sort_by_key(|(level, ..)| match level {
            Level::Hierarchy => 0,
            Level::System => 1,
            Level::Network => 2,
            Level::Region => 3,
        });
        let order = network
            .own
            .network_firewall_policy_enforcement_order
            .as_deref();
        let before_rules = match order {
            Some("BEFORE_CLASSIC_FIREWALL") => steps.len(),
            _ => {
                let above = |level: &Level| matches!(level, Level::Hierarchy | Level::System);
                steps.iter().filter(|(level, ..)| above(level)).count()
            }
        };
        Self {
            steps,
            before_rules,
            gap,
        }
    }

    /// The order as a network names it. Policies are handed over on the way, each once.
    fn filters(
        self,
        reading: &mut Reading<'_>,
        pushed: &mut BTreeSet<Uid>,
    ) -> (Vec<NetworkFilter>, Option<Gap>) {
        let (mut filters, mut gap) = (Vec::new(), self.gap);
        let rules = NetworkFilter {
            firewall: Field::None,
            region: Field::None,
        };
        for (place, (level, region, found)) in self.steps.into_iter().enumerate() {
            if place == self.before_rules {
                filters.push(rules.clone());
            }
            let name = found.base.name();
            let uid = policies::uid(reading.names, &level, region.as_deref(), &name);
            if pushed.insert(uid.clone()) {
                match policies::policy(reading.names, uid.clone(), region.as_deref(), &found) {
                    Ok(policy) => reading.push(policy),
                    Err(malformed) => {
                        gap.get_or_insert(malformed.of(EFFECTIVE.permission));
                    }
                }
            }
            filters.push(NetworkFilter {
                firewall: Field::Value(uid),
                region: Field::read(region),
            });
        }
        if filters.len() <= self.before_rules {
            filters.push(rules);
        }
        (filters, gap)
    }
}

fn made(
    names: Names<'_>,
    network: &Found<Network>,
    filters: Vec<NetworkFilter>,
    gap: Option<Gap>,
) -> Result<Resource, Malformed> {
    let (base, own) = (&network.base, &network.own);
    let blocks = [&own.legacy_range, &own.internal_ipv6_range];
    let peerings = own.peerings.iter().flatten();
    let peers = sorted(
        peerings
            .filter(|peering| peering.state.as_deref() != Some("INACTIVE"))
            .filter_map(|peering| names.maybe(peering.network.as_ref())),
    );
    let links: Vec<_> = links(Relation::Refers, &peers).collect();
    let body = NetworkVpc {
        // Only subnetworks have blocks, except where there are none.
        blocks: cidrs(blocks.into_iter().filter_map(Option::as_ref))?,
        is_default: base.name() == "default",
        legacy: Field::Value(own.legacy_range.is_some()),
        filters: match gap {
            None => Field::Value(filters),
            Some(_) => Field::NotRead,
        },
        blocks_internet: Field::None,
        peers,
    };
    let uid = names.compute(None, "networks", &base.name());
    let mut made = resource(names.at(None), uid, base, body, links);
    made.tags = Field::None;
    made.not_read = gap.map(|gap| Box::new([(Text::new_static("body.filters"), gap)].into()));
    Ok(made)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::page::decode;

    fn order(network: Value, policies: Value, region: Value) -> (Vec<String>, usize) {
        let network = decode::<Network>("x", network).unwrap();
        let of = |policies| {
            let page = json!({ "firewallPolicys": policies });
            Read::of("x", page, Shape::Items("firewallPolicys")).decoded()
        };
        let order = Order::of(
            &network,
            of(policies),
            vec![("us-east1".into(), of(region))],
        );
        assert_eq!(order.gap, None);
        let names = order.steps.iter();
        let names = names.map(|(_, region, found)| match region {
            Some(region) => format!("{}@{region}", found.base.name()),
            None => found.base.name().to_string(),
        });
        (names.collect(), order.before_rules)
    }

    #[test]
    fn policies_of_the_network_come_after_its_rules_unless_it_says_otherwise() {
        let policies = || {
            json!([
                {"name": "net", "type": "NETWORK"},
                {"name": "org", "type": "HIERARCHY"},
                {"name": "folder", "type": "HIERARCHY"},
            ])
        };
        let region = || {
            json!([
                {"name": "org", "type": "HIERARCHY"},
                {"name": "net", "type": "NETWORK"},
                {"name": "reg", "type": "NETWORK_REGIONAL"},
            ])
        };
        let all = ["org", "folder", "net", "reg@us-east1"].map(str::to_owned);
        let (names, before) = order(json!({"name": "n"}), policies(), region());
        assert_eq!((names, before), (all.to_vec(), 2));
        let first = json!({"networkFirewallPolicyEnforcementOrder": "BEFORE_CLASSIC_FIREWALL"});
        assert_eq!(order(first, policies(), region()).1, 4);
    }

    #[test]
    fn a_network_of_the_first_generation_is_told_by_its_own_block() {
        let scope = crate::provider::global("p");
        let names = Names::new(&scope);
        let of = |network: Value| {
            let network = decode::<Network>("x", network).unwrap();
            made(names, &network, Vec::new(), None).unwrap()
        };
        let at = "https://www.googleapis.com/compute/v1/projects/q/global/networks/hub";
        let old = of(
            json!({"name": "old", "IPv4Range": "10.240.0.0/16", "peerings": [
            {"name": "a", "network": at, "state": "ACTIVE"}, {"name": "b", "network": at, "state": "INACTIVE"}]}),
        );
        let text = serde_json::to_string(&old.body).unwrap();
        assert!(
            text.contains(r#""legacy":true"#) && text.contains("projects/q/global/networks/hub"),
            "{text}"
        );
        let new = serde_json::to_string(&of(json!({"name": "default"})).body).unwrap();
        assert!(
            new.contains(r#""legacy":false"#) && new.contains(r#""is_default":true"#),
            "{new}"
        );
    }
}
