//! What the week up to a day brought, and what the one from that day on is for.
//!
//! The two weeks meet in the day itself: what was done on it is in the first, what is planned for it and not begun is in
//! the second. Whoever reports once a week, on whatever day, reports everything.

use chrono::{Days, NaiveDate};

use super::build::{blockers, estimate, progress, risks, status_with, task, week};
use super::forecast::{Forecast, forecast};
use super::v1;
use crate::Run;
use crate::project::{Entry, Project, SEEN_DONE, State, Task};
use crate::results::{KNOWN, decided, measured};
use crate::schedule::ScheduleError;

/// The report on the seven days that end with a day, and on the seven after it.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn weekly(
    project: &Project,
    run: Option<&Run>,
    today: NaiveDate,
) -> Result<v1::Weekly, ScheduleError> {
    let forecast = forecast(project, today)?;
    let status = status_with(project, run, today, &forecast);
    let from = today.checked_sub_days(Days::new(6)).unwrap_or(today);
    let next_end = today.checked_add_days(Days::new(7)).unwrap_or(today);
    // What a run had shown to be done before the first day belongs to the first week.
    let is_first = from <= project.start;
    let within = |day: NaiveDate| day <= today && (from <= day || is_first);
    let from = from.max(project.start.min(today));
    // What is begun goes on from tomorrow on; what is not may still begin today.
    let is_next = |task: &Task| {
        let dates = forecast.dates.get(&task.id);
        dates.is_some_and(|(start, end)| match task.state {
            State::Started => *end > today,
            _ => *start <= next_end,
        })
    };
    let pick = |wanted: &dyn Fn(&Task) -> bool| -> Vec<v1::Task> {
        let found = project.tasks.iter().filter(|task| wanted(task));
        found.map(|one| task(project, one, &forecast)).collect()
    };
    let milestones = status
        .phases
        .iter()
        .filter(|phase| phase.state == "completed");
    let reached = milestones.filter(|phase| {
        let on = phase
            .milestone_on
            .as_deref()
            .and_then(|day| day.parse().ok());
        on.is_some_and(within)
    });
    let dora: Vec<&str> = KNOWN
        .iter()
        .filter(|one| one.dora)
        .map(|one| one.id)
        .collect();
    let others = project
        .metrics
        .iter()
        .filter(|metric| !dora.contains(&metric.name.as_str()));
    let is_done = |task: &Task| task.state == State::Done && task.finished.is_some_and(within);
    // What a run showed days later is news only where the task is not among those of the week.
    let is_achieved = |entry: &Entry| {
        let of = |task: &&Task| Some(&task.id) == entry.task.as_ref();
        entry.what.starts_with(SEEN_DONE) && project.tasks.iter().find(of).is_some_and(is_done)
    };
    Ok(v1::Weekly {
        schema: v1::WEEKLY.to_owned(),
        week: week(project, today),
        from: from.to_string(),
        to: today.to_string(),
        achievements: pick(&is_done),
        milestones: reached.map(|phase| phase.milestone.clone()).collect(),
        decided: decided(project)
            .filter(|(on, _)| within(*on))
            .map(|(_, one)| one)
            .collect(),
        notes: project
            .log
            .iter()
            .filter(|entry| within(entry.on) && !is_achieved(entry))
            .map(|entry| v1::Note {
                on: entry.on.to_string(),
                task: entry.task.clone(),
                what: entry.what.clone(),
            })
            .collect(),
        in_progress: pick(&|task| task.state == State::Started),
        next_week: {
            let mut tasks = pick(&is_next);
            tasks.sort_by(|one, other| (&one.start, &one.end).cmp(&(&other.start, &other.end)));
            tasks
        },
        next: [today.to_string(), next_end.to_string()],
        begins: later(project, &forecast, next_end).map(|day| day.to_string()),
        blockers: blockers(project, today),
        unblocked: project
            .blockers
            .iter()
            .filter_map(|one| {
                let ended = one.ended.filter(|ended| within(*ended))?;
                Some(v1::Unblocked {
                    id: one.id.clone(),
                    task: one.task.clone(),
                    what: one.what.clone(),
                    since: one.since.to_string(),
                    ended: ended.to_string(),
                    mitigation: one.mitigation.clone(),
                })
            })
            .collect(),
        risks: risks(project),
        dora: dora.iter().map(|id| measured(project, id, today)).collect(),
        metrics: others
            .map(|metric| measured(project, &metric.name, today))
            .collect(),
        decisions: status.decisions,
        flags: status
            .flags
            .into_iter()
            .filter(|flag| flag.raised)
            .collect(),
        overall: status.overall,
        progress: progress(project),
        estimate: estimate(project, &forecast),
        project: status.project,
    })
}

/// The first day after a day on which something new is planned to begin.
fn later(project: &Project, forecast: &Forecast, day: NaiveDate) -> Option<NaiveDate> {
    let pending = project
        .tasks
        .iter()
        .filter(|task| task.state == State::Pending);
    let starts = pending.filter_map(|task| Some(forecast.dates.get(&task.id)?.0));
    starts.filter(|start| *start > day).min()
}
