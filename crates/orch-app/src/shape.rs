//! Which settings of the configuration shape the answer: they stand in the head of the report, named as there.

use std::collections::BTreeMap;

use orch_engine::RankParams;
use orch_model::Severity;
use rust_decimal::Decimal;

use crate::config::{CONFIDENCE_FACTORS, Config, POINTS_PER_UNIT};

/// Every setting that is not the default, by its path in the file. Waivers have a list of their own in the
/// report, and what was not read is in its coverage.
pub(crate) fn of(config: &Config) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    let usual = rank(&RankParams::default());
    for (name, number) in rank(&config.rank) {
        if usual.get(name) != Some(&number) {
            told.insert(format!("rank.{name}"), number.normalize().to_string());
        }
    }
    for rule in &config.rules {
        let mut say = |what: &str, value: String| {
            told.insert(format!("rule.{}.{what}", rule.id), value);
        };
        if let Some(severity) = rule.severity {
            say("severity", severity.to_string());
        }
        if let Some(enabled) = rule.enabled {
            say("enabled", enabled.to_string());
        }
        for (name, value) in &rule.params {
            say(&format!("params.{name}"), value.to_string());
        }
    }
    told
}

/// The numbers of the rank by their names in the file.
fn rank(rank: &RankParams) -> BTreeMap<&'static str, Decimal> {
    let severities = Severity::ALL.iter().map(|severity| severity.as_str());
    severities
        .zip(rank.severity_points)
        .chain(CONFIDENCE_FACTORS.into_iter().zip(rank.confidence_factors))
        .chain([(POINTS_PER_UNIT, rank.points_per_unit)])
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn told(text: &str) -> BTreeMap<String, String> {
        of(&Config::parse(Path::new("orch.toml"), text).unwrap())
    }

    #[test]
    fn what_is_set_is_told_by_its_path_and_a_default_is_not() {
        let text = "[rank]\nhigh = 500\nlow = 10.0\nlow_confidence = 0.25\npoints_per_unit = 2\n\
                    [rule.a]\nseverity = \"low\"\nenabled = false\n[rule.a.params]\nports = [22]\n\
                    [network]\nconcurrency = 4\n";
        let expected = [
            ("rank.high", "500"),
            ("rank.low_confidence", "0.25"),
            ("rank.points_per_unit", "2"),
            ("rule.a.enabled", "false"),
            ("rule.a.params.ports", "[22]"),
            ("rule.a.severity", "low"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(told(text), BTreeMap::from(expected));
        assert_eq!(told(""), BTreeMap::new());
    }
}
