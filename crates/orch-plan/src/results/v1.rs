//! The frozen machine-readable completion report: members are only ever added.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::status::v1::{Decision, Head, Risk};

/// The name of the schema of [`Completion`].
pub const COMPLETION: &str = "orch/project-completion-v1";

/// What a project brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completion {
    /// Always `orch/project-completion-v1`.
    pub schema: String,
    /// The project.
    pub project: Head,
    /// Duration, people, clouds, cost.
    pub overview: Overview,
    /// What was done, by field of work.
    pub improvements: Vec<Field>,
    /// Findings before and after; not there without two runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Findings>,
    /// What it would take to compare findings, where they are not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings_missing: Option<String>,
    /// What was measured, by section of the report.
    pub impact: Vec<Section>,
    /// What it costs, and what it saves.
    pub money: Money,
    /// What it was worth.
    pub roi: Roi,
    /// Milestones and when they were reached.
    pub milestones: Vec<Milestone>,
    /// What was decided, and why.
    pub decisions: Vec<Decided>,
    /// What was learned.
    pub lessons: Vec<String>,
    /// What is left to do.
    pub recommendations: Vec<String>,
    /// Risks that stay.
    pub risks: Vec<Risk>,
    /// Questions that are still open.
    pub open_decisions: Vec<Decision>,
}

/// Duration, people, clouds, cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overview {
    /// Whether nothing is left to do.
    pub complete: bool,
    /// The last day of work.
    pub end: String,
    /// Weeks of five days from the first day to the last.
    pub weeks: String,
    /// Tasks done, and all of them.
    pub tasks: [u64; 2],
    /// Specialists that did something.
    pub specialists: Vec<String>,
    /// The clouds.
    pub clouds: Vec<String>,
    /// Working days of specialists.
    pub days: u32,
    /// Which days these are.
    #[serde(default)]
    pub days_counted: String,
    /// What it cost: days and what was spent besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Amount>,
    /// How that is made up.
    pub cost_formula: String,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// A decimal number.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// What was done in a field of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// Its name.
    pub title: String,
    /// Specialists at work in it.
    pub specialists: Vec<String>,
    /// What was done, with what shows it.
    pub done: Vec<Done>,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// The task.
    pub task: String,
    /// What.
    pub title: String,
    /// What shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// Findings before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// The run before, and when.
    pub before: [String; 2],
    /// The run after, and when.
    pub after: [String; 2],
    /// By severity.
    pub by_severity: Vec<Row>,
    /// By category.
    pub by_category: Vec<Row>,
    /// Of findings that were there before: gone, open, waived, not seen and not proven gone.
    pub fate: Fate,
    /// Findings of the category security among those gone.
    pub vulnerabilities_remediated: u64,
    /// Open findings of each standard before and after.
    pub standards: Vec<Row>,
    /// What was read before and after.
    pub coverage: [String; 2],
    /// Rules that could not be decided or asked, before and after.
    pub unknown: [u64; 2],
    /// Tasks that are done in the file and of whose findings the run of now still shows some, a sentence for each.
    #[serde(default)]
    pub contradicted: Vec<String>,
}

/// A number before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// What is counted.
    pub name: String,
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
    /// Those of before that are proven gone.
    pub fixed: u64,
}

/// What became of findings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Fate {
    /// Proven gone.
    pub gone: u64,
    /// Still open.
    pub open: u64,
    /// Accepted.
    pub waived: u64,
    /// Not seen, not proven gone.
    pub not_proven: u64,
    /// Not there before.
    pub new: u64,
}

/// Metrics of a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    /// Its name.
    pub title: String,
    /// Its metrics.
    pub metrics: Vec<Change>,
}

/// A metric before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Its id.
    pub metric: String,
    /// Its name.
    pub title: String,
    /// Its unit.
    pub unit: String,
    /// Before, and when; not there where it is not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<[String; 2]>,
    /// After, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<[String; 2]>,
    /// The difference in its unit and in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// `better`, `worse`, `same`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Where it is from, or what it would take to measure it.
    pub source: String,
}

/// What it costs, and what it saves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// The bill before and after, one for each currency.
    pub bills: Vec<Bill>,
    /// What it would take to compare bills, where they are not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What finished tasks were to save in a month, by currency.
    pub claimed: BTreeMap<String, String>,
}

/// A bill before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bill {
    /// ISO 4217 code.
    pub currency: String,
    /// First and last day, before and after.
    pub periods: [[String; 2]; 2],
    /// Mean usage of a closed day, before and after.
    pub daily: [String; 2],
    /// The same for a month.
    pub monthly: [String; 2],
    /// What a month costs less than before; negative where it costs more.
    pub realised: String,
    /// What finished tasks were to save in a month.
    pub claimed: String,
    /// What was realised and what was claimed, in a year.
    #[serde(default)]
    pub annualised: [String; 2],
    /// What speaks against counting all of it for the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    /// Realised in percent of claimed, where something was claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realised_percent: Option<String>,
    /// The change of the bill in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_percent: Option<String>,
    /// How it is computed.
    pub formula: String,
}

/// What it was worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Roi {
    /// What was put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub investment: Option<Amount>,
    /// What a year saves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annual_saving: Option<Amount>,
    /// `realised` (measured on two bills) or `claimed` (what finished tasks were to save: nothing was measured, or more).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// The same in words: measured or planned, and that it is annualised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis_said: Option<String>,
    /// Months until the saving has paid the investment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payback_months: Option<String>,
    /// Return over three years in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub three_year_percent: Option<String>,
    /// The formulas with their numbers.
    pub formulas: Vec<String>,
    /// What is missing for those that are not there.
    pub missing: Vec<String>,
}

/// A milestone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Milestone {
    /// What was reached.
    pub title: String,
    /// Whether it was.
    pub reached: bool,
    /// When it was, or will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decided {
    /// Its id in the project file.
    #[serde(default)]
    pub id: String,
    /// When.
    pub on: String,
    /// The question.
    pub question: String,
    /// What was decided.
    pub decided: String,
    /// Why.
    pub reason: String,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decider: Option<String>,
}
