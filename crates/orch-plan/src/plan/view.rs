//! A plan as programs read it: the frozen answer of `orch plan show`, schema `orch/plan-v1`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;

use super::beside;
use super::draft::LEFT_OUT;
use super::timeline::{Row, timeline};
use crate::Library;
use crate::pattern::Pattern;
use crate::project::{self, GIVEN_UP, Project, State, Task, stands, waits};
use crate::review::reviews_at;
use crate::schedule::{ScheduleError, working_days_after};
use crate::severity::place;

/// The name of the schema.
const SCHEMA: &str = "orch/plan-v1";
/// A plan: what stands in the project's file and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlanView {
    /// Always `orch/plan-v1`.
    pub schema: &'static str,
    /// The name of the project.
    pub name: String,
    /// The workflow pattern.
    pub pattern: Option<String>,
    /// The clouds in play.
    pub clouds: Vec<String>,
    /// When the pattern is followed, in a sentence.
    pub scenario: Option<String>,
    /// The first day.
    pub start: NaiveDate,
    /// The day of this view.
    pub today: NaiveDate,
    /// The last day if everything takes its best days, its likely ones, its worst.
    pub end: [NaiveDate; 3],
    /// Working days from the first to the last, likely.
    pub working_days: u32,
    /// Working days that it would take if nobody were ever busy.
    pub critical_days: u32,
    /// Whether the target can be held, where there is one.
    pub target: Option<Target>,
    /// Tasks that are done, of those that were not given up.
    pub done: usize,
    /// Tasks that were not given up.
    pub of: usize,
    /// The phases, in order.
    pub phases: Vec<PhaseView>,
    /// The tasks, in order.
    pub tasks: Vec<TaskView>,
    /// Tasks of the pattern that are not in it, and tasks that were given up, with the reasons.
    pub left_out: Vec<LeftOut>,
    /// What was noted when it was planned.
    pub notes: Vec<String>,
    /// What goes from one specialist to another.
    pub hand_offs: Vec<HandOff>,
    /// What the tasks that are not done save in a month, by currency. Savings on one resource are alternatives and
    /// count once.
    pub savings: Vec<Saving>,
    /// Tasks that pay within days, best first.
    pub quick_wins: Vec<String>,
    /// What pays within days wherever this pattern is followed.
    pub also_quick: Vec<String>,
    /// What comes after the project.
    pub long_term: Vec<String>,
    /// How many tasks a specialist does at a time, where that is not one.
    pub limits: BTreeMap<String, u32>,
}

/// Whether a target can be held.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Target {
    /// The day by which it is to be done.
    pub date: NaiveDate,
    /// Working days that the end lies behind it: at best, likely, at worst; zero where it is held.
    pub late: [u32; 3],
    /// `safe` (held at worst), `likely`, `unlikely` (held at best only), `late`; `held` or `missed` where all is done.
    pub verdict: &'static str,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PhaseView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What is reached when it is done.
    pub milestone: Option<String>,
    /// `done`, `started`, `pending`.
    pub state: &'static str,
    /// The reviews that belong to it: areas of `orch review`.
    pub reviews: Vec<String>,
    /// Its first and last week in the pattern, which is an undisturbed project; nothing for a phase of no pattern.
    pub weeks: Option<[u32; 2]>,
    /// Its first day and its last, likely; nothing for a phase without tasks.
    pub dates: Option<[NaiveDate; 2]>,
    /// Tasks that are done, and begun.
    pub done: usize,
    /// Tasks that have begun.
    pub started: usize,
    /// Its tasks.
    pub of: usize,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TaskView {
    /// Its id.
    pub id: String,
    /// What is done.
    pub title: String,
    /// Its phase.
    pub phase: String,
    /// Who does it.
    pub owner: String,
    /// `pending`, `started`, `done`.
    pub state: State,
    /// Working days: at best, likely, at worst.
    pub days: [u32; 3],
    /// Its first day, likely.
    pub first: NaiveDate,
    /// Its last day: at best, likely, at worst.
    pub last: [NaiveDate; 3],
    /// Working days that it may be late without moving the end.
    pub slack: u32,
    /// A day late here is a day late at the end.
    pub critical: bool,
    /// What must be done before.
    pub after: Vec<String>,
    /// Why, where it ends findings: each of these with its reason.
    pub waits: Vec<Wait>,
    /// Tasks of others that are done at the same time and wait neither for this one nor it for them.
    pub beside: Vec<String>,
    /// `critical`, `high`, `medium`, `low`.
    pub priority: Option<String>,
    /// What is true when it is done.
    pub objective: Option<String>,
    /// The way back.
    pub rollback: Option<String>,
    /// What nobody may leave out, where it is such a thing.
    pub cannot_skip: Option<String>,
    /// The rule whose findings it ends.
    pub rule: Option<String>,
    /// How many findings it ends.
    pub findings: usize,
    /// What that saves in a month.
    pub saving: Option<Saving>,
    /// What shows that it is done.
    pub evidence: Option<String>,
}

/// A task that is not done.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// The task.
    pub task: String,
    /// What would be done.
    pub title: String,
    /// Why it is not.
    pub reason: String,
}

/// Why the end of findings waits for a task.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Wait {
    /// The task that comes first.
    pub task: String,
    /// Why.
    pub reason: String,
}

/// Something that one specialist hands to another.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct HandOff {
    /// The task that is done first.
    pub from: String,
    /// Who did it.
    pub from_owner: String,
    /// The task that waits for it.
    pub to: String,
    /// Who does that.
    pub to_owner: String,
    /// What the first hands over: what is true when it is done; where nothing says, what its specialist usually does.
    pub what: Vec<String>,
}

/// Money in a month.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Saving {
    /// ISO 4217 code.
    pub currency: String,
    /// A decimal number.
    #[schemars(with = "String")]
    pub monthly: Decimal,
}

/// What follows from a project on a day.
///
/// # Errors
/// Tasks that wait for each other, or for one that there is not.
pub fn view(
    library: &Library,
    project: &Project,
    today: NaiveDate,
) -> Result<PlanView, ScheduleError> {
    let dates = timeline(project, Some(today))?;
    let rows: BTreeMap<&str, &Row> = dates
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row))
        .collect();
    let kept: Vec<(&Task, &Row)> = project
        .tasks
        .iter()
        .filter_map(|task| Some((task, *rows.get(task.id.as_str())?)))
        .collect();
    let after = waits(project);
    let beside = beside::beside(&after, &kept);
    let purposes: BTreeMap<&str, &str> = project
        .tasks
        .iter()
        .filter_map(|task| Some((task.id.as_str(), task.cannot_skip.as_deref()?)))
        .collect();
    let pattern = project
        .pattern
        .as_ref()
        .and_then(|id| library.patterns.get(id));
    let done = |tasks: &[(&Task, &Row)], state: State| {
        tasks.iter().filter(|(task, _)| task.state == state).count()
    };
    Ok(PlanView {
        schema: SCHEMA,
        name: project.name.clone(),
        pattern: project.pattern.clone(),
        clouds: project.clouds.clone(),
        start: project.start,
        today,
        end: dates.end,
        working_days: dates.days,
        critical_days: dates.critical_days,
        target: project
            .target
            .map(|date| target(date, dates.end, done(&kept, State::Done) == kept.len())),
        done: done(&kept, State::Done),
        of: kept.len(),
        scenario: pattern.map(|one| one.scenario.clone()),
        phases: phases(project, pattern, &kept),
        tasks: kept
            .iter()
            .zip(beside)
            .map(|((task, row), beside)| {
                let after = after.get(task.id.as_str()).cloned().unwrap_or_default();
                let waits = reasons(library, task, &after, &purposes);
                task_view(task, row, (after, waits), beside)
            })
            .collect(),
        left_out: left_out(library, project),
        notes: notes(project),
        hand_offs: hand_offs(library, &kept, &after),
        savings: savings(&kept),
        quick_wins: quick_wins(library, &kept),
        also_quick: pattern.map_or_else(Vec::new, |one| one.quick_wins.clone()),
        long_term: pattern.map_or_else(Vec::new, |one| one.long_term.clone()),
        limits: project.limits.clone(),
    })
}

fn target(date: NaiveDate, end: [NaiveDate; 3], done: bool) -> Target {
    let late = end.map(|end| working_days_after(date, end));
    let verdict = match late {
        [_, 0, _] if done => "held",
        _ if done => "missed",
        [_, _, 0] => "safe",
        [_, 0, _] => "likely",
        [0, _, _] => "unlikely",
        _ => "late",
    };
    Target {
        date,
        late,
        verdict,
    }
}

fn phases(project: &Project, pattern: Option<&Pattern>, kept: &[(&Task, &Row)]) -> Vec<PhaseView> {
    let view = |phase: &project::Phase| {
        let here: Vec<&(&Task, &Row)> = kept
            .iter()
            .filter(|(task, _)| task.phase == phase.id)
            .collect();
        let count = |state: State| here.iter().filter(|(task, _)| task.state == state).count();
        let (done, started) = (count(State::Done), count(State::Started));
        let state = match stands(project, &phase.id) {
            State::Done => "done",
            State::Started => "started",
            State::Pending | State::Dropped => "pending",
        };
        let first = here.iter().map(|(_, row)| row.first).min();
        let last = here.iter().map(|(_, row)| row.last[1]).max();
        PhaseView {
            id: phase.id.clone(),
            title: phase.title.clone(),
            milestone: phase.milestone.clone(),
            state,
            reviews: reviews_at(&phase.id),
            weeks: pattern.and_then(|one| one.weeks(&phase.id)),
            dates: first.zip(last).map(|(first, last)| [first, last]),
            done,
            started,
            of: here.len(),
        }
    };
    project.phases.iter().map(view).collect()
}

fn task_view(
    task: &Task,
    row: &Row,
    (after, waits): (Vec<&str>, Vec<Wait>),
    beside: Vec<String>,
) -> TaskView {
    TaskView {
        id: task.id.clone(),
        title: task.title.clone(),
        phase: task.phase.clone(),
        owner: task.owner.clone(),
        state: task.state,
        days: task.days,
        first: row.first,
        last: row.last,
        slack: row.slack,
        critical: row.critical && task.state != State::Done,
        after: after.into_iter().map(str::to_owned).collect(),
        waits,
        beside,
        priority: task.priority.clone(),
        objective: task.objective.clone(),
        rollback: task.rollback.clone(),
        cannot_skip: task.cannot_skip.clone(),
        rule: task.rule.clone(),
        findings: task.findings.len(),
        saving: saving(task),
        evidence: task.evidence.clone(),
    }
}

/// What the plan left out, by the log, and what was given up since.
fn left_out(library: &Library, project: &Project) -> Vec<LeftOut> {
    let pattern = project
        .pattern
        .as_ref()
        .and_then(|id| library.patterns.get(id));
    let there: BTreeSet<&str> = project.tasks.iter().map(|task| task.id.as_str()).collect();
    let planned = project.log.iter().filter_map(|entry| {
        let id = entry.task.as_deref().filter(|id| !there.contains(id))?;
        let mut tasks = pattern?.phases.iter().flat_map(|phase| &phase.tasks);
        Some(LeftOut {
            task: id.to_owned(),
            title: tasks.find(|task| task.id == id)?.title.clone(),
            reason: entry.what.strip_prefix(LEFT_OUT)?.to_owned(),
        })
    });
    let tasks = project.tasks.iter();
    let given_up = tasks
        .filter(|task| task.state == State::Dropped)
        .map(|task| {
            let mut log = project.log.iter().rev();
            let said = log.find_map(|one| {
                let of = one.task.as_deref() == Some(&task.id);
                one.what.strip_prefix(GIVEN_UP).filter(|_| of)
            });
            let reason = said.or(task.evidence.as_deref());
            LeftOut {
                task: task.id.clone(),
                title: task.title.clone(),
                reason: reason
                    .unwrap_or("it was given up, and nobody wrote why")
                    .to_owned(),
            }
        });
    planned.chain(given_up).collect()
}

/// What the log says of the whole project on its first day.
fn notes(project: &Project) -> Vec<String> {
    let first = project
        .log
        .iter()
        .filter(|one| one.on == project.start && one.task.is_none());
    first.map(|one| one.what.clone()).collect()
}

/// Why a task that ends findings waits for others: the reasons of the settings, and of whoever wrote it into the file.
fn reasons(
    library: &Library,
    task: &Task,
    after: &[&str],
    purposes: &BTreeMap<&str, &str>,
) -> Vec<Wait> {
    let Some(rule) = &task.rule else {
        return Vec::new();
    };
    let reason = |id: &str| {
        let purpose = purposes.get(id);
        let mut first = library.findings.first(rule);
        let set = first.find(|one| purpose.is_some_and(|purpose| *purpose == one.task));
        set.map_or("the project's file says so", |one| &one.reason)
    };
    let wait = |id: &&str| Wait {
        task: (*id).to_owned(),
        reason: reason(id).to_owned(),
    };
    after.iter().map(wait).collect()
}

fn hand_offs(
    library: &Library,
    kept: &[(&Task, &Row)],
    after: &BTreeMap<&str, Vec<&str>>,
) -> Vec<HandOff> {
    let places: BTreeMap<&str, usize> = kept
        .iter()
        .enumerate()
        .map(|(place, (task, _))| (task.id.as_str(), place))
        .collect();
    let mut all = Vec::new();
    for (to, _) in kept.iter().filter(|(task, _)| task.rule.is_none()) {
        let before = after.get(to.id.as_str()).into_iter().flatten();
        let before = before.filter_map(|id| places.get(id));
        let before: BTreeSet<usize> = before.copied().collect();
        for (from, _) in before.iter().map(|place| &kept[*place]) {
            if from.rule.is_some() || from.owner == to.owner || from.state == State::Done {
                continue;
            }
            let what = match (&from.objective, library.specialists.get(&from.owner)) {
                (Some(objective), _) => vec![objective.clone()],
                (None, Some(specialist)) => specialist.hands_over.clone(),
                (None, None) => Vec::new(),
            };
            all.push(HandOff {
                from: from.id.clone(),
                from_owner: from.owner.clone(),
                to: to.id.clone(),
                to_owner: to.owner.clone(),
                what,
            });
        }
    }
    all
}

fn saving(task: &Task) -> Option<Saving> {
    Some(Saving {
        monthly: task.saving?,
        currency: task.currency.clone()?,
    })
}

fn savings(kept: &[(&Task, &Row)]) -> Vec<Saving> {
    let open = kept.iter().filter(|(task, _)| task.state != State::Done);
    project::savings(open.map(|(task, _)| *task))
        .into_iter()
        .map(|(currency, monthly)| Saving { currency, monthly })
        .collect()
}

/// Short tasks that end something urgent or save money.
fn quick_wins(library: &Library, kept: &[(&Task, &Row)]) -> Vec<String> {
    let is = |task: &Task| {
        let urgent = matches!(task.priority.as_deref(), Some("critical" | "high"));
        task.state == State::Pending
            && task.rule.is_some()
            && task.days[1] <= library.findings.quick_win_days
            && (urgent || task.saving.is_some())
    };
    let mut wins: Vec<&Task> = kept
        .iter()
        .map(|(task, _)| *task)
        .filter(|task| is(task))
        .collect();
    wins.sort_by_key(|task| {
        let severity = task.priority.as_deref().unwrap_or_default();
        (place(severity), -task.saving.unwrap_or_default(), &task.id)
    });
    wins.iter().map(|task| task.id.clone()).collect()
}
