//! When a project will be done: the [`timeline`] that `orch plan show` draws, reduced to what is left, and once more at
//! the pace of what is done.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::budget::open_days;
use crate::plan::{Row, timeline};
use crate::project::{Project, State, Task};
use crate::rounding::round;
use crate::schedule::{MOST_DAYS, ScheduleError, working_days};

/// Dates of what is left.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// First and last day of each task that is left, likely.
    pub dates: BTreeMap<String, (NaiveDate, NaiveDate)>,
    /// Tasks of which a day late is a day late at the end.
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

/// The forecast of a project.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn forecast(project: &Project, today: NaiveDate) -> Result<Forecast, ScheduleError> {
    let likely = timeline(project, Some(today))?;
    let ids: BTreeSet<&str> = open(project).map(|task| task.id.as_str()).collect();
    let rows = || {
        likely
            .rows
            .iter()
            .filter(|row| ids.contains(row.id.as_str()))
    };
    let [best, end, worst] = likely.end;
    let pace = pace(project);
    let at_pace = match pace {
        Some(pace) => timeline(&slowed(project, pace), Some(today))?.end[1],
        None => end,
    };
    let gone = working_days(project.start, today);
    let work = |row: &Row| row.days.1 - row.days.0.max(gone).min(row.days.1);
    let left = match end.succ_opt() {
        Some(next) if !ids.is_empty() => working_days(today.max(project.start), next),
        _ => 0,
    };
    Ok(Forecast {
        dates: rows()
            .map(|row| (row.id.clone(), (row.first, row.last[1])))
            .collect(),
        critical: rows()
            .filter(|row| row.critical)
            .map(|row| row.id.clone())
            .collect(),
        end,
        best,
        worst,
        at_pace,
        pace,
        left,
        work_left: rows().map(work).sum(),
    })
}

/// The project as if what is left took longer or shorter than likely.
fn slowed(project: &Project, pace: Decimal) -> Project {
    let mut slowed = project.clone();
    for task in &mut slowed.tasks {
        if matches!(task.state, State::Pending | State::Started) {
            let days = (Decimal::from(task.days[1]) * pace).ceil();
            task.days[1] = days.try_into().unwrap_or(MOST_DAYS).min(MOST_DAYS);
        }
    }
    slowed
}

/// Tasks that are neither done nor given up.
pub(super) fn open(project: &Project) -> impl Iterator<Item = &Task> {
    let open = |task: &&Task| matches!(task.state, State::Pending | State::Started);
    project.tasks.iter().filter(open)
}

/// Whether there is nothing left of what there was to do.
pub(super) fn is_done(project: &Project) -> bool {
    !project.tasks.is_empty() && open(project).next().is_none()
}

/// How much of a task is done, in percent, where that is known: what is done, what nobody began, and what somebody said
/// or a run showed. Days that went by show nothing.
pub(super) fn percent(task: &Task) -> Option<u32> {
    match task.state {
        State::Done => Some(100),
        State::Started => task.percent.map(|percent| u32::from(percent.min(99))),
        State::Pending | State::Dropped => Some(0),
    }
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
        .then(|| round(Decimal::from(took) / Decimal::from(likely), 2))
}

/// Working days that a finished task took, its first and last day among them, without those on which it was done already.
pub(crate) fn took(task: &Task) -> Option<u32> {
    let (State::Done, Some(_), Some(finished)) = (task.state, task.started, task.finished) else {
        return None;
    };
    let days = open_days(task, finished).count();
    Some(u32::try_from(days).unwrap_or(u32::MAX).max(1))
}
