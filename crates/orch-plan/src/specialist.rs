//! What a specialist is.

use serde::{Deserialize, Serialize};

use crate::concern::Concern;

/// Somebody, or some agent, with one field of work. One file in `plans/specialists`; its id is the file's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Specialist {
    /// Its name for people.
    pub title: String,
    /// The field: `cloud`, `infrastructure-as-code`, `security`.
    pub domain: String,
    /// What it knows.
    pub capabilities: Capabilities,
    /// When to choose it.
    pub choose_when: Vec<String>,
    /// What it needs before it begins.
    pub needs: Vec<String>,
    /// What it hands to the next.
    pub hands_over: Vec<String>,
    /// Who works before, after and beside it.
    pub partners: Partners,
    /// Words and phrases of a request that choose it, where they are not ruled out. `a|b` is one or the other, a last
    /// `*` any ending, `..` up to five words in between.
    pub words: Vec<String>,
    /// Phrases that say what hurts and that it mends, without a name of anything of its: "customers .. notice .. before".
    #[serde(default)]
    pub signs: Vec<String>,
    /// It is a practice: who says that it is missing wants it.
    #[serde(default)]
    pub practice: bool,
    /// What it does is needed even where a tool of it is given up: who leaves one CI needs another.
    #[serde(default)]
    pub outlives_tools: bool,
    /// Phrases whose words do not choose it: "azure devops" is no Azure.
    #[serde(default)]
    pub not_words: Vec<String>,
    /// What its briefings are made of.
    #[serde(default)]
    pub briefing: Concern,
}

/// What a specialist knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Services and things.
    pub services: Vec<String>,
    /// Tools.
    pub tools: Vec<String>,
    /// Practices.
    pub practices: Vec<String>,
}

/// Ids of the specialists that one works with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partners {
    /// It begins after these are done.
    pub after: Vec<String>,
    /// These begin after it is done.
    pub before: Vec<String>,
    /// At the same time as these.
    pub parallel: Vec<String>,
    /// To and fro with these.
    pub iterative: Vec<String>,
}
