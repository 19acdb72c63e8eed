//! database.server: a server of relational databases.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A database server (AWS: RDS; Azure: SQL, PostgreSQL, MySQL; Google Cloud: Cloud SQL).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseServer {
    /// `sqlserver`, `postgres`, `mysql`, `mariadb`, `oracle`, `db2`.
    pub engine: Text,
    /// The version of the engine.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub version: Field<Text>,
    /// What it is doing, as the provider words it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub state: Field<Text>,
    /// Its size: `GP_Gen5_2`, `db-custom-2-7680`, `db.m5.large`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub instance_type: Field<Text>,
    /// Size of its disk in GB; none where it has no disk of its own.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub storage_gb: Field<i64>,
    /// The type of its disk: `gp3`, `io1`, `aurora`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub storage_type: Field<Text>,
    /// Provisioned operations a second of its disk.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub iops: Field<i64>,
    /// Whether its data lies encrypted.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub encrypted: Field<bool>,
    /// Whether it can be reached from outside private networks at all.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_access: Field<bool>,
    /// Its public addresses.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_addresses: Field<Vec<IpAddr>>,
    /// From where it may be reached.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub allowed: Field<Vec<AllowedRange>>,
    /// How many private endpoints are approved.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub private_endpoints: Field<i64>,
    /// Whether plain connections are refused.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub tls_required: Field<bool>,
    /// The oldest version of TLS it takes: `1.2`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub min_tls: Field<Text>,
    /// Whether it is backed up by itself.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub backups: Field<bool>,
    /// For how many days backups are kept.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub backup_days: Field<i64>,
    /// Whether backups are kept in another region too.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub geo_backups: Field<bool>,
    /// Whether it can be put back to any moment.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub point_in_time: Field<bool>,
    /// Whether it cannot be deleted by one command.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub deletion_protection: Field<bool>,
    /// Whether it survives the loss of a zone.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub high_availability: Field<bool>,
    /// Whether it is encrypted with a key of the customer's.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub customer_key: Field<bool>,
    /// Whether a second layer of encryption is on.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub double_encryption: Field<bool>,
    /// Whether statements or sign-ins are recorded for auditors.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub auditing: Field<bool>,
    /// For how many days; 0 means for ever.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub audit_days: Field<i64>,
    /// Whether attacks on it are watched for.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub threat_detection: Field<bool>,
    /// Whether an administrator signs in through the directory.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub directory_admin: Field<bool>,
    /// Whether nobody signs in with a password of the server's own.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub directory_only: Field<bool>,
    /// Settings of the engine that were set or read, by name.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub settings: Field<BTreeMap<Text, Text>>,
    /// Whether it gets minor versions of its engine by itself.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub minor_upgrades: Field<bool>,
    /// Whether a time for maintenance was chosen.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub maintenance_window: Field<bool>,
    /// The server it copies; none when it is not a replica.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub replica_of: Field<Uid>,
}

/// A range of addresses that may connect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AllowedRange {
    /// Its name.
    pub name: Text,
    /// First address.
    pub first: IpAddr,
    /// Last address, inclusive. On Azure 0.0.0.0 to 0.0.0.0 means every Azure service of every customer.
    pub last: IpAddr,
}
