//! monitor.log-sink: sends a log somewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A sink (Google Cloud: log sink; Azure: diagnostic setting).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonitorLogSink {
    /// Whose log: the id of an account or resource.
    pub source: Text,
    /// Where to: kinds and names of stores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<Text>,
    /// The categories that are sent.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub categories: Field<Vec<Text>>,
    /// Which lines, as written; none when all are sent.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub filter: Field<Text>,
    /// Whether it sends.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
    /// For how many days its store keeps them; 0 means for ever.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub retention_days: Field<i64>,
}
