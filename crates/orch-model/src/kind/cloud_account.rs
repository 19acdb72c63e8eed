//! cloud.account: an AWS account, an Azure subscription, a Google Cloud project.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text};

/// An account as its provider describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CloudAccount {
    /// The account's number or id.
    pub account_id: Text,
    /// Its partition: `aws`, `aws-cn`.
    pub partition: Text,
    /// The regions the provider has, with the account's standing in each.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub regions: Field<Vec<RegionStatus>>,
}

/// One region as seen by an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionStatus {
    /// The region's id.
    pub name: Text,
    /// Whether the account may use it.
    pub enabled: bool,
}
