//! What of an estate concerns a specialist, and what it is told of it: data in the specialist's own file.

use orch_report::v1::Finding;
use serde::{Deserialize, Serialize};

/// What a briefing of a specialist is made of. All of it may be left out: then the briefing has what every one has.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Concern {
    /// Why somebody calls it, as a sentence with a full stop.
    pub need: String,
    /// What of the estate is its, as a noun: `machines to configure`.
    pub estate: String,
    /// The clouds it works on; none means all.
    pub providers: Vec<String>,
    /// The kinds of resources that are its: `compute.instance`, `network.*`.
    pub kinds: Vec<String>,
    /// The rules whose findings are its, beside those whose audience it is: an id, or its beginning and `*`.
    pub rules: Vec<String>,
    /// Categories whose findings are its, where a report does not say whom a finding concerns.
    pub categories: Vec<String>,
    /// What shall be true when it is done.
    pub goals: Vec<Goal>,
    /// What shall become of the findings that no goal names.
    pub rest: String,
    /// The sections that only some specialists have, in order.
    pub sections: Vec<String>,
    /// What it delivers.
    pub deliverables: Vec<String>,
    /// Checks with tools of its own.
    pub checks: Vec<Check>,
    /// What is not in any snapshot and what it has to ask people for.
    pub ask: Vec<String>,
}

/// Something that shall be true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// In words, without a full stop.
    pub text: String,
    /// The rules that decide it: ids, or beginnings and `*`.
    pub rules: Vec<String>,
}

/// A check with a tool of the specialist's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What holds when it exits with 0.
    pub what: String,
    /// The command.
    pub command: String,
}

/// Whether an id is one of these, or begins with one that ends in `*`.
pub(crate) fn is_one_of(id: &str, names: &[String]) -> bool {
    names.iter().any(|name| match name.strip_suffix('*') {
        Some(beginning) => id.starts_with(beginning),
        None => id == name,
    })
}

impl Concern {
    /// Whether a kind is its.
    pub(crate) fn has_kind(&self, kind: &str) -> bool {
        is_one_of(kind, &self.kinds)
    }

    /// Whether it works on a cloud.
    pub(crate) fn has_provider(&self, provider: &str) -> bool {
        self.providers.is_empty() || self.providers.iter().any(|one| one == provider)
    }

    /// Whether a finding is its.
    pub(crate) fn has(&self, id: &str, finding: &Finding) -> bool {
        if !self.has_provider(&finding.resource.provider) {
            return false;
        }
        let of_goal = |goal: &Goal| is_one_of(&finding.rule, &goal.rules);
        if is_one_of(&finding.rule, &self.rules)
            || self.goals.iter().any(of_goal)
            || finding.audience.iter().any(|who| who == id)
        {
            return true;
        }
        finding.audience.is_empty()
            && self.has_kind(&finding.resource.kind)
            && self.categories.contains(&finding.category)
    }
}
