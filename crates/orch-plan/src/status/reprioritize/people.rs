//! What a later end brings, and what one person more does.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{Made, Now, option};
use crate::project::{Change, LimitBefore, Project, State, Task};
use crate::rounding::money;
use crate::schedule::ScheduleError;
use crate::status::forecast::{Forecast, forecast, open};
use crate::status::overall::{between, days};

pub(super) fn delay(now: &Now<'_>) -> Made {
    let Some(target) = now.project.target else {
        return Err("delay: there is no target that could move".to_owned());
    };
    // Where the plan alone would hold it, the pace of what is done may not.
    let end = match now.forecast.end > target {
        true => now.forecast.end,
        false => now.forecast.at_pace,
    };
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
        (now.project, &now.forecast),
        &[],
    );
    made.holds_target = Some(true);
    made.gains.push("nothing else changes".to_owned());
    made.loses
        .push(format!("{} later than promised", days(late)));
    let later = Decimal::from((end - target).num_days());
    let lost = now.saving.iter().map(|(currency, amount)| {
        format!(
            "{} {currency} of savings that come later ({} a month × 12 / 365 × {later} calendar days)",
            money(*amount * Decimal::from(12) * later / Decimal::from(365)),
            money(*amount),
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
pub(super) fn person(now: &Now<'_>) -> Result<Made, ScheduleError> {
    let owners: BTreeSet<&str> = open(now.project).map(|task| task.owner.as_str()).collect();
    let ramp = now.project.params.ramp_up_days;
    let mut best: Option<(Project, Forecast, &str, u32)> = None;
    for owner in owners {
        let mut then = now.project.clone();
        let held = then.limit(owner);
        let limit = held + 1;
        then.limits.insert(owner.to_owned(), limit);
        then.limits_before
            .extend(now.today.pred_opt().map(|until| LimitBefore {
                owner: owner.to_owned(),
                tasks: held,
                until,
            }));
        then.tasks.extend(learning(now, owner));
        let forecast = forecast(&then, now.today)?;
        let better = match &best {
            None => forecast.end < now.forecast.end,
            Some((_, held, ..)) => forecast.end < held.end,
        };
        if better {
            best = Some((then, forecast, owner, limit));
        }
    }
    let Some((then, forecast, owner, limit)) = best else {
        return Ok(Err(format!(
            "add a person: nobody more would bring the end forward, with {ramp} days to learn first"
        )));
    };
    let title = format!("one person more for {owner}, {limit} tasks at a time");
    let budget = now.project.budget.as_ref();
    let rate = budget.and_then(|budget| budget.day_rate);
    let mut made = option(now, "add-person", title, (&then, &forecast), &[]);
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
    let limit = Change::Limit {
        owner: owner.to_owned(),
        tasks: limit,
    };
    let learning = learning(now, owner).map(|task| Change::Learn(Box::new(task)));
    Ok(Ok((made, std::iter::once(limit).chain(learning).collect())))
}

/// The days in which somebody new does nothing else than learn: a task that is begun today, so that the dates and the
/// budget know of it.
fn learning(now: &Now<'_>, owner: &str) -> Option<Task> {
    let days = now.project.params.ramp_up_days;
    let phase = open(now.project).find(|task| task.owner == owner)?;
    let is_running = now.project.start <= now.today;
    let is_free = |id: &String| now.project.tasks.iter().all(|task| task.id != *id);
    let ids = (1..).map(|number| match number {
        1 => format!("learn-{owner}"),
        _ => format!("learn-{owner}-{number}"),
    });
    (days > 0).then(|| Task {
        id: ids.into_iter().find(is_free).unwrap_or_default(),
        title: format!("Somebody new learns the work of {owner}"),
        phase: phase.phase.clone(),
        owner: owner.to_owned(),
        days: [days; 3],
        objective: Some(format!("They do a task of {owner} by themselves")),
        state: if is_running {
            State::Started
        } else {
            State::Pending
        },
        started: is_running.then_some(now.today),
        ..Task::default()
    })
}
