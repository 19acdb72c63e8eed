//! How a project stands on a day, from its file and, where there is one, a run.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use orch_report::v1 as report;
use rust_decimal::Decimal;

use super::budget::{budget, over_by};
use super::decisions::decisions;
use super::escalation::escalations;
use super::flags::flags;
use super::forecast::{Forecast, forecast, open, percent, took};
use super::overall::{between, overall, planned_end};
use super::v1;
use crate::Run;
use crate::project::{self, Edge, Phase, Project, State, Task, edges, stands, waits};
use crate::review::reviews_at;
use crate::rounding::round;
use crate::schedule::{ScheduleError, working_days};

/// Everything that flags and escalations look at.
pub(super) struct Facts<'f> {
    pub(super) project: &'f Project,
    pub(super) today: NaiveDate,
    pub(super) run: Option<&'f Run>,
    pub(super) forecast: &'f Forecast,
    pub(super) budget: Option<v1::Budget>,
    /// The findings that tasks are about.
    pub(super) planned: BTreeSet<&'f str>,
    /// That the forecast is over the budget, where it is.
    pub(super) over_budget: Option<String>,
}

impl<'f> Facts<'f> {
    /// Open findings of the run.
    pub(super) fn findings(&self) -> impl Iterator<Item = &'f report::Finding> {
        let findings = self.run.into_iter().flat_map(|run| &run.report.findings);
        findings.filter(|finding| finding.state == "open")
    }

    /// Whether a task is about a finding.
    pub(super) fn is_planned(&self, fingerprint: &str) -> bool {
        self.planned.contains(fingerprint)
    }

    /// Everything that must be done before a task.
    pub(super) fn before(&self, task: &'f str) -> BTreeSet<&'f str> {
        project::reached(&waits(self.project), [task])
    }

    /// How much of the work is done.
    pub(super) fn percent_of_days(&self) -> u32 {
        let (done, all) = days(self.project);
        if all.is_zero() {
            return 0;
        }
        (done * Decimal::ONE_HUNDRED / all)
            .trunc()
            .try_into()
            .unwrap_or(0)
    }
}

/// The status of a project.
///
/// # Errors
/// Tasks that wait for each other; files that were read have none.
pub fn status(
    project: &Project,
    run: Option<&Run>,
    today: NaiveDate,
) -> Result<v1::Status, ScheduleError> {
    Ok(status_with(project, run, today, &forecast(project, today)?))
}

/// The same, where the forecast is there already.
pub(super) fn status_with(
    project: &Project,
    run: Option<&Run>,
    today: NaiveDate,
    forecast: &Forecast,
) -> v1::Status {
    let budget = budget(project, forecast, today, &[]);
    let over = budget.as_ref();
    let over = over.and_then(|budget| over_by(budget, Decimal::ZERO));
    let facts = Facts {
        project,
        today,
        run,
        forecast,
        budget: budget.clone(),
        planned: (project.tasks.iter())
            .flat_map(|task| task.findings.iter().map(String::as_str))
            .collect(),
        over_budget: over.clone(),
    };
    let escalations = escalations(&facts);
    v1::Status {
        schema: v1::STATUS.to_owned(),
        project: head(project, run, today),
        overall: overall(project, forecast, over, today),
        progress: progress(project),
        estimate: estimate(project, forecast),
        phases: project
            .phases
            .iter()
            .map(|one| phase(project, one, forecast))
            .collect(),
        hand_overs: hand_overs(project, forecast),
        blockers: blockers(project, today),
        risks: risks(project),
        decisions: decisions(&facts, &escalations),
        flags: flags(&facts),
        escalations,
        budget,
        params: project.params.clone(),
    }
}

/// The week of a project that a day is in, from 1; 0 before it begins.
pub(super) fn week(project: &Project, day: NaiveDate) -> u32 {
    match (day - project.start).num_days() {
        before if before < 0 => 0,
        days => u32::try_from(days / 7).unwrap_or(0) + 1,
    }
}

pub(crate) fn head(project: &Project, run: Option<&Run>, today: NaiveDate) -> v1::Head {
    v1::Head {
        name: project.name.clone(),
        request: project.request.clone(),
        clouds: project.clouds.clone(),
        start: project.start.to_string(),
        target: project.target.map(|day| day.to_string()),
        lead: project.lead.clone(),
        today: today.to_string(),
        week: week(project, today),
        run: run.map(|run| run.name.clone()),
    }
}

/// Likely days that are done, and all of them. Of what is begun counts what somebody said is done.
fn days(project: &Project) -> (Decimal, Decimal) {
    let there = project
        .tasks
        .iter()
        .filter(|task| task.state != State::Dropped);
    there.fold((Decimal::ZERO, Decimal::ZERO), |(done, all), task| {
        let likely = Decimal::from(task.days[1]);
        let share = Decimal::from(percent(task).unwrap_or(0)) / Decimal::ONE_HUNDRED;
        (done + likely * share, all + likely)
    })
}

fn share(part: Decimal, of: Decimal) -> String {
    if of.is_zero() {
        return "0".to_owned();
    }
    // All of it only when all of it is done.
    (part * Decimal::ONE_HUNDRED / of).trunc().to_string()
}

pub(super) fn progress(project: &Project) -> v1::Progress {
    let count = |state: State| {
        project
            .tasks
            .iter()
            .filter(|task| task.state == state)
            .count() as u64
    };
    let (done, dropped) = (count(State::Done), count(State::Dropped));
    let tasks = project.tasks.len() as u64 - dropped;
    let (done_days, all_days) = days(project);
    v1::Progress {
        done,
        tasks,
        dropped,
        percent_of_tasks: share(Decimal::from(done), Decimal::from(tasks)),
        percent_of_days: share(done_days, all_days),
    }
}

pub(super) fn estimate(project: &Project, forecast: &Forecast) -> v1::Estimate {
    let planned = planned_end(project);
    v1::Estimate {
        end: forecast.end.to_string(),
        best: forecast.best.to_string(),
        worst: forecast.worst.to_string(),
        at_pace: forecast.at_pace.to_string(),
        pace: forecast.pace.map(|pace| pace.to_string()),
        days_left: forecast.left,
        weeks_left: round(Decimal::from(forecast.left) / Decimal::from(5), 1)
            .normalize()
            .to_string(),
        planned_end: planned.map(|day| day.to_string()),
        behind_plan: planned.map(|day| between(day, forecast.end)),
        behind_target: project.target.map(|day| between(day, forecast.end)),
    }
}

fn phase(project: &Project, phase: &Phase, forecast: &Forecast) -> v1::Phase {
    let tasks: Vec<&Task> = project
        .tasks
        .iter()
        .filter(|task| task.phase == phase.id)
        .collect();
    let state = match stands(project, &phase.id) {
        State::Done => "completed",
        State::Started => "in-progress",
        State::Pending | State::Dropped => "pending",
    };
    let there = tasks.iter().filter(|task| task.state != State::Dropped);
    let ends = there.map(|task| match task.state {
        State::Done => task.finished,
        _ => forecast.dates.get(&task.id).map(|(_, end)| *end),
    });
    let last = ends.max().flatten();
    v1::Phase {
        id: phase.id.clone(),
        title: phase.title.clone(),
        state: state.to_owned(),
        milestone: phase
            .milestone
            .clone()
            .unwrap_or_else(|| format!("{} is done", phase.title)),
        milestone_on: last.map(|day| day.to_string()),
        reviews: reviews_at(&phase.id),
        tasks: tasks
            .iter()
            .map(|one| task(project, one, forecast))
            .collect(),
    }
}

pub(super) fn task(project: &Project, task: &Task, forecast: &Forecast) -> v1::Task {
    let expected = forecast.dates.get(&task.id);
    let open = project
        .blockers
        .iter()
        .filter(|one| one.task == task.id && one.ended.is_none());
    let state = match task.state {
        State::Pending => "pending",
        State::Started => "started",
        State::Done => "done",
        State::Dropped => "dropped",
    };
    let start = task.started.or(expected.map(|(start, _)| *start));
    let end = task.finished.or(expected.map(|(_, end)| *end));
    v1::Task {
        id: task.id.clone(),
        title: task.title.clone(),
        owner: task.owner.clone(),
        state: state.to_owned(),
        days: task.days,
        took: took(task),
        percent: percent(task),
        start: start.map(|day| day.to_string()),
        end: end.map(|day| day.to_string()),
        critical: forecast.critical.contains(&task.id),
        blocked_by: open.map(|one| one.id.clone()).collect(),
        evidence: task.evidence.clone(),
    }
}

/// The next hand-over first.
fn hand_overs(project: &Project, forecast: &Forecast) -> Vec<v1::HandOver> {
    let mut all: Vec<v1::HandOver> = edges(project)
        .into_iter()
        .map(|Edge { from, to, tasks }| {
            let expected = forecast.dates.get(&from.id).map(|(_, end)| *end);
            v1::HandOver {
                task: from.id.clone(),
                what: from.title.clone(),
                from: from.owner.clone(),
                to: to.to_owned(),
                for_tasks: tasks.iter().map(|task| task.id.clone()).collect(),
                ready: from.state == State::Done,
                on: from.finished.or(expected).map(|day| day.to_string()),
            }
        })
        .collect();
    all.sort_by(|one, other| one.on.cmp(&other.on));
    all
}

pub(super) fn blockers(project: &Project, today: NaiveDate) -> Vec<v1::Blocker> {
    let open_blockers = project.blockers.iter().filter(|one| one.ended.is_none());
    open_blockers
        .map(|one| v1::Blocker {
            id: one.id.clone(),
            task: one.task.clone(),
            what: one.what.clone(),
            critical: one.critical,
            since: one.since.to_string(),
            days: working_days(one.since, today),
            holds: behind(project, &one.task),
            mitigation: one.mitigation.clone(),
        })
        .collect()
}

/// Open tasks that wait for a task, directly or through others.
fn behind<'p>(project: &'p Project, task: &'p str) -> Vec<String> {
    let open: BTreeSet<&str> = open(project).map(|task| task.id.as_str()).collect();
    let mut waits = waits(project);
    waits.retain(|id, _| open.contains(id));
    let waiting = project::behind(&waits, [task]);
    let held = project
        .tasks
        .iter()
        .filter(|task| waiting.contains(task.id.as_str()));
    held.map(|task| task.id.clone()).collect()
}

pub(super) fn risks(project: &Project) -> Vec<v1::Risk> {
    let weight = |word: &str| match word {
        "high" => 3,
        "medium" => 2,
        _ => 1,
    };
    let mut risks: Vec<_> = project
        .risks
        .iter()
        .filter(|risk| risk.ended.is_none())
        .collect();
    risks.sort_by_key(|risk| std::cmp::Reverse(weight(&risk.likelihood) * weight(&risk.impact)));
    risks
        .iter()
        .map(|risk| v1::Risk {
            id: risk.id.clone(),
            what: risk.what.clone(),
            likelihood: risk.likelihood.clone(),
            impact: risk.impact.clone(),
            watch: risk.watch.clone(),
        })
        .collect()
}
