//! compute.scaling-group: Auto Scaling groups.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_autoscaling::types::{AutoScalingGroup, LaunchTemplateOverrides};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::ComputeScalingGroup;
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::ec2::{free, one_page};
use crate::call::Caller;
use crate::convert::{Malformed, links, required, resource, sorted, time};
use crate::names::Names;
use crate::provider::Aws;

/// The largest page it hands out.
const PAGE: i32 = 100;

const OPERATION: &str = "autoscaling:DescribeAutoScalingGroups";

/// The processes by which a group replaces what is ill.
const HEALING: [&str; 2] = ["HealthCheck", "ReplaceUnhealthy"];

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "autoscaling.groups",
    service: "autoscaling",
    datasets: &[Dataset::Kind(Kind::ComputeScalingGroup)],
    reach: Reach::PerRegion,
    after: &[],
    operations: &[free(OPERATION)],
};

/// Reads Auto Scaling groups. An instance tells its group by a tag of Amazon's, which is the group's name.
pub(super) struct ScalingGroups(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for ScalingGroups {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        one_page(PAGE)
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.autoscaling(&ctx.scope.region);
        let names = Names::new(&ctx.scope);
        let caller = Caller::collector(SPEC.name, ctx);
        let mut list = caller.list(OPERATION, Some(PAGE as u64));
        while let Some(page) = list
            .page(
                |token| {
                    client
                        .describe_auto_scaling_groups()
                        .max_records(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| page.auto_scaling_groups().len(),
                |page| page.next_token(),
            )
            .await?
        {
            let there = page.auto_scaling_groups().iter();
            // The only status there is says that the group is being deleted.
            for found in there.filter(|found| found.status().is_none()) {
                let found = group(names, found);
                out.push(found.map_err(|malformed| malformed.of(OPERATION))?);
            }
        }
        Ok(())
    }
}

/// One group.
fn group(names: Names<'_>, found: &AutoScalingGroup) -> Result<Resource, Malformed> {
    let arn = required(found.auto_scaling_group_arn(), "group without ARN")?;
    let name = required(found.auto_scaling_group_name(), "group without name")?;
    let tags: BTreeMap<Text, Text> = found
        .tags()
        .iter()
        .filter_map(|tag| {
            let value = tag.value().unwrap_or_default();
            Some((Text::new(tag.key()?), Text::new(value)))
        })
        .collect();
    let mut zones: Vec<Text> = found.availability_zones().iter().map(Text::new).collect();
    zones.sort_unstable();
    let subnets = found.vpc_zone_identifier().unwrap_or_default().split(',');
    let subnets =
        sorted(subnets.filter_map(|subnet| names.maybe(None, "subnet", Some(subnet.trim()))));
    let stopped = found.suspended_processes();
    let heals = !stopped
        .iter()
        .filter_map(|process| process.process_name())
        .any(|process| HEALING.contains(&process));
    let body = ComputeScalingGroup {
        instance_type: instance_type(found),
        size: Field::seen(size(found)),
        zones,
        // Both stand in the template, which may hold secrets and is not read.
        firewalls: Field::NotRead,
        public_addresses_per_instance: Field::NotRead,
        automatic_upgrades: Field::NotRead,
        autohealing: Field::Value(heals),
    };
    let links: Vec<_> = links(Relation::PartOf, &subnets).collect();
    Ok(resource(
        names,
        Uid::new(arn),
        Text::new(name),
        Field::Value(tags),
        Field::seen(found.created_time().and_then(time)),
        body,
        links,
    ))
}

/// What the group may choose from beside its template.
fn overrides(found: &AutoScalingGroup) -> &[LaunchTemplateOverrides] {
    found
        .mixed_instances_policy()
        .and_then(|policy| policy.launch_template())
        .map_or(&[], |template| template.overrides())
}

/// The one type of the group's instances; none where there are several. The template is not read, so that a
/// group without members and without a list of types does not tell.
fn instance_type(found: &AutoScalingGroup) -> Field<Text> {
    let choice = overrides(found);
    if choice
        .iter()
        .any(|one| one.instance_requirements().is_some())
    {
        return Field::None;
    }
    let listed: BTreeSet<&str> = choice
        .iter()
        .filter_map(|one| one.instance_type())
        .collect();
    let types = if listed.is_empty() {
        let members = found.instances().iter();
        members.filter_map(|one| one.instance_type()).collect()
    } else {
        listed
    };
    match types.len() {
        0 => Field::NotRead,
        1 => Field::seen(types.first().copied().map(Text::new)),
        _ => Field::None,
    }
}

/// How many instances it should have. Where it counts in processors, memory or weights instead, how many it has.
fn size(found: &AutoScalingGroup) -> Option<i64> {
    let by_instances = found
        .desired_capacity_type()
        .is_none_or(|unit| unit == "units");
    let weighted = overrides(found)
        .iter()
        .any(|one| one.weighted_capacity().is_some());
    if by_instances && !weighted {
        return found.desired_capacity().map(i64::from);
    }
    i64::try_from(found.instances().len()).ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::builders::AutoScalingGroupBuilder;
    use aws_sdk_autoscaling::types::{
        Instance, InstanceRequirements, LaunchTemplate, MixedInstancesPolicy, SuspendedProcess,
        TagDescription,
    };
    use orch_model::{Body, Provider, Scope};

    use super::*;

    fn made(found: AutoScalingGroupBuilder) -> (Resource, ComputeScalingGroup) {
        let found = found
            .auto_scaling_group_name("web")
            .auto_scaling_group_arn("arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:u:autoScalingGroupName/web")
            .desired_capacity(3)
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = group(Names::new(&scope), &found).unwrap();
        match resource.body.clone() {
            Body::ComputeScalingGroup(body) => (resource, *body),
            other => panic!("{other:?}"),
        }
    }

    fn members(types: &[&str]) -> AutoScalingGroupBuilder {
        types.iter().fold(AutoScalingGroup::builder(), |group, of| {
            group.instances(
                Instance::builder()
                    .instance_id("i")
                    .instance_type(*of)
                    .build(),
            )
        })
    }

    fn mixed(overrides: Vec<LaunchTemplateOverrides>) -> MixedInstancesPolicy {
        let template = LaunchTemplate::builder().set_overrides(Some(overrides));
        MixedInstancesPolicy::builder()
            .launch_template(template.build())
            .build()
    }

    fn choice(of: &str) -> LaunchTemplateOverrides {
        LaunchTemplateOverrides::builder().instance_type(of).build()
    }

    #[test]
    fn a_group_tells_its_size_zones_subnets_and_tags() {
        let (resource, body) = made(
            members(&["m5.large", "m5.large"])
                .availability_zones("eu-west-1b")
                .availability_zones("eu-west-1a")
                .vpc_zone_identifier("subnet-2, subnet-1")
                .tags(TagDescription::builder().key("team").value("shop").build()),
        );
        assert_eq!(resource.name, "web");
        assert_eq!(resource.tags.value().unwrap()["team"], "shop");
        let subnets: Vec<&str> = resource.links.iter().map(|link| link.to.short()).collect();
        assert_eq!(subnets, ["subnet-1", "subnet-2"]);
        assert_eq!(body.zones, ["eu-west-1a", "eu-west-1b"]);
        assert_eq!(body.size, Field::Value(3));
        assert_eq!(body.instance_type, Field::Value("m5.large".into()));
        assert_eq!(body.autohealing, Field::Value(true));
        let off = SuspendedProcess::builder().process_name("ReplaceUnhealthy");
        let (_, body) = made(members(&[]).suspended_processes(off.build()));
        assert_eq!(body.autohealing, Field::Value(false));
    }

    #[test]
    fn several_types_are_none_and_a_template_that_is_not_read_tells_no_type() {
        let of = |found| made(found).1.instance_type;
        assert_eq!(of(members(&[])), Field::NotRead);
        assert_eq!(of(members(&["m5.large", "m6i.large"])), Field::None);
        let two = mixed(vec![choice("m5.large"), choice("m6i.large")]);
        let chosen = members(&["m5.large"]).mixed_instances_policy(two);
        assert_eq!(of(chosen), Field::None);
        let one = members(&[]).mixed_instances_policy(mixed(vec![choice("m5.large")]));
        assert_eq!(of(one), Field::Value("m5.large".into()));
        let any = LaunchTemplateOverrides::builder()
            .instance_requirements(InstanceRequirements::builder().build());
        let any = members(&["m5.large"]).mixed_instances_policy(mixed(vec![any.build()]));
        assert_eq!(of(any), Field::None);
    }

    #[test]
    fn a_group_that_counts_in_something_else_is_as_large_as_its_members_are_many() {
        let (_, body) = made(members(&["m5.large"]).desired_capacity_type("vcpu"));
        assert_eq!(body.size, Field::Value(1));
        let weight = LaunchTemplateOverrides::builder()
            .instance_type("m5.large")
            .weighted_capacity("2");
        let (_, body) =
            made(members(&["m5.large"]).mixed_instances_policy(mixed(vec![weight.build()])));
        assert_eq!(body.size, Field::Value(1));
    }
}
