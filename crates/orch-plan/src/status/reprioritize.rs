//! What can be done when things change: a later end, one person more, less work, another order; each with its price.
//!
//! Every option is the forecast of the project as it would be then, so its dates are as good as those of the status.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::build::{head, money};
use super::forecast::{Forecast, forecast, open};
use super::overall::{between, days};
use super::v1;
use crate::project::{Change, Project, State, Task};
use crate::schedule::ScheduleError;

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
    /// Saved in a month by what the tasks that are left are to end.
    saving: BTreeMap<String, Decimal>,
}

/// Computes what can be done.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn options(project: &Project, wish: &Wish, today: NaiveDate) -> Result<Options, ScheduleError> {
    let forecast = forecast(project, today)?;
    let mut saving: BTreeMap<String, Decimal> = BTreeMap::new();
    for task in open(project) {
        if let (Some(amount), Some(currency)) = (task.saving, &task.currency) {
            *saving.entry(currency.clone()).or_default() += amount;
        }
    }
    let now = Now {
        project,
        today,
        forecast,
        saving,
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
    let told = |one: &v1::Choice| format!("{}: {}, done on {}", one.kind, one.title, one.end);
    changes.push(Change::Decide {
        what: options.shown.because.clone(),
        decided: told(chosen),
        reason: reason.to_owned(),
        by: by.map(str::to_owned),
        options: options.shown.options.iter().map(told).collect(),
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

/// An option from how the project would be forecast with it.
fn option(now: &Now<'_>, kind: &str, title: String, then: &Forecast) -> v1::Choice {
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

fn delay(now: &Now<'_>) -> Made {
    let Some(target) = now.project.target else {
        return Err("delay: there is no target that could move".to_owned());
    };
    let end = now.forecast.end;
    if end <= target {
        return Err(format!(
            "delay: the target of {target} is held as things are"
        ));
    }
    let late = between(target, end);
    let mut made = option(
        now,
        "delay",
        format!("move the target from {target} to {end}"),
        &now.forecast,
    );
    made.holds_target = Some(true);
    made.gains.push("nothing else changes".to_owned());
    made.loses
        .push(format!("{} later than promised", days(late)));
    let months = Decimal::from((end - target).num_days()) * Decimal::from(12) / Decimal::from(365);
    let lost = now.saving.iter().map(|(currency, amount)| {
        format!(
            "{} {currency} of savings that come later ({} a month × {} months)",
            money(*amount * months),
            money(*amount),
            months.round_dp(2)
        )
    });
    made.loses.extend(lost);
    made.cost = now.project.budget.as_ref().map(|_| money(Decimal::ZERO));
    made.cost_formula = "the work is the same".to_owned();
    made.briefings = open(now.project)
        .map(|task| task.owner.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    Ok((made, vec![Change::Target(end)]))
}

/// One more for the specialist for whom it brings the earliest end.
fn person(now: &Now<'_>) -> Result<Made, ScheduleError> {
    let owners: BTreeSet<&str> = open(now.project).map(|task| task.owner.as_str()).collect();
    let ramp = now.project.params.ramp_up_days;
    let mut best: Option<(Forecast, &str, u32)> = None;
    for owner in owners {
        let mut then = now.project.clone();
        let limit = then.limits.get(owner).copied().unwrap_or(1).max(1) + 1;
        then.limits.insert(owner.to_owned(), limit);
        let forecast = forecast(&then, now.today)?;
        let better = match &best {
            None => forecast.end < now.forecast.end,
            Some((held, ..)) => forecast.end < held.end,
        };
        if better {
            best = Some((forecast, owner, limit));
        }
    }
    let Some((forecast, owner, limit)) = best else {
        return Ok(Err(
            "add a person: nobody's work is what holds the end up; the order of the tasks is"
                .to_owned(),
        ));
    };
    let title = format!("one person more for {owner}, {limit} tasks at a time");
    let mut made = option(now, "add-person", title, &forecast);
    let budget = now.project.budget.as_ref();
    let rate = budget.and_then(|budget| budget.day_rate);
    made.cost = rate.map(|rate| money(rate * Decimal::from(ramp)));
    made.cost_formula = match rate {
        Some(rate) => format!("{ramp} days to learn × {rate}; the work is the same"),
        None => format!("{ramp} days to learn; [budget] names no day_rate"),
    };
    made.gains.push(format!(
        "{} earlier",
        days(between(forecast.end, now.forecast.end))
    ));
    made.loses.push(format!(
        "somebody who knows {owner} must be found, and takes others' time for {ramp} days"
    ));
    if !made.briefings.iter().any(|one| one == owner) {
        made.briefings.push(owner.to_owned());
    }
    Ok(Ok((
        made,
        vec![Change::Limit {
            owner: owner.to_owned(),
            tasks: limit,
        }],
    )))
}

/// Gives tasks up, the least important first, until the target is held; without a target, the one that brings most.
fn scope(now: &Now<'_>) -> Result<Made, ScheduleError> {
    let mut then = now.project.clone();
    let mut dropped: Vec<&Task> = Vec::new();
    let mut held = now.forecast.clone();
    loop {
        if now.project.target.is_some_and(|target| held.end <= target)
            || now.project.target.is_none() && !dropped.is_empty()
        {
            break;
        }
        let Some((task, forecast)) = next_to_drop(now, &then, held.end)? else {
            break;
        };
        if let Some(one) = then.tasks.iter_mut().find(|one| one.id == task.id) {
            one.state = State::Dropped;
        }
        dropped.push(task);
        held = forecast;
    }
    if dropped.is_empty() {
        return Ok(Err(match now.project.target {
            Some(target) if now.forecast.end <= target => {
                format!("drop scope: the target of {target} is held with all of it")
            }
            _ => "drop scope: no task that may be given up brings an earlier end".to_owned(),
        }));
    }
    let ids: Vec<String> = dropped
        .iter()
        .map(|task| format!("`{}`", task.id))
        .collect();
    let mut made = option(
        now,
        "drop-scope",
        format!("give up {}", ids.join(", ")),
        &held,
    );
    let less: u32 = now.forecast.work_left.saturating_sub(held.work_left);
    let rate = now
        .project
        .budget
        .as_ref()
        .and_then(|budget| budget.day_rate);
    made.cost = rate.map(|rate| money(-(rate * Decimal::from(less))));
    made.cost_formula = match rate {
        Some(rate) => format!("{less} likely days less × {rate}"),
        None => format!("{less} likely days less; [budget] names no day_rate"),
    };
    made.gains.push(format!(
        "{} earlier",
        days(between(held.end, now.forecast.end))
    ));
    for task in &dropped {
        let findings = match task.findings.len() {
            0 => String::new(),
            1 => ", 1 finding stays".to_owned(),
            count => format!(", {count} findings stay"),
        };
        made.loses
            .push(format!("`{}`: {}{findings}", task.id, task.title));
        if let (Some(saving), Some(currency)) = (task.saving, &task.currency) {
            made.loses.push(format!(
                "{} {currency} a month that `{}` would save",
                money(saving),
                task.id
            ));
        }
    }
    let changes = dropped
        .iter()
        .map(|task| Change::Drop {
            task: task.id.clone(),
        })
        .collect();
    Ok(Ok((made, changes)))
}

/// The least important task that can be given up and brings an earlier end; of several, that which brings most.
fn next_to_drop<'n>(
    now: &Now<'n>,
    then: &Project,
    end: NaiveDate,
) -> Result<Option<(&'n Task, Forecast)>, ScheduleError> {
    let mut best: Option<(u8, NaiveDate, &Task, Forecast)> = None;
    for task in open(now.project) {
        let there = then
            .tasks
            .iter()
            .any(|one| one.id == task.id && one.state == State::Pending);
        let needed = open(then).any(|other| other.after.contains(&task.id));
        if !there || needed || task.cannot_skip.is_some() || weight(task) >= 3 {
            continue;
        }
        let mut without = then.clone();
        if let Some(one) = without.tasks.iter_mut().find(|one| one.id == task.id) {
            one.state = State::Dropped;
        }
        let forecast = forecast(&without, now.today)?;
        if forecast.end >= end {
            continue;
        }
        let key = (weight(task), forecast.end);
        if best.as_ref().is_none_or(|held| key < (held.0, held.1)) {
            best = Some((key.0, key.1, task, forecast));
        }
    }
    Ok(best.map(|(_, _, task, forecast)| (task, forecast)))
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

/// Brings tasks to the front, with what they wait for.
fn order(now: &Now<'_>, wish: &Wish) -> Result<Made, ScheduleError> {
    let critical = open(now.project)
        .filter(|task| weight(task) == 3)
        .map(|task| task.id.clone());
    let wanted: Vec<String> = match wish.first.is_empty() {
        false => wish.first.clone(),
        true => critical.collect(),
    };
    if wanted.is_empty() {
        return Ok(Err(
            "swap the order: no task was named with --task, and none is of critical priority"
                .to_owned(),
        ));
    }
    let mut front: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&str> = wanted.iter().map(String::as_str).collect();
    while let Some(id) = left.pop() {
        if let Some(task) = open(now.project).find(|task| task.id == id)
            && front.insert(&task.id)
        {
            left.extend(task.after.iter().map(String::as_str));
        }
    }
    let mut then = now.project.clone();
    for task in &mut then.tasks {
        let dates = now.forecast.dates.get(&task.id);
        if front.contains(task.id.as_str()) {
            task.planned = Some([now.today, now.today]);
        } else if let Some((start, end)) = dates {
            task.planned = Some([
                (*start).max(now.today.succ_opt().unwrap_or(now.today)),
                *end,
            ]);
        }
    }
    let wished = forecast(&then, now.today)?;
    let moved: Vec<(&String, [NaiveDate; 2])> = wished
        .dates
        .iter()
        .filter(|(id, dates)| now.forecast.dates.get(*id) != Some(*dates))
        .map(|(id, (start, end))| (id, [*start, *end]))
        .collect();
    // What the file will say is forecast once more: only tasks that move are written.
    let mut then = now.project.clone();
    for task in &mut then.tasks {
        if let Some((_, dates)) = moved.iter().find(|(id, _)| **id == task.id) {
            task.planned = Some(*dates);
        }
    }
    let forecast = forecast(&then, now.today)?;
    let made = option(
        now,
        "swap-order",
        format!("do {} first", wanted.join(", ")),
        &forecast,
    );
    if made.tasks.is_empty() {
        return Ok(Err(format!(
            "swap the order: {} cannot begin earlier than planned",
            wanted.join(", ")
        )));
    }
    let earlier = |one: &&v1::Moved| one.to.as_ref().is_some_and(|to| to[1] < one.from[1]);
    let told = |one: &v1::Moved, to: &[String; 2]| {
        format!(
            "`{}` is done on {} instead of {}",
            one.task, to[1], one.from[1]
        )
    };
    let gains: Vec<String> = made
        .tasks
        .iter()
        .filter(earlier)
        .filter_map(|one| Some(told(one, one.to.as_ref()?)))
        .collect();
    let loses: Vec<String> = made
        .tasks
        .iter()
        .filter(|one| !earlier(one))
        .filter_map(|one| Some(told(one, one.to.as_ref()?)))
        .collect();
    let changes = moved
        .into_iter()
        .map(|(task, dates)| Change::Planned {
            task: task.clone(),
            days: dates,
        })
        .collect();
    let cost = now.project.budget.as_ref().map(|_| money(Decimal::ZERO));
    Ok(Ok((
        v1::Choice {
            gains,
            loses,
            cost,
            cost_formula: "the work is the same".to_owned(),
            ..made
        },
        changes,
    )))
}
