//! What can be done when things change: a later end, one person more, less work, another order; each with its price.
//!
//! Every option is the forecast of the project as it would be then, so its dates are as good as those of the status.

mod order;
mod people;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::budget::budget;
use super::build::head;
use super::forecast::{Forecast, forecast, open};
use super::overall::{between, days};
use super::v1;
use crate::project::{Change, GIVEN_UP, Project, REPRIORITIZE, Task, savings};
use crate::rounding::money;
use crate::schedule::ScheduleError;
use order::order;
use people::{delay, person};
use scope::scope;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// What made it necessary.
    pub because: String,
    /// Tasks that must come first now; those of critical priority where none is named.
    pub first: Vec<String>,
}

/// The options with what each would write.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// For people and programs.
    pub shown: v1::Options,
    /// What each option changes in the file, in the same order.
    pub changes: Vec<Vec<Change>>,
}

/// How things are now, and what is compared with it.
struct Now<'n> {
    project: &'n Project,
    today: NaiveDate,
    forecast: Forecast,
    /// What it costs; nothing where that is not known.
    budget: Result<v1::Budget, String>,
    /// What must come first now: it is not given up.
    first: &'n [String],
    /// Saved in a month by what the tasks that are left are to end.
    saving: BTreeMap<String, Decimal>,
}

/// Computes what can be done.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn options(project: &Project, wish: &Wish, today: NaiveDate) -> Result<Options, ScheduleError> {
    let forecast = forecast(project, today)?;
    let now = Now {
        budget: cost(project, &forecast, today, &[]),
        project,
        today,
        forecast,
        first: &wish.first,
        saving: savings(open(project)),
    };
    let mut found = Vec::new();
    let mut none = Vec::new();
    for made in [delay(&now), person(&now)?, scope(&now)?, order(&now, wish)?] {
        match made {
            Ok(one) => found.push(one),
            Err(why) => none.push(why),
        }
    }
    let mut options = Vec::new();
    let mut changes = Vec::new();
    for (place, (option, change)) in found.into_iter().enumerate() {
        options.push(v1::Choice {
            number: u32::try_from(place + 1).unwrap_or(u32::MAX),
            ..option
        });
        changes.push(change);
    }
    Ok(Options {
        shown: v1::Options {
            schema: v1::OPTIONS.to_owned(),
            project: head(project, None, today),
            because: wish.because.clone(),
            impact: impact(&now),
            budget: now.budget.clone().ok(),
            budget_not_known: now.budget.clone().err(),
            options,
            not_offered: none,
        },
        changes,
    })
}

/// What choosing an option writes: its changes and the decision. Nothing where there is no such option.
pub fn choose(
    options: &Options,
    number: u32,
    reason: &str,
    by: Option<&str>,
) -> Option<Vec<Change>> {
    let at = usize::try_from(number.checked_sub(1)?).ok()?;
    let chosen = options.shown.options.get(at)?;
    let mut changes = options.changes.get(at)?.clone();
    // The decision names no task: why one was given up has to be found with it.
    let dropped = changes.iter().filter_map(|change| match change {
        Change::Drop { task } => Some(Change::Log {
            what: format!("{GIVEN_UP}{reason}"),
            task: Some(task.clone()),
            on: None,
        }),
        _ => None,
    });
    let dropped: Vec<Change> = dropped.collect();
    changes.extend(dropped);
    let told = |one: &v1::Choice| format!("{}: {}, done on {}", one.kind, one.title, one.end);
    changes.push(Change::Decide {
        what: options.shown.because.clone(),
        decided: told(chosen),
        reason: reason.to_owned(),
        by: by.map(str::to_owned),
        options: options.shown.options.iter().map(told).collect(),
        kind: Some(REPRIORITIZE.to_owned()),
    });
    Some(changes)
}

fn impact(now: &Now<'_>) -> Vec<String> {
    let forecast = &now.forecast;
    let mut out = vec![format!(
        "If nothing is done, the last task is done on {} (between {} and {})",
        forecast.end, forecast.best, forecast.worst
    )];
    match now.project.target {
        Some(target) if forecast.end > target => {
            out.push(format!(
                "That is {} after the target of {target}",
                days(between(target, forecast.end))
            ));
        }
        Some(target) => out.push(format!(
            "The target of {target} is held with {} to spare",
            days(between(forecast.end, target))
        )),
        None => out.push("There is no target to hold it against".to_owned()),
    }
    if let Some(pace) = forecast.pace.filter(|_| forecast.at_pace != forecast.end) {
        let target = now.project.target;
        let late = target.filter(|target| forecast.at_pace > *target);
        let late = late.map(|target| {
            let late = days(between(target, forecast.at_pace));
            format!(", {late} after the target of {target}")
        });
        out.push(format!(
            "At the pace of what is done ({pace} times its likely days) it is {}{}",
            forecast.at_pace,
            late.unwrap_or_default()
        ));
    }
    let blockers = now
        .project
        .blockers
        .iter()
        .filter(|one| one.ended.is_none());
    out.extend(blockers.map(|one| format!("`{}` is blocked: {}", one.task, one.what)));
    for (currency, amount) in &now.saving {
        out.push(format!(
            "Each month of delay costs {} {currency} that open tasks would save",
            money(*amount)
        ));
    }
    out
}

type Made = Result<(v1::Choice, Vec<Change>), String>;

/// What a project would cost, or why that is not known.
fn cost(
    project: &Project,
    forecast: &Forecast,
    today: NaiveDate,
    besides: &[(Decimal, &str)],
) -> Result<v1::Budget, String> {
    let rate = project.budget.as_ref().map(|budget| budget.day_rate);
    match (rate, budget(project, forecast, today, besides)) {
        (Some(Some(_)), Some(budget)) => Ok(budget),
        (Some(_), _) => Err("[budget] names no day_rate, so days have no price".to_owned()),
        (None, _) => Err("the project file has no [budget]".to_owned()),
    }
}

/// An option from how the project would be with it, and what is to be paid for it besides the work.
fn option(
    now: &Now<'_>,
    kind: &str,
    title: String,
    (project, then): (&Project, &Forecast),
    besides: &[(Decimal, &str)],
) -> v1::Choice {
    let cost = cost(project, then, now.today, besides);
    let moved: Vec<v1::Moved> = now
        .project
        .tasks
        .iter()
        .filter_map(|task| {
            let (from, to) = (now.forecast.dates.get(&task.id)?, then.dates.get(&task.id));
            let told = |dates: &(NaiveDate, NaiveDate)| [dates.0.to_string(), dates.1.to_string()];
            (to != Some(from)).then(|| v1::Moved {
                task: task.id.clone(),
                owner: task.owner.clone(),
                from: told(from),
                to: to.map(told),
            })
        })
        .collect();
    v1::Choice {
        number: 0,
        kind: kind.to_owned(),
        title,
        end: then.end.to_string(),
        days: between(now.forecast.end, then.end),
        holds_target: now.project.target.map(|target| then.end <= target),
        cost: None,
        currency: now
            .project
            .budget
            .as_ref()
            .map(|budget| budget.currency.clone()),
        cost_formula: String::new(),
        budget: cost.clone().ok(),
        budget_not_known: cost.err(),
        gains: Vec::new(),
        loses: Vec::new(),
        briefings: moved
            .iter()
            .map(|one| one.owner.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        tasks: moved,
    }
}

/// How important a task is; what nobody weighed is of medium weight.
fn weight(task: &Task) -> u8 {
    match task.priority.as_deref() {
        Some("critical") => 3,
        Some("high") => 2,
        Some("low") => 0,
        _ => 1,
    }
}
