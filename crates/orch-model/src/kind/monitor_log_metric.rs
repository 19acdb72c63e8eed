//! monitor.log-metric: counts lines of a log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// A metric made of a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonitorLogMetric {
    /// Which lines, as written.
    pub filter: Text,
    /// Whether it counts.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
}
