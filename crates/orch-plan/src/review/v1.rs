//! The frozen machine-readable review, schema `orch/review-v1`: members are only ever added.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::brief::v1::{Issue, List, Section, Source, Unread};

/// The name of this schema.
pub const SCHEMA: &str = "orch/review-v1";

/// What one area looks like over all specialists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Always `orch/review-v1`.
    pub schema: String,
    /// `security`, `cost`, `resilience`, `compliance`, `performance`.
    pub area: String,
    /// Its name for people.
    pub title: String,
    /// What it was computed from.
    pub run: Source,
    /// What follows, in sentences.
    pub summary: Vec<String>,
    /// What such a review asks, point by point.
    pub points: Vec<Point>,
    /// What is wrong, by rule, worst first.
    pub issues: List<Issue>,
    /// What only this area shows.
    pub sections: Vec<Section>,
    /// What was not read.
    pub unread: List<Unread>,
    /// What was replaced by pseudonyms: `accounts`, `addresses`, `names`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
}

/// The schema of a review, for `reports/schema`.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Review)
}

/// A point of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// What shall be true.
    pub text: String,
    /// `holds`, `open`, `not known` (asked, and something was not read) or `not seen` (no collector sees it).
    pub state: String,
    /// What it rests on.
    pub evidence: String,
    /// What would tell more, or who has to bring it.
    pub next: String,
    /// The rules that decide it.
    pub rules: Vec<String>,
}
