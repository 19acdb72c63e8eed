//! database.server and database.database: SQL servers with their firewall, auditing and databases.

use orch_collect::CollectorSpec;
use orch_model::kind::{DatabaseDatabase, DatabaseServer};
use orch_model::{Dataset, Field, Kind, Link, Reach, Relation, Resource, Text, Uid};

use super::common::{enabled, min_tls, one, private_endpoints, ranges};
use super::engines::unread;
use super::list::{ArmList, Around, Element, Part, Source, free, noted};
use crate::convert::resource;
use crate::names::Names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Sql/servers/read";
const ADMINISTRATORS: &str = "Microsoft.Sql/servers/administrators/read";
const AUDITING: &str = "Microsoft.Sql/servers/auditingSettings/read";
const DATABASES: &str = "Microsoft.Sql/servers/databases/read";
const ENCRYPTION: &str = "Microsoft.Sql/servers/databases/transparentDataEncryption/read";
const FIREWALL: &str = "Microsoft.Sql/servers/firewallRules/read";
const MASKING: &str = "Microsoft.Sql/servers/databases/dataMaskingPolicies/read";
const PROTECTOR: &str = "Microsoft.Sql/servers/encryptionProtector/read";
const THREATS: &str = "Microsoft.Sql/servers/securityAlertPolicies/read";
const VERSION: &str = "2021-11-01";

/// What is asked of each database that is not the provider's own.
const DATABASE: &[Part] = &[
    Part {
        when: |_, database| !is_system(database),
        fields: &["body.encrypted"],
        ..Part::one(
            "encryption",
            Source::get(
                ENCRYPTION,
                "{id}/transparentDataEncryption/current",
                VERSION,
            ),
        )
    },
    Part {
        when: |_, database| !is_system(database),
        fields: &["body.masked"],
        ..Part::one(
            "masking",
            Source::get(MASKING, "{id}/dataMaskingPolicies/Default", VERSION),
        )
    },
];

/// SQL servers.
pub(super) struct SqlServers;

impl ArmList for SqlServers {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "database.sql-servers",
        service: "database",
        datasets: &[
            Dataset::Kind(Kind::DatabaseServer),
            Dataset::Kind(Kind::DatabaseDatabase),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free(READ),
            free(ADMINISTRATORS),
            free(AUDITING),
            free(DATABASES),
            free(ENCRYPTION),
            free(FIREWALL),
            free(MASKING),
            free(PROTECTOR),
            free(THREATS),
        ],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Sql/servers",
        VERSION,
    );
    const PARTS: &'static [Part] = &[
        Part {
            fields: &["body.allowed"],
            ..Part::list(
                "firewall",
                Source::get(FIREWALL, "{id}/firewallRules", VERSION),
            )
        },
        Part {
            fields: &["body.auditing", "body.audit_days"],
            ..Part::one(
                "auditing",
                Source::get(AUDITING, "{id}/auditingSettings/default", VERSION),
            )
        },
        Part {
            fields: &["body.directory_admin", "body.directory_only"],
            ..Part::list(
                "administrators",
                Source::get(ADMINISTRATORS, "{id}/administrators", VERSION),
            )
        },
        Part {
            fields: &["body.threat_detection"],
            ..Part::one(
                "threats",
                Source::get(THREATS, "{id}/securityAlertPolicies/Default", VERSION),
            )
        },
        Part {
            fields: &["body.customer_key"],
            ..Part::one(
                "protector",
                Source::get(PROTECTOR, "{id}/encryptionProtector/current", VERSION),
            )
        },
        Part {
            parts: DATABASE,
            ..Part::list(
                "databases",
                Source::get(DATABASES, "{id}/databases", VERSION),
            )
        },
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let body = DatabaseServer {
            version: of.seen_text("properties.version")?,
            state: of.seen_text("properties.state")?,
            public_access: enabled(of, "properties.publicNetworkAccess")?,
            allowed: ranges(found.part("firewall"))?,
            private_endpoints: private_endpoints(of)?,
            min_tls: min_tls(of, "properties.minimalTlsVersion")?,
            customer_key: match one(found, "protector") {
                Some(key) => Field::seen(key.word("properties.serverKeyType", &["AzureKeyVault"])?),
                None => Field::NotRead,
            },
            auditing: state(one(found, "auditing"))?,
            audit_days: match one(found, "auditing") {
                Some(auditing) => Field::seen(auditing.int("properties.retentionDays")?),
                None => Field::NotRead,
            },
            threat_detection: state(one(found, "threats"))?,
            directory_admin: match found.part("administrators") {
                Some(administrators) => Field::Value(!administrators.is_empty()),
                None => Field::NotRead,
            },
            directory_only: directory_only(found.part("administrators"))?,
            ..unread("sqlserver")
        };
        let server = resource(around.names, of, Field::NotRead, body, [])?;
        let uid = server.uid.clone();
        let mut resources = vec![server];
        for database in found.part("databases").unwrap_or_default() {
            if !is_system(database.node()) {
                resources.push(self::database(around.names, &uid, database)?);
            }
        }
        Ok(resources)
    }
}

/// Whether a database is the provider's own.
fn is_system(database: Node<'_>) -> bool {
    let is_master = database.word("name", &["master"]) == Ok(Some(true));
    is_master || database.word("sku.tier", &["System"]) == Ok(Some(true))
}

/// Whether a policy is on; newer ones have a state, older ones a status.
fn state(policy: Option<Node<'_>>) -> Result<Field<bool>, Malformed> {
    let Some(policy) = policy else {
        return Ok(Field::NotRead);
    };
    match enabled(policy, "properties.state")? {
        Field::NotRead => enabled(policy, "properties.status"),
        known => Ok(known),
    }
}

/// Whether the directory is the only way in; without an administrator from there it cannot be.
fn directory_only(administrators: Option<&[Element]>) -> Result<Field<bool>, Malformed> {
    let Some(administrators) = administrators else {
        return Ok(Field::NotRead);
    };
    let Some(administrator) = administrators.first() else {
        return Ok(Field::Value(false));
    };
    administrator
        .node()
        .seen_bool("properties.azureADOnlyAuthentication")
}

fn database(names: Names<'_>, server: &Uid, found: &Element) -> Result<Resource, Malformed> {
    let of = found.node();
    let tier = match of.text("properties.currentServiceObjectiveName")? {
        Some(level) => Field::Value(Text::new(level)),
        None => of.seen_text("sku.name")?,
    };
    let body = DatabaseDatabase {
        server: server.clone(),
        encrypted: state(one(found, "encryption"))?,
        tier,
        masked: match one(found, "masking") {
            Some(masking) => enabled(masking, "properties.dataMaskingState")?,
            None => Field::NotRead,
        },
    };
    let made = Field::seen(of.time("properties.creationDate")?);
    let link = Link {
        relation: Relation::PartOf,
        to: server.clone(),
    };
    Ok(noted(
        resource(names, of, made, body, [link])?,
        DATABASE,
        found,
    ))
}

#[cfg(test)]
#[path = "sql_servers_tests.rs"]
mod tests;
