//! What another order of the tasks brings.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Made, Now, Wish, option, weight};
use crate::project::{Change, waits};
use crate::rounding::money;
use crate::schedule::ScheduleError;
use crate::status::forecast::{forecast, open};
use crate::status::v1;

/// Brings tasks to the front, with what they wait for.
pub(super) fn order(now: &Now<'_>, wish: &Wish) -> Result<Made, ScheduleError> {
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
    let waits = waits(now.project);
    let mut front: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&str> = wanted.iter().map(String::as_str).collect();
    while let Some(id) = left.pop() {
        if let Some(task) = open(now.project).find(|task| task.id == id)
            && front.insert(&task.id)
        {
            left.extend(waits.get(id).into_iter().flatten());
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
        (&then, &forecast),
        &[],
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
