//! When a project will be done, from what was done until today.
//!
//! What is done is left out; what is begun needs what is left of its likely days, by the percent that its owner says or
//! else by the days since it was begun, and at least one; nothing begins before today. The rest is [`schedule`], with the
//! order of the plan.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use rust_decimal::Decimal;

use crate::project::{Project, State, Task};
use crate::schedule::{ScheduleError, Work, date, schedule};

/// Dates of what is left.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// First and last day of each task that is left.
    pub dates: BTreeMap<String, (NaiveDate, NaiveDate)>,
    /// Tasks without room, if nobody is ever busy.
    pub critical: BTreeSet<String>,
    /// The last day of the project; the last day on which something was done where nothing is left.
    pub end: NaiveDate,
    /// The same, if all that is left goes at its best.
    pub best: NaiveDate,
    /// The same, at its worst.
    pub worst: NaiveDate,
    /// The same, if what is left takes as much longer or shorter than likely as what is done did.
    pub at_pace: NaiveDate,
    /// Days that finished tasks took by days that were likely for them; nothing before three are finished.
    pub pace: Option<Decimal>,
    /// Working days until the end, today among them.
    pub left: u32,
    /// Likely days of work that are left.
    pub work_left: u32,
}

/// How much of a task is taken as its length.
#[derive(Clone, Copy)]
enum Length {
    Best,
    Likely,
    Worst,
    Pace(Decimal),
}

/// The forecast of a project.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn forecast(project: &Project, today: NaiveDate) -> Result<Forecast, ScheduleError> {
    let from = today.max(project.start);
    let work = work(project, from, Length::Likely);
    let first = order(project, from);
    let likely = schedule(&work, &project.limits, &first)?;
    let end_of = |length: Length| -> Result<NaiveDate, ScheduleError> {
        let other = self::work(project, from, length);
        let days = schedule(&other, &project.limits, &first)?.days;
        Ok(last(project, from, days))
    };
    let pace = pace(project);
    let end = last(project, from, likely.days);
    let dates = likely
        .slots
        .iter()
        .map(|slot| {
            let end = date(from, slot.end.saturating_sub(1).max(slot.start));
            (slot.id.clone(), (date(from, slot.start), end))
        })
        .collect();
    let critical = likely.slots.iter().filter(|slot| slot.critical);
    Ok(Forecast {
        dates,
        critical: critical.map(|slot| slot.id.clone()).collect(),
        end,
        // With busy specialists less work can end later (Graham, 1966): the range holds the likely end whatever happens.
        best: end_of(Length::Best)?.min(end),
        worst: end_of(Length::Worst)?.max(end),
        at_pace: end_of(pace.map_or(Length::Likely, Length::Pace))?,
        pace,
        left: likely.days,
        work_left: work.iter().map(|task| task.days).sum(),
    })
}

/// What is left to do, as work to schedule.
fn work(project: &Project, from: NaiveDate, length: Length) -> Vec<Work> {
    let left: BTreeSet<&str> = open(project).map(|task| task.id.as_str()).collect();
    let after = |task: &Task| -> Vec<String> {
        // What is begun waits for nothing any more.
        let waits = task.state == State::Pending;
        let after = task
            .after
            .iter()
            .filter(|id| waits && left.contains(id.as_str()));
        after.cloned().collect()
    };
    open(project)
        .map(|task| Work {
            id: task.id.clone(),
            owner: task.owner.clone(),
            days: remaining(task, from, length),
            after: after(task),
        })
        .collect()
}

/// The order of the plan: what is begun, then by the first planned day.
fn order(project: &Project, from: NaiveDate) -> BTreeMap<String, u32> {
    let place = |task: &Task| match (task.state, task.planned) {
        (State::Started, _) => Some(0),
        (_, Some([first, _])) => Some(1 + working_days(from, first)),
        _ => None,
    };
    open(project)
        .filter_map(|task| Some((task.id.clone(), place(task)?)))
        .collect()
}

/// Tasks that are neither done nor given up.
pub(super) fn open(project: &Project) -> impl Iterator<Item = &Task> {
    let open = |task: &&Task| matches!(task.state, State::Pending | State::Started);
    project.tasks.iter().filter(open)
}

/// Days of a task that are left.
fn remaining(task: &Task, from: NaiveDate, length: Length) -> u32 {
    let whole = match length {
        Length::Best => task.days[0],
        Length::Likely => task.days[1],
        Length::Worst => task.days[2],
        Length::Pace(pace) => up(Decimal::from(task.days[1]) * pace),
    };
    if task.state != State::Started {
        return whole;
    }
    let gone = match (task.percent, task.started) {
        (Some(percent), _) => {
            let share = Decimal::from(percent.min(100)) / Decimal::ONE_HUNDRED;
            return up(Decimal::from(whole) * (Decimal::ONE - share)).max(1);
        }
        (None, Some(started)) => working_days(started, from),
        (None, None) => 0,
    };
    whole.saturating_sub(gone).max(1)
}

/// How much of a task is done, in percent: what its owner says, else by the days since it was begun, never all of it.
pub(super) fn percent(task: &Task, today: NaiveDate) -> u32 {
    match (task.state, task.percent, task.started) {
        (State::Done, ..) => 100,
        (State::Started, Some(percent), _) => u32::from(percent.min(99)),
        (State::Started, None, Some(started)) => {
            (working_days(started, today) * 100 / task.days[1].max(1)).min(90)
        }
        _ => 0,
    }
}

fn up(days: Decimal) -> u32 {
    days.ceil().try_into().unwrap_or(u32::MAX)
}

/// Days that finished tasks took, by their likely days.
fn pace(project: &Project) -> Option<Decimal> {
    let took: Vec<(u32, u32)> = project
        .tasks
        .iter()
        .filter(|task| task.days[1] > 0)
        .filter_map(|task| Some((took(task)?, task.days[1])))
        .collect();
    let (took, likely) = took.iter().fold((0, 0), |(took, likely), (one, other)| {
        (took + one, likely + other)
    });
    let finished = project
        .tasks
        .iter()
        .filter(|task| self::took(task).is_some());
    (finished.count() >= 3 && likely > 0)
        .then(|| (Decimal::from(took) / Decimal::from(likely)).round_dp(2))
}

/// Working days that a finished task took, its first and last day among them.
pub(crate) fn took(task: &Task) -> Option<u32> {
    let (State::Done, Some(started), Some(finished)) = (task.state, task.started, task.finished)
    else {
        return None;
    };
    Some(working_days(started, finished.checked_add_days(Days::new(1))?).max(1))
}

/// The last day: of what is left, or on which the last thing was done.
fn last(project: &Project, from: NaiveDate, days: u32) -> NaiveDate {
    if days > 0 {
        return date(from, days - 1);
    }
    let finished = project.tasks.iter().filter_map(|task| task.finished);
    finished.max().unwrap_or(from)
}

/// Working days from the first day up to and without the second.
pub fn working_days(from: NaiveDate, to: NaiveDate) -> u32 {
    if to <= from {
        return 0;
    }
    let days = u32::try_from((to - from).num_days()).unwrap_or(u32::MAX);
    let weeks = days / 7;
    let rest = (0..days % 7).filter(|day| {
        let date = from.checked_add_days(Days::new(u64::from(weeks * 7 + day)));
        date.is_some_and(|date| !matches!(date.weekday(), Weekday::Sat | Weekday::Sun))
    });
    weeks * 5 + u32::try_from(rest.count()).unwrap_or(0)
}
