//! Small resources and snapshots for tests.

use chrono::DateTime;
use orch_model::kind::{
    CloudAccount, ComputeInstance, FirewallRule, FirewallStage, InstanceState, MetadataService,
    NetworkFirewall, StorageVolume, VolumeAttachment,
};
use orch_model::{
    Body, ChargeCategory, CollectorNote, CostLine, Currency, Dataset, Digest, Field, Link, Metric,
    Outcome, Provider, Reach, Read, Relation, Resource, Scope, Series, Snapshot, Statistic, Time,
    Uid,
};
use smol_str::{SmolStr, format_smolstr};

/// The account of everything built here.
pub const ACCOUNT: &str = "111122223333";

/// The time of every snapshot built here: 2026-07-01, noon.
pub fn as_of() -> Time {
    DateTime::from_timestamp(1_782_907_200, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

/// A region of [`ACCOUNT`] on AWS.
pub fn scope(region: &str) -> Scope {
    Scope::new(Provider::Aws, "aws", ACCOUNT, region)
}

/// The ARN of something that EC2 has.
pub fn ec2_uid(scope: &Scope, sort: &str, id: &str) -> Uid {
    Uid::new(format!(
        "arn:{}:ec2:{}:{}:{sort}/{id}",
        scope.partition, scope.region, scope.account
    ))
}

/// A resource without tags or links; change what matters.
pub fn resource(uid: Uid, scope: &Scope, body: impl Into<Body>) -> Resource {
    Resource {
        name: SmolStr::new(uid.short()),
        uid,
        scope: scope.clone(),
        tags: Field::None,
        created_at: Field::NotRead,
        body: body.into(),
        links: Vec::new(),
        seen_from: Vec::new(),
        not_read: None,
    }
}

/// A running instance with IMDSv2 and without public addresses.
pub fn instance(scope: &Scope, id: &str) -> Resource {
    let body = ComputeInstance {
        state: Field::Value(InstanceState::Running),
        stopped_since: Field::None,
        state_reason: Field::None,
        instance_type: "m5.large".into(),
        launched_at: Field::Value(as_of()),
        image: Field::Value("ami-0123456789abcdef0".into()),
        platform: Field::Value("linux".into()),
        architecture: Field::Value("x86_64".into()),
        lifecycle: Field::NotRead,
        tenancy: Field::Value("default".into()),
        zone: Field::Value(format_smolstr!("{}a", scope.region)),
        vpc: Field::None,
        subnet: Field::None,
        private_addresses: vec![std::net::Ipv4Addr::new(10, 0, 0, 7).into()],
        public_addresses: Field::Value(Vec::new()),
        ipv6_addresses: Field::Value(Vec::new()),
        profile: Field::None,
        metadata_service: Field::Value(MetadataService {
            enabled: true,
            token_required: true,
            hop_limit: 1,
        }),
        firewalls: Vec::new(),
        volumes: Vec::new(),
        key_name: Field::None,
        detailed_monitoring: Field::Value(false),
        allocated: Field::Value(true),
        ip_forwarding: Field::Value(false),
        trusted_launch: Field::NotRead,
        confidential: Field::NotRead,
        password_login: Field::NotRead,
        azure: Field::NotRead,
        gcp: Field::NotRead,
        scaling_group: Field::None,
    };
    resource(ec2_uid(scope, "instance", id), scope, body)
}

/// A security group with these rules for arriving traffic.
pub fn firewall(scope: &Scope, id: &str, ingress: Vec<FirewallRule>) -> Resource {
    let body = NetworkFirewall {
        stage: FirewallStage::SecurityGroup,
        guards: Vec::new(),
        description: Field::NotRead,
        vpc: Field::None,
        is_default: false,
        ingress,
        egress: Vec::new(),
    };
    resource(ec2_uid(scope, "security-group", id), scope, body)
}

/// A rule that admits TCP from `blocks` to one port.
pub fn tcp(port: i64, blocks: &[&str]) -> FirewallRule {
    FirewallRule {
        blocks: blocks
            .iter()
            .filter_map(|block| block.parse().ok())
            .collect(),
        ..FirewallRule::of("tcp".into(), Field::Value(port), Field::Value(port))
    }
}

/// A gp3 volume of 100 GiB, attached to `instance` if there is one.
pub fn volume(scope: &Scope, id: &str, instance: Option<&Uid>) -> Resource {
    let attachment = |instance: &Uid| VolumeAttachment {
        instance: instance.clone(),
        state: "attached".into(),
        deletes_with_instance: Field::Value(false),
    };
    let body = StorageVolume {
        state: if instance.is_some() {
            "in-use".into()
        } else {
            "available".into()
        },
        volume_type: "gp3".into(),
        size_gib: 100,
        iops: Field::Value(3000),
        throughput_mib: Field::Value(125),
        encrypted: true,
        key: Field::NotRead,
        customer_key: Field::NotRead,
        public_access: Field::NotRead,
        export_needs_sign_in: Field::NotRead,
        zone: Field::None,
        snapshot: Field::None,
        attachments: instance.map(attachment).into_iter().collect(),
    };
    let mut volume = resource(ec2_uid(scope, "volume", id), scope, body);
    volume.links.extend(instance.map(|instance| Link {
        relation: Relation::AttachedTo,
        to: instance.clone(),
    }));
    volume
}

/// The account itself.
pub fn account() -> Resource {
    let scope = scope(orch_model::GLOBAL_REGION);
    let body = CloudAccount {
        account_id: ACCOUNT.into(),
        partition: "aws".into(),
        ancestors: Vec::new(),
        gcp: Field::NotRead,
        regions: Field::NotRead,
    };
    resource(
        Uid::new(format!("arn:aws:iam::{ACCOUNT}:root")),
        &scope,
        body,
    )
}

/// The points of a metric at steps of 5 minutes, up to [`as_of`].
pub fn series(uid: &Uid, metric: Metric, values: Vec<Option<f64>>) -> Series {
    let step_s = 300;
    let back = chrono::Duration::seconds(step_s * i64::try_from(values.len()).unwrap_or(0));
    let statistic = if metric == Metric::Cpu {
        Statistic::Average
    } else {
        Statistic::Sum
    };
    Series {
        uid: uid.clone(),
        metric,
        statistic,
        start: as_of() - back,
        step_s: 300,
        values,
    }
}

/// One day of one service.
pub fn cost(day: i64, service: &str, amount: rust_decimal::Decimal) -> CostLine {
    let start = as_of() - chrono::Duration::hours(12) - chrono::Duration::days(day);
    CostLine {
        provider_name: "AWS".into(),
        billing_account_id: ACCOUNT.into(),
        sub_account_id: Some(ACCOUNT.into()),
        charge_period_start: start,
        charge_period_end: start + chrono::Duration::days(1),
        charge_category: ChargeCategory::Usage,
        service_name: service.into(),
        region_id: None,
        resource_id: None,
        billed_cost: amount,
        effective_cost: None,
        billing_currency: Currency::usd(),
        estimated: day == 0,
    }
}

/// Puts a snapshot together.
#[derive(Debug, Clone)]
pub struct SnapshotBuilder(Snapshot);

impl Default for SnapshotBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl SnapshotBuilder {
    /// An empty snapshot: no scopes, no collectors, nothing read.
    pub fn new() -> Self {
        Self(Snapshot {
            as_of: as_of(),
            scopes: Vec::new(),
            collectors: Vec::new(),
            resources: Vec::new(),
            series: Vec::new(),
            costs: Vec::new(),
            reads: Vec::new(),
            ledger: Vec::new(),
        })
    }

    /// Adds a scope.
    #[must_use]
    pub fn scope(mut self, scope: &Scope) -> Self {
        self.0.scopes.push(scope.clone());
        self
    }

    /// Adds a collector.
    #[must_use]
    pub fn collector(mut self, name: &str, datasets: &[Dataset], reach: Reach) -> Self {
        let (name, datasets) = (name.into(), datasets.to_vec());
        self.0.collectors.push(CollectorNote {
            name,
            provider: Some(Provider::Aws),
            datasets,
            reach,
        });
        self
    }

    /// Adds a resource.
    #[must_use]
    pub fn resource(mut self, resource: Resource) -> Self {
        self.0.resources.push(resource);
        self
    }

    /// Adds the digest of a series, if it has points.
    #[must_use]
    pub fn series(mut self, series: &Series) -> Self {
        self.0.series.extend(Digest::of(series));
        self
    }

    /// Adds a billing line.
    #[must_use]
    pub fn cost(mut self, line: CostLine) -> Self {
        self.0.costs.push(line);
        self
    }

    /// Says how a read ended. Reads that nobody speaks of are complete.
    #[must_use]
    pub fn read(mut self, scope: &Scope, collector: &str, outcome: Outcome) -> Self {
        let datasets = self.datasets(collector);
        let (scope, collector) = (scope.clone(), collector.into());
        self.0.reads.push(Read {
            scope,
            collector,
            datasets,
            outcome,
            count: 0,
        });
        self
    }

    fn datasets(&self, collector: &str) -> Vec<Dataset> {
        let note = self.0.collectors.iter().find(|note| note.name == collector);
        note.map(|note| note.datasets.clone()).unwrap_or_default()
    }

    /// The snapshot, everything in its order.
    pub fn build(mut self) -> Snapshot {
        for note in self.0.collectors.clone() {
            for scope in self.0.scopes.clone() {
                let here = scope.is_global() == (note.reach == Reach::Global);
                let told = self
                    .0
                    .reads
                    .iter()
                    .any(|read| read.scope == scope && read.collector == note.name);
                if here && !told {
                    self = self.read(&scope, &note.name, Outcome::Complete);
                }
            }
        }
        let mut snapshot = self.0;
        snapshot.scopes.sort_unstable();
        snapshot.collectors.sort_unstable();
        snapshot.resources.sort_by(|a, b| a.uid.cmp(&b.uid));
        snapshot
            .series
            .sort_by(|a, b| (&a.uid, a.metric, a.statistic).cmp(&(&b.uid, b.metric, b.statistic)));
        snapshot.reads.sort_unstable();
        snapshot
    }
}
