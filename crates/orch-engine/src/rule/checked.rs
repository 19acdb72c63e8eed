//! The checked rule: what evaluation and reports need to know of one.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Category, Confidence, Kind, Provider, Severity, Text};

use super::file::{Remediation, TestFile};
use super::params::ParamRange;
use super::template::Template;
use crate::catalog::RuleSource;
use crate::lang::{Program, Type};
use crate::value::Value;

/// A checked rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: Text,
    /// The first id it ever had: fingerprints are made with it.
    pub first_id: Text,
    /// Other ids under which it is found.
    pub aliases: Vec<Text>,
    /// The file it comes from.
    pub file: String,
    /// Its headline.
    pub title: Text,
    /// What it is about.
    pub category: Category,
    /// How bad it is, after the settings.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Which specialists care.
    pub audience: Vec<Text>,
    /// The kinds it is asked of, sorted.
    pub kinds: Vec<Kind>,
    /// The clouds it is asked on; empty means all.
    pub providers: BTreeSet<Provider>,
    /// Why it is not asked on the other clouds, where it is asked on several.
    pub elsewhere: BTreeMap<Provider, Text>,
    /// Its parameters.
    pub params: BTreeMap<Text, RuleParam>,
    /// Its expressions as they are written.
    pub sources: Sources,
    /// Whether its saving adds to others on the same resource.
    pub adds: bool,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub remediation: Remediation,
    /// Control ids by framework and version.
    pub compliance: BTreeMap<Text, Vec<Text>>,
    /// Whether the settings leave it on.
    pub enabled: bool,
    pub(crate) tests: Vec<TestFile>,
    /// The file itself: a test with other parameters compiles it again.
    pub(crate) source: RuleSource,
    pub(crate) programs: BTreeMap<Kind, Programs>,
}

/// A parameter of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleParam {
    /// Its type.
    pub ty: Type,
    /// Its value in the file.
    pub default: Value,
    /// Its value after the settings.
    pub value: Value,
    /// From where to where its numbers go.
    pub range: ParamRange,
    /// What it does.
    pub about: String,
}

impl RuleParam {
    /// Stands for a parameter with a mistake, so that expressions that read it are not reported as well.
    pub(super) fn mistaken(ty: Type) -> Self {
        Self {
            ty,
            default: Value::Null,
            value: Value::Null,
            range: ParamRange::default(),
            about: String::new(),
        }
    }
}

/// The expressions of a rule as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Whether the question makes sense.
    pub when: Option<String>,
    /// Whether the resource has the problem.
    pub fails_if: String,
    /// What makes several problems of one resource.
    pub key: Option<String>,
    /// What a finding rests on.
    pub evidence: Vec<(String, String)>,
    /// What fixing saves.
    pub saving: Option<String>,
    /// Whether a price in it was derived.
    pub saving_derived: Option<String>,
    /// The sentence of a finding.
    pub message: String,
    /// When a finding has another severity: the condition, the severity, why.
    pub adjust: Vec<(String, String, String)>,
}

/// The expressions of a rule for one kind, ready to be evaluated.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) when: Option<Program>,
    pub(crate) fails_if: Program,
    pub(crate) key: Option<Program>,
    pub(crate) evidence: Vec<(Text, Program)>,
    pub(crate) saving: Option<Program>,
    pub(crate) saving_derived: Option<Program>,
    pub(crate) message: Template,
    pub(crate) adjust: Vec<Adjust>,
}

/// Another severity for some findings.
#[derive(Debug)]
pub(crate) struct Adjust {
    pub(crate) holds: Program,
    pub(crate) severity: Severity,
    pub(crate) because: Template,
}

impl Programs {
    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Program> {
        self.deciding().chain(self.shown())
    }

    /// Those that make a verdict.
    pub(crate) fn deciding(&self) -> impl Iterator<Item = &Program> {
        [&self.when, &self.key]
            .into_iter()
            .flatten()
            .chain([&self.fails_if])
    }

    /// Those that only findings ask.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Program> {
        [&self.saving, &self.saving_derived]
            .into_iter()
            .flatten()
            .chain(self.evidence.iter().map(|(_, program)| program))
            .chain(self.message.programs())
            .chain(self.adjust.iter().map(|adjust| &adjust.holds))
            .chain(
                self.adjust
                    .iter()
                    .flat_map(|adjust| adjust.because.programs()),
            )
    }

    /// The names of the facts they read.
    pub(crate) fn facts(&self) -> BTreeSet<&str> {
        self.all()
            .flat_map(|program| program.uses().facts.iter().map(Text::as_str))
            .collect()
    }
}

impl Rule {
    /// Whether every parameter has the value of the file.
    pub(crate) fn has_defaults(&self) -> bool {
        self.params
            .values()
            .all(|param| param.value == param.default)
    }

    /// Whether it is for this cloud.
    pub fn asks(&self, provider: Provider) -> bool {
        self.providers.is_empty() || self.providers.contains(&provider)
    }
}
