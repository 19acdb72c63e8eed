//! Runs the tests of a rule: the real evaluation over a small snapshot, compared with what was expected.

use std::collections::BTreeSet;
use std::fmt;

use orch_model::{Severity, Snapshot, Text};
use serde_json::Value as Json;

use super::case::Case;
use super::checked::Rule;
use super::file::{Expect, TestFile};
use crate::catalog::Catalog;
use crate::evaluate::{Verdict, answers, evaluate};
use crate::inventory::Inventory;
use crate::settings::{RuleSettings, Selection, Settings};

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TestOutcome {
    /// As expected.
    Validated,
    /// A finding that was expected is not there.
    Missing,
    /// A finding is there that was not expected.
    Noisy,
    /// Another answer than expected, or the test itself is broken.
    Wrong,
}

/// A test that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// The rule.
    pub rule: Text,
    /// The rule's file.
    pub file: String,
    /// The line of the test.
    pub line: u32,
    /// What the test shows.
    pub test: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// What came out instead, empty when validated.
    pub detail: String,
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            TestOutcome::Validated => "validated",
            TestOutcome::Missing => "missing",
            TestOutcome::Noisy => "noisy",
            TestOutcome::Wrong => "wrong",
        };
        write!(f, "{}:{}: {outcome}: {}", self.file, self.line, self.test)?;
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.detail)
        }
    }
}

/// What came out of a test.
#[derive(Default)]
struct Came {
    fails: BTreeSet<Option<Text>>,
    unknown: Option<String>,
    other: Option<Expect>,
    fault: Option<String>,
    severities: BTreeSet<Severity>,
}

impl Catalog {
    /// Runs the tests of a rule with the parameters of its file, whatever the settings say.
    pub fn test(&self, rule: &Rule) -> Vec<TestReport> {
        rule.tests
            .iter()
            .map(|test| {
                let (outcome, detail) = match self.run(rule, test) {
                    Ok(came) => compare(test, &came),
                    Err(broken) => (TestOutcome::Wrong, broken),
                };
                TestReport {
                    rule: rule.id.clone(),
                    file: rule.file.clone(),
                    line: test.name.line,
                    test: test.name.value.clone(),
                    outcome,
                    detail,
                }
            })
            .collect()
    }

    /// The snapshots of the tests of a rule, each with the name of its test; broken tests are left out.
    pub fn test_snapshots(rule: &Rule) -> impl Iterator<Item = (&str, Snapshot)> {
        rule.tests.iter().filter_map(|test| {
            Case::of(rule, test)
                .ok()
                .map(|case| (test.name.as_str(), case.snapshot))
        })
    }

    fn run(&self, rule: &Rule, test: &TestFile) -> Result<Came, String> {
        let case = Case::of(rule, test)?;
        let selection = Selection {
            rules: BTreeSet::from([rule.id.clone()]),
            ..Selection::default()
        };
        let params = test
            .params
            .iter()
            .map(|(name, value)| (Text::new(name), value.clone()));
        let params: std::collections::BTreeMap<_, _> = params.collect();
        let settings = Settings {
            selection,
            ..Settings::default()
        };
        if params.is_empty() && rule.has_defaults() {
            return Ok(came(self, &case, &settings));
        }
        let mut compiling = Settings::default();
        compiling.rules.insert(
            rule.id.clone(),
            RuleSettings {
                params,
                ..RuleSettings::default()
            },
        );
        let own = Self::compile(vec![rule.source.clone()], self.facts().clone(), &compiling)
            .map_err(|errors| {
                errors
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; ")
            })?;
        Ok(came(&own, &case, &settings))
    }
}

fn came(catalog: &Catalog, case: &Case, settings: &Settings) -> Came {
    let inventory = Inventory::new(&case.snapshot);
    let mut came = Came::default();
    answers(catalog, &inventory, settings, |answer| {
        if *answer.resource != case.asked {
            return;
        }
        match answer.verdict {
            Verdict::Fail => _ = came.fails.insert(answer.key),
            Verdict::Unknown(reasons) => came.unknown = Some(super::told(&reasons)),
            Verdict::Fault(error) => came.fault = Some(error.to_string()),
            Verdict::Pass => came.other = Some(Expect::Pass),
            Verdict::NotApplicable => came.other = Some(Expect::NotApplicable),
        }
    });
    let evaluation = evaluate(catalog, &inventory, settings);
    if let Some(fault) = evaluation
        .faults
        .iter()
        .find(|fault| fault.resource == case.asked)
    {
        came.fault.get_or_insert_with(|| fault.message.clone());
    }
    let findings = evaluation.findings.iter();
    let own = findings.filter(|finding| finding.resource == case.asked);
    came.severities = own.map(|finding| finding.severity).collect();
    came
}

fn compare(test: &TestFile, came: &Came) -> (TestOutcome, String) {
    if let Some(fault) = &came.fault {
        return (TestOutcome::Wrong, format!("the rule goes wrong: {fault}"));
    }
    let got = match (&came.other, &came.unknown) {
        _ if !came.fails.is_empty() => Expect::Fail,
        (Some(other), _) => *other,
        (None, Some(_)) => Expect::Unknown,
        (None, None) => return (TestOutcome::Wrong, "the rule was not asked".to_owned()),
    };
    if got != test.expect {
        let reasons = came
            .unknown
            .as_ref()
            .map(|why| format!(" ({why})"))
            .unwrap_or_default();
        let detail = format!(
            "expected {}, got {}{reasons}",
            test.expect.as_str(),
            got.as_str()
        );
        return match (test.expect, got) {
            (Expect::Fail, _) => (TestOutcome::Missing, detail),
            (_, Expect::Fail) => (TestOutcome::Noisy, detail),
            _ => (TestOutcome::Wrong, detail),
        };
    }
    if let Some(wanted) = &test.severity {
        let other = came
            .severities
            .iter()
            .find(|came| came.as_str() != wanted.as_str());
        if let Some(other) = other {
            let detail = format!("expected severity {}, got {other}", wanted.as_str());
            return (TestOutcome::Wrong, detail);
        }
    }
    let Some(keys) = &test.keys else {
        return (TestOutcome::Validated, String::new());
    };
    let wanted: BTreeSet<Option<Text>> = keys.iter().map(key_of).collect();
    let shown = |keys: Vec<&Option<Text>>| {
        let keys: Vec<_> = keys
            .into_iter()
            .map(|key| key.as_deref().unwrap_or("none"))
            .collect();
        keys.join(", ")
    };
    let missing: Vec<_> = wanted.difference(&came.fails).collect();
    let noisy: Vec<_> = came.fails.difference(&wanted).collect();
    if !missing.is_empty() {
        return (
            TestOutcome::Missing,
            format!("no finding with key {}", shown(missing)),
        );
    }
    if !noisy.is_empty() {
        return (
            TestOutcome::Noisy,
            format!("findings with key {}", shown(noisy)),
        );
    }
    (TestOutcome::Validated, String::new())
}

fn key_of(json: &Json) -> Option<Text> {
    Some(match json {
        Json::String(text) => Text::new(text),
        other => Text::new(other.to_string()),
    })
}
