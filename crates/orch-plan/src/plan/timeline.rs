//! When the tasks of a project are done: dates, ranges and room, from what was planned and what has happened.
//!
//! A task that is done stands on the days on which it was done, weekends too. One that has begun ends after its days, to
//! which those on which it was blocked are added, or after what its percentage leaves of them, and not before today. The
//! others begin today at the earliest, after what they wait for, when their owner has room.

use chrono::NaiveDate;

use crate::project::{Project, State, Task, waits};
use crate::schedule::{self, MOST_DAYS, ScheduleError, Work, date, working_days};
use crate::status::worked_days;

/// When one task is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The task.
    pub id: String,
    /// Its first day, likely.
    pub first: NaiveDate,
    /// Its last day if everything takes its best days, its likely ones, its worst.
    pub last: [NaiveDate; 3],
    /// Its first working day, counted from the project's, and the one after its last; likely.
    pub days: (u32, u32),
    /// Working days that it may be late without moving the end, with everybody as busy as planned.
    pub slack: u32,
    /// A day late here is a day late at the end.
    pub critical: bool,
}

/// When a project is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The tasks that were not given up, in the order of the project.
    pub rows: Vec<Row>,
    /// The last day if everything takes its best days, its likely ones, its worst.
    pub end: [NaiveDate; 3],
    /// Working days from the first to the last, likely.
    pub days: u32,
    /// Working days that it would take if nobody were ever busy.
    pub critical_days: u32,
}

/// Schedules a project as it stands. Without `today`, as it was on its first day.
///
/// # Errors
/// Tasks that wait for each other, or for one that there is not.
pub fn timeline(project: &Project, today: Option<NaiveDate>) -> Result<Timeline, ScheduleError> {
    let now = today.unwrap_or(project.start);
    let today = working_days(project.start, now);
    let tasks: Vec<&Task> = project
        .tasks
        .iter()
        .filter(|task| task.state != State::Dropped)
        .collect();
    let waits = waits(project);
    let after = |id: &str| {
        let after = waits.get(id).into_iter().flatten();
        after.map(|id| (*id).to_owned()).collect()
    };
    let mut work = Vec::new();
    let mut spread = Vec::new();
    for task in &tasks {
        if let Some(days) = task.days.into_iter().find(|days| *days > MOST_DAYS) {
            let task = task.id.clone();
            return Err(ScheduleError::TooLong { task, days });
        }
        let (started, days) = standing(project, task, now);
        work.push(Work {
            id: task.id.clone(),
            owner: task.owner.clone(),
            days: days[1],
            after: after(task.id.as_str()),
            rank: rank(task),
            earliest: today,
            started,
        });
        spread.push((days[0], days[2]));
    }
    let worst: Vec<u32> = spread.iter().map(|(_, worst)| *worst).collect();
    schedule::check_end(project.start, &work, &worst)?;
    let before = tasks
        .iter()
        .filter_map(|task| {
            Some((
                task.id.clone(),
                working_days(project.start, task.planned?[0]),
            ))
        })
        .collect();
    let found = schedule::schedule(&work, &project.limits, &before)?;
    let ranges = schedule::ranges(&work, &found, &spread)?;
    let last = |(start, end): (u32, u32)| date(project.start, end.max(start + 1) - 1);
    let rows: Vec<Row> = found
        .slots
        .iter()
        .zip(&ranges)
        .zip(&tasks)
        .map(|((slot, range), task)| {
            let was = done_on(project, task);
            let expected = [range.best, (slot.start, slot.end), range.worst].map(last);
            Row {
                id: slot.id.clone(),
                first: was.map_or_else(|| date(project.start, slot.start), |[first, _]| first),
                last: was.map_or(expected, |[_, last]| [last; 3]),
                days: (slot.start, slot.end),
                slack: range.slack,
                critical: range.slack == 0,
            }
        })
        .collect();
    let end = |of: usize| {
        let ends = rows.iter().map(|row| row.last[of]);
        ends.max().unwrap_or(project.start)
    };
    Ok(Timeline {
        end: [end(0), end(1), end(2)],
        days: found.days,
        critical_days: found.critical_days,
        rows,
    })
}

/// The days on which a task was done, where it is and the project had begun.
fn done_on(project: &Project, task: &Task) -> Option<[NaiveDate; 2]> {
    let finished = task.finished.filter(|_| task.state == State::Done)?;
    let first = task.started.unwrap_or(finished).max(project.start);
    (first <= finished).then_some([first, finished])
}

/// The day on which a task began, if it has, and what it takes from there: at best, likely, at worst.
fn standing(project: &Project, task: &Task, now: NaiveDate) -> (Option<u32>, [u32; 3]) {
    let day = |date: NaiveDate| working_days(project.start, date);
    match task.state {
        State::Pending | State::Dropped => (None, task.days),
        State::Done => {
            let end = task
                .finished
                .filter(|finished| *finished >= project.start)
                // The number of a Saturday is that of the Monday after it: what ends on a weekend ends on the Friday.
                .map_or(0, |finished| day(finished.succ_opt().unwrap_or(finished)));
            let start = task
                .started
                .map_or(end.saturating_sub(1), day)
                .min(end.saturating_sub(1));
            (Some(start), [end.saturating_sub(start); 3])
        }
        State::Started => {
            let today = day(now);
            let start = task.started.map_or(today, day).min(today);
            let left = left(project, task, now);
            (Some(start), left.map(|left| today - start + left))
        }
    }
}

/// The days that a task still takes from a day on, that day among them: at best, likely, at worst. Of what is begun its
/// percentage says it, else the days on which nothing held it up.
pub(crate) fn left(project: &Project, task: &Task, now: NaiveDate) -> [u32; 3] {
    if task.state != State::Started {
        return task.days;
    }
    let worked = worked_days(project, task, now);
    task.days.map(|days| {
        let left = match task.percent {
            Some(percent) => (days * u32::from(100_u8.saturating_sub(percent))).div_ceil(100),
            None => days.saturating_sub(worked),
        };
        left.max(1)
    })
}

/// Findings that are critical come before everything, those that are high before the rest, those that are low last.
fn rank(task: &Task) -> u32 {
    match (&task.rule, task.priority.as_deref()) {
        (Some(_), Some("critical")) => 0,
        (Some(_), Some("high")) => 1,
        (Some(_), Some("low")) if task.saving.is_none() => 3,
        _ => 2,
    }
}
