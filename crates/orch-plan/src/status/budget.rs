//! What a project costs until today and will have cost, held against its budget.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate, Weekday};
use rust_decimal::Decimal;

use super::forecast::Forecast;
use super::v1;
use crate::project::{Project, State, Task};
use crate::rounding::{money, rounded};

/// Working days of specialists that were spent until a day. A day of a specialist counts once for each task that it might do
/// at a time on it, however many it has begun; a day on which one task ended and another began counts once for both; a day on
/// which a task was blocked is no work on it; what was done before the project, or without a first day, cost it nothing.
pub(crate) fn days_spent(project: &Project, today: NaiveDate) -> u32 {
    let mut busy: BTreeMap<(&str, NaiveDate), Busy> = BTreeMap::new();
    for task in &project.tasks {
        for day in open_days(task, today).filter(|day| !is_blocked(project, task, *day)) {
            let busy = busy.entry((&task.owner, day)).or_default();
            match (task.started == Some(day), task.finished == Some(day)) {
                (false, false) => busy.through += 1,
                (false, true) => busy.ended += 1,
                (true, false) => busy.begun += 1,
                (true, true) => busy.within += 1,
            }
        }
    }
    busy.into_iter()
        .map(|((owner, day), busy)| busy.at_a_time().min(project.limit_on(owner, day)))
        .sum()
}

/// Tasks that a specialist has on a day.
#[derive(Default)]
struct Busy {
    /// Begun before and not ended.
    through: u32,
    /// Ended on it.
    ended: u32,
    /// Begun on it.
    begun: u32,
    /// Begun and ended on it.
    within: u32,
}

impl Busy {
    /// How many of them there were at a time at least: what ends makes room for what begins.
    fn at_a_time(&self) -> u32 {
        self.through + self.ended.max(self.begun).max(u32::from(self.within > 0))
    }
}

/// How [`days_spent`] counts, for people.
pub(crate) const COUNTED: &str = "each working day of a specialist once, without those on which all that it had begun was blocked";

/// Working days on which a task that was begun was blocked.
pub(crate) fn blocked_days(project: &Project, task: &Task, today: NaiveDate) -> usize {
    let days = open_days(task, today);
    days.filter(|day| is_blocked(project, task, *day)).count()
}

/// Working days before a day on which a task that was begun went on: neither blocked nor paused.
pub(crate) fn worked_days(project: &Project, task: &Task, today: NaiveDate) -> u32 {
    let days = open_days(task, today).filter(|day| !is_blocked(project, task, *day));
    u32::try_from(days.count()).unwrap_or(u32::MAX)
}

/// The working days of a task: from its first to its last, or to the one before today. Of weekends the day counts on which
/// somebody began.
pub(super) fn open_days(task: &Task, today: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
    let last = match task.state {
        State::Done => task.finished,
        State::Started => today.pred_opt(),
        State::Pending | State::Dropped => None,
    };
    let days = task.started.zip(last).map(|(first, last)| {
        let days = first.iter_days().take_while(move |day| *day <= last);
        days.filter(move |day| {
            *day == first || !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
        })
    });
    let paused = task.paused.clone();
    days.into_iter().flatten().filter(move |day| {
        !paused
            .iter()
            .any(|[first, last]| (*first..=*last).contains(day))
    })
}

fn is_blocked(project: &Project, task: &Task, day: NaiveDate) -> bool {
    let mut blockers = project.blockers.iter().filter(|one| one.task == task.id);
    blockers.any(|one| one.since <= day && one.ended.is_none_or(|ended| day < ended))
}

/// What a project costs and will cost, with what is to be paid besides; nothing without a budget.
pub(super) fn budget(
    project: &Project,
    forecast: &Forecast,
    today: NaiveDate,
    besides: &[(Decimal, &str)],
) -> Option<v1::Budget> {
    let budget = project.budget.as_ref()?;
    let other: Decimal = budget
        .spent
        .iter()
        .filter(|one| one.on <= today)
        .map(|one| one.amount)
        .sum();
    let spent = days_spent(project, today);
    let rate = budget.day_rate;
    let days = rate.map(|rate| rate * Decimal::from(spent));
    let left = rate.map(|rate| rate * Decimal::from(forecast.work_left));
    let more: Decimal = besides.iter().map(|(amount, _)| amount).sum();
    let total = other + more + days.unwrap_or_default() + left.unwrap_or_default();
    let over = (total - budget.amount) * Decimal::ONE_HUNDRED;
    // A file whose budget is nothing is refused.
    let over = over.checked_div(budget.amount).unwrap_or_default();
    let mut formula = match rate {
        Some(rate) => format!(
            "{spent} days until today × {rate} + {} likely days left × {rate} + {} spent besides",
            forecast.work_left,
            money(other)
        ),
        None => "what was spent; days are left out, because [budget] names no day_rate".to_owned(),
    };
    for (amount, what) in besides {
        formula.push_str(&format!(" + {} {what}", money(*amount)));
    }
    Some(v1::Budget {
        currency: budget.currency.clone(),
        amount: money(budget.amount),
        days: days.map(money),
        other: money(other),
        forecast: money(total),
        over_percent: rounded(over, 1).to_string(),
        formula,
    })
}

/// The forecast against the budget, where it is more than so many percent over it.
pub(super) fn over_by(budget: &v1::Budget, most: Decimal) -> Option<String> {
    let (forecast, amount): (Decimal, Decimal) =
        (budget.forecast.parse().ok()?, budget.amount.parse().ok()?);
    let over = (forecast - amount) * Decimal::ONE_HUNDRED > amount * most;
    over.then(|| {
        format!(
            "the forecast is {} {}, {} % over the budget of {}",
            budget.forecast, budget.currency, budget.over_percent, budget.amount
        )
    })
}
