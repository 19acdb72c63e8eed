//! container.cluster and container.node-pool: clusters of Google Kubernetes Engine with their nodes.

use std::collections::BTreeMap;

use orch_collect::{CollectError, CollectorSpec};
use orch_model::kind::{ContainerCluster, ContainerNodePool};
use orch_model::{Cause, Cidr, Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text, Uid};
use serde::Deserialize;
use serde_json::Value;

use super::parts::{made, switch};
use super::reading::{Reader, Reading};
use crate::convert::{Base, Malformed, Number, cidrs, links, required, resource, word};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape, count};

/// All places at once; this list has no pages.
const LIST: Api = get(
    "container.clusters.list",
    "container.googleapis.com/v1/projects/{project}/locations/-/clusters",
);

const SHAPE: Shape = Shape::Items("clusters");

/// Clusters.
pub(super) struct Gke;

/// A cluster as the API tells it. What signs in to it is passed over, but for whether it does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Cluster {
    location: Option<Text>,
    status: Option<Text>,
    current_master_version: Option<Text>,
    control_plane_endpoints_config: Option<Endpoints>,
    private_cluster_config: Option<PrivateCluster>,
    network_config: Option<NetworkConfig>,
    master_authorized_networks_config: Option<AuthorizedNetworks>,
    master_auth: Option<MasterAuth>,
    legacy_abac: Option<Switch>,
    network_policy: Option<Switch>,
    workload_identity_config: Option<WorkloadIdentity>,
    database_encryption: Option<State>,
    logging_service: Option<Text>,
    monitoring_service: Option<Text>,
    release_channel: Option<Channel>,
    shielded_nodes: Option<Switch>,
    addons_config: Option<Addons>,
    current_node_count: Option<Number>,
    resource_labels: Option<BTreeMap<Text, Option<Text>>>,
    node_pools: Option<Vec<NodePool>>,
    autopilot: Option<Switch>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Endpoints {
    dns_endpoint_config: Option<DnsEndpoint>,
    ip_endpoints_config: Option<IpEndpoints>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DnsEndpoint {
    allow_external_traffic: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IpEndpoints {
    enabled: Option<bool>,
    enable_public_endpoint: Option<bool>,
    authorized_networks_config: Option<AuthorizedNetworks>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PrivateCluster {
    enable_private_nodes: Option<bool>,
    enable_private_endpoint: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NetworkConfig {
    network: Option<Text>,
    datapath_provider: Option<Text>,
    default_enable_private_nodes: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AuthorizedNetworks {
    enabled: Option<bool>,
    cidr_blocks: Option<Vec<Block>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Block {
    cidr_block: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MasterAuth {
    username: Option<Text>,
    client_certificate_config: Option<ClientCertificate>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClientCertificate {
    issue_client_certificate: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Switch {
    enabled: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WorkloadIdentity {
    workload_pool: Option<Text>,
    /// Its name of before 2020.
    identity_namespace: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    state: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Channel {
    channel: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Addons {
    kubernetes_dashboard: Option<Addon>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Addon {
    disabled: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NodePool {
    name: Option<Text>,
    config: Option<NodeConfig>,
    initial_node_count: Option<Number>,
    locations: Option<Vec<Text>>,
    management: Option<Management>,
    network_config: Option<NodeNetwork>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NodeConfig {
    machine_type: Option<Text>,
    image_type: Option<Text>,
    service_account: Option<Text>,
    shielded_instance_config: Option<Shielded>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Shielded {
    enable_secure_boot: Option<bool>,
    enable_integrity_monitoring: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Management {
    auto_repair: Option<bool>,
    auto_upgrade: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NodeNetwork {
    enable_private_nodes: Option<bool>,
}

impl Reader for Gke {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "container.clusters",
        service: "container",
        datasets: &[
            Dataset::Kind(Kind::ContainerCluster),
            Dataset::Kind(Kind::ContainerNodePool),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let ask = reading.ask(LIST);
        let answer = reading
            .caller
            .call(&ask, |answer| count(answer, SHAPE))
            .await?;
        let decoded = decoded(reading.names, answer);
        decoded
            .resources
            .into_iter()
            .for_each(|one| reading.push(one));
        if let Some(gap) = decoded.gap {
            reading.not_read(gap);
        }
        Ok(())
    }
}

fn decoded(names: Names<'_>, body: Value) -> Decoded {
    // The list has its own word for zones that did not answer.
    let zone = body["missingZones"]
        .as_array()
        .and_then(|zones| zones.first()?.as_str())
        .map(word);
    let missing = zone.map(|zone| {
        Gap::new(
            Cause::ServerError,
            format!("{} {zone} unreachable", LIST.permission),
        )
    });
    let mut decoded = made(LIST, SHAPE, body, |found| cluster(names, found));
    decoded.gap = decoded.gap.or(missing);
    decoded
}

/// A cluster with its node pools.
fn cluster(names: Names<'_>, found: Found<Cluster>) -> Result<Vec<Resource>, Malformed> {
    let (base, own) = (&found.base, &found.own);
    let location = own.location.as_deref().or(base.location());
    let location = required(location, "cluster without location")?;
    let uid = names.of(
        "container",
        &format!("locations/{location}/clusters/{}", base.name()),
    );
    let private = private_nodes(own);
    let network = own.network_config.as_ref();
    let vpc = network.and_then(|network| names.maybe(network.network.as_ref()));
    let dataplane = network.and_then(|network| network.datapath_provider.as_deref());
    let pools = own.node_pools.as_deref().unwrap_or_default();
    let workload = own.workload_identity_config.as_ref();
    let workload = workload.and_then(|all| {
        all.workload_pool
            .as_ref()
            .or(all.identity_namespace.as_ref())
    });
    let addons = own.addons_config.as_ref();
    let body = ContainerCluster {
        version: Field::seen(own.current_master_version.clone()),
        state: Field::seen(own.status.clone()),
        public_endpoint: Field::Value(is_public(own)),
        authorized_blocks: authorized(own)?,
        private_nodes: Field::Value(private),
        // Always the case, and so never told.
        role_based: Field::NotRead,
        legacy_authorization: switch(own.legacy_abac.as_ref(), |abac| abac.enabled),
        local_accounts: local_accounts(own.master_auth.as_ref()),
        // The newer data plane filters by itself.
        network_policy: Field::Value(
            dataplane == Some("ADVANCED_DATAPATH")
                || own
                    .network_policy
                    .as_ref()
                    .and_then(|policy| policy.enabled)
                    == Some(true),
        ),
        workload_identity: Field::Value(workload.is_some_and(|pool| !pool.is_empty())),
        secrets_encrypted: Field::seen(
            own.database_encryption
                .as_ref()
                .and_then(|encryption| encryption.state.as_deref())
                .map(|state| state == "ENCRYPTED"),
        ),
        logging: service(own.logging_service.as_deref()),
        monitoring: service(own.monitoring_service.as_deref()),
        release_channel: Field::read(
            own.release_channel
                .as_ref()
                .and_then(|channel| channel.channel.clone())
                .filter(|channel| channel != "UNSPECIFIED"),
        ),
        shielded_nodes: switch(own.shielded_nodes.as_ref(), |nodes| nodes.enabled),
        default_service_account: default_account(pools),
        nodes: nodes(own),
        // A cluster that is not one has no such member.
        serverless: Field::Value(own.autopilot.as_ref().and_then(|on| on.enabled) == Some(true)),
        dashboard: Field::seen(
            addons
                .and_then(|addons| addons.kubernetes_dashboard.as_ref())
                .map(|dashboard| dashboard.disabled != Some(true)),
        ),
    };
    let scope = names.at(Some(location));
    let mut resources = Vec::with_capacity(1 + pools.len());
    for own in pools {
        let name = required(own.name.as_deref(), "node pool without name")?;
        let body = pool(own, uid.clone(), private);
        let pool = Uid::new(format!("{uid}/nodePools/{name}"));
        let links: Vec<_> = links(Relation::PartOf, [&uid]).collect();
        let mut pool = resource(scope.clone(), pool, &Base::default(), body, links);
        pool.name = Text::new(name);
        resources.push(pool);
    }
    let links: Vec<_> = links(Relation::PartOf, vpc.as_ref()).collect();
    let mut cluster = resource(scope, uid, base, body, links);
    let labels = own.resource_labels.iter().flatten();
    cluster.tags = Field::Value(
        labels
            .map(|(key, value)| (key.clone(), value.clone().unwrap_or_default()))
            .collect(),
    );
    resources.insert(0, cluster);
    Ok(resources)
}

/// How many nodes it has. Google leaves out a number that is zero; a cluster that is not up may tell none at all.
fn nodes(own: &Cluster) -> Field<i64> {
    match own.current_node_count {
        Some(nodes) => Field::Value(i64::from(nodes)),
        None if own.status.as_deref() == Some("RUNNING") => Field::Value(0),
        None => Field::NotRead,
    }
}

/// One node pool; where it does not say whether its nodes are private, its cluster does.
fn pool(own: &NodePool, cluster: Uid, private: bool) -> ContainerNodePool {
    let config = own.config.as_ref();
    let shielded = config.and_then(|config| config.shielded_instance_config.as_ref());
    let management = own.management.as_ref();
    let network = own.network_config.as_ref();
    // The number is that of each of its zones.
    let zones = own.locations.as_ref().map_or(1, |zones| zones.len().max(1)) as i64;
    ContainerNodePool {
        cluster,
        instance_type: Field::seen(config.and_then(|config| config.machine_type.clone())),
        nodes: Field::seen(
            own.initial_node_count
                .map(|nodes| i64::from(nodes).saturating_mul(zones)),
        ),
        auto_repair: switch(management, |management| management.auto_repair),
        auto_upgrade: switch(management, |management| management.auto_upgrade),
        image: Field::seen(config.and_then(|config| config.image_type.clone())),
        service_account: Field::seen(config.and_then(|config| config.service_account.clone())),
        secure_boot: switch(shielded, |shielded| shielded.enable_secure_boot),
        integrity_monitoring: switch(shielded, |shielded| shielded.enable_integrity_monitoring),
        public_addresses: Field::Value(
            !network
                .and_then(|network| network.enable_private_nodes)
                .unwrap_or(private),
        ),
    }
}

/// Whether the internet reaches the API: by an address, or by the name that Google answers for itself. Who
/// has no setting for it has an open one.
fn is_public(own: &Cluster) -> bool {
    let endpoints = own.control_plane_endpoints_config.as_ref();
    let by_name = endpoints
        .and_then(|endpoints| endpoints.dns_endpoint_config.as_ref())
        .is_some_and(|dns| dns.allow_external_traffic == Some(true));
    let by_address = match endpoints.and_then(|endpoints| endpoints.ip_endpoints_config.as_ref()) {
        Some(ip) => ip.enabled == Some(true) && ip.enable_public_endpoint == Some(true),
        None => {
            let private = own.private_cluster_config.as_ref();
            private.and_then(|private| private.enable_private_endpoint) != Some(true)
        }
    };
    by_name || by_address
}

/// The only blocks that reach the API; none where the list is off.
fn authorized(own: &Cluster) -> Result<Field<Vec<Cidr>>, Malformed> {
    let endpoints = own.control_plane_endpoints_config.as_ref();
    let list = endpoints
        .and_then(|endpoints| endpoints.ip_endpoints_config.as_ref())
        .and_then(|ip| ip.authorized_networks_config.as_ref())
        .or(own.master_authorized_networks_config.as_ref());
    match list {
        Some(list) if list.enabled == Some(true) => {
            let blocks = list.cidr_blocks.iter().flatten();
            let blocks = blocks.filter_map(|block| block.cidr_block.as_ref());
            Ok(Field::Value(cidrs(blocks)?))
        }
        _ => Ok(Field::None),
    }
}

fn private_nodes(own: &Cluster) -> bool {
    let network = own.network_config.as_ref();
    let private = own.private_cluster_config.as_ref();
    network
        .and_then(|network| network.default_enable_private_nodes)
        .or(private.and_then(|private| private.enable_private_nodes))
        == Some(true)
}

/// Whether somebody signs in by password or certificate. Who may not read the credentials is told nothing,
/// which looks like there being none.
fn local_accounts(auth: Option<&MasterAuth>) -> Field<bool> {
    let password =
        auth.is_some_and(|auth| auth.username.as_ref().is_some_and(|name| !name.is_empty()));
    let certificate = auth.and_then(|auth| auth.client_certificate_config.as_ref());
    match (
        password,
        certificate.map(|certificate| certificate.issue_client_certificate),
    ) {
        (true, _) | (_, Some(Some(true))) => Field::Value(true),
        (false, Some(_)) => Field::Value(false),
        (false, None) => Field::NotRead,
    }
}

/// Whether a service for logs or metrics is chosen.
fn service(name: Option<&str>) -> Field<bool> {
    Field::seen(name.map(|name| !name.is_empty() && name != "none"))
}

/// Whether any nodes use the project's default identity.
fn default_account(pools: &[NodePool]) -> Field<bool> {
    let accounts: Vec<_> = pools
        .iter()
        .map(|pool| {
            pool.config
                .as_ref()
                .and_then(|config| config.service_account.as_deref())
        })
        .collect();
    let default = |account: &&str| {
        *account == "default" || account.ends_with("-compute@developer.gserviceaccount.com")
    };
    if accounts.iter().flatten().any(default) {
        Field::Value(true)
    } else if accounts.is_empty() || accounts.contains(&None) {
        Field::NotRead
    } else {
        Field::Value(false)
    }
}

#[cfg(test)]
#[path = "gke_tests.rs"]
mod tests;
