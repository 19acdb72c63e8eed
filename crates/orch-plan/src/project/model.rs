//! What a project is: the contents of `orch-project.toml`.
//!
//! Everything here is what people and runs have said. What follows from it (dates, progress, status, red flags) is
//! computed whenever it is asked for and stands in no file.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schedule::MOST_DAYS;

/// The version of the file that this program writes.
pub const VERSION: u32 = 1;

/// A project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Version of the file.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// What was asked for, in the words of who asked.
    #[serde(default)]
    pub request: String,
    /// The workflow pattern that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The clouds in play: `aws`, `azure`, `gcp`.
    #[serde(default)]
    pub clouds: Vec<String>,
    /// The first day.
    pub start: NaiveDate,
    /// The day by which it is to be done, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<NaiveDate>,
    /// Who leads it, and decides where nobody else is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// Who decides what is escalated, by the kind of escalation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deciders: BTreeMap<String, String>,
    /// How many tasks a specialist does at a time; one where none is named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, u32>,
    /// How many it did until a day, where that changed: days that were spent by then stay what they were.
    #[serde(
        default,
        rename = "limit_before",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub limits_before: Vec<LimitBefore>,
    /// What it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Numbers that status, red flags and options rest on, where others than the usual ones are wanted.
    #[serde(default, skip_serializing_if = "Params::is_usual")]
    pub params: Params,
    /// The run that it was planned with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The phases, in order.
    #[serde(default, rename = "phase", skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// The tasks, in order.
    #[serde(default, rename = "task", skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
    /// What holds tasks up.
    #[serde(default, rename = "blocker", skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<Blocker>,
    /// What may go wrong.
    #[serde(default, rename = "risk", skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<Risk>,
    /// What is to be decided, and what was.
    #[serde(default, rename = "decision", skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// What shows whether it helps.
    #[serde(default, rename = "metric", skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    /// What happened, in order of time.
    #[serde(default, rename = "log", skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<Entry>,
}

/// Numbers that somebody may see otherwise. Days are working days where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Days behind the target from which a project is late and somebody must decide; fewer put it at risk.
    pub late_days: u32,
    /// Days before the planned end from which it is ahead.
    pub ahead_days: u32,
    /// Days behind the planned end that are no slip yet.
    pub slip_days: u32,
    /// Days behind the target, at the pace of what is done, that somebody must decide on.
    pub major_delay_days: u32,
    /// Percent over the budget that somebody must decide on.
    pub budget_over_percent: u32,
    /// Days before its start from which a task needs an objective.
    pub objective_days: u32,
    /// Calendar days after the first finished task in which a metric should have moved.
    pub metric_days: u32,
    /// Percent of the work from which a new security finding is late.
    pub late_security_percent: u32,
    /// Mentions of work by hand that make a manual process.
    pub manual_mentions: u32,
    /// Calendar days for which an outage that was noted counts as one of now.
    pub outage_days: u32,
    /// Days in which somebody new only learns.
    pub ramp_up_days: u32,
    /// Calendar days over which deployments and incidents are counted.
    pub dora_days: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            late_days: 5,
            ahead_days: 5,
            slip_days: 3,
            major_delay_days: 10,
            budget_over_percent: 10,
            objective_days: 5,
            metric_days: 14,
            late_security_percent: 50,
            manual_mentions: 2,
            outage_days: 7,
            ramp_up_days: 3,
            dora_days: 28,
        }
    }
}

impl Params {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Project {
    /// How many tasks a specialist did at a time on a day.
    pub(crate) fn limit_on(&self, owner: &str, day: NaiveDate) -> u32 {
        let before = self.limits_before.iter();
        let held = before.filter(|one| one.owner == owner && day <= one.until);
        let held = held.min_by_key(|one| one.until).map(|one| one.tasks);
        held.unwrap_or_else(|| self.limit(owner)).max(1)
    }

    /// How many tasks a specialist does at a time.
    pub(crate) fn limit(&self, owner: &str) -> u32 {
        self.limits.get(owner).copied().unwrap_or(1).max(1)
    }
}

/// A limit that held until a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitBefore {
    /// The specialist.
    pub owner: String,
    /// How many tasks at a time.
    pub tasks: u32,
    /// The last day on which that held.
    pub until: NaiveDate,
}

/// What a project may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// All of it, as a decimal number.
    pub amount: Decimal,
    /// ISO 4217 code.
    pub currency: String,
    /// What a specialist's day costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_rate: Option<Decimal>,
    /// What was spent beside days: licences, infrastructure of the change itself.
    #[serde(default, rename = "spent", skip_serializing_if = "Vec::is_empty")]
    pub spent: Vec<Spent>,
}

/// Money that was spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// When.
    pub on: NaiveDate,
    /// How much, as a decimal number in the budget's currency.
    pub amount: Decimal,
    /// For what.
    pub what: String,
}

/// The run that a project was planned with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The snapshot directory or report, as it was typed.
    pub run: String,
    /// When its snapshot was taken, RFC 3339.
    pub as_of: String,
    /// Open findings by severity.
    #[serde(default)]
    pub findings: BTreeMap<String, u64>,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Its id, once in the project.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What is reached when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// How a task stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not begun.
    #[default]
    Pending,
    /// Begun.
    Started,
    /// Done.
    Done,
    /// Given up, by a decision.
    Dropped,
}

/// A task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its id, once in the project: small letters, digits and hyphens.
    pub id: String,
    /// What is done.
    pub title: String,
    /// The phase it belongs to.
    pub phase: String,
    /// The specialist, by id; `orchestrator` for who leads the project.
    pub owner: String,
    /// Working days: at best, likely, at worst.
    #[schemars(inner(range(max = MOST_DAYS)))]
    pub days: [u32; 3],
    /// Tasks that must be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// What is true when it is done, so that somebody can check it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// The way back, for what changes production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
    /// What nobody may leave out, where it is such a thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cannot_skip: Option<String>,
    /// With it production begins, or moves.
    #[serde(default, skip_serializing_if = "is_false")]
    pub production: bool,
    /// The rule whose findings it is to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Fingerprints of the findings that it is to end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Where these findings are, `provider:partition:account:region`: a later run must have read the scope of a finding
    /// that it does not show before it is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Which of them are in which scope, where there are several. Where a finding stands in none, all scopes must have
    /// been read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub found_in: BTreeMap<String, Vec<String>>,
    /// What ending them saves in a month, as a decimal number in `currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saving: Option<Decimal>,
    /// ISO 4217 code of the saving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `critical`, `high`, `medium`, `low`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// The days it was first planned for: first and last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<[NaiveDate; 2]>,
    /// How it stands.
    #[serde(default)]
    pub state: State,
    /// How much of it is done, by who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 100))]
    pub percent: Option<u8>,
    /// When it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<NaiveDate>,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<NaiveDate>,
    /// Stretches, first and last day of each, in which it was done until its findings came back: nobody worked on it then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paused: Vec<[NaiveDate; 2]>,
    /// What shows that it is done: a run, a link, a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// What holds a task up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blocker {
    /// Its id, once among the blockers.
    pub id: String,
    /// The task.
    pub task: String,
    /// What it is.
    pub what: String,
    /// `critical` where nothing else can go on.
    #[serde(default)]
    pub critical: bool,
    /// Since when.
    pub since: NaiveDate,
    /// What is done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigation: Option<String>,
    /// When it was gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<NaiveDate>,
}

/// What may go wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// Its id, once among the risks.
    pub id: String,
    /// What may happen.
    pub what: String,
    /// `low`, `medium`, `high`.
    pub likelihood: String,
    /// `low`, `medium`, `high`.
    pub impact: String,
    /// How it is watched or kept small.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<String>,
    /// Since when it is known.
    pub since: NaiveDate,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<NaiveDate>,
}

/// What is to be decided, or was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Its id, once among the decisions.
    pub id: String,
    /// The question.
    pub question: String,
    /// What it is about: a kind of escalation, such as `budget` or `timeline`; `reprioritize` where it chose an option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Since when it is asked.
    pub asked: NaiveDate,
    /// What could be done, each with what it brings and what it costs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Who decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decider: Option<String>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
}

/// What shows whether the project helps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name, once among the metrics: `uptime`, `response-time-p95`, `deployment-frequency`.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Whether it is better when it is larger.
    pub up_is_good: bool,
    /// What it is to reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Decimal>,
    /// What was measured, in order of time.
    #[serde(default, rename = "reading", skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
}

/// A measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// When.
    pub on: NaiveDate,
    /// What.
    pub value: Decimal,
    /// The file, run or tool that says so.
    pub source: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When.
    pub on: NaiveDate,
    /// The task, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What.
    pub what: String,
}
