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

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use chrono::{Datelike as _, Days, NaiveDate, Weekday};

use crate::room::Room;

/// The most working days that a task may take: somewhat more than ten years.
pub(crate) const MOST_DAYS: u32 = 2_700;
/// Years that people write with four digits end with this one.
const LAST_YEAR: i32 = 9999;

/// What is to be scheduled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Work {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The task.
    pub id: String,
    /// Its first day.
    pub start: u32,
    /// The day after its last.
    pub end: u32,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
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
    /// A task of so many days that it is a slip.
    #[error("the task `{task}` takes {days} working days, and no task takes more than {MOST_DAYS}")]
    TooLong {
        /// The task.
        task: String,
        /// Its days.
        days: u32,
    },
    /// More work than there are days before the year 10000.
    #[error(
        "the end lies after the year 9999: from {start} on there are {days} working days, the longest of them in `{task}`"
    )]
    TooLate {
        /// The first day.
        start: NaiveDate,
        /// Working days of all tasks at their worst, one after the other.
        days: u64,
        /// The task that takes most.
        task: String,
    },
}

impl ScheduleError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Cycle(_) => "take one of them out of the `after` of the next",
            Self::Missing { .. } => "take it out of `after`, or add the task",
            Self::TooLong { .. } => "check its `days`, or take it apart",
            Self::TooLate { .. } => "check `start`, and the `days` of the tasks",
        }
    }
}

/// What waits for what, by places.
struct Graph {
    /// What each task waits for.
    edges: Vec<Vec<usize>>,
    /// The tasks in an order in which each comes after those it waits for; ties in the order of the work.
    order: Vec<usize>,
}

impl Graph {
    fn of(work: &[Work]) -> Result<Self, ScheduleError> {
        let places: BTreeMap<&str, usize> = work
            .iter()
            .enumerate()
            .map(|(place, task)| (task.id.as_str(), place))
            .collect();
        let mut edges = Vec::with_capacity(work.len());
        for task in work {
            let mut before = Vec::with_capacity(task.after.len());
            for id in &task.after {
                let place = places.get(id.as_str());
                before.push(*place.ok_or_else(|| ScheduleError::Missing {
                    task: task.id.clone(),
                    missing: id.clone(),
                })?);
            }
            edges.push(before);
        }
        let order = sorted(&edges, |at| at);
        if order.len() == work.len() {
            return Ok(Self { edges, order });
        }
        let mut waiting = vec![true; work.len()];
        for at in order {
            waiting[at] = false;
        }
        let waiting = work.iter().zip(waiting).filter(|(_, waits)| *waits);
        Err(ScheduleError::Cycle(
            waiting.map(|(task, _)| task.id.clone()).collect(),
        ))
    }
}

/// Every place after those of its edges; of those that are ready the one of the least key comes first. Places that wait
/// for each other are left out.
pub(crate) fn sorted<K: Ord>(edges: &[Vec<usize>], key: impl Fn(usize) -> K) -> Vec<usize> {
    let mut waits: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (at, before) in edges.iter().enumerate() {
        for other in before {
            next[*other].push(at);
        }
    }
    let ready = (0..edges.len()).filter(|at| waits[*at] == 0);
    let mut ready: BinaryHeap<Reverse<(K, usize)>> =
        ready.map(|at| Reverse((key(at), at))).collect();
    let mut sorted = Vec::with_capacity(edges.len());
    while let Some(Reverse((_, at))) = ready.pop() {
        sorted.push(at);
        for other in &next[at] {
            waits[*other] -= 1;
            if waits[*other] == 0 {
                ready.push(Reverse((key(*other), *other)));
            }
        }
    }
    sorted
}

/// Whether no task takes more than anybody plans, and all of them fit into numbers.
fn check(work: &[Work], days: impl Iterator<Item = u32> + Clone) -> Result<(), ScheduleError> {
    let begun = work
        .iter()
        .map(|task| task.started.unwrap_or(task.earliest));
    let all = days.clone().chain(begun.max()).map(u64::from).sum::<u64>();
    let longest = work.iter().zip(days.clone()).max_by_key(|(_, days)| *days);
    if let Some((task, days)) = longest.filter(|_| all > u64::from(u32::MAX / 4)) {
        let task = task.id.clone();
        return Err(ScheduleError::TooLong { task, days });
    }
    for (task, days) in work.iter().zip(days) {
        // What has begun may have taken long; what is to come may not.
        let most = if task.started.is_some() {
            u32::MAX / 4
        } else {
            MOST_DAYS
        };
        if days > most {
            let task = task.id.clone();
            return Err(ScheduleError::TooLong { task, days });
        }
    }
    Ok(())
}

/// Schedules work. `limits` is how many tasks an owner does at a time: one where it is not named. `before` are the starts
/// of an earlier schedule.
///
/// # Errors
/// Tasks that wait for each other, or for one that there is not.
pub(crate) fn schedule(
    work: &[Work],
    limits: &BTreeMap<String, u32>,
    before: &BTreeMap<String, u32>,
) -> Result<Schedule, ScheduleError> {
    check(work, work.iter().map(|task| task.days))?;
    let Graph { edges, order } = Graph::of(work)?;
    let days: Vec<u32> = work.iter().map(|task| task.days).collect();
    let earliest = earliest(work, &order, &edges, &days);
    let ends = (0..work.len()).map(|at| earliest[at] + work[at].days);
    let critical_days = ends.max().unwrap_or(0);
    let latest = latest(&order, &edges, &days, critical_days);
    let starts = place(work, &edges, &latest, limits, before);
    let slots: Vec<Slot> = work
        .iter()
        .enumerate()
        .map(|(at, task)| Slot {
            id: task.id.clone(),
            start: starts[at],
            end: starts[at] + task.days,
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
pub(crate) struct Range {
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
pub(crate) fn ranges(
    work: &[Work],
    schedule: &Schedule,
    days: &[(u32, u32)],
) -> Result<Vec<Range>, ScheduleError> {
    check(work, days.iter().map(|(_, worst)| *worst))?;
    let Graph { mut edges, .. } = Graph::of(work)?;
    for (edges, task) in edges.iter_mut().zip(work) {
        if task.started.is_some() {
            // It waits for nothing any more.
            edges.clear();
        }
    }
    // Everything that stands before another thing begins before it, or ends when it begins.
    let mut order: Vec<usize> = (0..work.len()).collect();
    order.sort_by_key(|at| (schedule.slots[*at].start, schedule.slots[*at].end, *at));
    queue(work, schedule, &order, &mut edges);
    let mut rank = vec![0; work.len()];
    for (place, at) in order.iter().enumerate() {
        rank[*at] = place;
    }
    let order = sorted(&edges, |at| rank[at]);
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

/// The start of each task: as early as its dependencies and its owner allow, those first that come first.
fn place(
    work: &[Work],
    edges: &[Vec<usize>],
    latest: &[u32],
    limits: &BTreeMap<String, u32>,
    before: &BTreeMap<String, u32>,
) -> Vec<u32> {
    let mut rooms: BTreeMap<&str, Room> = BTreeMap::new();
    for task in work {
        let limit = limits.get(&task.owner).copied().unwrap_or(1);
        let room = rooms.entry(&task.owner).or_insert_with(|| Room::new(limit));
        if let Some(started) = task.started {
            room.take(started, started + task.days);
        }
    }
    let mut starts: Vec<u32> = work.iter().map(|task| task.started.unwrap_or(0)).collect();
    // What has begun waits for nothing, and nothing waits for it to be placed.
    let left: Vec<Vec<usize>> = work
        .iter()
        .zip(edges)
        .map(|(task, edges)| {
            let placed_later = edges.iter().filter(|other| work[**other].started.is_none());
            match task.started {
                Some(_) => Vec::new(),
                None => placed_later.copied().collect(),
            }
        })
        .collect();
    let first = |at: usize| {
        let planned = before.get(&work[at].id).copied();
        let rank = work[at].rank;
        // What is urgent comes before what was planned earlier.
        (rank > 0, planned.unwrap_or(u32::MAX), rank, latest[at])
    };
    for at in sorted(&left, first) {
        let task = &work[at];
        if task.started.is_some() {
            continue;
        }
        let after = edges[at]
            .iter()
            .map(|other| starts[*other] + work[*other].days);
        let from = after.max().unwrap_or(0).max(task.earliest);
        if let Some(room) = rooms.get_mut(task.owner.as_str()) {
            starts[at] = room.find(from, task.days);
            room.take(starts[at], starts[at] + task.days);
        }
    }
    starts
}

/// The date of a working day: Saturdays and Sundays are left out, the first day is the start or the Monday after it.
pub fn date(start: NaiveDate, day: u32) -> NaiveDate {
    let weekday = start.weekday().num_days_from_monday();
    // The working day that it is, and how far into its week; the Monday after for a weekend.
    let (wait, weekday) = if weekday < 5 {
        (0, weekday)
    } else {
        (7 - weekday, 0)
    };
    let days = u64::from(weekday) + u64::from(day);
    let days = u64::from(wait) + days / 5 * 7 + days % 5 - u64::from(weekday);
    start
        .checked_add_days(Days::new(days))
        .unwrap_or(NaiveDate::MAX)
}

/// Whether all of it is over before people write years with five digits, even one after the other.
pub(crate) fn check_end(
    start: NaiveDate,
    work: &[Work],
    worst: &[u32],
) -> Result<(), ScheduleError> {
    let begun = work
        .iter()
        .map(|task| task.started.unwrap_or(task.earliest));
    let days = worst.iter().map(|days| u64::from(*days)).sum::<u64>()
        + u64::from(begun.max().unwrap_or(0));
    let end = u32::try_from(days).map_or(NaiveDate::MAX, |days| date(start, days));
    if end.year() <= LAST_YEAR {
        return Ok(());
    }
    let longest = work.iter().zip(worst).max_by_key(|(_, days)| **days);
    Err(ScheduleError::TooLate {
        start,
        days,
        task: longest.map_or_else(String::new, |(task, _)| task.id.clone()),
    })
}

/// Working days after a day up to another one, that one with them: how late it is by.
pub(crate) fn working_days_after(day: NaiveDate, other: NaiveDate) -> u32 {
    let next = |day: NaiveDate| day.succ_opt().unwrap_or(day);
    working_days(next(day), next(other))
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
