use orch_model::Body;

use super::super::standin::{self, Read};
use super::*;

fn cluster<'r>(read: &'r Read, name: &str) -> &'r ContainerCluster {
    assert!(read.is_whole(), "{read:?}");
    match &read.named(name).body {
        Body::ContainerCluster(body) => body,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_cluster_is_read_with_its_pools() {
    let read = standin::read("container.clusters", "kubernetes").await;
    let main = cluster(&read, "main");
    assert_eq!(main.version, Field::Value("1.33.2".into()));
    assert_eq!(main.state, Field::Value("Running".into()));
    assert_eq!(main.public_endpoint, Field::Value(true));
    assert_eq!(main.authorized_blocks.value().unwrap().len(), 1);
    assert_eq!(main.private_nodes, Field::Value(true));
    assert_eq!(main.role_based, Field::Value(true));
    assert_eq!(main.local_accounts, Field::Value(false));
    assert_eq!(main.network_policy, Field::Value(true));
    assert_eq!(main.workload_identity, Field::Value(true));
    assert_eq!(main.secrets_encrypted, Field::Value(true));
    assert_eq!(main.logging, Field::Value(true));
    assert_eq!(main.monitoring, Field::Value(true));
    assert_eq!(main.release_channel, Field::Value("stable".into()));
    assert_eq!(main.nodes, Field::Value(5));
    assert_eq!(main.serverless, Field::Value(false));
    assert_eq!(main.dashboard, Field::Value(false));
    let work = read.named("work");
    assert_eq!(work.tag("team"), Field::Value("data"));
    let Body::ContainerNodePool(pool) = &work.body else {
        panic!("{work:?}");
    };
    assert_eq!(pool.cluster, read.named("main").uid);
    assert_eq!(pool.nodes, Field::Value(2));
    assert_eq!(pool.secure_boot, Field::NotRead);
}

#[tokio::test]
async fn profiles_that_nobody_set_are_off() {
    let read = standin::read("container.clusters", "kubernetes").await;
    let bare = cluster(&read, "bare");
    assert_eq!(bare.public_endpoint, Field::Value(true));
    assert_eq!(bare.authorized_blocks, Field::None);
    assert_eq!(bare.private_nodes, Field::Value(false));
    assert_eq!(bare.local_accounts, Field::Value(true));
    assert_eq!(bare.network_policy, Field::Value(false));
    assert_eq!(bare.secrets_encrypted, Field::Value(false));
    assert_eq!(bare.logging, Field::Value(false));
    assert_eq!(bare.release_channel, Field::None);
}

#[test]
fn an_old_answer_says_nothing_of_profiles() {
    let scope = standin::scope();
    let old = Element::bare(serde_json::json!({
        "id": "/subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerService/managedClusters/C",
        "location": "westeurope", "properties": { "kubernetesVersion": "1.14" },
    }));
    let made = Clusters::resources(&Around::bare(&scope), &old).unwrap();
    let Body::ContainerCluster(body) = &made[0].body else {
        panic!("{made:?}");
    };
    assert!(body.public_endpoint.is_not_read() && body.authorized_blocks.is_not_read());
    assert!(body.network_policy.is_not_read() && body.private_nodes.is_not_read());
    assert_eq!(made.len(), 1);
}
