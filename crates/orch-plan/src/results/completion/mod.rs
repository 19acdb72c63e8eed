//! What a project brought, measured: runs, bills and readings before and after.

mod findings;
mod impact;
mod learned;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::roi::{bills, roi};
use super::v1::{Amount, COMPLETION, Completion, Decided, Done, Field, Milestone, Money, Overview};
use crate::project::{Project, State};
use crate::rounding::{money, round};
use crate::schedule::{ScheduleError, working_days};
use crate::status::{COUNTED, days_spent, status};
use crate::{Library, Run};
use findings::compare;
use impact::impact;
use learned::{lessons, recommendations};

/// The runs that a completion report compares.
#[derive(Debug, Clone, Copy)]
pub struct Before<'r> {
    /// What was found before the project.
    pub before: Option<&'r Run>,
    /// What is found now.
    pub after: Option<&'r Run>,
}

/// Fields of work, in the order of the report. Whoever is in none of them is in the last.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "Infrastructure",
        &["aws", "azure", "gcp", "terraform", "ansible"],
    ),
    (
        "Containerization and orchestration",
        &["docker", "kubernetes"],
    ),
    ("CI/CD", &["cicd"]),
    (
        "Monitoring and observability",
        &["monitoring", "observability"],
    ),
    ("Security", &["security"]),
    ("Coordination and others", &[]),
];
/// The completion report.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn completion(
    project: &Project,
    runs: Before<'_>,
    library: &Library,
    today: NaiveDate,
) -> Result<Completion, ScheduleError> {
    let status = status(project, runs.after, today)?;
    let (findings, findings_missing) = match (runs.before, runs.after) {
        (Some(before), Some(after)) => (Some(compare(project, before, after)), None),
        (None, _) => (
            None,
            Some(
                "there is no run from before: add --before RUN (the one it was planned with)"
                    .to_owned(),
            ),
        ),
        (_, None) => (
            None,
            Some("there is no run of now: add --run RUN".to_owned()),
        ),
    };
    let billing = match runs.after {
        Some(after) => bills(project, runs.before.map(|run| &run.report), &after.report),
        None => Money {
            bills: Vec::new(),
            missing: Some("there is no run of now: add --run RUN".to_owned()),
            claimed: BTreeMap::new(),
        },
    };
    let overview = overview(project, &status, today);
    let investment = overview
        .cost
        .as_ref()
        .and_then(|cost| Some((cost.amount.parse::<Decimal>().ok()?, cost.currency.clone())));
    let milestones = status.phases.iter().filter(|phase| !phase.tasks.is_empty());
    Ok(Completion {
        schema: COMPLETION.to_owned(),
        improvements: improvements(project),
        impact: impact(project, today),
        roi: roi(project, investment, &billing),
        money: billing,
        milestones: milestones
            .map(|phase| Milestone {
                title: phase.milestone.clone(),
                reached: phase.state == "completed",
                on: phase.milestone_on.clone(),
            })
            .collect(),
        decisions: decided(project).map(|(_, one)| one).collect(),
        lessons: lessons(project, today),
        recommendations: recommendations(project, runs.after, library),
        risks: status.risks,
        open_decisions: status.decisions,
        project: status.project,
        overview,
        findings,
        findings_missing,
    })
}

/// What was decided, and when.
pub(crate) fn decided(project: &Project) -> impl Iterator<Item = (NaiveDate, Decided)> {
    project.decisions.iter().filter_map(|one| {
        let told = Decided {
            id: one.id.clone(),
            on: one.on?.to_string(),
            question: one.question.clone(),
            decided: one.decided.clone()?,
            reason: one.reason.clone().unwrap_or_default(),
            decider: one.decider.clone(),
        };
        Some((one.on?, told))
    })
}

fn overview(project: &Project, status: &crate::status::v1::Status, today: NaiveDate) -> Overview {
    let end = status.estimate.end.parse::<NaiveDate>().unwrap_or(today);
    let complete = status.overall.state == "done";
    let last = if complete { end } else { today };
    let days = working_days(project.start, last.succ_opt().unwrap_or(last));
    let worked = project
        .tasks
        .iter()
        .filter(|task| matches!(task.state, State::Done | State::Started));
    let specialists: BTreeSet<String> = worked.map(|task| task.owner.clone()).collect();
    let spent = days_spent(project, today);
    let budget = project.budget.as_ref();
    let other: Decimal = budget
        .into_iter()
        .flat_map(|budget| &budget.spent)
        .filter(|one| one.on <= today)
        .map(|one| one.amount)
        .sum();
    let rate = budget.and_then(|budget| budget.day_rate);
    Overview {
        complete,
        end: last.to_string(),
        weeks: round(Decimal::from(days) / Decimal::from(5), 1)
            .normalize()
            .to_string(),
        tasks: [status.progress.done, status.progress.tasks],
        specialists: specialists.into_iter().collect(),
        clouds: project.clouds.clone(),
        days: spent,
        days_counted: COUNTED.to_owned(),
        cost: budget.zip(rate).map(|(budget, rate)| Amount {
            amount: money(rate * Decimal::from(spent) + other),
            currency: budget.currency.clone(),
        }),
        cost_formula: match rate {
            Some(rate) => format!("{spent} days × {rate} + {} spent besides", money(other)),
            None => {
                format!("{spent} days; what they cost is not known: write `day_rate` into [budget]")
            }
        },
    }
}

fn improvements(project: &Project) -> Vec<Field> {
    let named: Vec<&str> = FIELDS
        .iter()
        .flat_map(|(_, owners)| *owners)
        .copied()
        .collect();
    FIELDS
        .iter()
        .map(|(title, owners)| {
            let within = |owner: &str| match owners.is_empty() {
                true => !named.contains(&owner),
                false => owners.contains(&owner),
            };
            let tasks = || {
                project
                    .tasks
                    .iter()
                    .filter(|task| task.state == State::Done && within(&task.owner))
            };
            let specialists: BTreeSet<String> = tasks().map(|task| task.owner.clone()).collect();
            Field {
                title: (*title).to_owned(),
                specialists: specialists.into_iter().collect(),
                done: tasks()
                    .map(|task| Done {
                        task: task.id.clone(),
                        title: task.title.clone(),
                        evidence: task.evidence.clone(),
                    })
                    .collect(),
            }
        })
        .filter(|field| !field.done.is_empty())
        .collect()
}
