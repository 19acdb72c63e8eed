//! security.vault, security.key and security.secret: key vaults, and the names and dates of what they hold.

use chrono::DateTime;
use orch_collect::CollectorSpec;
use orch_model::kind::{SecurityKey, SecuritySecret, SecurityVault};
use orch_model::{Dataset, Field, Kind, Link, Reach, Relation, Resource, Time, Uid};

use super::common::{either, enabled, one, or_default, private_endpoints};
use super::list::{ArmList, Around, Element, Part, Source, free, noted};
use super::{diagnostics, rotation};
use crate::convert::resource;
use crate::names::Names;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.KeyVault/vaults/read";
const KEYS: &str = "Microsoft.KeyVault/vaults/keys/read";
const SECRETS: &str = "Microsoft.KeyVault/vaults/secrets/read";
const VERSION: &str = "2023-07-01";

/// The category of use, and the groups that hold it.
const USE: [&str; 3] = ["AuditEvent", "audit", "allLogs"];

/// Only a key by itself tells how it rotates.
const KEY: &[Part] = &[Part {
    fields: &["body.rotation_days"],
    ..Part::one("key", Source::get(KEYS, "{id}", VERSION))
}];

/// Key vaults. What they hold is asked of Resource Manager, which never tells a value.
pub(super) struct Vaults;

impl ArmList for Vaults {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "security.vaults",
        service: "security",
        datasets: &[
            Dataset::Kind(Kind::SecurityVault),
            Dataset::Kind(Kind::SecurityKey),
            Dataset::Kind(Kind::SecuritySecret),
            Dataset::Kind(Kind::MonitorLogSink),
        ],
        reach: Reach::Global,
        after: &[],
        operations: &[
            free(READ),
            free(KEYS),
            free(SECRETS),
            free(diagnostics::READ),
        ],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.KeyVault/vaults",
        VERSION,
    );
    const PARTS: &'static [Part] = &[
        Part {
            brings: true,
            ..diagnostics::settings(&["body.logging"])
        },
        Part {
            parts: KEY,
            ..Part::list("keys", Source::get(KEYS, "{id}/keys", VERSION))
        },
        Part::list("secrets", Source::get(SECRETS, "{id}/secrets", VERSION)),
    ];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let (names, of) = (around.names, found.node());
        // A vault tells what somebody once chose. For the rest it has stayed with what every vault was made with:
        // a list of its own, and a firewall that is off.
        let is_told = of.has("properties");
        // Versions that tell this know the private endpoints too.
        let is_current = of.has("properties.publicNetworkAccess");
        let role_based = or_default(
            of.boolean("properties.enableRbacAuthorization")?,
            is_told,
            false,
        );
        let body = SecurityVault {
            soft_delete: of.seen_bool("properties.enableSoftDelete")?,
            // It can only be switched on: an answer without it says that it never was.
            purge_protection: or_default(
                of.boolean("properties.enablePurgeProtection")?,
                is_told,
                false,
            ),
            role_based,
            public_access: match enabled(of, "properties.publicNetworkAccess")? {
                Field::NotRead if is_told && !is_current => Field::Value(true),
                read => read,
            },
            denies_by_default: match either(
                of,
                "properties.networkAcls.defaultAction",
                "Deny",
                "Allow",
            )? {
                Field::NotRead if is_told && !of.has("properties.networkAcls") => {
                    Field::Value(false)
                }
                read => read,
            },
            private_endpoints: match private_endpoints(of)? {
                Field::NotRead if is_current => Field::Value(0),
                read => read,
            },
            logging: diagnostics::sends(found, &USE)?,
        };
        let made = Field::seen(of.time("systemData.createdAt")?);
        let vault = resource(names, of, made, body, [])?;
        let (uid, scope) = (vault.uid.clone(), vault.scope.clone());
        let mut resources = vec![vault];
        resources.extend(diagnostics::sinks(&uid, &scope, found)?);
        for key in found.part("keys").unwrap_or_default() {
            resources.push(self::key(names, &uid, role_based, key)?);
        }
        for secret in found.part("secrets").unwrap_or_default() {
            resources.push(self::secret(names, &uid, role_based, secret.node())?);
        }
        Ok(resources)
    }
}

fn key(
    names: Names<'_>,
    vault: &Uid,
    role_based: Field<bool>,
    found: &Element,
) -> Result<Resource, Malformed> {
    let of = found.node();
    let body = SecurityKey {
        enabled: of.seen_bool("properties.attributes.enabled")?,
        purpose: Field::NotRead,
        rotation_days: match one(found, "key") {
            // Without any properties it does not say that there is no policy.
            Some(key) if key.has("properties") => {
                rotation::days(key.at("properties.rotationPolicy")?)?
            }
            _ => Field::NotRead,
        },
        next_rotation: Field::NotRead,
        expires_at: Field::read(moment(of, "properties.attributes.exp")?),
        vault: Field::Value(vault.clone()),
        public_to: Field::NotRead,
        role_based,
    };
    let made = Field::seen(moment(of, "properties.attributes.created")?);
    let key = resource(names, of, made, body, [inside(vault)])?;
    Ok(noted(key, KEY, found))
}

fn secret(
    names: Names<'_>,
    vault: &Uid,
    role_based: Field<bool>,
    of: Node<'_>,
) -> Result<Resource, Malformed> {
    let body = SecuritySecret {
        enabled: of.seen_bool("properties.attributes.enabled")?,
        expires_at: Field::read(moment(of, "properties.attributes.exp")?),
        vault: Field::Value(vault.clone()),
        role_based,
    };
    let made = Field::seen(moment(of, "properties.attributes.created")?);
    resource(names, of, made, body, [inside(vault)])
}

fn inside(vault: &Uid) -> Link {
    Link {
        relation: Relation::PartOf,
        to: vault.clone(),
    }
}

/// An instant in seconds since 1970.
fn moment(of: Node<'_>, path: &str) -> Result<Option<Time>, Malformed> {
    let Some(seconds) = of.int(path)? else {
        return Ok(None);
    };
    let time = DateTime::from_timestamp(seconds, 0).ok_or_else(|| of.bad(path))?;
    Ok(Some(time))
}

#[cfg(test)]
#[path = "vaults_tests.rs"]
mod tests;
