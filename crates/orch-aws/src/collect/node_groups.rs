//! container.node-pool: managed node groups of EKS clusters.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::types::Nodegroup;
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::ContainerNodePool;
use orch_model::{Body, Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::clusters::{GONE, PAGE, texts};
use super::ec2::free;
use crate::call::Caller;
use crate::convert::{Malformed, links, optional_text, required, resource, time};
use crate::names::Names;
use crate::provider::Aws;

const LIST: &str = "eks:ListNodegroups";
const DESCRIBE: &str = "eks:DescribeNodegroup";

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "eks.node-groups",
    service: "eks",
    datasets: &[Dataset::Kind(Kind::ContainerNodePool)],
    reach: Reach::PerRegion,
    after: &["eks.clusters"],
    operations: &[free(DESCRIBE), free(LIST)],
};

/// Reads the node groups of the scope's clusters.
pub(super) struct NodeGroups(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for NodeGroups {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, prior: &[Resource], _: &CollectSettings) -> Estimate {
        let clusters = clusters(prior).count() as u64;
        Estimate {
            calls: clusters,
            counted: vec![(clusters, "clusters")],
            assumption: "and one call for each node group".to_owned(),
            ..Estimate::default()
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.eks(&ctx.scope.region);
        let names = Names::new(&ctx.scope);
        let caller = Caller::collector(SPEC.name, ctx);
        for cluster in clusters(&ctx.prior) {
            let mut list = caller.list(LIST, Some(PAGE as u64));
            while let Some(page) = list
                .page(
                    |token| {
                        client
                            .list_nodegroups()
                            .cluster_name(cluster.name.as_str())
                            .max_results(PAGE)
                            .set_next_token(token)
                            .send()
                    },
                    |page| page.nodegroups().len(),
                    |page| page.next_token(),
                )
                .await?
            {
                for name in page.nodegroups() {
                    let request = client
                        .describe_nodegroup()
                        .cluster_name(cluster.name.as_str())
                        .nodegroup_name(name)
                        .send();
                    let answer = caller
                        .call(DESCRIBE, request, |answer| {
                            usize::from(answer.nodegroup().is_some())
                        })
                        .await;
                    let answer = match answer {
                        Err(failure) if failure.code == GONE => continue,
                        answer => answer?,
                    };
                    let found = required(answer.nodegroup(), "node group that is listed")
                        .and_then(|found| group(names, &cluster.uid, found));
                    out.push(found.map_err(|malformed| malformed.of(DESCRIBE))?);
                }
            }
        }
        Ok(())
    }
}

/// The clusters among the resources that were read.
fn clusters(prior: &[Resource]) -> impl Iterator<Item = &Resource> {
    prior
        .iter()
        .filter(|resource| matches!(resource.body, Body::ContainerCluster(_)))
}

/// One node group.
fn group(names: Names<'_>, cluster: &Uid, found: &Nodegroup) -> Result<Resource, Malformed> {
    let arn = required(found.nodegroup_arn(), "node group without ARN")?;
    let name = required(found.nodegroup_name(), "node group without name")?;
    let scaling = found.scaling_config();
    let body = ContainerNodePool {
        cluster: cluster.clone(),
        instance_type: match found.instance_types() {
            // Then the template has it, which may hold secrets and is not read.
            [] => Field::NotRead,
            [only] => Field::Value(Text::new(only)),
            _ => Field::None,
        },
        nodes: Field::seen(scaling.and_then(|of| of.desired_size()).map(i64::from)),
        auto_repair: Field::Value(
            found
                .node_repair_config()
                .and_then(|config| config.enabled())
                == Some(true),
        ),
        // A new version is rolled out when somebody asks for it.
        auto_upgrade: Field::Value(false),
        image: Field::seen(found.ami_type().map(|image| Text::new(image.as_str()))),
        service_account: optional_text(found.node_role()),
        secure_boot: Field::NotRead,
        integrity_monitoring: Field::NotRead,
        public_addresses: Field::NotRead,
    };
    Ok(resource(
        names,
        Uid::new(arn),
        Text::new(name),
        Field::Value(texts(found.tags())),
        Field::seen(found.created_at().and_then(time)),
        body,
        links(Relation::PartOf, [cluster]),
    ))
}

#[cfg(test)]
mod tests {
    use aws_sdk_eks::types::builders::NodegroupBuilder;
    use aws_sdk_eks::types::{NodeRepairConfig, NodegroupScalingConfig};
    use orch_model::{Provider, Scope};

    use super::*;

    fn made(found: NodegroupBuilder) -> (Resource, ContainerNodePool) {
        let found = found
            .nodegroup_name("blue")
            .nodegroup_arn("arn:aws:eks:eu-west-1:111122223333:nodegroup/shop/blue/1")
            .scaling_config(NodegroupScalingConfig::builder().desired_size(3).build())
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let cluster = Uid::new("arn:aws:eks:eu-west-1:111122223333:cluster/shop");
        let resource = group(Names::new(&scope), &cluster, &found).unwrap();
        match resource.body.clone() {
            Body::ContainerNodePool(body) => (resource, *body),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_group_tells_its_cluster_size_and_type() {
        let (resource, body) = made(
            Nodegroup::builder()
                .instance_types("m5.large")
                .tags("team", "shop")
                .node_repair_config(NodeRepairConfig::builder().enabled(true).build()),
        );
        assert_eq!(resource.links[0].to, body.cluster);
        assert_eq!(resource.tags.value().unwrap()["team"], "shop");
        assert_eq!(body.nodes, Field::Value(3));
        assert_eq!(body.instance_type, Field::Value("m5.large".into()));
        assert_eq!(body.auto_repair, Field::Value(true));
    }

    #[test]
    fn several_types_are_none_and_those_of_a_template_are_not_read() {
        let several = Nodegroup::builder()
            .instance_types("m5.large")
            .instance_types("m6i.large");
        assert_eq!(made(several).1.instance_type, Field::None);
        let (_, of_template) = made(Nodegroup::builder());
        assert_eq!(of_template.instance_type, Field::NotRead);
        assert_eq!(of_template.auto_repair, Field::Value(false));
    }
}
