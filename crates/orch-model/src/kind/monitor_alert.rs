//! monitor.alert: tells somebody when something happens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// An alert (Azure: activity-log alert; Google Cloud: alerting policy).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonitorAlert {
    /// Whether it watches.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub enabled: Field<bool>,
    /// The operation it watches for: `microsoft.network/networksecuritygroups/write`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub operation: Field<Text>,
    /// The category of events: `administrative`, `security`, `servicehealth`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub category: Field<Text>,
    /// The metrics it watches.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub metrics: Field<Vec<Text>>,
    /// The filter of what it watches, as written.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub filter: Field<Text>,
    /// What it watches: ids of accounts or resources.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub watches: Field<Vec<Text>>,
    /// Whether anybody is told.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub notifies: Field<bool>,
}
