//! What giving tasks up brings, the least important first.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{Made, Now, cost, option, weight};
use crate::project::{Change, Project, State, Task, savings, waits};
use crate::rounding::money;
use crate::schedule::ScheduleError;
use crate::status::budget::over_by;
use crate::status::forecast::{Forecast, forecast, open};
use crate::status::overall::{between, days};

/// So many tasks are named in a heading.
const FEW: usize = 3;

/// Gives tasks up, the least important first, until the target and the budget are held; where nothing is missed and there
/// is no target, the one that brings most.
pub(super) fn scope(now: &Now<'_>) -> Result<Made, ScheduleError> {
    let mut then = now.project.clone();
    let mut dropped: Vec<&Task> = Vec::new();
    let mut held = now.forecast.clone();
    loop {
        let late = now.project.target.is_some_and(|target| held.end > target);
        let dear = is_over(now, &then, &held);
        let idle = now.project.target.is_none() && dropped.is_empty();
        if !late && !dear && !idle {
            break;
        }
        let wanted = if late || !dear {
            Wanted::Time
        } else {
            Wanted::Money
        };
        let Some((task, forecast)) = next_to_drop(now, &then, &held, wanted)? else {
            break;
        };
        if let Some(one) = then.tasks.iter_mut().find(|one| one.id == task.id) {
            one.state = State::Dropped;
        }
        dropped.push(task);
        held = forecast;
    }
    if dropped.is_empty() {
        let dear = is_over(now, now.project, &now.forecast);
        return Ok(Err(match now.project.target {
            Some(target) if now.forecast.end <= target && !dear => {
                format!("drop scope: the target of {target} is held with all of it")
            }
            _ if dear => "drop scope: no task may be given up to save money".to_owned(),
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
        match ids.len() {
            1..=FEW => format!("give up {}", ids.join(", ")),
            many => format!("give up {many} tasks, the least important first"),
        },
        (&then, &held),
        &[],
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
    match between(held.end, now.forecast.end) {
        0 => {}
        earlier => made.gains.push(format!("{} earlier", days(earlier))),
    }
    if is_over(now, now.project, &now.forecast) {
        made.gains.push(match is_over(now, &then, &held) {
            true => "the forecast is nearer to the budget".to_owned(),
            false => "the budget is held".to_owned(),
        });
    }
    for (currency, saving) in savings(dropped.iter().copied()) {
        made.loses.push(format!(
            "{} {currency} a month in all that would have been saved",
            money(saving)
        ));
    }
    for task in &dropped {
        let findings = match task.findings.len() {
            0 => String::new(),
            1 => ", 1 finding stays".to_owned(),
            count => format!(", {count} findings stay"),
        };
        let saving = match (task.saving, &task.currency) {
            (Some(saving), Some(currency)) => format!(", {} {currency} a month", money(saving)),
            _ => String::new(),
        };
        made.loses
            .push(format!("`{}`: {}{findings}{saving}", task.id, task.title));
    }
    let changes = dropped
        .iter()
        .map(|task| Change::Drop {
            task: task.id.clone(),
        })
        .collect();
    Ok(Ok((made, changes)))
}

/// What giving a task up shall bring.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Time,
    Money,
}

/// Whether the forecast is over the budget, where both are known.
fn is_over(now: &Now<'_>, then: &Project, forecast: &Forecast) -> bool {
    let cost = cost(then, forecast, now.today, &[]).ok();
    cost.is_some_and(|cost| over_by(&cost, Decimal::ZERO).is_some())
}

/// How important a task is, and what it saves in a month: what has paid for its work within a year is of medium weight at
/// least, and of equal weight what saves least goes first.
fn worth(project: &Project, task: &Task) -> (u8, Decimal) {
    let saving = task.saving.unwrap_or_default();
    let budget = project.budget.as_ref();
    let budget = budget.filter(|budget| task.currency.as_ref() == Some(&budget.currency));
    let rate = budget
        .and_then(|budget| budget.day_rate)
        .unwrap_or_default();
    let pays = saving * Decimal::from(12) > rate * Decimal::from(task.days[1]);
    let weight = weight(task);
    (if pays { weight.max(1) } else { weight }, saving)
}

/// The least important task that can be given up and brings an earlier end, or less work; of several, that which brings
/// most.
fn next_to_drop<'n>(
    now: &Now<'n>,
    then: &Project,
    held: &Forecast,
    wanted: Wanted,
) -> Result<Option<(&'n Task, Forecast)>, ScheduleError> {
    let gain = |forecast: &Forecast| match wanted {
        Wanted::Time => between(forecast.end, held.end),
        Wanted::Money => i64::from(held.work_left) - i64::from(forecast.work_left),
    };
    let waits = waits(then);
    let needed: BTreeSet<&str> = open(then)
        .filter_map(|task| waits.get(task.id.as_str()))
        .flatten()
        .copied()
        .collect();
    let mut best: Option<((u8, Decimal, i64), &Task, Forecast)> = None;
    for task in open(now.project) {
        let there = then
            .tasks
            .iter()
            .any(|one| one.id == task.id && one.state == State::Pending);
        let needed = needed.contains(task.id.as_str());
        let asked_for = now.first.contains(&task.id);
        if !there || needed || asked_for || task.cannot_skip.is_some() || weight(task) >= 3 {
            continue;
        }
        let mut without = then.clone();
        if let Some(one) = without.tasks.iter_mut().find(|one| one.id == task.id) {
            one.state = State::Dropped;
        }
        let forecast = forecast(&without, now.today)?;
        let gained = gain(&forecast);
        if gained <= 0 {
            continue;
        }
        let (weight, saving) = worth(then, task);
        let key = (weight, saving, -gained);
        if best.as_ref().is_none_or(|best| key < best.0) {
            best = Some((key, task, forecast));
        }
    }
    Ok(best.map(|(_, task, forecast)| (task, forecast)))
}
