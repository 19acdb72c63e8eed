//! database.server: PostgreSQL and MySQL servers of the first generation ("single servers").

use orch_collect::CollectorSpec;
use orch_model::kind::DatabaseServer;
use orch_model::{Dataset, Field, Kind, Reach, Resource};

use super::common::{enabled, min_tls, private_endpoints, ranges};
use super::engines::{configurations, firewall, is_on, settings, unread};
use super::list::{ArmList, Around, Element, Part, Source, free};
use crate::convert::resource;
use crate::node::{Malformed, Node};

const VERSION: &str = "2017-12-01";

/// PostgreSQL single servers.
pub(super) struct PostgresServers;

impl ArmList for PostgresServers {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "database.postgresql-servers",
        service: "database",
        datasets: &[Dataset::Kind(Kind::DatabaseServer)],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free("Microsoft.DBforPostgreSQL/servers/read"),
            free("Microsoft.DBforPostgreSQL/servers/configurations/read"),
            free("Microsoft.DBforPostgreSQL/servers/firewallRules/read"),
        ],
    };
    const LIST: Source = Source::get(
        "Microsoft.DBforPostgreSQL/servers/read",
        "/subscriptions/{subscription}/providers/Microsoft.DBforPostgreSQL/servers",
        VERSION,
    );
    const PARTS: &'static [Part] = &[
        firewall(
            "Microsoft.DBforPostgreSQL/servers/firewallRules/read",
            VERSION,
        ),
        configurations(
            "Microsoft.DBforPostgreSQL/servers/configurations/read",
            VERSION,
            &["body.settings"],
        ),
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let server = server("postgres", found)?;
        let made = Field::NotRead;
        Ok(vec![resource(
            around.names,
            found.node(),
            made,
            server,
            [],
        )?])
    }
}

/// MySQL single servers.
pub(super) struct MySqlServers;

impl ArmList for MySqlServers {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "database.mysql-servers",
        service: "database",
        datasets: &[Dataset::Kind(Kind::DatabaseServer)],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free("Microsoft.DBforMySQL/servers/read"),
            free("Microsoft.DBforMySQL/servers/configurations/read"),
            free("Microsoft.DBforMySQL/servers/firewallRules/read"),
        ],
    };
    const LIST: Source = Source::get(
        "Microsoft.DBforMySQL/servers/read",
        "/subscriptions/{subscription}/providers/Microsoft.DBforMySQL/servers",
        VERSION,
    );
    const PARTS: &'static [Part] = &[
        firewall("Microsoft.DBforMySQL/servers/firewallRules/read", VERSION),
        configurations(
            "Microsoft.DBforMySQL/servers/configurations/read",
            VERSION,
            &["body.settings", "body.auditing"],
        ),
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let mut server = server("mysql", found)?;
        server.auditing = is_on(&server.settings, "audit_log_enabled");
        let made = Field::NotRead;
        Ok(vec![resource(
            around.names,
            found.node(),
            made,
            server,
            [],
        )?])
    }
}

fn server(engine: &'static str, found: &Element) -> Result<DatabaseServer, Malformed> {
    let of = found.node();
    let megabytes = of.int("properties.storageProfile.storageMB")?;
    let days = of.int("properties.storageProfile.backupRetentionDays")?;
    Ok(DatabaseServer {
        version: of.seen_text("properties.version")?,
        state: of.seen_text("properties.userVisibleState")?,
        instance_type: of.seen_text("sku.name")?,
        storage_gb: Field::seen(megabytes.map(|megabytes| megabytes / 1024)),
        public_access: enabled(of, "properties.publicNetworkAccess")?,
        allowed: ranges(found.part("firewall"))?,
        private_endpoints: private_endpoints(of)?,
        tls_required: enabled(of, "properties.sslEnforcement")?,
        min_tls: min_tls(of, "properties.minimalTlsVersion")?,
        backups: Field::seen(days.map(|days| days > 0)),
        backup_days: Field::seen(days),
        geo_backups: enabled(of, "properties.storageProfile.geoRedundantBackup")?,
        customer_key: enabled(of, "properties.byokEnforcement")?,
        double_encryption: enabled(of, "properties.infrastructureEncryption")?,
        settings: settings(found)?,
        replica_of: replica_of(of)?,
        ..unread(engine)
    })
}

/// The server it copies. Answers name none by an empty text.
fn replica_of(of: Node<'_>) -> Result<Field<orch_model::Uid>, Malformed> {
    if !of.has("properties.masterServerId") {
        return Ok(Field::NotRead);
    }
    Ok(Field::read(of.uid("properties.masterServerId")?))
}

#[cfg(test)]
#[path = "single_servers_tests.rs"]
mod tests;
