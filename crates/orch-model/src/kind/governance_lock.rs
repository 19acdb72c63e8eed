//! governance.lock: keeps something from being deleted or changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// A lock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GovernanceLock {
    /// `delete` or `read-only`.
    pub level: Text,
    /// What it protects: the id of an account, group or resource.
    pub on: Text,
}
