//! Instances of their own, members of clusters, and what only one of both tells.

use aws_sdk_rds::types::builders::DbInstanceBuilder;
use aws_sdk_rds::types::{DbClusterMember, DbSubnetGroup, Subnet, VpcSecurityGroupMembership};
use orch_model::{Body, Cause, Provider, Scope};

use super::*;

fn instance(name: &str, engine: &str) -> DbInstanceBuilder {
    DbInstance::builder()
        .db_instance_identifier(name)
        .db_instance_arn(arn(name))
        .engine(engine)
        .db_instance_class("db.m5.large")
        .allocated_storage(100)
}

fn arn(name: &str) -> String {
    format!("arn:aws:rds:eu-west-1:111122223333:db:{name}")
}

fn made(found: DbInstanceBuilder, clusters: &Clusters) -> (Resource, DatabaseServer) {
    let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
    let resource = server(Names::new(&scope), &found.build(), clusters).unwrap();
    match resource.body.clone() {
        Body::DatabaseServer(body) => (resource, *body),
        other => panic!("{other:?}"),
    }
}

fn alone(found: DbInstanceBuilder) -> DatabaseServer {
    made(found, &Clusters::default()).1
}

#[test]
fn an_instance_tells_what_it_is_and_how_it_is_kept() {
    let group = DbSubnetGroup::builder()
        .vpc_id("vpc-1")
        .subnets(Subnet::builder().subnet_identifier("subnet-2").build())
        .subnets(Subnet::builder().subnet_identifier("subnet-1").build());
    let guard = VpcSecurityGroupMembership::builder().vpc_security_group_id("sg-1");
    let found = instance("orders", "postgres")
        .engine_version("16.3")
        .db_instance_status("available")
        .storage_type("gp3")
        .iops(3000)
        .storage_encrypted(true)
        .publicly_accessible(true)
        .backup_retention_period(7)
        .deletion_protection(false)
        .multi_az(true)
        .auto_minor_version_upgrade(true)
        .db_subnet_group(group.build())
        .vpc_security_groups(guard.build())
        .tag_list(Tag::builder().key("team").value("shop").build());
    let (resource, body) = made(found, &Clusters::default());
    assert_eq!(resource.uid.as_str(), arn("orders"));
    assert_eq!(resource.tags.value().unwrap()["team"], "shop");
    let to: Vec<&str> = resource.links.iter().map(|link| link.to.short()).collect();
    assert_eq!(to, ["subnet-1", "subnet-2", "sg-1"]);
    assert_eq!(
        (&*body.engine, body.version),
        ("postgres", Field::Value("16.3".into()))
    );
    assert_eq!(body.instance_type, Field::Value("db.m5.large".into()));
    assert_eq!(body.storage_gb, Field::Value(100));
    assert_eq!(body.storage_type, Field::Value("gp3".into()));
    assert_eq!(body.iops, Field::Value(3000));
    assert_eq!(body.encrypted, Field::Value(true));
    // Whose key it is only the key service tells.
    assert_eq!(body.customer_key, Field::NotRead);
    assert_eq!(body.public_access, Field::Value(true));
    assert_eq!(
        (body.backups, body.backup_days),
        (Field::Value(true), Field::Value(7))
    );
    assert_eq!(body.point_in_time, Field::Value(true));
    assert_eq!(body.deletion_protection, Field::Value(false));
    assert_eq!(body.high_availability, Field::Value(true));
    assert_eq!(body.minor_upgrades, Field::Value(true));
    assert_eq!(body.replica_of, Field::None);
}

#[test]
fn engines_have_our_names() {
    for (theirs, ours) in [
        ("postgres", "postgres"),
        ("aurora-postgresql", "postgres"),
        ("aurora", "mysql"),
        ("aurora-mysql", "mysql"),
        ("mariadb", "mariadb"),
        ("sqlserver-ex", "sqlserver"),
        ("oracle-se2-cdb", "oracle"),
        ("custom-oracle-ee", "oracle"),
        ("custom-sqlserver-web", "sqlserver"),
        ("db2-se", "db2"),
    ] {
        assert_eq!(engine(theirs), ours, "{theirs}");
    }
}

#[test]
fn what_is_not_told_is_not_read_and_no_backups_are_none() {
    let bare = alone(instance("orders", "mysql"));
    assert_eq!(bare.backups, Field::NotRead);
    assert_eq!(bare.deletion_protection, Field::NotRead);
    assert_eq!(
        (bare.encrypted, bare.customer_key),
        (Field::NotRead, Field::NotRead)
    );
    assert_eq!(bare.settings, Field::NotRead);
    assert_eq!(bare.iops, Field::None);
    let off = alone(
        instance("orders", "mysql")
            .backup_retention_period(0)
            .storage_encrypted(false),
    );
    assert_eq!(
        (off.backups, off.backup_days),
        (Field::Value(false), Field::Value(0))
    );
    assert_eq!(off.point_in_time, Field::Value(false));
    assert_eq!(
        (off.encrypted, off.customer_key),
        (Field::Value(false), Field::Value(false))
    );
}

#[test]
fn a_key_that_rds_owns_is_not_the_customers() {
    let owned = instance("orders", "mysql")
        .storage_encrypted(true)
        .storage_encryption_type(StorageEncryptionType::Sse);
    assert_eq!(alone(owned).customer_key, Field::Value(false));
}

#[test]
fn a_replica_names_what_it_copies() {
    let of = |name: &str| {
        let found = instance("copy", "mysql").read_replica_source_db_instance_identifier(name);
        alone(found).replica_of
    };
    assert_eq!(of("orders"), Field::Value(Uid::new(arn("orders"))));
    let far = "arn:aws:rds:us-east-1:111122223333:db:orders";
    assert_eq!(of(far), Field::Value(Uid::new(far)));
}

fn clusters(copied: Option<&str>) -> Clusters {
    let member = |name: &str, writes| {
        DbClusterMember::builder()
            .db_instance_identifier(name)
            .is_cluster_writer(writes)
            .build()
    };
    let cluster = DbCluster::builder()
        .db_cluster_identifier("shop")
        .backup_retention_period(14)
        .deletion_protection(true)
        .multi_az(true)
        .set_replication_source_identifier(copied.map(str::to_owned))
        .db_cluster_members(member("shop-2", false))
        .db_cluster_members(member("shop-1", true))
        .build();
    Clusters {
        by_name: BTreeMap::from([("shop".to_owned(), cluster)]),
        gap: None,
    }
}

/// A member, whose own figures say nothing of its cluster.
fn member(name: &str) -> DbInstanceBuilder {
    instance(name, "aurora-postgresql")
        .db_cluster_identifier("shop")
        .allocated_storage(1)
        .storage_type("aurora-iopt1")
        .backup_retention_period(1)
        .deletion_protection(false)
        .multi_az(false)
}

#[test]
fn a_member_is_kept_as_its_cluster_is() {
    let (resource, writer) = made(member("shop-1"), &clusters(None));
    assert_eq!(
        (writer.storage_gb, writer.storage_type),
        (Field::None, Field::Value("aurora-iopt1".into()))
    );
    assert_eq!(writer.backup_days, Field::Value(14));
    assert_eq!(writer.deletion_protection, Field::Value(true));
    assert_eq!(writer.high_availability, Field::Value(true));
    assert_eq!(writer.replica_of, Field::None);
    assert_eq!(resource.not_read, None);
    let (_, reader) = made(member("shop-2"), &clusters(None));
    assert_eq!(reader.replica_of, Field::Value(Uid::new(arn("shop-1"))));
    let main = "arn:aws:rds:us-east-1:111122223333:cluster:shop";
    let (_, copy) = made(member("shop-1"), &clusters(Some(main)));
    assert_eq!(copy.replica_of, Field::Value(Uid::new(main)));
}

#[test]
fn without_its_cluster_a_member_does_not_tell_and_says_why() {
    let gap = Gap::new(Cause::Denied, "rds:DescribeDBClusters");
    let unread = Clusters {
        gap: Some(gap.clone()),
        ..Clusters::default()
    };
    let (resource, body) = made(member("shop-1"), &unread);
    assert_eq!(
        (body.backups, body.backup_days),
        (Field::NotRead, Field::NotRead)
    );
    assert_eq!(body.high_availability, Field::NotRead);
    assert_eq!(body.replica_of, Field::NotRead);
    let gaps = resource.not_read.unwrap();
    assert_eq!(gaps.len(), OF_CLUSTER.len());
    assert_eq!(gaps["body.backups"], gap);
    let (alone, _) = made(instance("orders", "mysql"), &unread);
    assert_eq!(alone.not_read, None);
}
