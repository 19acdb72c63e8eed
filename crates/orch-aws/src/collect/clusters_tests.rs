//! What a cluster tells of itself, and how many nodes it has.

use aws_sdk_ec2::types::{Instance, InstanceState as State, InstanceStateName};
use aws_sdk_eks::types::builders::ClusterBuilder;
use aws_sdk_eks::types::{
    ClusterStatus, EncryptionConfig, LogSetup, Logging, Provider as Key,
    RemoteNetworkConfigResponse, RemoteNodeNetwork, VpcConfigResponse,
};
use orch_model::{Cause, Provider, Scope};

use super::*;

fn scope() -> Scope {
    Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1")
}

fn made(
    found: ClusterBuilder,
    prior: &[Resource],
    profiles: Result<bool, Gap>,
) -> (Resource, ContainerCluster) {
    let found = found
        .name("shop")
        .arn("arn:aws:eks:eu-west-1:111122223333:cluster/shop")
        .build();
    let scope = scope();
    let resource = cluster(Names::new(&scope), &Nodes::of(prior), &found, profiles).unwrap();
    match resource.body.clone() {
        Body::ContainerCluster(body) => (resource, *body),
        other => panic!("{other:?}"),
    }
}

fn body(found: ClusterBuilder) -> ContainerCluster {
    made(found, &[], Ok(false)).1
}

#[test]
fn a_cluster_tells_who_reaches_it_and_how_it_is_kept() {
    let network = VpcConfigResponse::builder()
        .endpoint_public_access(true)
        .public_access_cidrs("198.51.100.0/24")
        .subnet_ids("subnet-1");
    let logs = LogSetup::builder()
        .types(LogType::Api)
        .types(LogType::Audit)
        .enabled(true);
    let key = EncryptionConfig::builder().provider(Key::builder().key_arn("arn:aws:kms:x").build());
    let found = Cluster::builder()
        .version("1.33")
        .status(ClusterStatus::Active)
        .resources_vpc_config(network.build())
        .logging(Logging::builder().cluster_logging(logs.build()).build())
        .encryption_config(key.build())
        .tags("team", "shop");
    let (resource, body) = made(found, &[], Ok(true));
    assert_eq!(resource.tags.value().unwrap()["team"], "shop");
    assert_eq!(resource.links[0].to.short(), "subnet-1");
    assert_eq!(
        (body.version, body.state),
        (Field::Value("1.33".into()), Field::Value("ACTIVE".into()))
    );
    assert_eq!(body.public_endpoint, Field::Value(true));
    assert_eq!(body.authorized_blocks.value().unwrap().len(), 1);
    assert_eq!(
        (body.logging, body.secrets_encrypted),
        (Field::Value(true), Field::Value(true))
    );
    assert_eq!(
        (body.nodes, body.serverless),
        (Field::Value(0), Field::Value(true))
    );
}

#[test]
fn logs_that_do_not_say_who_did_what_are_none_and_a_list_that_is_not_there_admits_all() {
    let api = LogSetup::builder().types(LogType::Api).enabled(true);
    let off = LogSetup::builder().types(LogType::Audit).enabled(false);
    let logging = Logging::builder()
        .cluster_logging(api.build())
        .cluster_logging(off.build());
    let open = VpcConfigResponse::builder().endpoint_public_access(true);
    let found = body(
        Cluster::builder()
            .logging(logging.build())
            .resources_vpc_config(open.build()),
    );
    assert_eq!(found.logging, Field::Value(false));
    assert_eq!(found.authorized_blocks, Field::None);
    assert_eq!(found.secrets_encrypted, Field::Value(false));
    let bare = body(Cluster::builder());
    assert_eq!(
        (bare.public_endpoint, bare.authorized_blocks),
        (Field::NotRead, Field::NotRead)
    );
}

fn node(state: InstanceStateName, tag: (&str, &str)) -> Resource {
    let found = Instance::builder()
        .instance_id("i-1")
        .instance_type("m5.large".into())
        .state(State::builder().name(state).build())
        .tags(
            aws_sdk_ec2::types::Tag::builder()
                .key(tag.0)
                .value(tag.1)
                .build(),
        )
        .build();
    crate::collect::instance(&scope(), &found)
}

#[test]
fn whoever_made_them_nodes_are_the_instances_that_say_so() {
    use InstanceStateName::{Pending, Running, Stopped};
    let prior = [
        node(Running, ("aws:eks:cluster-name", "shop")),
        node(Running, ("eks:cluster-name", "shop")),
        node(Pending, ("kubernetes.io/cluster/shop", "owned")),
        node(Stopped, ("aws:eks:cluster-name", "shop")),
        node(Running, ("aws:eks:cluster-name", "other")),
        node(Running, ("kubernetes.io/cluster/shop", "shared")),
        node(Running, ("Name", "shop")),
    ];
    let (_, found) = made(Cluster::builder(), &prior, Ok(false));
    assert_eq!(found.nodes, Field::Value(3));
    // Machines that are not Amazon's may be nodes too.
    let remote = RemoteNodeNetwork::builder().cidrs("192.0.2.0/24");
    let remote = RemoteNetworkConfigResponse::builder().remote_node_networks(remote.build());
    let hybrid = Cluster::builder().remote_network_config(remote.build());
    assert_eq!(body(hybrid).nodes, Field::NotRead);
}

#[test]
fn profiles_that_could_not_be_listed_are_not_read_with_the_reason() {
    let gap = Gap::new(Cause::Denied, "eks:ListFargateProfiles");
    let (resource, found) = made(Cluster::builder(), &[], Err(gap.clone()));
    assert_eq!(found.serverless, Field::NotRead);
    assert_eq!(resource.not_read.unwrap()["body.serverless"], gap);
}
