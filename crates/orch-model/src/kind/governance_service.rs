//! governance.service: a service of the provider's that the account may use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// A service that is switched on or off for an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GovernanceService {
    /// Its name: `cloudasset.googleapis.com`.
    pub service: Text,
    /// Whether it is on.
    pub enabled: bool,
}
