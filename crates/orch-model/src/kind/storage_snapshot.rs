//! storage.snapshot: a copy of a disk at one time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Time, Uid};

/// A disk snapshot that the account owns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StorageSnapshot {
    /// The disk it was made from; it may be gone.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub volume: Field<Uid>,
    /// Size of that disk in GiB; what is stored and billed is at most this.
    pub volume_size_gib: i64,
    /// When it was taken.
    pub taken_at: Time,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// `completed`, `pending`, `error`.
    pub state: Text,
    /// Whether every account may restore it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public: Field<bool>,
    /// `standard` or `archive`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub tier: Field<Text>,
    /// What its maker wrote about it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub description: Field<Text>,
}
