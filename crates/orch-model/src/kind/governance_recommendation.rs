//! governance.recommendation: advice of the provider's own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Field, Money, Text};

/// A recommendation (Azure: Advisor; Google Cloud: Recommender).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GovernanceRecommendation {
    /// `cost`, `security`, `reliability`, `performance`, `operations`.
    pub category: Text,
    /// `high`, `medium`, `low`.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub impact: Field<Text>,
    /// What it says is wrong.
    pub problem: Text,
    /// The id of what it is about.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub target: Field<Text>,
    /// What it says to save in a month.
    #[serde(default, skip_serializing_if = "Field::is_not_read")]
    pub monthly_saving: Field<Money>,
}
