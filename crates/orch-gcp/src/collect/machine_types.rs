//! compute.instance-type: what the types of machines offer in the regions where machines are.

use std::collections::{BTreeMap, BTreeSet};

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::ComputeInstanceType;
use orch_model::{Body, Dataset, Field, Kind, Reach, Resource, Text};
use serde::Deserialize;

use super::list::COMPUTE_PAGE;
use super::reading::{Reader, Reading};
use crate::convert::{Base, Malformed, Number, required, resource};
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};
use crate::regions;

const LIST: Api = get(
    "compute.machineTypes.list",
    "compute.googleapis.com/compute/v1/projects/{project}/zones/{zone}/machineTypes",
);

/// All types of each zone that has machines: one page a zone. The list of all zones at once would be more
/// than forty pages, and a smaller type to change to is found only where all types are known.
pub(super) struct MachineTypes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MachineType {
    guest_cpus: Option<Number>,
    memory_mb: Option<Number>,
    is_shared_cpu: Option<bool>,
    architecture: Option<Text>,
    accelerators: Option<Vec<Accelerator>>,
    deprecated: Option<Deprecated>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Accelerator {
    guest_accelerator_count: Option<Number>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Deprecated {
    state: Option<Text>,
}

impl Reader for MachineTypes {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.machine-types",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::ComputeInstanceType)],
        reach: Reach::Global,
        after: &["compute.instances"],
        operations: &[free(LIST)],
    };

    fn estimate(prior: &[Resource], _: &CollectSettings) -> Estimate {
        let zones = in_use(prior).len();
        Estimate {
            calls: zones as u64,
            counted: vec![(zones as u64, "zones with machines")],
            assumption: "one free call for each zone that has machines".to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let in_use = in_use(&reading.ctx.prior);
        let asks = in_use.keys().map(|zone| {
            let ask = reading.ask(LIST).with("zone", zone.as_str());
            ask.query(COMPUTE_PAGE.0, COMPUTE_PAGE.1.to_string())
        });
        let (asks, shape): (Vec<_>, _) = (asks.collect(), Shape::Items("items"));
        let lists = reading
            .children::<MachineType>(asks, shape, Some(COMPUTE_PAGE.1))
            .await?;
        // A type offers the same in every zone of a region.
        let mut seen = BTreeSet::new();
        for ((zone, types), list) in in_use.iter().zip(lists) {
            let Some(region) = regions::of(zone) else {
                continue;
            };
            if let Some(gap) = list.gap {
                reading.not_read(gap);
            }
            for found in list.found {
                if seen.insert((region.clone(), found.base.name())) {
                    let made = listed(reading.names, &region, &found);
                    reading.push_all(LIST.permission, made.map(|one| vec![one]));
                }
            }
            for name in types {
                if let Some(own) = custom(name)
                    && seen.insert((region.clone(), name.clone()))
                {
                    let made = machine_type(reading.names, &region, name.clone(), own);
                    reading.push(made);
                }
            }
        }
        Ok(())
    }
}

/// The types in use by zone.
fn in_use(prior: &[Resource]) -> BTreeMap<Text, BTreeSet<Text>> {
    let mut zones: BTreeMap<Text, BTreeSet<Text>> = BTreeMap::new();
    for resource in prior {
        if let Body::ComputeInstance(instance) = &resource.body
            && let Field::Value(zone) = &instance.zone
        {
            let types = zones.entry(zone.clone()).or_default();
            types.insert(instance.instance_type.clone());
        }
    }
    zones
}

fn listed(
    names: Names<'_>,
    region: &str,
    found: &Found<MachineType>,
) -> Result<Resource, Malformed> {
    let (name, own) = (found.base.name(), &found.own);
    let accelerators = own.accelerators.iter().flatten();
    let accelerators = accelerators.filter_map(|one| one.guest_accelerator_count);
    let deprecated = own.deprecated.as_ref();
    let body = ComputeInstanceType {
        instance_type: name.clone(),
        vcpu: required(own.guest_cpus, "machine type without processors")?.0,
        memory_mib: required(own.memory_mb, "machine type without memory")?.0,
        architectures: vec![architecture(&name, own.architecture.as_deref())],
        accelerators: accelerators.map(i64::from).sum(),
        current_generation: Field::Value(
            deprecated
                .and_then(|deprecated| deprecated.state.as_deref())
                .is_none_or(|state| state == "ACTIVE"),
        ),
        burstable: Field::seen(own.is_shared_cpu),
        network: Field::NotRead,
    };
    Ok(machine_type(names, region, name, body))
}

fn machine_type(names: Names<'_>, region: &str, name: Text, body: ComputeInstanceType) -> Resource {
    let uid = names.compute(Some(region), "machineTypes", &name);
    let mut made = resource(names.at(Some(region)), uid, &Base::default(), body, []);
    made.name = name;
    made.tags = Field::None;
    made
}

/// The family tells it where the answer does not.
fn architecture(name: &str, told: Option<&str>) -> Text {
    let family = name.split('-').next().unwrap_or(name);
    let arm = match told {
        Some(told) => told == "ARM64",
        None => matches!(family, "t2a" | "c4a" | "n4a" | "a4x"),
    };
    Text::new_static(if arm { "arm64" } else { "x86_64" })
}

/// What a type of the customer's own making says in its name: `e2-custom-4-8192`, `custom-2-4096`.
fn custom(name: &str) -> Option<ComputeInstanceType> {
    let (family, size) = match name.strip_prefix("custom-") {
        Some(size) => ("n1", size),
        None => name.split_once("-custom-")?,
    };
    let (shared, size) = match size.split_once('-') {
        // Types that share processors call them by a word, and have two.
        Some(("micro" | "small" | "medium", memory)) => (true, format!("2-{memory}")),
        _ => (false, size.to_owned()),
    };
    let mut figures = size.split('-');
    let vcpu = figures.next()?.parse().ok()?;
    let memory_mib = figures.next()?.parse().ok()?;
    Some(ComputeInstanceType {
        instance_type: Text::new(name),
        vcpu,
        memory_mib,
        architectures: vec![architecture(family, None)],
        accelerators: 0,
        current_generation: Field::NotRead,
        burstable: Field::Value(shared),
        network: Field::NotRead,
    })
}

#[cfg(test)]
mod tests {
    use orch_model::Scope;
    use serde_json::json;

    use super::*;
    use crate::page::Read;
    use crate::provider::global;

    #[test]
    fn figures_come_from_the_list_and_from_names_of_custom_types() {
        let page = json!({"items": [
            {"name": "e2-micro", "guestCpus": 2, "memoryMb": 1024, "isSharedCpu": true},
            {"name": "t2a-standard-1", "guestCpus": 1, "memoryMb": 4096, "isSharedCpu": false, "architecture": "ARM64"},
            {"name": "a2-highgpu-1g", "guestCpus": 12, "memoryMb": 87040,
             "accelerators": [{"guestAcceleratorType": "nvidia-tesla-a100", "guestAcceleratorCount": 1}],
             "deprecated": {"state": "DEPRECATED"}},
        ]});
        let whole = Read::of("x", page, Shape::Items("items")).decoded::<MachineType>();
        let scope: Scope = global("p");
        let all: Vec<Resource> = whole
            .found
            .iter()
            .map(|found| listed(Names::new(&scope), "europe-west1", found).unwrap())
            .collect();
        assert_eq!(all[0].scope.region, "europe-west1");
        let figures: Vec<_> = all
            .iter()
            .map(|one| match &one.body {
                Body::ComputeInstanceType(body) => (
                    body.vcpu,
                    body.architectures[0].as_str(),
                    body.accelerators,
                    body.current_generation,
                ),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            figures,
            [
                (2, "x86_64", 0, Field::Value(true)),
                (1, "arm64", 0, Field::Value(true)),
                (12, "x86_64", 1, Field::Value(false))
            ]
        );
        let of = |name: &str| custom(name).map(|own| (own.vcpu, own.memory_mib));
        assert_eq!(of("custom-2-4096"), Some((2, 4096)));
        assert_eq!(of("n2-custom-8-65536-ext"), Some((8, 65536)));
        assert_eq!(of("e2-custom-small-4096"), Some((2, 4096)));
        assert_eq!(of("e2-standard-2"), None);
    }
}
