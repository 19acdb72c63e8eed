//! storage.volume: a disk.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A block disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StorageVolume {
    /// `in-use`, `available`, `creating`, `deleting`, `error`.
    pub state: Text,
    /// Its type: `gp3`.
    pub volume_type: Text,
    /// Size in GiB.
    pub size_gib: i64,
    /// Provisioned operations a second.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub iops: Field<i64>,
    /// Provisioned throughput in MiB a second.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub throughput_mib: Field<i64>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// The key.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub key: Field<Text>,
    /// Whether that is a key of the customer's and not the provider's.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub customer_key: Field<bool>,
    /// Whether its contents can be fetched from outside private networks.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_access: Field<bool>,
    /// Whether fetching its contents needs a sign-in beside the link.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub export_needs_sign_in: Field<bool>,
    /// Its zone.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub zone: Field<Text>,
    /// The snapshot it was made from.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub snapshot: Field<Text>,
    /// Where it is attached.
    pub attachments: Vec<VolumeAttachment>,
}

/// One attachment of a disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VolumeAttachment {
    /// To which instance.
    pub instance: Uid,
    /// `attached`, `attaching`, `detaching`, `busy`.
    pub state: Text,
    /// Whether it goes when the instance goes.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub deletes_with_instance: Field<bool>,
}
