//! compute.instance-type: the figures of the types in use.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{InstanceType, InstanceTypeInfo};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::ComputeInstanceType;
use orch_model::{Body, Dataset, Field, Kind, Reach, Resource, Text};

use super::ec2::free;
use crate::call::Caller;
use crate::convert::{Malformed, required, resource};
use crate::names::Names;
use crate::provider::Aws;

const OPERATION: &str = "ec2:DescribeInstanceTypes";

/// The most types that one request may name.
const AT_ONCE: usize = 100;

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "ec2.instance-types",
    service: "ec2",
    datasets: &[Dataset::Kind(Kind::ComputeInstanceType)],
    reach: Reach::PerRegion,
    after: &["ec2.instances"],
    operations: &[free(OPERATION)],
};

/// Reads the types that instances of the scope have: all types of a region are many pages.
pub(super) struct InstanceTypes(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for InstanceTypes {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, prior: &[Resource], _: &CollectSettings) -> Estimate {
        let types = in_use(prior).len();
        Estimate {
            calls: types.div_ceil(AT_ONCE) as u64,
            counted: vec![(types as u64, "types in use")],
            assumption: format!("{AT_ONCE} in a request"),
            ..Estimate::default()
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let (names, client) = (
            Names::new(&ctx.scope),
            self.0.clients.ec2(&ctx.scope.region),
        );
        let caller = Caller::collector(SPEC.name, ctx);
        let types: Vec<Text> = in_use(&ctx.prior).into_iter().collect();
        for some in types.chunks(AT_ONCE) {
            let named: Vec<InstanceType> = some
                .iter()
                .map(|name| InstanceType::from(name.as_str()))
                .collect();
            let mut list = caller.list(OPERATION, Some(some.len() as u64));
            while let Some(page) = list
                .page(
                    |token| {
                        client
                            .describe_instance_types()
                            .set_instance_types(Some(named.clone()))
                            .set_next_token(token)
                            .send()
                    },
                    |page| page.instance_types().len(),
                    |page| page.next_token(),
                )
                .await?
            {
                for found in page.instance_types() {
                    let found = instance_type(names, found);
                    out.push(found.map_err(|malformed| malformed.of(OPERATION))?);
                }
            }
        }
        Ok(())
    }
}

/// The types of the instances, each once.
fn in_use(prior: &[Resource]) -> BTreeSet<Text> {
    prior
        .iter()
        .filter_map(|resource| match &resource.body {
            Body::ComputeInstance(instance) => Some(instance.instance_type.clone()),
            _ => None,
        })
        .collect()
}

/// One type.
fn instance_type(names: Names<'_>, found: &InstanceTypeInfo) -> Result<Resource, Malformed> {
    let name = required(found.instance_type(), "instance type without name")?.as_str();
    let vcpu = found.v_cpu_info().and_then(|info| info.default_v_cpus());
    let memory = found.memory_info().and_then(|info| info.size_in_mib());
    let mut architectures: Vec<Text> = found
        .processor_info()
        .map(|info| info.supported_architectures())
        .unwrap_or_default()
        .iter()
        .map(|architecture| Text::new(architecture.as_str()))
        .collect();
    architectures.sort_unstable();
    let body = ComputeInstanceType {
        instance_type: Text::new(name),
        vcpu: required(vcpu, "instance type without processors")?.into(),
        memory_mib: required(memory, "instance type without memory")?,
        architectures,
        accelerators: accelerators(found),
        current_generation: Field::seen(found.current_generation()),
        burstable: Field::seen(found.burstable_performance_supported()),
        network: Field::seen(
            found
                .network_info()
                .and_then(|info| info.network_performance())
                .map(Text::new),
        ),
    };
    let uid = names.ec2(None, "instance-type", name);
    Ok(resource(
        names,
        uid,
        Text::new(name),
        Field::None,
        Field::NotRead,
        body,
        [],
    ))
}

/// Graphics and machine-learning accelerators. The newer words for Inferentia and Trainium stand beside
/// the older ones: the larger count is meant.
fn accelerators(found: &InstanceTypeInfo) -> i64 {
    let sum = |counts: Vec<Option<i32>>| counts.into_iter().flatten().map(i64::from).sum::<i64>();
    let graphics = found.gpu_info().map_or(0, |info| {
        sum(info.gpus().iter().map(|device| device.count()).collect())
    });
    let inference = found.inference_accelerator_info().map_or(0, |info| {
        sum(info
            .accelerators()
            .iter()
            .map(|device| device.count())
            .collect())
    });
    let neuron = found.neuron_info().map_or(0, |info| {
        sum(info
            .neuron_devices()
            .iter()
            .map(|device| device.count())
            .collect())
    });
    graphics + inference.max(neuron)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{
        ArchitectureType, GpuDeviceInfo, GpuInfo, MemoryInfo, ProcessorInfo, VCpuInfo,
    };
    use orch_model::{Provider, Scope};

    use super::*;

    #[test]
    fn figures_arrive_and_missing_ones_are_no_answer() {
        let found = InstanceTypeInfo::builder()
            .instance_type(InstanceType::from("g5.xlarge"))
            .v_cpu_info(VCpuInfo::builder().default_v_cpus(4).build())
            .memory_info(MemoryInfo::builder().size_in_mib(16_384).build())
            .processor_info(
                ProcessorInfo::builder()
                    .supported_architectures(ArchitectureType::X8664)
                    .build(),
            )
            .gpu_info(
                GpuInfo::builder()
                    .gpus(GpuDeviceInfo::builder().count(1).build())
                    .build(),
            )
            .current_generation(true)
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let resource = instance_type(Names::new(&scope), &found).unwrap();
        let Body::ComputeInstanceType(body) = &resource.body else {
            panic!("{resource:?}")
        };
        assert_eq!(
            (body.vcpu, body.memory_mib, body.accelerators),
            (4, 16_384, 1)
        );
        assert_eq!(body.architectures, ["x86_64"]);
        assert_eq!(body.burstable, Field::NotRead);
        let bare = InstanceTypeInfo::builder()
            .instance_type(InstanceType::from("x"))
            .build();
        assert!(instance_type(Names::new(&scope), &bare).is_err());
        assert_eq!(in_use(&[resource]).len(), 0);
    }
}
