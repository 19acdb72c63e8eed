//! What a briefing may be asked for, and what it is told of the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

/// How a briefing shall be.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How many rows a section and most lists show, findings twice and tasks three times as many; all of them where nothing
    /// is said.
    pub rows: Option<usize>,
    /// What is replaced by pseudonyms.
    pub redact: BTreeSet<Redact>,
    /// The day that counts as today, from which on the open tasks of a project are expected; its first day where none is
    /// said.
    pub today: Option<NaiveDate>,
    /// What is known of the rules, by id: a rule that found nothing does not stand in a report otherwise.
    pub rules: BTreeMap<String, RuleNote>,
}

/// What of a rule matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleNote {
    /// Its headline.
    pub title: String,
    /// What it is about.
    pub category: String,
    /// How bad it is.
    pub severity: String,
    /// The clouds it is asked on; none means all.
    pub providers: Vec<String>,
    /// The kinds of resources it is asked of.
    pub kinds: Vec<String>,
    /// Control ids by framework.
    pub compliance: BTreeMap<String, Vec<String>>,
}

/// What matters of the rules of a catalogue, by id.
pub fn rule_notes(catalog: &orch_engine::Catalog) -> BTreeMap<String, RuleNote> {
    let note = |rule: &orch_engine::Rule| RuleNote {
        title: rule.title.to_string(),
        category: rule.category.as_str().to_owned(),
        severity: rule.severity.as_str().to_owned(),
        providers: rule.providers.iter().map(ToString::to_string).collect(),
        kinds: rule.kinds.iter().map(ToString::to_string).collect(),
        compliance: rule
            .compliance
            .iter()
            .map(|(id, controls)| {
                (
                    id.to_string(),
                    controls.iter().map(ToString::to_string).collect(),
                )
            })
            .collect(),
    };
    let rules = catalog.rules().iter();
    rules
        .map(|rule| (rule.id.to_string(), note(rule)))
        .collect()
}

/// What can be replaced by pseudonyms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Redact {
    /// Numbers and names of accounts, subscriptions and projects.
    Accounts,
    /// Addresses and blocks of addresses.
    Addresses,
    /// Names and ids of resources, and the values of their tags.
    Names,
}

impl Redact {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Accounts, Self::Addresses, Self::Names];

    /// The word used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Addresses => "addresses",
            Self::Names => "names",
        }
    }
}

impl fmt::Display for Redact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Redact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| format!("`{text}` cannot be redacted"))
    }
}
