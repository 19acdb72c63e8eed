//! The frozen machine-readable briefing, schema `orch/brief-v1`: members are only ever added.
//!
//! Texts are plain: no markup stands in them, so that a reader of JSON sees what a cloud or a person wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::status::v1::HandOver;

/// The name of this schema.
pub const SCHEMA: &str = "orch/brief-v1";

/// What one specialist has to know before it begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Brief {
    /// Always `orch/brief-v1`.
    pub schema: String,
    /// Whom it is for.
    pub specialist: Who,
    /// What it was computed from.
    pub run: Source,
    /// The project it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectHead>,
    /// Why this specialist is needed.
    pub need: String,
    /// How long the work takes.
    pub duration: Duration,
    /// How urgent it is.
    pub priority: Priority,
    /// The situation in two or three sentences.
    pub context: Vec<String>,
    /// What shall be true when it is done, each with a number and a check.
    pub objectives: List<Objective>,
    /// Its tasks in the project that are not done, in the order in which they are expected.
    #[serde(default)]
    pub tasks: List<OwnTask>,
    /// What is true today.
    pub state: CurrentState,
    /// What is delivered.
    pub deliverables: Vec<String>,
    /// The numbers that shall move.
    pub metrics: List<Metric>,
    /// What has to be done before.
    pub requires: List<Dependency>,
    /// What waits for this work.
    pub blocks: List<Dependency>,
    /// What is there to work with.
    pub assets: List<Asset>,
    /// How somebody else can tell that it is done.
    pub success: List<Criterion>,
    /// What the next ones need from it.
    pub handoff: List<Handoff>,
    /// Its tasks of the project that others wait for, and for which of theirs.
    #[serde(default)]
    pub hand_overs: List<HandOver>,
    /// What only this specialist asks for.
    pub sections: Vec<Section>,
    /// What was replaced by pseudonyms: `accounts`, `addresses`, `names`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<String>,
}

/// A list that may have been cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct List<T> {
    /// What is shown.
    pub items: Vec<T>,
    /// What is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<More>,
}

/// The schema of a briefing, for `reports/schema`.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Brief)
}

/// The rest of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct More {
    /// How many.
    pub count: u64,
    /// What prints them.
    pub command: String,
}

/// A specialist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Who {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Its field.
    pub domain: String,
}

/// What a briefing was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The snapshot directory or report, as it was typed.
    pub name: String,
    /// When the snapshot was taken, RFC 3339.
    pub as_of: String,
    /// Whether the resources themselves were at hand, or the report alone.
    pub snapshot: bool,
    /// What was read, in one sentence.
    pub coverage: String,
}

/// The project a briefing belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectHead {
    /// Its name.
    pub name: String,
    /// What was asked for.
    pub request: String,
    /// First day.
    pub start: String,
    /// The day by which it is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// How long something takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Duration {
    /// Working days of effort that are left, each task by itself: at best, likely, at worst; none where nothing says. Tasks
    /// that are done at the same time take fewer days of the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<[u32; 3]>,
    /// The day on which the last task of the project is expected to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// What the days rest on.
    pub basis: String,
}

/// How urgent something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Priority {
    /// `critical`, `high`, `medium`, `low`.
    pub level: String,
    /// Why.
    pub why: String,
}

/// What shall be true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Objective {
    /// In words.
    pub text: String,
    /// Open findings that stand against it today.
    pub findings: u64,
    /// Answers that are not known.
    pub unknown: u64,
    /// The rules that decide it.
    pub rules: Vec<String>,
}

/// A task of the project that is the specialist's own: what it is to bring, and how that is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnTask {
    /// Its id in the project.
    pub task: String,
    /// What is to be done: it is delivered when the task is done.
    pub what: String,
    /// What is true then; not there where the project states no objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_when: Option<String>,
    /// The command that shows it, as the project names it, or the one that records what shows it.
    pub check: String,
    /// How it stands, and when it is expected.
    pub state: String,
}

/// What is true today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurrentState {
    /// What there is, in one sentence.
    pub infrastructure: String,
    /// How many of what where.
    pub estate: List<Count>,
    /// What is wrong, by rule, worst first.
    pub issues: List<Issue>,
    /// What bounds the work: money, time, technique.
    pub constraints: List<Constraint>,
    /// What was not read.
    pub unread: List<Unread>,
}

/// How many resources of a kind there are in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// The kind.
    pub kind: String,
    /// What people call such things.
    pub what: String,
    /// `provider account`.
    pub account: String,
    /// How many in each region.
    pub regions: String,
    /// How many of each type.
    pub types: String,
    /// How many.
    pub count: u64,
}

/// The findings of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Issue {
    /// The worst severity among them.
    pub severity: String,
    /// The rule.
    pub rule: String,
    /// What is wrong.
    pub title: String,
    /// How many findings.
    pub count: u64,
    /// Where: names of resources.
    #[serde(rename = "where")]
    pub places: List<String>,
    /// Ids of the findings.
    pub findings: List<String>,
    /// What mending all of it saves in a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saving: Option<String>,
    /// `small`, `medium`, `large`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
    /// The first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// Something that bounds the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Constraint {
    /// `budget`, `time`, `technical`.
    pub kind: String,
    /// What it is.
    pub what: String,
}

/// Something that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Unread {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
    /// What would read it.
    pub command: String,
}

/// A number that shall move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// What is counted.
    pub name: String,
    /// Today.
    pub from: String,
    /// When it is done.
    pub to: String,
    /// Where the number comes from.
    pub source: String,
}

/// Work of somebody else that this work hangs on, or that hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dependency {
    /// The other specialist.
    pub who: String,
    /// What it hands over, or waits for.
    pub what: String,
    /// How it stands.
    pub state: String,
    /// The tasks of the project on the other side, by id: those of the specialist itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_tasks: Vec<String>,
}

/// Something to work with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asset {
    /// What.
    pub what: String,
    /// Where it is, or what prints it.
    pub at: String,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Criterion {
    /// What holds.
    pub what: String,
    /// The command that exits with 0 when it does.
    pub command: String,
    /// What it says today.
    pub today: String,
}

/// What another specialist gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Handoff {
    /// Who.
    pub to: String,
    /// What.
    pub what: Vec<String>,
    /// Open findings that concern both.
    pub shared_findings: u64,
}

/// A part of a briefing that only some specialists have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    /// Its id, for `--section`.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What follows from it, in sentences.
    pub says: Vec<String>,
    /// Names of the columns of `rows`.
    #[serde(default)]
    pub columns: Vec<String>,
    /// A table.
    pub rows: List<Vec<String>>,
    /// Something to paste into a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What is not known, and what would tell.
    #[serde(default)]
    pub unread: Vec<Unread>,
}

/// Something to paste into a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Code {
    /// `hcl`, `yaml`.
    pub language: String,
    /// The parts, each of whole lines.
    pub blocks: List<String>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            more: None,
        }
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, more: None }
    }
}

impl<T> List<T> {
    /// Keeps the first `keep`; the others are counted, and `command` prints them.
    pub(crate) fn cut(&mut self, keep: usize, command: &str) {
        let rest = self.items.len().saturating_sub(keep);
        if rest == 0 {
            return;
        }
        self.items.truncate(keep);
        let before = self.more.as_ref().map_or(0, |more| more.count);
        let command = match self.more.take() {
            Some(more) => more.command,
            None => command.to_owned(),
        };
        self.more = Some(More {
            count: before + rest as u64,
            command,
        });
    }
}

impl Section {
    /// A section without anything in it yet.
    pub(crate) fn new(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            says: Vec::new(),
            columns: Vec::new(),
            rows: List::default(),
            code: None,
            unread: Vec::new(),
        }
    }
}
