//! database.server: instances of RDS and Aurora.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbCluster, DbInstance, StorageEncryptionType, Tag};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::DatabaseServer;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text, Uid};

use super::ec2::{free, one_page, part_not_read};
use crate::call::Caller;
use crate::convert::{Malformed, links, optional_text, required, resource, sorted, time};
use crate::names::Names;
use crate::provider::Aws;

/// The largest page of its lists.
const PAGE: i32 = 100;

const INSTANCES: &str = "rds:DescribeDBInstances";
const CLUSTERS: &str = "rds:DescribeDBClusters";

/// Engines of other services that the list names as well: they hold documents and graphs.
const OTHERS: [&str; 2] = ["docdb", "neptune"];

/// What only the cluster of a member tells.
const OF_CLUSTER: [&str; 6] = [
    "body.backup_days",
    "body.backups",
    "body.deletion_protection",
    "body.high_availability",
    "body.point_in_time",
    "body.replica_of",
];

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "rds.instances",
    service: "rds",
    datasets: &[Dataset::Kind(Kind::DatabaseServer)],
    reach: Reach::PerRegion,
    after: &[],
    operations: &[free(CLUSTERS), free(INSTANCES)],
};

/// Reads instances, and the clusters that some of them are of: backups and protection are the cluster's.
pub(super) struct DatabaseServers(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for DatabaseServers {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        let mut estimate = one_page(PAGE);
        estimate
            .assumption
            .push_str(", and as many for clusters where an instance is of one");
        estimate
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.rds(&ctx.scope.region);
        let names = Names::new(&ctx.scope);
        let caller = Caller::collector(SPEC.name, ctx);
        let mut found = Vec::new();
        let whole = instances(&caller, &client, &mut found).await;
        found.retain(|one| one.engine().is_none_or(|engine| !OTHERS.contains(&engine)));
        let mut clusters = Clusters::default();
        if found.iter().any(|one| cluster_of(one).is_some())
            && let Err(error) = clusters.read(&caller, &client).await
        {
            clusters.gap = Some(part_not_read(error, out)?);
        }
        for one in &found {
            let server = server(names, one, &clusters);
            out.push(server.map_err(|malformed| malformed.of(INSTANCES))?);
        }
        whole
    }
}

/// Every instance, as far as the list goes.
async fn instances(
    caller: &Caller,
    client: &Client,
    found: &mut Vec<DbInstance>,
) -> Result<(), CollectError> {
    let mut list = caller.list(INSTANCES, Some(PAGE as u64));
    while let Some(page) = list
        .page(
            |token| {
                client
                    .describe_db_instances()
                    .max_records(PAGE)
                    .set_marker(token)
                    .send()
            },
            |page| page.db_instances().len(),
            |page| page.marker(),
        )
        .await?
    {
        found.extend(page.db_instances.unwrap_or_default());
    }
    Ok(())
}

/// The clusters of the scope, as far as they were read.
#[derive(Default)]
struct Clusters {
    by_name: BTreeMap<String, DbCluster>,
    gap: Option<Gap>,
}

impl Clusters {
    async fn read(&mut self, caller: &Caller, client: &Client) -> Result<(), CollectError> {
        let mut list = caller.list(CLUSTERS, Some(PAGE as u64));
        while let Some(page) = list
            .page(
                |token| {
                    client
                        .describe_db_clusters()
                        .max_records(PAGE)
                        .set_marker(token)
                        .send()
                },
                |page| page.db_clusters().len(),
                |page| page.marker(),
            )
            .await?
        {
            let named = page.db_clusters.unwrap_or_default().into_iter();
            self.by_name.extend(
                named.filter_map(|one| Some((one.db_cluster_identifier()?.to_owned(), one))),
            );
        }
        Ok(())
    }
}

/// The cluster that an instance is a member of.
fn cluster_of(found: &DbInstance) -> Option<&str> {
    found
        .db_cluster_identifier()
        .filter(|name| !name.is_empty())
}

/// What is the cluster's where there is one, and else the instance's own.
struct Whole {
    backup_days: Option<i32>,
    deletion_protection: Option<bool>,
    zones: Option<bool>,
    replica_of: Field<Uid>,
}

impl Whole {
    fn of(names: Names<'_>, found: &DbInstance, clusters: &Clusters) -> Self {
        let Some(name) = cluster_of(found) else {
            return Self {
                backup_days: found.backup_retention_period(),
                deletion_protection: found.deletion_protection(),
                zones: found.multi_az(),
                replica_of: Field::read(source(names, found)),
            };
        };
        let cluster = clusters.by_name.get(name);
        Self {
            backup_days: cluster.and_then(DbCluster::backup_retention_period),
            deletion_protection: cluster.and_then(DbCluster::deletion_protection),
            zones: cluster.and_then(DbCluster::multi_az),
            replica_of: cluster.map_or(Field::NotRead, |cluster| writer(names, found, cluster)),
        }
    }
}

/// The server that a replica of its own copies. One in another region is named by its ARN.
fn source(names: Names<'_>, found: &DbInstance) -> Option<Uid> {
    let named = |what: &str, name: Option<&str>| {
        let name = name.filter(|name| !name.is_empty())?;
        Some(match name.starts_with("arn:") {
            true => Uid::new(name),
            false => names.regional("rds", &format!("{what}:{name}")),
        })
    };
    named("db", found.read_replica_source_db_instance_identifier())
        .or_else(|| named("cluster", found.read_replica_source_db_cluster_identifier()))
}

/// The member that writes, for those that read; none for the one that writes, unless its cluster as a whole
/// copies another.
fn writer(names: Names<'_>, found: &DbInstance, cluster: &DbCluster) -> Field<Uid> {
    let members = cluster.db_cluster_members();
    let writes = members
        .iter()
        .find(|member| member.is_cluster_writer() == Some(true))
        .and_then(|member| member.db_instance_identifier());
    match writes {
        Some(writer) if Some(writer) != found.db_instance_identifier() => {
            Field::Value(names.regional("rds", &format!("db:{writer}")))
        }
        Some(_) => Field::read(
            cluster
                .replication_source_identifier()
                .filter(|of| !of.is_empty())
                .map(Uid::new),
        ),
        // While the writer changes nobody is it.
        None => Field::NotRead,
    }
}

/// One instance.
fn server(
    names: Names<'_>,
    found: &DbInstance,
    clusters: &Clusters,
) -> Result<Resource, Malformed> {
    let arn = required(found.db_instance_arn(), "database instance without ARN")?;
    let name = required(
        found.db_instance_identifier(),
        "database instance without name",
    )?;
    let engine_name = required(found.engine(), "database instance without engine")?;
    let whole = Whole::of(names, found, clusters);
    let backups = Field::seen(whole.backup_days.map(|days| days > 0));
    let group = found.db_subnet_group();
    let subnets = sorted(
        group
            .map_or(&[][..], |group| group.subnets())
            .iter()
            .filter_map(|subnet| names.maybe(None, "subnet", subnet.subnet_identifier())),
    );
    let firewalls = sorted(
        found
            .vpc_security_groups()
            .iter()
            .filter_map(|one| names.maybe(None, "security-group", one.vpc_security_group_id())),
    );
    let links: Vec<_> = links(Relation::GuardedBy, &firewalls)
        .chain(links(Relation::PartOf, &subnets))
        .collect();
    let body = DatabaseServer {
        engine: engine(engine_name),
        version: Field::seen(found.engine_version().map(Text::new)),
        state: Field::seen(found.db_instance_status().map(Text::new)),
        instance_type: Field::seen(found.db_instance_class().map(Text::new)),
        storage_gb: match engine_name.starts_with(AURORA) {
            true => Field::None,
            false => Field::seen(found.allocated_storage().map(i64::from)),
        },
        storage_type: optional_text(found.storage_type()),
        iops: Field::read(found.iops().map(i64::from)),
        encrypted: Field::seen(found.storage_encrypted()),
        public_access: Field::seen(found.publicly_accessible()),
        public_addresses: Field::NotRead,
        // Security groups decide that, which rules on network cards follow.
        allowed: Field::NotRead,
        private_endpoints: Field::NotRead,
        // A setting of the engine.
        tls_required: Field::NotRead,
        min_tls: Field::NotRead,
        backups,
        backup_days: Field::seen(whole.backup_days.map(i64::from)),
        // A copy may be another service's, so that no copy of its own says nothing.
        geo_backups: match found
            .db_instance_automated_backups_replications()
            .is_empty()
        {
            true => Field::NotRead,
            false => Field::Value(true),
        },
        point_in_time: backups,
        deletion_protection: Field::seen(whole.deletion_protection),
        high_availability: Field::seen(whole.zones),
        customer_key: customer_key(found),
        double_encryption: Field::NotRead,
        auditing: Field::NotRead,
        audit_days: Field::NotRead,
        threat_detection: Field::NotRead,
        directory_admin: Field::NotRead,
        directory_only: Field::NotRead,
        settings: Field::NotRead,
        minor_upgrades: Field::seen(found.auto_minor_version_upgrade()),
        // There always is one; whether anybody chose it is not told.
        maintenance_window: Field::NotRead,
        replica_of: whole.replica_of,
    };
    let mut server = resource(
        names,
        Uid::new(arn),
        Text::new(name),
        Field::Value(tags(found.tag_list())),
        Field::seen(found.instance_create_time().and_then(time)),
        body,
        links,
    );
    let unread = cluster_of(found).filter(|name| !clusters.by_name.contains_key(*name));
    server.not_read = unread.and(clusters.gap.clone()).map(|gap| {
        let gaps = OF_CLUSTER.map(|field| (Text::new_static(field), gap.clone()));
        Box::new(BTreeMap::from(gaps))
    });
    Ok(server)
}

/// How names of Aurora's engines begin. Its storage is the cluster's and grows by itself.
const AURORA: &str = "aurora";

/// The engine without what tells its editions and who looks after it: `oracle` of `custom-oracle-ee`.
fn engine(name: &str) -> Text {
    let name = name.strip_prefix("custom-").unwrap_or(name);
    match name {
        "aurora" | "aurora-mysql" => Text::new_static("mysql"),
        "aurora-postgresql" => Text::new_static("postgres"),
        _ => Text::new(name.split('-').next().unwrap_or(name)),
    }
}

/// Whether the key is the customer's. Of a key in the key service only that service tells whose it is.
fn customer_key(found: &DbInstance) -> Field<bool> {
    let owned = found.storage_encryption_type() == Some(&StorageEncryptionType::Sse);
    match found.storage_encrypted() {
        Some(false) => Field::Value(false),
        Some(true) if owned => Field::Value(false),
        _ => Field::NotRead,
    }
}

fn tags(tags: &[Tag]) -> BTreeMap<Text, Text> {
    tags.iter()
        .filter_map(|tag| {
            let value = tag.value().unwrap_or_default();
            Some((Text::new(tag.key()?), Text::new(value)))
        })
        .collect()
}

#[cfg(test)]
#[path = "database_servers_tests.rs"]
mod tests;
