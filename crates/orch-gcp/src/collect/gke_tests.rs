//! Tests of the collector `container.clusters`.

use orch_model::Body;
use serde_json::json;

use super::*;
use crate::collect::parts::wire;

fn of(resource: &Resource) -> &ContainerCluster {
    match &resource.body {
        Body::ContainerCluster(cluster) => cluster,
        other => panic!("{other:?}"),
    }
}

fn cluster_of(cluster: Value) -> ContainerCluster {
    let body = json!({"clusters": [cluster]}).to_string();
    let decoded = crate::decode("container.clusters", body.as_bytes()).unwrap();
    assert_eq!(decoded.gap, None);
    of(&decoded.resources[0]).clone()
}

#[test]
fn a_hardened_cluster_and_its_nodes() {
    let decoded = crate::decode("container.clusters", &wire("clusters")).unwrap();
    let [cluster, pool] = &decoded.resources[..] else {
        panic!()
    };
    assert_eq!(
        cluster.uid.as_str(),
        "//container.googleapis.com/projects/project/locations/europe-west1/clusters/prod"
    );
    assert_eq!(cluster.tag("env"), Field::Value("prod"));
    let all = of(cluster);
    assert_eq!(
        (all.public_endpoint, all.private_nodes),
        (Field::Value(true), Field::Value(true))
    );
    assert_eq!(
        all.authorized_blocks.value().unwrap()[0].to_string(),
        "198.51.100.0/24"
    );
    assert_eq!(
        (all.legacy_authorization, all.local_accounts),
        (Field::Value(false), Field::Value(false))
    );
    assert_eq!(
        (all.network_policy, all.workload_identity),
        (Field::Value(true), Field::Value(true))
    );
    assert_eq!(
        (all.secrets_encrypted, all.shielded_nodes),
        (Field::Value(true), Field::Value(true))
    );
    assert_eq!(
        (all.logging, all.monitoring, all.dashboard),
        (Field::Value(true), Field::Value(false), Field::Value(false))
    );
    assert_eq!(all.release_channel.value().unwrap(), "REGULAR");
    assert_eq!(all.default_service_account, Field::Value(false));
    let Body::ContainerNodePool(nodes) = &pool.body else {
        panic!()
    };
    assert_eq!(
        (nodes.cluster.as_str(), nodes.nodes),
        (cluster.uid.as_str(), Field::Value(6))
    );
    assert_eq!(
        (nodes.secure_boot, nodes.integrity_monitoring),
        (Field::Value(true), Field::Value(false))
    );
    assert_eq!(
        (nodes.auto_repair, nodes.auto_upgrade),
        (Field::Value(true), Field::Value(false))
    );
    assert_eq!(nodes.public_addresses, Field::Value(false));
    assert!(
        pool.uid
            .as_str()
            .ends_with("/clusters/prod/nodePools/workers")
    );
}

#[test]
fn zones_that_did_not_answer_are_a_gap() {
    let gap = crate::decode("container.clusters", &wire("clusters"))
        .unwrap()
        .gap
        .unwrap();
    assert_eq!(
        gap,
        Gap::new(
            Cause::ServerError,
            "container.clusters.list us-east1-b unreachable"
        )
    );
}

#[test]
fn a_cluster_without_settings_is_open() {
    let open = cluster_of(
        json!({"name": "c", "zone": "us-central1-a", "nodePools": [{"name": "p", "config": {"serviceAccount": "default"}}]}),
    );
    assert_eq!(
        (open.public_endpoint, open.private_nodes),
        (Field::Value(true), Field::Value(false))
    );
    assert_eq!(open.authorized_blocks, Field::None);
    assert_eq!(open.default_service_account, Field::Value(true));
    // What an old answer does not know is not off.
    assert_eq!(
        (open.shielded_nodes, open.secrets_encrypted),
        (Field::NotRead, Field::NotRead)
    );
    assert_eq!(
        (open.local_accounts, open.dashboard),
        (Field::NotRead, Field::NotRead)
    );
}

#[test]
fn the_api_is_closed_in_both_spellings() {
    let closed = |config: Value| {
        let mut cluster = json!({"name": "c", "location": "us-central1"});
        cluster
            .as_object_mut()
            .unwrap()
            .extend(config.as_object().unwrap().clone());
        cluster_of(cluster).public_endpoint
    };
    for (config, public) in [
        (
            json!({"privateClusterConfig": {"enablePrivateEndpoint": true}}),
            false,
        ),
        (
            json!({"privateClusterConfig": {"enablePrivateNodes": true}}),
            true,
        ),
        (
            json!({"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": true}}}),
            false,
        ),
        (
            json!({"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": true, "enablePublicEndpoint": true}}}),
            true,
        ),
        (
            json!({"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {}, "dnsEndpointConfig": {"allowExternalTraffic": true}}}),
            true,
        ),
    ] {
        assert_eq!(closed(config.clone()), Field::Value(public), "{config}");
    }
}

#[test]
fn a_cluster_that_lies_nowhere_is_a_gap() {
    let decoded = crate::decode("container.clusters", br#"{"clusters":[{"name":"c"}]}"#).unwrap();
    assert_eq!(
        decoded.gap.unwrap().detail,
        "container.clusters.list cluster without location"
    );
}

#[test]
fn no_number_of_nodes_is_none_in_a_cluster_that_is_up() {
    let of = |more: Value| {
        let mut cluster = json!({"name": "c", "location": "europe-west1"});
        cluster
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let all = cluster_of(cluster);
        (all.nodes, all.serverless)
    };
    let (none, not_serverless) = (Field::Value(0), Field::Value(false));
    assert_eq!(of(json!({"status": "RUNNING"})), (none, not_serverless));
    assert_eq!(
        of(json!({"status": "PROVISIONING"})),
        (Field::NotRead, not_serverless)
    );
    let counted =
        json!({"status": "RUNNING", "currentNodeCount": 3, "autopilot": {"enabled": true}});
    assert_eq!(of(counted), (Field::Value(3), Field::Value(true)));
}
