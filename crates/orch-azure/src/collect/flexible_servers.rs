//! database.server: PostgreSQL and MySQL flexible servers.

use orch_collect::CollectorSpec;
use orch_model::kind::DatabaseServer;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};

use super::common::{either, enabled, private_endpoints, ranges, tls};
use super::engines::{configurations, firewall, is_on, settings, unread};
use super::list::{ArmList, Around, Element, Part, Source, free};
use crate::convert::resource;
use crate::node::{Malformed, Node};

const POSTGRES_VERSION: &str = "2024-08-01";
const MYSQL_VERSION: &str = "2023-12-30";

/// The fields that settings tell.
const TOLD: &[&str] = &["body.settings", "body.tls_required", "body.min_tls"];

/// PostgreSQL flexible servers.
pub(super) struct PostgresFlexible;

impl ArmList for PostgresFlexible {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "database.postgresql-flexible-servers",
        service: "database",
        datasets: &[Dataset::Kind(Kind::DatabaseServer)],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free("Microsoft.DBforPostgreSQL/flexibleServers/read"),
            free("Microsoft.DBforPostgreSQL/flexibleServers/configurations/read"),
            free("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/read"),
        ],
    };
    const LIST: Source = Source::get(
        "Microsoft.DBforPostgreSQL/flexibleServers/read",
        "/subscriptions/{subscription}/providers/Microsoft.DBforPostgreSQL/flexibleServers",
        POSTGRES_VERSION,
    );
    const PARTS: &'static [Part] = &[
        Part {
            when: |_, server| !is_inside(server),
            ..firewall(
                "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/read",
                POSTGRES_VERSION,
            )
        },
        configurations(
            "Microsoft.DBforPostgreSQL/flexibleServers/configurations/read",
            POSTGRES_VERSION,
            TOLD,
        ),
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let mut server = server("postgres", found)?;
        server.min_tls = oldest(&server, "ssl_min_protocol_version");
        let directory = enabled(of, "properties.authConfig.activeDirectoryAuth")?;
        let password = enabled(of, "properties.authConfig.passwordAuth")?;
        server.directory_admin = directory;
        server.directory_only = match (directory, password) {
            (Field::Value(directory), Field::Value(password)) => {
                Field::Value(directory && !password)
            }
            _ => Field::NotRead,
        };
        let made = Field::seen(of.time("systemData.createdAt")?);
        Ok(vec![resource(around.names, of, made, server, [])?])
    }
}

/// MySQL flexible servers.
pub(super) struct MySqlFlexible;

impl ArmList for MySqlFlexible {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "database.mysql-flexible-servers",
        service: "database",
        datasets: &[Dataset::Kind(Kind::DatabaseServer)],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free("Microsoft.DBforMySQL/flexibleServers/read"),
            free("Microsoft.DBforMySQL/flexibleServers/configurations/read"),
            free("Microsoft.DBforMySQL/flexibleServers/firewallRules/read"),
        ],
    };
    const LIST: Source = Source::get(
        "Microsoft.DBforMySQL/flexibleServers/read",
        "/subscriptions/{subscription}/providers/Microsoft.DBforMySQL/flexibleServers",
        MYSQL_VERSION,
    );
    const PARTS: &'static [Part] = &[
        Part {
            when: |_, server| !is_inside(server),
            ..firewall(
                "Microsoft.DBforMySQL/flexibleServers/firewallRules/read",
                MYSQL_VERSION,
            )
        },
        configurations(
            "Microsoft.DBforMySQL/flexibleServers/configurations/read",
            MYSQL_VERSION,
            &[
                "body.settings",
                "body.tls_required",
                "body.min_tls",
                "body.auditing",
            ],
        ),
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let mut server = server("mysql", found)?;
        server.min_tls = oldest(&server, "tls_version");
        server.auditing = is_on(&server.settings, "audit_log_enabled");
        let made = Field::seen(of.time("systemData.createdAt")?);
        Ok(vec![resource(around.names, of, made, server, [])?])
    }
}

fn server(engine: &'static str, found: &Element) -> Result<DatabaseServer, Malformed> {
    let of = found.node();
    let days = of.int("properties.backup.backupRetentionDays")?;
    let settings = settings(found)?;
    let mode = "properties.highAvailability.mode";
    let survives = of.word(mode, &["ZoneRedundant"])?;
    Ok(DatabaseServer {
        version: of.seen_text("properties.version")?,
        state: of.seen_text("properties.state")?,
        instance_type: of.seen_text("sku.name")?,
        storage_gb: Field::seen(of.int("properties.storage.storageSizeGB")?),
        public_access: enabled(of, "properties.network.publicNetworkAccess")?,
        allowed: if is_inside(of) {
            // A server in a network of the customer's has no such rules.
            Field::Value(Vec::new())
        } else {
            ranges(found.part("firewall"))?
        },
        private_endpoints: private_endpoints(of)?,
        tls_required: is_on(&settings, "require_secure_transport"),
        backups: Field::seen(days.map(|days| days > 0)),
        backup_days: Field::seen(days),
        geo_backups: enabled(of, "properties.backup.geoRedundantBackup")?,
        high_availability: Field::seen(survives),
        customer_key: either(
            of,
            "properties.dataEncryption.type",
            "AzureKeyVault",
            "SystemManaged",
        )?,
        maintenance_window: enabled(of, "properties.maintenanceWindow.customWindow")?,
        replica_of: match of.word("properties.replicationRole", &["Primary", "None"])? {
            Some(true) => Field::None,
            _ => Field::seen(of.uid("properties.sourceServerResourceId")?),
        },
        settings,
        ..unread(engine)
    })
}

/// Whether a server lies in a network of the customer's.
fn is_inside(server: Node<'_>) -> bool {
    server.has("properties.network.delegatedSubnetResourceId")
}

/// The oldest version of TLS that a setting lists.
fn oldest(server: &DatabaseServer, setting: &str) -> Field<Text> {
    let settings = server.settings.value();
    let listed = settings.and_then(|settings| settings.get(setting));
    Field::seen(listed.and_then(|listed| listed.split(',').filter_map(tls).min()))
}

#[cfg(test)]
#[path = "flexible_servers_tests.rs"]
mod tests;
