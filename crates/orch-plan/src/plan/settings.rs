//! How findings become tasks: the numbers of `plans/findings.yaml`.

use std::collections::BTreeMap;

use orch_report::v1;
use serde::{Deserialize, Serialize};

use crate::severity::{SEVERITIES, place};

/// Efforts that a rule can name.
const EFFORTS: [&str; 3] = ["small", "medium", "large"];

/// How findings become tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Findings of less than this severity become no task, unless ending them saves money.
    pub from: String,
    /// What it takes, by the effort that a rule names: `small`, `medium`, `large`.
    pub effort: BTreeMap<String, Effort>,
    /// A task of at most so many days, likely, is a quick win, if it is urgent or saves money.
    pub quick_win_days: u32,
    /// The way back, by the category of the findings.
    pub rollback: BTreeMap<String, String>,
    /// What has to be done before the findings of some rules can be ended.
    #[serde(default)]
    pub first: Vec<First>,
}

/// What has to be done before the findings of some rules can be ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    /// The rules.
    pub rules: Vec<String>,
    /// What the tasks are for that come first: their `cannot_skip`.
    pub task: String,
    /// Why.
    pub reason: String,
}

/// What it takes to end the findings of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effort {
    /// Working days for the first findings: at best, likely, at worst.
    pub days: [u32; 3],
    /// How many are the first.
    pub findings: u32,
    /// Days that come with each doubling of that number.
    pub more: [u32; 3],
}

impl Settings {
    /// What is built in.
    pub(crate) const BUILT_IN: &str = include_str!("../../../../plans/findings.yaml");

    /// Whether it can be used.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !SEVERITIES.contains(&self.from.as_str()) {
            let all = SEVERITIES.join(", ");
            return Err(format!("`{}` is no severity; there are {all}", self.from));
        }
        for name in EFFORTS {
            let Some(effort) = self.effort.get(name) else {
                return Err(format!("the effort `{name}` has no days"));
            };
            let rises = |days: [u32; 3]| days[0] <= days[1] && days[1] <= days[2];
            if !rises(effort.days) || !rises(effort.more) || effort.findings == 0 {
                return Err(format!(
                    "the days of the effort `{name}` do not rise, or are for no finding"
                ));
            }
        }
        let is_empty = |one: &&First| one.rules.is_empty() || one.reason.trim().is_empty();
        if let Some(empty) = self.first.iter().find(is_empty) {
            return Err(format!(
                "what waits for `{}` has no rules, or no reason",
                empty.task
            ));
        }
        Ok(())
    }

    /// What has to be done before the findings of a rule can be ended.
    pub(crate) fn first(&self, rule: &str) -> impl Iterator<Item = &First> {
        let is_of = move |one: &&First| one.rules.iter().any(|its| its == rule);
        self.first.iter().filter(is_of)
    }

    /// Whether a finding becomes a part of a task.
    pub(crate) fn takes(&self, finding: &v1::Finding) -> bool {
        finding.state == "open"
            && (place(&finding.severity) <= place(&self.from) || finding.saving.is_some())
    }

    /// Working days to end so many findings of one rule.
    pub(crate) fn days(&self, effort: &str, findings: usize) -> [u32; 3] {
        let Some(effort) = self
            .effort
            .get(effort)
            .or_else(|| self.effort.get("medium"))
        else {
            return [1, 1, 1];
        };
        let mut days = effort.days;
        let mut room = effort.findings.max(1) as usize;
        while room < findings {
            room = room.saturating_mul(2);
            for (all, more) in days.iter_mut().zip(effort.more) {
                *all += more;
            }
        }
        days
    }
}

/// The priority of a task that ends findings of a severity.
pub(crate) fn priority(severity: &str) -> &'static str {
    match severity {
        "critical" => "critical",
        "high" => "high",
        "medium" => "medium",
        _ => "low",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_often_is_scripted() {
        let settings: Settings = serde_saphyr::from_str(Settings::BUILT_IN).unwrap();
        settings.check().unwrap();
        for (effort, findings, days) in [
            ("small", 1, [1, 1, 2]),
            ("small", 10, [1, 1, 2]),
            ("small", 11, [1, 2, 3]),
            ("small", 40, [1, 3, 4]),
            ("medium", 5, [1, 2, 4]),
            ("large", 3, [4, 7, 14]),
            ("a rule of old said none", 6, [2, 3, 6]),
        ] {
            assert_eq!(settings.days(effort, findings), days, "{effort} {findings}");
        }
    }
}
