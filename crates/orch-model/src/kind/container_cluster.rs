//! container.cluster: a Kubernetes cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cidr, Field, Text};

/// A cluster (Azure: AKS; Google Cloud: GKE; AWS: EKS).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerCluster {
    /// The version of Kubernetes.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub version: Field<Text>,
    /// What it is doing, as the provider words it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub state: Field<Text>,
    /// Whether the internet reaches its API.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_endpoint: Field<bool>,
    /// The only blocks that reach its API; none when all do.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub authorized_blocks: Field<Vec<Cidr>>,
    /// Whether its nodes have no public addresses.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub private_nodes: Field<bool>,
    /// Whether Kubernetes roles decide.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub role_based: Field<bool>,
    /// Whether rights are given by the old attribute lists.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub legacy_authorization: Field<bool>,
    /// Whether accounts beside the directory can sign in.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub local_accounts: Field<bool>,
    /// Whether traffic between pods is filtered.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub network_policy: Field<bool>,
    /// Whether pods use identities of the provider.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub workload_identity: Field<bool>,
    /// Whether its secrets are encrypted with a key of the customer's.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub secrets_encrypted: Field<bool>,
    /// Whether its control plane writes logs.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub logging: Field<bool>,
    /// Whether it is monitored.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub monitoring: Field<bool>,
    /// How it is kept current; none when it is not.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub release_channel: Field<Text>,
    /// Whether nodes prove what they booted.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub shielded_nodes: Field<bool>,
    /// Whether its nodes use the project's default identity.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub default_service_account: Field<bool>,
    /// How many nodes it has.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub nodes: Field<i64>,
    /// Whether pods can run without nodes of the customer's (AWS: Fargate; Azure: virtual nodes; Google Cloud:
    /// Autopilot).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub serverless: Field<bool>,
    /// Whether the old web dashboard is on.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub dashboard: Field<bool>,
}
