//! database.database: one database on a server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// A database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseDatabase {
    /// Its server.
    pub server: Uid,
    /// Whether its files are encrypted.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub encrypted: Field<bool>,
    /// Its service level.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub tier: Field<Text>,
    /// Whether columns are masked.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub masked: Field<bool>,
}
