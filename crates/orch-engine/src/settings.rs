//! What a user sets: overrides of rules, waivers, the weights of the rank, and which rules are asked.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Category, Confidence, Field, Resource, Severity, Text};
use rust_decimal::Decimal;

use crate::waiver::Waiver;

/// Everything a user sets that changes what an evaluation says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    /// Overrides by rule id or alias.
    pub rules: BTreeMap<Text, RuleSettings>,
    /// What somebody accepted for a time.
    pub waivers: Vec<Waiver>,
    /// How findings are ranked.
    pub rank: RankParams,
    /// Which rules are asked.
    pub selection: Selection,
}

/// Overrides of one rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleSettings {
    /// Another severity.
    pub severity: Option<Severity>,
    /// Whether it is asked at all.
    pub enabled: Option<bool>,
    /// Other values of its parameters, checked against their types.
    pub params: BTreeMap<Text, serde_json::Value>,
}

/// Which rules are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only rules of these categories; all when empty.
    pub categories: BTreeSet<Category>,
    /// Only these rules; all when empty.
    pub rules: BTreeSet<Text>,
    /// Not these rules.
    pub skip: BTreeSet<Text>,
    /// Only resources that carry all of these tags. What a rule sees besides its resource stays whole.
    pub tags: BTreeMap<Text, Text>,
}

impl Selection {
    /// Whether rules are asked of a resource. One whose tags were not read may carry them and is asked.
    pub(crate) fn covers(&self, resource: &Resource) -> bool {
        self.tags
            .iter()
            .all(|(key, value)| match resource.tag(key) {
                Field::Value(tag) => tag == value.as_str(),
                Field::None => false,
                Field::NotRead => true,
            })
    }
}

/// The weights of `severity × confidence + monthly saving × points per unit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankParams {
    /// Points of info, low, medium, high and critical.
    pub severity_points: [Decimal; 5],
    /// Factors of low, medium and high confidence.
    pub confidence_factors: [Decimal; 3],
    /// Points of one unit of currency saved in a month.
    pub points_per_unit: Decimal,
}

impl Default for RankParams {
    fn default() -> Self {
        Self {
            severity_points: [1, 10, 60, 300, 1000].map(Decimal::from),
            confidence_factors: [Decimal::new(4, 1), Decimal::new(7, 1), Decimal::ONE],
            points_per_unit: Decimal::ONE,
        }
    }
}

impl RankParams {
    /// The points of a severity at a confidence.
    pub fn risk(&self, severity: Severity, confidence: Confidence) -> Decimal {
        let points = self.severity_points[severity as usize];
        (points * self.confidence_factors[confidence as usize]).normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_and_surest_comes_first() {
        let rank = RankParams::default();
        assert_eq!(
            rank.risk(Severity::Critical, Confidence::High),
            Decimal::from(1000)
        );
        assert_eq!(
            rank.risk(Severity::High, Confidence::Medium),
            Decimal::from(210)
        );
        assert_eq!(
            rank.risk(Severity::Info, Confidence::Low),
            Decimal::new(4, 1)
        );
    }
}
