//! cloud.account: an AWS account, an Azure subscription, a Google Cloud project.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Text, Uid};

/// An account as its provider describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CloudAccount {
    /// The account's number or id.
    pub account_id: Text,
    /// Its partition: `aws`, `aws-cn`.
    pub partition: Text,
    /// What it lies in, from the nearest to the organisation: management groups, folders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ancestors: Vec<Uid>,
    /// What only Google Cloud has.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub gcp: Field<GoogleProject>,
    /// The regions the provider has, with the account's standing in each.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub regions: Field<Vec<RegionStatus>>,
}

/// What only projects of Google Cloud have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GoogleProject {
    /// Its number.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub number: Field<Text>,
    /// Whether people sign in to its machines with their own accounts (OS Login).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub os_login: Field<bool>,
    /// Whether serial ports can be used where an instance does not say otherwise.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub serial_port: Field<bool>,
    /// The services whose audit logs are on, as `service kind`: `allServices DATA_READ`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub audit_logs: Field<Vec<Text>>,
    /// Whether anybody is left out of audit logs.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub audit_exemptions: Field<bool>,
    /// The categories for which somebody is told of news from Google.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub contact_categories: Field<Vec<Text>>,
    /// Whether Google's people need an approval to look at it.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub access_approval: Field<bool>,
    /// Whether its networks are lent to other projects (host of a Shared VPC).
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub shares_networks: Field<bool>,
}

/// One region as seen by an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionStatus {
    /// The region's id.
    pub name: Text,
    /// Whether the account may use it.
    pub enabled: bool,
}
