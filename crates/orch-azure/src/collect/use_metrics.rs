//! Points of load balancers, NAT gateways, database servers and disks, every hour: whether anybody uses them.

use orch_collect::CollectorSpec;
use orch_model::{Body, Dataset, Metric, Reach, Resource, Statistic};

use super::list::free;
use super::metrics::{Group, Measured, READ, plain, rate};

/// Every hour, as Azure writes it.
const HOURLY: (u32, &str) = (3_600, "PT1H");

/// Requests of application gateways, packets of load balancers: these know no requests.
pub(super) struct Balancers;

impl Measured for Balancers {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitor.balancers",
        service: "monitor",
        datasets: &[Dataset::Series(Metric::BalancerRequests)],
        reach: Reach::Global,
        after: &["network.application-gateways", "network.load-balancers"],
        operations: &[free(READ)],
    };
    const STEP: (u32, &'static str) = HOURLY;
    const GROUPS: &'static [Group] = &[
        Group {
            namespace: &[("metricnamespace", "Microsoft.Network/applicationGateways")],
            measures: |resource| is_balancer(resource, "application"),
            metrics: &[plain(
                Metric::BalancerRequests,
                "TotalRequests",
                Statistic::Sum,
            )],
        },
        Group {
            namespace: &[("metricnamespace", "Microsoft.Network/loadBalancers")],
            measures: |resource| is_balancer(resource, "passthrough"),
            metrics: &[plain(
                Metric::BalancerRequests,
                "PacketCount",
                Statistic::Sum,
            )],
        },
    ];
}

/// Those of the basic tier are not measured.
fn is_balancer(resource: &Resource, purpose: &str) -> bool {
    match &resource.body {
        Body::NetworkLoadBalancer(balancer) => {
            let basic = |sku: &orch_model::Text| sku.eq_ignore_ascii_case("basic");
            balancer.purpose == purpose && !balancer.sku.value().is_some_and(basic)
        }
        _ => false,
    }
}

/// Bytes of NAT gateways.
pub(super) struct Gateways;

impl Measured for Gateways {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitor.gateways",
        service: "monitor",
        datasets: &[Dataset::Series(Metric::GatewayBytes)],
        reach: Reach::Global,
        after: &["network.nat-gateways"],
        operations: &[free(READ)],
    };
    const STEP: (u32, &'static str) = HOURLY;
    const GROUPS: &'static [Group] = &[Group {
        namespace: &[("metricnamespace", "Microsoft.Network/natGateways")],
        measures: |resource| match &resource.body {
            Body::NetworkGateway(gateway) => gateway.purpose == "nat",
            _ => false,
        },
        metrics: &[plain(Metric::GatewayBytes, "ByteCount", Statistic::Sum)],
    }];
}

/// Connections and processor use of database servers. A logical server of Azure SQL has no processors.
pub(super) struct Databases;

const SERVER: &[super::metrics::Asked] = &[
    plain(Metric::DatabaseCpu, "cpu_percent", Statistic::Average),
    plain(
        Metric::DatabaseConnections,
        "active_connections",
        Statistic::Maximum,
    ),
];

impl Measured for Databases {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitor.databases",
        service: "monitor",
        datasets: &[
            Dataset::Series(Metric::DatabaseCpu),
            Dataset::Series(Metric::DatabaseConnections),
        ],
        reach: Reach::Global,
        after: &[
            "database.mysql-flexible-servers",
            "database.postgresql-flexible-servers",
        ],
        operations: &[free(READ)],
    };
    const STEP: (u32, &'static str) = HOURLY;
    const GROUPS: &'static [Group] = &[
        Group {
            namespace: &[("metricnamespace", "Microsoft.DBforMySQL/flexibleServers")],
            measures: |resource| is_server(resource, "mysql"),
            metrics: SERVER,
        },
        Group {
            namespace: &[(
                "metricnamespace",
                "Microsoft.DBforPostgreSQL/flexibleServers",
            )],
            measures: |resource| is_server(resource, "postgres"),
            metrics: SERVER,
        },
    ];
}

fn is_server(resource: &Resource, engine: &str) -> bool {
    match &resource.body {
        Body::DatabaseServer(server) => server.engine == engine,
        _ => false,
    }
}

/// Reads and writes of disks that are attached.
pub(super) struct Disks;

impl Measured for Disks {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "monitor.disks",
        service: "monitor",
        datasets: &[Dataset::Series(Metric::VolumeOperations)],
        reach: Reach::Global,
        after: &["compute.disks"],
        operations: &[free(READ)],
    };
    const STEP: (u32, &'static str) = HOURLY;
    const GROUPS: &'static [Group] = &[Group {
        namespace: &[("metricnamespace", "Microsoft.Compute/disks")],
        measures: |resource| match &resource.body {
            Body::StorageVolume(disk) => disk.state == "in-use",
            _ => false,
        },
        metrics: &[
            rate(
                Metric::VolumeOperations,
                "Composite Disk Read Operations/sec",
                HOURLY.0,
            ),
            rate(
                Metric::VolumeOperations,
                "Composite Disk Write Operations/sec",
                HOURLY.0,
            ),
        ],
    }];
}

#[cfg(test)]
#[path = "use_metrics_tests.rs"]
mod tests;
