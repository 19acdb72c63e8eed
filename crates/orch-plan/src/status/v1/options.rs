//! The frozen forms of what can be done about a change, and of what a command did.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Budget, Head};

/// The name of the schema of [`Options`].
pub const OPTIONS: &str = "orch/project-options-v1";
/// The name of the schema of [`Changed`].
pub const CHANGED: &str = "orch/project-changed-v1";

/// What could be done about a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Options {
    /// Always `orch/project-options-v1`.
    pub schema: String,
    /// The project.
    pub project: Head,
    /// What made it necessary.
    pub because: String,
    /// How it stands if nothing is done.
    pub impact: Vec<String>,
    /// What it costs if nothing is done, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Why that is not known, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_not_known: Option<String>,
    /// What could be done, numbered from 1.
    pub options: Vec<Choice>,
    /// What could be done, and why it is no option here.
    pub not_offered: Vec<String>,
}

/// One thing that could be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// Its number.
    pub number: u32,
    /// `delay`, `add-person`, `drop-scope`, `swap-order`.
    pub kind: String,
    /// What is done.
    pub title: String,
    /// The last day then.
    pub end: String,
    /// Working days later than if nothing is done; negative earlier.
    pub days: i64,
    /// Whether the target is held, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_target: Option<bool>,
    /// What it costs besides; negative where it saves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<String>,
    /// ISO 4217 code of the cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// How that is made up.
    pub cost_formula: String,
    /// What the project costs then, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Why that is not known, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_not_known: Option<String>,
    /// What speaks for it.
    pub gains: Vec<String>,
    /// What it takes.
    pub loses: Vec<String>,
    /// Tasks whose days or scope change.
    pub tasks: Vec<Moved>,
    /// Specialists whose briefings change.
    pub briefings: Vec<String>,
}

/// A task that moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// The task.
    pub task: String,
    /// The specialist.
    pub owner: String,
    /// First and last day if nothing is done.
    pub from: [String; 2],
    /// First and last day then; not there for what is given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<[String; 2]>,
}

/// What a command did to a project file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// Always `orch/project-changed-v1`.
    pub schema: String,
    /// The file.
    pub file: String,
    /// What was done, a sentence each.
    pub changes: Vec<String>,
    /// What was looked at and not done, with the reason.
    pub not_done: Vec<String>,
    /// Specialists whose briefings change.
    pub briefings: Vec<String>,
    /// What to tell everybody, where there is something to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}
