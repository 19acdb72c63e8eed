//! `smaller`: the cheapest smaller type that fits an instance.

use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::kind::{ComputeInstance, InstanceState};
use orch_model::{Body, Dataset, Digest, Field, Kind, Metric, Resource, Statistic, Text};
use rust_decimal::prelude::ToPrimitive as _;
use schemars::JsonSchema;
use serde::Serialize;
use smol_str::format_smolstr;

use super::{Derived, Found, schema_of, unseen};
use crate::catalog::{self, Prices};
use crate::instance_type::licence;
use crate::price::{Amount, listed};
use crate::rightsizing::{
    Candidate, Input, Measured, Network, Recommendation, Settings, recommend,
};

/// A smaller type that fits.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Smaller {
    /// The type.
    instance_type: Text,
    /// Its virtual processors.
    vcpu: i64,
    /// Its memory in GiB: never less than now, because memory use is not looked at here.
    memory_gib: f64,
    /// The work of moving there: `very-low` is another size of the same family, `low` a newer generation, `medium`
    /// another family.
    effort: Text,
    /// US dollars a month; not known for a licensed system.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    monthly: Field<Amount>,
    /// What it saves a month, all instances together.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    saving: Field<Amount>,
    /// Processors needed: 99.5th percentile of use × processors now.
    need_vcpu: f64,
    /// What that need is on the new type, in percent.
    projected_p995: f64,
    /// Whether a price in it was derived and not published.
    derived: bool,
    /// The group that starts the instance: it is changed as a whole, and the busiest member counts.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    group: Field<Text>,
    /// How many instances it is about: one, or the running members of the group.
    instances: i64,
}

const NEEDS: &[Dataset] = &[
    Dataset::Series(Metric::Cpu),
    Dataset::Series(Metric::NetworkIn),
    Dataset::Series(Metric::NetworkOut),
];

pub(super) fn fact(prices: Prices) -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "smaller",
        kinds: &[Kind::ComputeInstance],
        schema: schema_of::<Field<Smaller>>,
        needs: NEEDS,
        about: "The cheapest current type with fewer processors on which the 99.5th percentile of processor and network use stays at or below 80 %, with no less memory, the same architecture and every feature of the present type; none where there is none. The first member of a group speaks for the group, and the others have none.",
    };
    Derived::priced(prices, spec, derive)
}

fn derive(
    prices: Prices,
    resource: &Resource,
    inventory: &Inventory<'_>,
) -> Result<Found<Smaller>, Unseen> {
    let Body::ComputeInstance(instance) = &resource.body else {
        return Ok(Field::None.into());
    };
    let scope = &resource.scope;
    listed(scope).map_err(unseen)?;
    let price = licence(prices, resource, instance).map_err(unseen)?;
    let machine = catalog::machine(scope.provider, &instance.instance_type).ok_or_else(|| {
        let name = &instance.instance_type;
        Unseen::untold(
            "smaller type",
            format_smolstr!("the size of {name} is not in the catalogue"),
        )
    })?;
    let Some(members) = spoken_for(resource, instance, inventory)? else {
        return Ok(Field::None.into());
    };
    let cpu = highest(&members, inventory, Metric::Cpu, Statistic::Average)?
        .ok_or_else(|| Unseen::untold("processor use", "the cloud holds no points of it"))?;
    let (network, network_unseen) = match traffic(&members, inventory) {
        Ok(network) => (network, None),
        Err(unseen) => (None, Some(unseen)),
    };
    let input = Input {
        provider: scope.provider,
        region: &scope.region,
        machine: &machine,
        price_not_known: price.not_known.as_ref(),
        cpu: &cpu,
        peak: None,
        memory_available: None,
        network: network.as_ref(),
        instances: u32::try_from(members.len()).unwrap_or(u32::MAX),
        paid_share: None,
    };
    let settings = Settings {
        fewer_processors: true,
        table: 0,
        ..Settings::of(prices)
    };
    let found = recommend(&input, &settings).map_err(unseen)?;
    let Some(chosen) = &found.chosen else {
        // Traffic that could not be read matters only where everything else fits.
        return match network_unseen {
            Some(unseen) if fits_apart_from_traffic(&input, &settings) => Err(unseen),
            _ => Ok(Field::None.into()),
        };
    };
    let licence = price.not_known.map(unseen);
    Ok(Found {
        value: Field::Value(smaller(&found, chosen, instance)),
        unread: licence
            .into_iter()
            .flat_map(|unseen| [("monthly", unseen.clone()), ("saving", unseen)])
            .collect(),
    })
}

/// Bytes in both directions; `None` where the cloud holds no points of them.
fn traffic(members: &[&Resource], inventory: &Inventory<'_>) -> Result<Option<Network>, Unseen> {
    let received = highest(members, inventory, Metric::NetworkIn, Statistic::Sum);
    let sent = highest(members, inventory, Metric::NetworkOut, Statistic::Sum);
    match (received, sent) {
        (Ok(received), Ok(sent)) => Ok(received
            .zip(sent)
            .map(|(received, sent)| Network { received, sent })),
        (Err(one), Err(other)) => Err(one.and(other)),
        (Err(unseen), Ok(_)) | (Ok(_), Err(unseen)) => Err(unseen),
    }
}

fn fits_apart_from_traffic(input: &Input<'_>, settings: &Settings) -> bool {
    let mut settings = settings.clone();
    settings.profile.network = None;
    recommend(input, &settings).is_ok_and(|found| found.chosen.is_some())
}

fn smaller(found: &Recommendation, chosen: &Candidate, instance: &ComputeInstance) -> Smaller {
    let known = found.now.price_not_known.is_none();
    Smaller {
        instance_type: chosen.instance_type.clone(),
        vcpu: chosen.vcpu.into(),
        memory_gib: chosen.memory_gib.to_f64().unwrap_or_default(),
        effort: Text::from(chosen.effort.as_str().replace(' ', "-")),
        monthly: Field::seen(known.then_some(chosen.monthly)),
        saving: Field::seen(found.saving),
        need_vcpu: found.need.vcpu.to_f64().unwrap_or_default(),
        projected_p995: chosen.projected_need.to_f64().unwrap_or_default(),
        derived: chosen.derived,
        group: instance.scaling_group.clone(),
        instances: found.instances.into(),
    }
}

/// The instances for which this one speaks: itself, or the running members of its group if it is the first of
/// them; `None` where another member speaks for it.
fn spoken_for<'s>(
    resource: &'s Resource,
    instance: &ComputeInstance,
    inventory: &Inventory<'s>,
) -> Result<Option<Vec<&'s Resource>>, Unseen> {
    let Field::Value(group) = &instance.scaling_group else {
        return Ok(Some(vec![resource]));
    };
    let all = inventory
        .list(Kind::ComputeInstance, &resource.scope)
        .all()?;
    let mut members = Vec::new();
    for other in all {
        let Body::ComputeInstance(of) = &other.body else {
            continue;
        };
        let running = of.state == Field::Value(InstanceState::Running);
        if running && of.scaling_group.value() == Some(group) {
            if of.instance_type != instance.instance_type {
                return Err(Unseen::untold(
                    "smaller type",
                    format_smolstr!("the group {group} mixes types"),
                ));
            }
            members.push(other);
        }
    }
    let first = members
        .first()
        .is_none_or(|first| first.uid == resource.uid);
    Ok(first.then_some(members))
}

/// The highest of each figure of a metric over the members; `None` where one of them has no points. A metric counts
/// only where its read is complete: a series may be cut off where reading broke.
fn highest(
    members: &[&Resource],
    inventory: &Inventory<'_>,
    metric: Metric,
    statistic: Statistic,
) -> Result<Option<Measured>, Unseen> {
    if let Some(first) = members.first() {
        inventory.state(Dataset::Series(metric), &first.scope)?;
    }
    let of = |member: &&Resource| {
        let digests: &[Digest] = inventory.digests(&member.uid, metric);
        let found = digests
            .iter()
            .find(|digest| digest.statistic == statistic)?;
        Some(Measured::of_digest(found))
    };
    let all: Option<Vec<Measured>> = members.iter().map(of).collect();
    Ok(all.and_then(|all| Measured::highest(&all)))
}
