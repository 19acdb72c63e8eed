//! When each task is done: critical path, limits of specialists, dates, and room to move.
//!
//! The critical path is that of the critical path method (Kelley and Walker, 1959): earliest times forwards, latest
//! times backwards, no room in between. With limits, tasks are placed one after the other as early as they fit
//! (serial schedule generation), those with the least room first. A task that was planned before keeps its place in the
//! order, so that a new plan moves nothing that had no reason to move.
//!
//! Ranges: the order in which each specialist does its tasks is taken from the schedule of the likely days and kept.
//! With that order as more edges, the earliest times are computed once with the best and once with the worst days. So
//! the best is never later than the likely and the likely never later than the worst, which schedules with limits do
//! not promise by themselves (Graham, 1966). All tasks at their worst at once is rarer than any of them: the range is
//! wide on purpose.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use serde::Serialize;

/// What is to be scheduled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// Its id.
    pub id: String,
    /// Who does it.
    pub owner: String,
    /// Working days.
    pub days: u32,
    /// What must be done before.
    pub after: Vec<String>,
    /// Of tasks that were not planned before, those of a lower number are placed first; those of 0 before all others.
    pub rank: u32,
    /// It does not start before this day.
    pub earliest: u32,
    /// It did start on this day, whatever its owner and what it waits for say.
    pub started: Option<u32>,
}

/// When a task is done. Days are working days from the start of the project, the first is 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slot {
    /// The task.
    pub id: String,
    /// Its first day.
    pub start: u32,
    /// The day after its last.
    pub end: u32,
    /// Days that it may be late without moving the end, by its dependencies alone.
    pub slack: u32,
    /// Whether it is on the critical path.
    pub critical: bool,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// In the order of the work.
    pub slots: Vec<Slot>,
    /// Working days that all of it takes.
    pub days: u32,
    /// Working days that it would take if nobody were ever busy.
    pub critical_days: u32,
}

/// Why there is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A task waits for itself.
    #[error("the tasks {} wait for each other", .0.join(", "))]
    Cycle(Vec<String>),
    /// A task waits for one that there is not.
    #[error("the task `{task}` comes after `{missing}`, which there is not")]
    Missing {
        /// The task.
        task: String,
        /// What is not there.
        missing: String,
    },
}

/// Schedules work. `limits` is how many tasks an owner does at a time: one where it is not named. `before` are the starts
/// of an earlier schedule.
///
/// # Errors
/// Tasks that wait for each other, or for one that there is not.
pub fn schedule(
    work: &[Work],
    limits: &BTreeMap<String, u32>,
    before: &BTreeMap<String, u32>,
) -> Result<Schedule, ScheduleError> {
    let order = in_order(work)?;
    let places: BTreeMap<&str, usize> = work
        .iter()
        .enumerate()
        .map(|(place, task)| (task.id.as_str(), place))
        .collect();
    let edges: Vec<Vec<usize>> = work
        .iter()
        .map(|task| task.after.iter().map(|id| places[id.as_str()]).collect())
        .collect();
    let days: Vec<u32> = work.iter().map(|task| task.days).collect();
    let earliest = earliest(work, &order, &edges, &days);
    let ends = (0..work.len()).map(|at| earliest[at] + work[at].days);
    let critical_days = ends.max().unwrap_or(0);
    let latest = latest(&order, &edges, &days, critical_days);
    let starts = place(work, &order, &places, &latest, limits, before);
    let slots: Vec<Slot> = work
        .iter()
        .enumerate()
        .map(|(at, task)| Slot {
            id: task.id.clone(),
            start: starts[at],
            end: starts[at] + task.days,
            slack: latest[at].saturating_sub(earliest[at]),
            critical: latest[at] <= earliest[at],
        })
        .collect();
    Ok(Schedule {
        days: slots.iter().map(|slot| slot.end).max().unwrap_or(0),
        slots,
        critical_days,
    })
}

/// The earliest starts, by the edges alone.
fn earliest(work: &[Work], order: &[usize], edges: &[Vec<usize>], days: &[u32]) -> Vec<u32> {
    let mut earliest = vec![0; work.len()];
    for &at in order {
        let ends = edges[at]
            .iter()
            .map(|other| earliest[*other] + days[*other]);
        let after = ends.max().unwrap_or(0).max(work[at].earliest);
        earliest[at] = work[at].started.unwrap_or(after);
    }
    earliest
}

/// The latest starts that do not move the end.
fn latest(order: &[usize], edges: &[Vec<usize>], days: &[u32], end: u32) -> Vec<u32> {
    let mut latest: Vec<u32> = days.iter().map(|days| end.saturating_sub(*days)).collect();
    for &at in order.iter().rev() {
        for &other in &edges[at] {
            latest[other] = latest[other].min(latest[at].saturating_sub(days[other]));
        }
    }
    latest
}

/// A task between its best and its worst days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Its first day and the day after its last if every task takes its best days.
    pub best: (u32, u32),
    /// The same if every task takes its worst days.
    pub worst: (u32, u32),
    /// Days that it may be late without moving the end, with everybody as busy as the schedule has them.
    pub slack: u32,
}

/// What becomes of a schedule when all tasks take their best, or their worst days; in the order of the work. `days` are
/// best and worst of each task; the likely ones stand in the work.
///
/// # Errors
/// Those of [`schedule`].
pub fn ranges(
    work: &[Work],
    schedule: &Schedule,
    days: &[(u32, u32)],
) -> Result<Vec<Range>, ScheduleError> {
    in_order(work)?;
    let places: BTreeMap<&str, usize> = work
        .iter()
        .enumerate()
        .map(|(place, task)| (task.id.as_str(), place))
        .collect();
    let mut edges: Vec<Vec<usize>> = work
        .iter()
        .map(|task| match task.started {
            // It waits for nothing any more.
            Some(_) => Vec::new(),
            None => task.after.iter().map(|id| places[id.as_str()]).collect(),
        })
        .collect();
    // Everything that stands before another thing begins before it, or ends when it begins.
    let mut order: Vec<usize> = (0..work.len()).collect();
    order.sort_by_key(|at| (schedule.slots[*at].start, schedule.slots[*at].end, *at));
    queue(work, schedule, &order, &mut edges);
    let order = sorted(&edges, &order);
    let likely: Vec<u32> = work.iter().map(|task| task.days).collect();
    let best: Vec<u32> = days.iter().map(|(best, _)| *best).collect();
    let worst: Vec<u32> = days.iter().map(|(_, worst)| *worst).collect();
    let best_starts = earliest(work, &order, &edges, &best);
    let worst_starts = earliest(work, &order, &edges, &worst);
    let latest = latest(&order, &edges, &likely, schedule.days);
    Ok((0..work.len())
        .map(|at| Range {
            best: (best_starts[at], best_starts[at] + best[at]),
            worst: (worst_starts[at], worst_starts[at] + worst[at]),
            slack: latest[at].saturating_sub(schedule.slots[at].start),
        })
        .collect())
}

/// Adds what each owner does before each of its tasks: each task follows the one that left room for it.
fn queue(work: &[Work], schedule: &Schedule, order: &[usize], edges: &mut [Vec<usize>]) {
    let mut lanes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &at in order {
        let slot = &schedule.slots[at];
        if slot.start == slot.end {
            continue;
        }
        let lanes = lanes.entry(&work[at].owner).or_default();
        let free = lanes
            .iter_mut()
            .find(|last| schedule.slots[**last].end <= slot.start);
        match free {
            Some(last) => {
                if work[at].started.is_none() {
                    edges[at].push(*last);
                }
                *last = at;
            }
            None => lanes.push(at),
        }
    }
}

/// The same places, each after those of its edges.
fn sorted(edges: &[Vec<usize>], order: &[usize]) -> Vec<usize> {
    let mut done = vec![false; edges.len()];
    let mut sorted = Vec::with_capacity(edges.len());
    while let Some(at) = order
        .iter()
        .copied()
        .find(|at| !done[*at] && edges[*at].iter().all(|other| done[*other]))
    {
        done[at] = true;
        sorted.push(at);
    }
    sorted
}

/// Places in which every task comes after those it waits for; ties in the order of the work.
fn in_order(work: &[Work]) -> Result<Vec<usize>, ScheduleError> {
    let ids: BTreeSet<&str> = work.iter().map(|task| task.id.as_str()).collect();
    for task in work {
        if let Some(missing) = task.after.iter().find(|id| !ids.contains(id.as_str())) {
            return Err(ScheduleError::Missing {
                task: task.id.clone(),
                missing: missing.clone(),
            });
        }
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut order = Vec::new();
    loop {
        let next = work.iter().enumerate().find(|(_, task)| {
            !done.contains(task.id.as_str())
                && task.after.iter().all(|id| done.contains(id.as_str()))
        });
        let Some((at, task)) = next else {
            break;
        };
        done.insert(&task.id);
        order.push(at);
    }
    if order.len() == work.len() {
        return Ok(order);
    }
    let waiting = work.iter().filter(|task| !done.contains(task.id.as_str()));
    Err(ScheduleError::Cycle(
        waiting.map(|task| task.id.clone()).collect(),
    ))
}

/// The start of each task: as early as its dependencies and its owner allow, those first that come first.
fn place(
    work: &[Work],
    order: &[usize],
    places: &BTreeMap<&str, usize>,
    latest: &[u32],
    limits: &BTreeMap<String, u32>,
    before: &BTreeMap<String, u32>,
) -> Vec<u32> {
    let mut starts: Vec<Option<u32>> = vec![None; work.len()];
    for (start, task) in starts.iter_mut().zip(work) {
        *start = task.started;
    }
    let mut left: Vec<usize> = order.to_vec();
    left.retain(|at| starts[*at].is_none());
    while !left.is_empty() {
        let ready = |at: &usize| {
            let mut after = work[*at].after.iter();
            after.all(|id| starts[places[id.as_str()]].is_some())
        };
        let first = |at: &usize| {
            let planned = before.get(&work[*at].id).copied();
            let rank = work[*at].rank;
            // What is urgent comes before what was planned earlier.
            (
                rank > 0,
                planned.unwrap_or(u32::MAX),
                rank,
                latest[*at],
                *at,
            )
        };
        let Some(at) = left
            .iter()
            .copied()
            .filter(|at| ready(at))
            .min_by_key(first)
        else {
            break;
        };
        let after = work[at].after.iter().filter_map(|id| {
            let other = places[id.as_str()];
            Some(starts[other]? + work[other].days)
        });
        let from = after.max().unwrap_or(0).max(work[at].earliest);
        let limit = limits.get(&work[at].owner).copied().unwrap_or(1).max(1);
        starts[at] = Some(free(work, &starts, at, from, limit));
        left.retain(|other| *other != at);
    }
    starts.into_iter().map(Option::unwrap_or_default).collect()
}

/// The first day from which on an owner has room for the whole task.
fn free(work: &[Work], starts: &[Option<u32>], at: usize, from: u32, limit: u32) -> u32 {
    let mine: Vec<(u32, u32)> = work
        .iter()
        .zip(starts)
        .filter(|(other, _)| other.owner == work[at].owner)
        .filter_map(|(other, start)| start.map(|start| (start, start + other.days)))
        .collect();
    let busy = |day: u32| {
        let at_once = mine
            .iter()
            .filter(|(start, end)| *start <= day && day < *end);
        at_once.count() >= limit as usize
    };
    let mut start = from;
    while let Some(day) = (start..start + work[at].days).find(|day| busy(*day)) {
        start = day + 1;
    }
    start
}

/// The date of a working day: Saturdays and Sundays are left out, the first day is the start or the Monday after it.
pub fn date(start: NaiveDate, day: u32) -> NaiveDate {
    let weekend = |date: NaiveDate| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    let mut date = start;
    let mut left = day;
    while weekend(date) || left > 0 {
        if !weekend(date) {
            left -= 1;
        }
        date = date.checked_add_days(Days::new(1)).unwrap_or(date);
        if date == NaiveDate::MAX {
            break;
        }
    }
    date
}

/// Working days from the first day up to and without the second: the day number of the second, counted from the first.
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

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
