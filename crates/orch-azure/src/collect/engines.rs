//! What PostgreSQL and MySQL servers of both generations have in common: their parts and settings.

use std::collections::BTreeMap;

use orch_model::kind::DatabaseServer;
use orch_model::{Field, Text};

use super::list::{Element, Part, Source};
use crate::node::Malformed;

/// The settings that are kept, sorted. A server has hundreds.
const KEPT: [&str; 20] = [
    "audit_log_enabled",
    "audit_log_events",
    "connection_throttle.enable",
    "connection_throttling",
    "local_infile",
    "log_checkpoints",
    "log_connections",
    "log_disconnections",
    "log_duration",
    "log_error_verbosity",
    "log_line_prefix",
    "log_min_error_statement",
    "log_min_messages",
    "log_retention_days",
    "log_statement",
    "logfiles.retention_days",
    "pgaudit.log",
    "require_secure_transport",
    "ssl_min_protocol_version",
    "tls_version",
];

/// The firewall rules of a server.
pub(super) const fn firewall(operation: &'static str, version: &'static str) -> Part {
    Part {
        fields: &["body.allowed"],
        ..Part::list(
            "firewall",
            Source::get(operation, "{id}/firewallRules", version),
        )
    }
}

/// The settings of a server.
pub(super) const fn configurations(
    operation: &'static str,
    version: &'static str,
    fields: &'static [&'static str],
) -> Part {
    let source = Source::get(operation, "{id}/configurations", version);
    Part {
        fields,
        ..Part::list("configurations", source)
    }
}

/// The settings that are kept, by name. Words that mean yes or no are spelt in one way.
pub(super) fn settings(found: &Element) -> Result<Field<BTreeMap<Text, Text>>, Malformed> {
    let Some(configurations) = found.part("configurations") else {
        return Ok(Field::NotRead);
    };
    let mut settings = BTreeMap::new();
    for one in configurations {
        let (one, name) = (
            one.node(),
            one.node().required("name")?.to_ascii_lowercase(),
        );
        if KEPT.binary_search(&name.as_str()).is_err() {
            continue;
        }
        let value = one.text("properties.value")?.unwrap_or_default();
        let lower = value.to_ascii_lowercase();
        let is_switch = matches!(lower.as_str(), "on" | "off" | "true" | "false");
        let value = if is_switch { lower.as_str() } else { value };
        settings.insert(Text::from(name), Text::new(value));
    }
    Ok(Field::Value(settings))
}

/// Whether a setting is on; none where the server does not have it.
pub(super) fn is_on(settings: &Field<BTreeMap<Text, Text>>, name: &str) -> Field<bool> {
    let value = settings.value().and_then(|settings| settings.get(name));
    Field::seen(value.map(|value| value == "on" || value == "true" || value == "1"))
}

/// A server of which nothing is known but its engine.
pub(super) fn unread(engine: &'static str) -> DatabaseServer {
    DatabaseServer {
        engine: Text::new_static(engine),
        version: Field::NotRead,
        state: Field::NotRead,
        instance_type: Field::NotRead,
        storage_gb: Field::NotRead,
        storage_type: Field::NotRead,
        iops: Field::NotRead,
        encrypted: Field::NotRead,
        public_access: Field::NotRead,
        public_addresses: Field::NotRead,
        allowed: Field::NotRead,
        private_endpoints: Field::NotRead,
        tls_required: Field::NotRead,
        min_tls: Field::NotRead,
        backups: Field::NotRead,
        backup_days: Field::NotRead,
        geo_backups: Field::NotRead,
        point_in_time: Field::NotRead,
        deletion_protection: Field::NotRead,
        high_availability: Field::NotRead,
        customer_key: Field::NotRead,
        double_encryption: Field::NotRead,
        auditing: Field::NotRead,
        audit_days: Field::NotRead,
        threat_detection: Field::NotRead,
        directory_admin: Field::NotRead,
        directory_only: Field::NotRead,
        settings: Field::NotRead,
        minor_upgrades: Field::NotRead,
        maintenance_window: Field::NotRead,
        replica_of: Field::NotRead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_that_are_kept_are_sorted() {
        assert!(KEPT.is_sorted());
    }
}
