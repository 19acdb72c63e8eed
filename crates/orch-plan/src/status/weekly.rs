//! What a week of a project brought, and what the next one is for.

use chrono::{Days, NaiveDate};

use super::build::{blockers, decisions, estimate, progress, risks, status, task, week};
use super::forecast::forecast;
use super::v1;
use crate::Run;
use crate::project::{Project, State};
use crate::results::{KNOWN, measured};
use crate::schedule::ScheduleError;

/// The report on the week that a day is in.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn weekly(
    project: &Project,
    run: Option<&Run>,
    today: NaiveDate,
) -> Result<v1::Weekly, ScheduleError> {
    let status = status(project, run, today)?;
    let forecast = forecast(project, today)?;
    let week = week(project, today);
    let days = |count: u64| Days::new(count);
    let from = match week {
        0 => today,
        week => project
            .start
            .checked_add_days(days(u64::from(week - 1) * 7))
            .unwrap_or(today),
    };
    let next = from.checked_add_days(days(7)).unwrap_or(today);
    let next_end = from.checked_add_days(days(13)).unwrap_or(today);
    let within = |day: NaiveDate| from <= day && day <= today;
    let pick = |wanted: &dyn Fn(&crate::project::Task) -> bool| -> Vec<v1::Task> {
        let found = project.tasks.iter().filter(|task| wanted(task));
        found
            .map(|one| task(project, one, &forecast, today))
            .collect()
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
    Ok(v1::Weekly {
        schema: v1::WEEKLY.to_owned(),
        week,
        from: from.to_string(),
        to: today.to_string(),
        achievements: pick(&|task| task.state == State::Done && task.finished.is_some_and(within)),
        milestones: reached.map(|phase| phase.milestone.clone()).collect(),
        notes: project
            .log
            .iter()
            .filter(|entry| within(entry.on))
            .map(|entry| v1::Note {
                on: entry.on.to_string(),
                task: entry.task.clone(),
                what: entry.what.clone(),
            })
            .collect(),
        in_progress: pick(&|task| task.state == State::Started),
        next_week: {
            let mut tasks = pick(&|task| {
                let dates = forecast.dates.get(&task.id);
                dates.is_some_and(|(start, end)| *start <= next_end && *end >= next)
            });
            tasks.sort_by(|one, other| (&one.start, &one.end).cmp(&(&other.start, &other.end)));
            tasks
        },
        blockers: blockers(project, today),
        risks: risks(project),
        dora: dora.iter().map(|id| measured(project, id, today)).collect(),
        metrics: others
            .map(|metric| measured(project, &metric.name, today))
            .collect(),
        decisions: decisions(project, &status.escalations, today),
        flags: status
            .flags
            .into_iter()
            .filter(|flag| flag.raised)
            .collect(),
        overall: status.overall,
        progress: progress(project, today),
        estimate: estimate(project, &forecast),
        project: status.project,
    })
}
