//! The frozen machine-readable forms of status, week and options: members are only ever added.
//!
//! Amounts and shares are decimal strings, days are `YYYY-MM-DD`.

mod options;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::project::Params;
pub use options::{CHANGED, Changed, Choice, Moved, OPTIONS, Options};

/// The name of the schema of [`Status`].
pub const STATUS: &str = "orch/project-status-v1";
/// The name of the schema of [`Weekly`].
pub const WEEKLY: &str = "orch/project-weekly-v1";
/// How a project stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Always `orch/project-status-v1`.
    pub schema: String,
    /// The project.
    pub project: Head,
    /// All in one word, and why.
    pub overall: Overall,
    /// How much is done.
    pub progress: Progress,
    /// When it will be done.
    pub estimate: Estimate,
    /// What it cost and will cost; not there without a budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// What goes from one owner to another for tasks that are not done.
    #[serde(default)]
    pub hand_overs: Vec<HandOver>,
    /// What holds tasks up now.
    pub blockers: Vec<Blocker>,
    /// What may go wrong.
    pub risks: Vec<Risk>,
    /// What is to be decided.
    pub decisions: Vec<Decision>,
    /// All nine red flags, raised or not.
    pub flags: Vec<Flag>,
    /// What somebody must decide now.
    pub escalations: Vec<Escalated>,
    /// The numbers that this rests on.
    pub params: Params,
}

/// The head of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Head {
    /// Its name.
    pub name: String,
    /// What was asked for.
    pub request: String,
    /// The clouds.
    pub clouds: Vec<String>,
    /// The first day.
    pub start: String,
    /// The day by which it is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Who leads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// The day that counts as today.
    pub today: String,
    /// The week of the project, from 1; 0 before it begins.
    pub week: u32,
    /// The run that was looked at, besides the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// All in one word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overall {
    /// `on-track`, `at-risk`, `late`, `ahead` or `done`.
    pub state: String,
    /// The same in words.
    pub title: String,
    /// What made it so.
    pub why: Vec<String>,
    /// The rule, with its numbers.
    pub rule: String,
}

/// How much is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// Tasks that are done.
    pub done: u64,
    /// Tasks, without those given up.
    pub tasks: u64,
    /// Tasks given up.
    pub dropped: u64,
    /// Done in percent of the tasks.
    pub percent_of_tasks: String,
    /// Done in percent of the likely days; of tasks that are begun, the part that somebody said is done.
    pub percent_of_days: String,
}

/// When a project will be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The last day, from what was done until today.
    pub end: String,
    /// The same, if all goes at its best.
    pub best: String,
    /// The same, if all goes at its worst.
    pub worst: String,
    /// The same, at the pace until today.
    pub at_pace: String,
    /// Days that finished tasks took by their likely days; not there before three are finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<String>,
    /// Working days that are left.
    pub days_left: u32,
    /// The same in weeks of five days.
    pub weeks_left: String,
    /// The last day of the first plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_end: Option<String>,
    /// Working days behind the first plan; negative ahead of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind_plan: Option<i64>,
    /// Working days behind the target; negative before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind_target: Option<i64>,
}

/// What a project costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// ISO 4217 code.
    pub currency: String,
    /// What it may cost.
    pub amount: String,
    /// What was spent on days of specialists; not there without a day rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
    /// What was spent besides.
    pub other: String,
    /// What it will have cost, if what is left takes its likely days.
    pub forecast: String,
    /// The forecast over the budget in percent; negative below it.
    pub over_percent: String,
    /// How the forecast is made.
    pub formula: String,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// `completed`, `in-progress` or `pending`.
    pub state: String,
    /// What is reached at its end.
    pub milestone: String,
    /// When it was reached, or will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestone_on: Option<String>,
    /// The reviews that belong to it: areas of `orch review`.
    #[serde(default)]
    pub reviews: Vec<String>,
    /// Its tasks.
    pub tasks: Vec<Task>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// What is done.
    pub title: String,
    /// The specialist.
    pub owner: String,
    /// `pending`, `started`, `done`, `dropped`.
    pub state: String,
    /// Working days: best, likely, worst.
    pub days: [u32; 3],
    /// Working days that it took, where it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub took: Option<u32>,
    /// How much of it is done; not there for what is begun and of which nobody said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// The first day, done or expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The last day, done or expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Whether it has no room.
    pub critical: bool,
    /// Open blockers, by id.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub blocked_by: Vec<String>,
    /// What shows that it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// A task, and those of another owner that wait for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandOver {
    /// The task, by id.
    pub task: String,
    /// What is done in it.
    pub what: String,
    /// Who does it.
    pub from: String,
    /// Who goes on with it.
    pub to: String,
    /// The tasks that need it, by id.
    pub for_tasks: Vec<String>,
    /// Whether it is done, so that they can have it.
    pub ready: bool,
    /// When it was done, or will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
}

/// What holds a task up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Blocker {
    /// Its id.
    pub id: String,
    /// The task.
    pub task: String,
    /// What it is.
    pub what: String,
    /// Whether nothing else can go on.
    pub critical: bool,
    /// Since when.
    pub since: String,
    /// Working days since then.
    pub days: u32,
    /// Tasks that wait behind it.
    pub holds: Vec<String>,
    /// What is done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mitigation: Option<String>,
}

/// What held a task up and no longer does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unblocked {
    /// Its id.
    pub id: String,
    /// The task.
    pub task: String,
    /// What it was.
    pub what: String,
    /// Since when.
    pub since: String,
    /// When it was gone.
    pub ended: String,
    /// What was done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mitigation: Option<String>,
}

/// What may go wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Risk {
    /// Its id.
    pub id: String,
    /// What may happen.
    pub what: String,
    /// `low`, `medium`, `high`.
    pub likelihood: String,
    /// `low`, `medium`, `high`.
    pub impact: String,
    /// How it is watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watch: Option<String>,
}

/// What is to be decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Its id; that of an escalation where it stands in no file yet.
    pub id: String,
    /// The question.
    pub question: String,
    /// Who decides.
    pub decider: String,
    /// Since when it is asked.
    pub asked: String,
    /// What could be done.
    pub options: Vec<String>,
}

/// A red flag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flag {
    /// Its id.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Whether it is raised.
    pub raised: bool,
    /// What shows it.
    pub evidence: Vec<String>,
    /// What it would take to tell, where that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_judged: Option<String>,
    /// What to do about it.
    pub next: String,
}

/// What somebody must decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Escalated {
    /// The kind.
    pub kind: String,
    /// What it is.
    pub title: String,
    /// Who decides.
    pub decider: String,
    /// What.
    pub decides: String,
    /// Within how many hours.
    pub within_hours: u32,
    /// What shows it.
    pub evidence: Vec<String>,
}

/// A week of a project, and the plan of the next one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weekly {
    /// Always `orch/project-weekly-v1`.
    pub schema: String,
    /// The project.
    pub project: Head,
    /// The week of the project that today is in, from 1; 0 before it begins.
    pub week: u32,
    /// The first of the seven days that end today; not before the project began.
    pub from: String,
    /// Today.
    pub to: String,
    /// Tasks done in these days.
    pub achievements: Vec<Task>,
    /// Milestones reached in it.
    pub milestones: Vec<String>,
    /// What was decided in these days.
    #[serde(default)]
    pub decided: Vec<crate::results::v1::Decided>,
    /// What else was noted.
    pub notes: Vec<Note>,
    /// Tasks that are begun.
    pub in_progress: Vec<Task>,
    /// The first and the last day of the plan: today and the seven days after it.
    pub next: [String; 2],
    /// Tasks that begin in these days, today among them, or go on after today.
    pub next_week: Vec<Task>,
    /// When the first task after these days begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begins: Option<String>,
    /// Open blockers.
    pub blockers: Vec<Blocker>,
    /// Blockers that ended in these days.
    #[serde(default)]
    pub unblocked: Vec<Unblocked>,
    /// Risks.
    pub risks: Vec<Risk>,
    /// Deployment frequency, lead time, MTTR, change failure rate.
    pub dora: Vec<Measured>,
    /// The other metrics of the project.
    pub metrics: Vec<Measured>,
    /// What is to be decided.
    pub decisions: Vec<Decision>,
    /// Red flags that are raised.
    pub flags: Vec<Flag>,
    /// All in one word.
    pub overall: Overall,
    /// How much is done.
    pub progress: Progress,
    /// When it will be done.
    pub estimate: Estimate,
}

/// Something noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// When.
    pub on: String,
    /// The task it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What.
    pub what: String,
}

/// A metric at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Its id.
    pub metric: String,
    /// Its name for people.
    pub title: String,
    /// Its unit.
    pub unit: String,
    /// The last value; not there where it is not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// The value before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is to reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Where it is from, or what it would take to measure it.
    pub source: String,
}
