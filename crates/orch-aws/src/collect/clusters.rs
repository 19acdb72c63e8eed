//! container.cluster: EKS clusters.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::types::{Cluster, LogType};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::{ContainerCluster, InstanceState};
use orch_model::{Body, Cidr, Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text, Uid};

use super::ec2::{free, one_page, part_not_read};
use crate::call::Caller;
use crate::convert::{Malformed, cidr, links, required, resource, sorted, time};
use crate::names::Names;
use crate::provider::Aws;

/// The largest page of its lists.
pub(super) const PAGE: i32 = 100;

/// What is answered for something that went after it was listed.
pub(super) const GONE: &str = "ResourceNotFoundException";

const LIST: &str = "eks:ListClusters";
const DESCRIBE: &str = "eks:DescribeCluster";
const PROFILES: &str = "eks:ListFargateProfiles";

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "eks.clusters",
    service: "eks",
    datasets: &[Dataset::Kind(Kind::ContainerCluster)],
    reach: Reach::PerRegion,
    // Nodes need not be of a node group: instances say of which cluster they are a node.
    after: &["ec2.instances"],
    operations: &[free(DESCRIBE), free(LIST), free(PROFILES)],
};

/// Reads clusters.
pub(super) struct Clusters(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for Clusters {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        let mut estimate = one_page(PAGE);
        estimate.assumption.push_str(", and two for each cluster");
        estimate
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.eks(&ctx.scope.region);
        let names = Names::new(&ctx.scope);
        let caller = Caller::collector(SPEC.name, ctx);
        let nodes = Nodes::of(&ctx.prior);
        let mut list = caller.list(LIST, Some(PAGE as u64));
        while let Some(page) = list
            .page(
                |token| {
                    client
                        .list_clusters()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| page.clusters().len(),
                |page| page.next_token(),
            )
            .await?
        {
            for name in page.clusters() {
                let request = client.describe_cluster().name(name).send();
                let answer = caller
                    .call(DESCRIBE, request, |answer| {
                        usize::from(answer.cluster().is_some())
                    })
                    .await;
                let answer = match answer {
                    Err(failure) if failure.code == GONE => continue,
                    answer => answer?,
                };
                let found = required(answer.cluster(), "cluster that is listed")
                    .map_err(|malformed| malformed.of(DESCRIBE))?;
                let profiles = match profiles(&caller, &client, name).await {
                    Ok(any) => Ok(any),
                    Err(error) => Err(part_not_read(error, out)?),
                };
                let found = cluster(names, &nodes, found, profiles);
                out.push(found.map_err(|malformed| malformed.of(DESCRIBE))?);
            }
        }
        Ok(())
    }
}

/// Whether a cluster can run pods without nodes: whether it has a Fargate profile. One tells.
async fn profiles(caller: &Caller, client: &Client, name: &str) -> Result<bool, CollectError> {
    let request = client
        .list_fargate_profiles()
        .cluster_name(name)
        .max_results(PAGE)
        .send();
    let answer = caller
        .call(PROFILES, request, |answer| {
            answer.fargate_profile_names().len()
        })
        .await?;
    Ok(!answer.fargate_profile_names().is_empty())
}

/// How many nodes each cluster has, by its name.
struct Nodes<'p>(HashMap<&'p str, i64>);

impl<'p> Nodes<'p> {
    /// Out of the instances that were read.
    fn of(prior: &'p [Resource]) -> Self {
        let mut nodes = HashMap::new();
        for resource in prior {
            if let (Body::ComputeInstance(body), Some(tags)) =
                (&resource.body, resource.tags.value())
                && matches!(
                    body.state.value(),
                    Some(InstanceState::Pending | InstanceState::Running)
                )
                && let Some(name) = cluster_of(tags)
            {
                *nodes.entry(name).or_insert(0) += 1;
            }
        }
        Self(nodes)
    }
}

/// The cluster of which an instance is a node. Amazon writes the first two tags, whoever makes the node must
/// write the last.
fn cluster_of(tags: &BTreeMap<Text, Text>) -> Option<&str> {
    let named = |key: &str| tags.get(key).map(Text::as_str);
    named("aws:eks:cluster-name")
        .or_else(|| named("eks:cluster-name"))
        .or_else(|| {
            tags.iter()
                .filter(|(_, value)| *value == "owned")
                .find_map(|(key, _)| key.strip_prefix("kubernetes.io/cluster/"))
        })
}

/// One cluster.
fn cluster(
    names: Names<'_>,
    nodes: &Nodes<'_>,
    found: &Cluster,
    profiles: Result<bool, Gap>,
) -> Result<Resource, Malformed> {
    let arn = required(found.arn(), "cluster without ARN")?;
    let name = required(found.name(), "cluster without name")?;
    let network = found.resources_vpc_config();
    let there = nodes.0.get(name).copied().unwrap_or(0);
    // Machines of the customer's own can be nodes as well, and are not read.
    let elsewhere = found
        .remote_network_config()
        .is_some_and(|remote| !remote.remote_node_networks().is_empty());
    let body = ContainerCluster {
        version: Field::seen(found.version().map(Text::new)),
        state: Field::seen(found.status().map(|status| Text::new(status.as_str()))),
        public_endpoint: Field::seen(network.map(|network| network.endpoint_public_access())),
        authorized_blocks: match network {
            None => Field::NotRead,
            Some(network) => {
                let mut blocks = network
                    .public_access_cidrs()
                    .iter()
                    .map(|block| cidr(block))
                    .collect::<Result<Vec<Cidr>, _>>()?;
                blocks.sort_unstable();
                Field::read(Some(blocks).filter(|blocks| !blocks.is_empty()))
            }
        },
        private_nodes: Field::NotRead,
        // Always so, and therefore never told.
        role_based: Field::Value(true),
        legacy_authorization: Field::Value(false),
        local_accounts: Field::NotRead,
        network_policy: Field::NotRead,
        workload_identity: Field::NotRead,
        // Without one the key is one of Amazon's.
        secrets_encrypted: Field::Value(
            found
                .encryption_config()
                .iter()
                .any(|config| config.provider().and_then(|by| by.key_arn()).is_some()),
        ),
        logging: Field::Value(is_logged(found)),
        monitoring: Field::NotRead,
        release_channel: Field::NotRead,
        shielded_nodes: Field::NotRead,
        default_service_account: Field::NotRead,
        nodes: Field::seen((!elsewhere).then_some(there)),
        serverless: Field::seen(profiles.as_ref().ok().copied()),
        dashboard: Field::NotRead,
    };
    let subnets = network.map_or(&[][..], |network| network.subnet_ids());
    let subnets = sorted(
        subnets
            .iter()
            .filter_map(|subnet| names.maybe(None, "subnet", Some(subnet))),
    );
    let links: Vec<_> = links(Relation::PartOf, &subnets).collect();
    let mut cluster = resource(
        names,
        Uid::new(arn),
        Text::new(name),
        Field::Value(texts(found.tags())),
        Field::seen(found.created_at().and_then(time)),
        body,
        links,
    );
    cluster.not_read = profiles
        .err()
        .map(|gap| Box::new(BTreeMap::from([("body.serverless".into(), gap)])));
    Ok(cluster)
}

/// Whether the control plane writes down who did what.
fn is_logged(found: &Cluster) -> bool {
    found.logging().is_some_and(|logging| {
        logging
            .cluster_logging()
            .iter()
            .any(|setup| setup.enabled() == Some(true) && setup.types().contains(&LogType::Audit))
    })
}

/// Tags as this service tells them.
pub(super) fn texts(tags: Option<&HashMap<String, String>>) -> BTreeMap<Text, Text> {
    tags.into_iter()
        .flatten()
        .map(|(key, value)| (Text::new(key), Text::new(value)))
        .collect()
}

#[cfg(test)]
#[path = "clusters_tests.rs"]
mod tests;
