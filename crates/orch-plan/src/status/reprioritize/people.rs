//! What a later end brings, and what one person more does.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{Made, Now, option};
use crate::project::{Change, Project};
use crate::schedule::ScheduleError;
use crate::status::budget::money;
use crate::status::forecast::{Forecast, forecast, open};
use crate::status::overall::{between, days};

pub(super) fn delay(now: &Now<'_>) -> Made {
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
        (now.project, &now.forecast),
        &[],
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
pub(super) fn person(now: &Now<'_>) -> Result<Made, ScheduleError> {
    let owners: BTreeSet<&str> = open(now.project).map(|task| task.owner.as_str()).collect();
    let ramp = now.project.params.ramp_up_days;
    let mut best: Option<(Project, Forecast, &str, u32)> = None;
    for owner in owners {
        let mut then = now.project.clone();
        let limit = then.limits.get(owner).copied().unwrap_or(1).max(1) + 1;
        then.limits.insert(owner.to_owned(), limit);
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
        return Ok(Err(
            "add a person: nobody's work is what holds the end up; the order of the tasks is"
                .to_owned(),
        ));
    };
    let title = format!("one person more for {owner}, {limit} tasks at a time");
    let budget = now.project.budget.as_ref();
    let rate = budget.and_then(|budget| budget.day_rate);
    let learning = rate.map(|rate| rate * Decimal::from(ramp));
    let besides: Vec<(Decimal, &str)> = learning
        .map(|cost| (cost, "to learn"))
        .into_iter()
        .collect();
    let mut made = option(now, "add-person", title, (&then, &forecast), &besides);
    made.cost = learning.map(money);
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
    if ramp > 0 {
        made.loses.push(format!(
            "the dates take them to be as fast as the others from the first day on; the {ramp} days to learn come on top, and what they cost has to be entered as spent"
        ));
    }
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
