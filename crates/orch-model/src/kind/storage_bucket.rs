//! storage.bucket: a bucket of objects.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A bucket (Google Cloud Storage, S3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StorageBucket {
    /// Where its objects are: a region, or a group of them.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub location: Field<Text>,
    /// The class of new objects.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub storage_class: Field<Text>,
    /// Whether the provider moves each object to the class that fits how it is used.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub automatic_class: Field<bool>,
    /// Whether rights are given on the bucket alone and never on an object.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub uniform_access: Field<bool>,
    /// Whether it cannot be made public.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_access_prevention: Field<bool>,
    /// The rights that everybody has, as `role to whom`; empty when nobody outside has any.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub public_to: Field<Vec<Text>>,
    /// Whether old versions are kept.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub versioning: Field<bool>,
    /// How long objects cannot be deleted; none when they can.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub retention_seconds: Field<i64>,
    /// Whether that time can no longer be shortened.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub retention_locked: Field<bool>,
    /// Whether access is recorded in another bucket.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub logging: Field<bool>,
    /// The customer's key; none when it is the provider's.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub encryption_key: Field<Text>,
    /// How many rules move or delete old objects.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub lifecycle_rules: Field<i64>,
    /// How many days deleted objects are kept; none when they are not.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub soft_delete_days: Field<i64>,
}
