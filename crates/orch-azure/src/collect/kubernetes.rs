//! container.cluster and container.node-pool: managed Kubernetes clusters and their pools.

use orch_collect::CollectorSpec;
use orch_model::kind::{ContainerCluster, ContainerNodePool};
use orch_model::{Cidr, Dataset, Field, Kind, Link, Reach, Relation, Resource, Scope, Text, Uid};

use super::common::or_default;
use super::diagnostics;
use super::list::{ArmList, Around, Element, Part, Source, free};
use crate::convert::{part, resource, tags};
use crate::names::uid;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.ContainerService/managedClusters/read";

/// The categories of the control plane that tell who did what, and the groups that hold them.
const AUDIT: [&str; 4] = ["kube-audit", "kube-audit-admin", "audit", "allLogs"];

/// Clusters.
pub(super) struct Clusters;

impl ArmList for Clusters {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "container.clusters",
        service: "container",
        datasets: &[
            Dataset::Kind(Kind::ContainerCluster),
            Dataset::Kind(Kind::ContainerNodePool),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(diagnostics::READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.ContainerService/managedClusters",
        "2024-09-01",
    );
    const PARTS: &'static [Part] = &[diagnostics::settings(&["body.logging"])];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        // Versions that tell this leave out whole profiles only where nobody set them.
        let local = of.boolean("properties.disableLocalAccounts")?;
        let is_current = local.is_some();
        let switch = |path: &str| Ok(or_default(of.boolean(path)?, is_current, false));
        let body = ContainerCluster {
            version: match of.seen_text("properties.currentKubernetesVersion")? {
                Field::NotRead => of.seen_text("properties.kubernetesVersion")?,
                version => version,
            },
            state: match of.seen_text("properties.powerState.code")? {
                Field::NotRead => of.seen_text("properties.provisioningState")?,
                state => state,
            },
            public_endpoint: public_endpoint(of, is_current)?,
            authorized_blocks: authorized(of, is_current)?,
            private_nodes: private_nodes(of)?,
            role_based: of.seen_bool("properties.enableRBAC")?,
            legacy_authorization: Field::NotRead,
            local_accounts: Field::seen(local.map(|disabled| !disabled)),
            network_policy: {
                let policy = "properties.networkProfile.networkPolicy";
                let none = of.word(policy, &["none"])?;
                or_default(none.map(|none| !none), is_current, false)
            },
            workload_identity: switch("properties.securityProfile.workloadIdentity.enabled")?,
            secrets_encrypted: switch("properties.securityProfile.azureKeyVaultKms.enabled")?,
            logging: diagnostics::sends(found, &AUDIT)?,
            monitoring: {
                let (one, other) = (addon(of, "omsagent")?, addon(of, "omsAgent")?);
                or_default(one.or(other), is_current, false)
            },
            release_channel: match of.text("properties.autoUpgradeProfile.upgradeChannel")? {
                Some(channel) if !channel.eq_ignore_ascii_case("none") => {
                    Field::Value(Text::new(channel))
                }
                None if !is_current => Field::NotRead,
                _ => Field::None,
            },
            shielded_nodes: Field::NotRead,
            default_service_account: Field::NotRead,
            nodes: nodes(of)?,
            serverless: {
                let (one, other) = (addon(of, "aciConnectorLinux")?, addon(of, "aciConnector")?);
                or_default(one.or(other), is_current, false)
            },
            dashboard: or_default(addon(of, "kubeDashboard")?, is_current, false),
        };
        let made = Field::seen(of.time("systemData.createdAt")?);
        let cluster = resource(around.names, of, made, body, [])?;
        let (uid, scope) = (cluster.uid.clone(), cluster.scope.clone());
        let mut resources = vec![cluster];
        for pool in of.list("properties.agentPoolProfiles")? {
            resources.push(self::pool(&uid, &scope, pool)?);
        }
        Ok(resources)
    }
}

/// Whether an addon is on.
fn addon(of: Node<'_>, name: &str) -> Result<Option<bool>, Malformed> {
    of.boolean(&format!("properties.addonProfiles.{name}.enabled"))
}

fn public_endpoint(of: Node<'_>, is_current: bool) -> Result<Field<bool>, Malformed> {
    if of.word("properties.publicNetworkAccess", &["Disabled"])? == Some(true) {
        return Ok(Field::Value(false));
    }
    let private = of.boolean("properties.apiServerAccessProfile.enablePrivateCluster")?;
    Ok(or_default(
        private.map(|private| !private),
        is_current,
        true,
    ))
}

/// The only blocks that reach its API.
fn authorized(of: Node<'_>, is_current: bool) -> Result<Field<Vec<Cidr>>, Malformed> {
    let path = "properties.apiServerAccessProfile.authorizedIPRanges";
    let mut blocks = of
        .list(path)?
        .filter_map(|one| one.block("").transpose())
        .collect::<Result<Vec<_>, _>>()?;
    blocks.sort_unstable();
    Ok(match blocks.is_empty() {
        false => Field::Value(blocks),
        true if is_current => Field::None,
        true => Field::NotRead,
    })
}

/// Whether no pool gives its nodes public addresses.
fn private_nodes(of: Node<'_>) -> Result<Field<bool>, Malformed> {
    let mut all = None;
    for pool in of.list("properties.agentPoolProfiles")? {
        match pool.boolean("enableNodePublicIP")? {
            Some(true) => return Ok(Field::Value(false)),
            Some(false) => all = all.or(Some(true)),
            None => all = Some(false),
        }
    }
    Ok(Field::seen(all.filter(|all| *all)))
}

/// The nodes of all pools.
fn nodes(of: Node<'_>) -> Result<Field<i64>, Malformed> {
    let mut nodes: Option<i64> = None;
    for pool in of.list("properties.agentPoolProfiles")? {
        match pool.int("count")? {
            Some(count) => nodes = Some(count.saturating_add(nodes.unwrap_or(0))),
            None => return Ok(Field::NotRead),
        }
    }
    Ok(Field::seen(nodes))
}

fn pool(cluster: &Uid, scope: &Scope, of: Node<'_>) -> Result<Resource, Malformed> {
    let name = of.required("name")?;
    let body = ContainerNodePool {
        cluster: cluster.clone(),
        instance_type: of.seen_text("vmSize")?,
        nodes: Field::seen(of.int("count")?),
        auto_repair: Field::NotRead,
        auto_upgrade: Field::NotRead,
        image: match of.seen_text("osSKU")? {
            Field::NotRead => of.seen_text("osType")?,
            image => image,
        },
        service_account: Field::NotRead,
        secure_boot: of.seen_bool("securityProfile.enableSecureBoot")?,
        integrity_monitoring: Field::NotRead,
        public_addresses: of.seen_bool("enableNodePublicIP")?,
    };
    let link = Link {
        relation: Relation::PartOf,
        to: cluster.clone(),
    };
    Ok(part(
        scope.clone(),
        uid(&format!("{cluster}/agentPools/{name}")),
        Text::new(name),
        Field::Value(tags(of)?),
        Field::NotRead,
        body,
        [link],
    ))
}

#[cfg(test)]
#[path = "kubernetes_tests.rs"]
mod tests;
