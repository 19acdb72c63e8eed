//! network.watcher: Azure's network diagnosis in one region.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// A network watcher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkWatcher {
    /// As the provider words it: `Succeeded`.
    pub state: Text,
}
