//! compute.scaling-group: managed instance groups with what their templates say.

use std::collections::BTreeMap;

use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::ComputeScalingGroup;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Resource, Text, Uid};
use serde::Deserialize;

use super::Decoder;
use super::list::COMPUTE_PAGE;
use super::reading::{Reader, Reading};
use crate::convert::{Malformed, Number, last, required, resource, sorted};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Read, Shape};

const LIST: Api = get(
    "compute.instanceGroupManagers.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/instanceGroupManagers",
);
const TEMPLATES: Api = get(
    "compute.instanceTemplates.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/instanceTemplates",
);

/// Managed instance groups.
pub(super) struct Groups;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Group {
    instance_template: Option<Text>,
    target_size: Option<Number>,
    distribution_policy: Option<Distribution>,
    auto_healing_policies: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Distribution {
    zones: Option<Vec<Zone>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Zone {
    zone: Option<Text>,
}

/// Of a template only type and cards; its metadata may hold anything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Template {
    properties: Option<Properties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Properties {
    machine_type: Option<Text>,
    network_interfaces: Option<Vec<Card>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Card {
    access_configs: Option<Vec<serde::de::IgnoredAny>>,
}

impl Reader for Groups {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.instance-groups",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::ComputeScalingGroup)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST), free(TEMPLATES)],
    };
    const DECODE: Option<Decoder> = Some(|names, body| {
        let whole = Read::of(
            LIST.permission,
            body,
            Shape::Aggregated("instanceGroupManagers"),
        )
        .decoded::<Group>();
        Decoded::of(LIST.permission, whole, |found| {
            made(names, &found, &BTreeMap::new(), None).map(|one| vec![one])
        })
    });

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let (size, most) = COMPUTE_PAGE;
        let ask = |api| {
            let ask = reading.ask(api).query(size, most.to_string());
            ask.query("returnPartialSuccess", "true")
        };
        let (groups, templates) = (ask(LIST), ask(TEMPLATES));
        let shape = Shape::Aggregated("instanceGroupManagers");
        let groups = reading.list::<Group>(groups, shape, Some(most)).await?;
        if groups.is_empty() {
            return Ok(());
        }
        let shape = Shape::Aggregated("instanceTemplates");
        let templates = reading
            .part::<Template>(templates, shape, Some(most))
            .await?;
        let names = reading.names;
        let known: BTreeMap<Uid, &Properties> = templates
            .found
            .iter()
            .filter_map(|found| {
                let (place, name) = (found.base.location(), found.base.name());
                let uid = names.compute(place, "instanceTemplates", &name);
                Some((uid, found.own.properties.as_ref()?))
            })
            .collect();
        for group in &groups {
            let made = made(names, group, &known, templates.gap.as_ref());
            reading.push_all(LIST.permission, made.map(|one| vec![one]));
        }
        Ok(())
    }
}

fn made(
    names: Names<'_>,
    group: &Found<Group>,
    templates: &BTreeMap<Uid, &Properties>,
    gap: Option<&Gap>,
) -> Result<Resource, Malformed> {
    let (base, own) = (&group.base, &group.own);
    let location = required(base.location(), "instance group without place")?;
    let template = names
        .maybe(own.instance_template.as_ref())
        .and_then(|uid| templates.get(&uid));
    let spread = own.distribution_policy.as_ref();
    let spread = spread.and_then(|spread| spread.zones.as_ref());
    let zones = spread.into_iter().flatten();
    let zones = zones.filter_map(|zone| zone.zone.as_deref());
    let zones = zones.chain(base.zone()).map(|zone| Text::new(last(zone)));
    let body = ComputeScalingGroup {
        instance_type: Field::seen(template.and_then(|template| {
            let machine_type = template.machine_type.as_deref()?;
            Some(Text::new(last(machine_type)))
        })),
        size: Field::seen(own.target_size.map(i64::from)),
        zones: sorted(zones),
        firewalls: Field::None,
        public_addresses_per_instance: Field::seen(template.map(|template| {
            let mut cards = template.network_interfaces.iter().flatten();
            cards.any(|card| card.access_configs.iter().flatten().count() > 0)
        })),
        automatic_upgrades: Field::NotRead,
        autohealing: Field::Value(own.auto_healing_policies.iter().flatten().count() > 0),
    };
    let uid = names.compute(Some(location), "instanceGroupManagers", &base.name());
    let mut made = resource(names.at(Some(location)), uid, base, body, []);
    made.tags = Field::None;
    if let (None, Some(gap)) = (template, gap) {
        let paths = ["body.instance_type", "body.public_addresses_per_instance"];
        let gaps = paths.map(|path| (Text::new_static(path), gap.clone()));
        made.not_read = Some(Box::new(gaps.into()));
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;
    use crate::page::decode;
    use crate::provider::global;

    #[test]
    fn a_group_has_the_type_of_its_template() {
        let scope = global("p");
        let names = Names::new(&scope);
        let at = "https://www.googleapis.com/compute/v1/projects/p";
        let group = json!({"name": "web", "region": format!("{at}/regions/us-east1"), "targetSize": 3,
            "instanceTemplate": format!("{at}/global/instanceTemplates/t"),
            "distributionPolicy": {"zones": [{"zone": format!("{at}/zones/us-east1-b")}]},
            "autoHealingPolicies": [{"healthCheck": "x"}]});
        let group = decode::<Group>("x", group).unwrap();
        let template = json!({"properties": {"machineType": "e2-small", "metadata": {"items": [{"key": "k", "value": "secret"}]},
            "networkInterfaces": [{"accessConfigs": [{"name": "External NAT"}]}]}});
        let template = decode::<Template>("x", template).unwrap().own;
        let uid = names.compute(None, "instanceTemplates", "t");
        let known = [(uid, template.properties.as_ref().unwrap())].into();
        let of = |known: &BTreeMap<Uid, &Properties>| match made(names, &group, known, None)
            .unwrap()
            .body
        {
            Body::ComputeScalingGroup(group) => *group,
            other => panic!("{other:?}"),
        };
        let told = of(&known);
        assert_eq!(told.instance_type, Field::Value("e2-small".into()));
        assert_eq!(told.public_addresses_per_instance, Field::Value(true));
        assert_eq!(
            (told.zones[0].as_str(), told.autohealing),
            ("us-east1-b", Field::Value(true))
        );
        assert!(of(&BTreeMap::new()).instance_type.is_not_read());
    }
}
