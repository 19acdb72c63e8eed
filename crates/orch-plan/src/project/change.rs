//! What people do to a project: begin, finish, block, decide, measure.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use toml_edit::{Array, Value};

use super::steps::{
    day, decide, done, find, free, kind_of, list, measure, over, part, remember, reopen, said,
    start, unblock,
};
use super::{Blocker, EditError, Mistake, Paper, Project, State, Task, read};
use crate::Library;

/// How the log begins to say that a run of an earlier day shows a task to be done.
pub(crate) const SEEN_DONE: &str = "seen to be done: ";
/// How the log begins to say why a task was given up.
pub(crate) const GIVEN_UP: &str = "given up: ";

/// The kind of a decision that chose one of the options that were computed.
pub(crate) const REPRIORITIZE: &str = "reprioritize";

/// One thing done to a project.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A task is begun.
    Start {
        /// The task.
        task: String,
    },
    /// A task is done.
    Done {
        /// The task.
        task: String,
        /// What shows it.
        evidence: String,
    },
    /// A part of a task is done.
    Percent {
        /// The task.
        task: String,
        /// How much.
        percent: u8,
    },
    /// A task that was done is not.
    Reopen {
        /// The task.
        task: String,
        /// What shows it.
        why: String,
    },
    /// Something holds a task up.
    Block {
        /// The task.
        task: String,
        /// What.
        what: String,
        /// Whether nothing else can go on.
        critical: bool,
        /// What is done about it.
        mitigation: Option<String>,
    },
    /// It no longer does: the id of a blocker, or a task for all of its blockers.
    Unblock {
        /// Blocker or task.
        id: String,
    },
    /// Something may go wrong.
    Risk {
        /// What.
        what: String,
        /// `low`, `medium`, `high`.
        likelihood: String,
        /// `low`, `medium`, `high`.
        impact: String,
        /// How it is watched.
        watch: Option<String>,
    },
    /// A risk is over.
    RiskOver {
        /// Its id.
        id: String,
    },
    /// Something is to be decided.
    Ask {
        /// What.
        question: String,
        /// The kind of escalation.
        kind: Option<String>,
        /// What could be done.
        options: Vec<String>,
        /// Who decides.
        decider: Option<String>,
    },
    /// Something was decided: an open question by its id, or a new one.
    Decide {
        /// The id of an open question, or the question.
        what: String,
        /// What was decided.
        decided: String,
        /// Why.
        reason: String,
        /// Who did.
        by: Option<String>,
        /// What else could have been done.
        options: Vec<String>,
        /// What it is about: a kind of escalation, or `reprioritize`.
        kind: Option<String>,
    },
    /// Something was measured. Another value of the same metric, day and source corrects the one that is there.
    Measure(ReadingOf),
    /// Something happened.
    Log {
        /// What.
        what: String,
        /// The task it is about.
        task: Option<String>,
        /// When it was noted, where that is not the day of the other changes.
        on: Option<NaiveDate>,
    },
    /// A task is given up.
    Drop {
        /// The task.
        task: String,
    },
    /// The day by which all is to be done moves.
    Target(NaiveDate),
    /// A specialist does so many tasks at a time.
    Limit {
        /// The specialist.
        owner: String,
        /// How many.
        tasks: u32,
    },
    /// Somebody new begins: a task of a specialist in which they only learn.
    Learn(Box<Task>),
    /// The days of a task move.
    Planned {
        /// The task.
        task: String,
        /// First and last.
        days: [NaiveDate; 2],
    },
}

/// A measurement and what it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadingOf {
    /// The metric.
    pub metric: String,
    /// Its unit, where the metric is new.
    pub unit: Option<String>,
    /// Whether more is better, where the metric is new.
    pub up_is_good: Option<bool>,
    /// What it is to reach, whether the metric is new or there.
    pub target: Option<Decimal>,
    /// When.
    pub on: NaiveDate,
    /// What.
    pub value: Decimal,
    /// Where from.
    pub source: String,
}

/// Why something cannot be done to a project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There is no such task, blocker, risk or decision.
    #[error("there is no {noun} `{id}` in the project")]
    Unknown {
        /// What was looked for.
        noun: &'static str,
        /// Its id.
        id: String,
        /// What there is.
        known: Vec<String>,
    },
    /// It makes no sense as things stand.
    #[error("{why}")]
    Refused {
        /// Why.
        why: String,
        /// What to do.
        help: String,
    },
    /// The file cannot be edited.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl ChangeError {
    pub(super) fn refused(why: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused {
            why: why.into(),
            help: help.into(),
        }
    }

    /// The next step.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { id, known, .. } => {
                let near = known.iter().min_by_key(|word| strsim::damerau_levenshtein(word, id));
                match near {
                    Some(word) if strsim::damerau_levenshtein(word, id) <= 1.max(id.len() / 3) => {
                        Some(format!("did you mean `{word}`?"))
                    }
                    Some(_) if known.len() <= 12 => Some(format!("there are {}", known.join(", "))),
                    Some(_) => Some("`orch project status` lists them".to_owned()),
                    None => Some("there is none at all".to_owned()),
                }
            }
            Self::Refused { help, .. } => Some(help.clone()),
            Self::Edit(EditError::Loses(_)) => Some(
                "write the table in question as [[task]] with one key a line, and try again; the file is as it was"
                    .to_owned(),
            ),
            Self::Edit(_) => Some("the file is as it was".to_owned()),
        }
    }
}

/// Does it. Returns what was done, a sentence each; what should make people think is among them.
///
/// # Errors
/// When it makes no sense as things stand; nothing is changed then.
fn apply(
    paper: &mut Paper,
    project: &Project,
    change: &Change,
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    match change {
        Change::Start { task } => start(paper, project, task, today),
        Change::Done { task, evidence } => done(paper, project, task, evidence, today),
        Change::Percent { task, percent } => part(paper, project, task, *percent, today),
        Change::Reopen { task, why } => reopen(paper, project, task, why, today),
        Change::Block {
            task,
            what,
            critical,
            mitigation,
        } => {
            let task = find(project, task)?;
            said("blocker", what)?;
            if matches!(task.state, State::Done | State::Dropped) {
                return Err(over(task));
            }
            let same = |one: &&Blocker| {
                one.task == task.id && one.ended.is_none() && one.what.trim() == what.trim()
            };
            if let Some(held) = project.blockers.iter().find(same) {
                return Err(ChangeError::refused(
                    format!("`{}` is blocked by that already: `{}`", task.id, held.id),
                    "say what else holds it up, or `orch project unblock` first",
                ));
            }
            let id = free("b", project.blockers.iter().map(|one| one.id.as_str()));
            let mut keys = vec![
                ("id", Value::from(&id)),
                ("task", Value::from(&task.id)),
                ("what", Value::from(what)),
            ];
            if *critical {
                keys.push(("critical", Value::from(true)));
            }
            keys.push(("since", day(today)));
            if let Some(mitigation) = mitigation {
                keys.push(("mitigation", Value::from(mitigation)));
            }
            paper.push("blocker", keys);
            Ok(vec![format!("`{}` is blocked by `{id}`: {what}", task.id)])
        }
        Change::Unblock { id } => unblock(paper, project, id, today),
        Change::Risk {
            what,
            likelihood,
            impact,
            watch,
        } => {
            said("risk", what)?;
            for (name, word) in [("likelihood", likelihood), ("impact", impact)] {
                if !["low", "medium", "high"].contains(&word.as_str()) {
                    let why = format!("the {name} of a risk cannot be `{word}`");
                    return Err(ChangeError::refused(why, "use low, medium or high"));
                }
            }
            let id = free("r", project.risks.iter().map(|one| one.id.as_str()));
            let mut keys = vec![
                ("id", Value::from(&id)),
                ("what", Value::from(what)),
                ("likelihood", Value::from(likelihood)),
                ("impact", Value::from(impact)),
            ];
            if let Some(watch) = watch {
                keys.push(("watch", Value::from(watch)));
            }
            keys.push(("since", day(today)));
            paper.push("risk", keys);
            Ok(vec![format!("risk `{id}` is noted: {what}")])
        }
        Change::RiskOver { id } => {
            let known = || project.risks.iter();
            if !known().any(|risk| risk.id == *id && risk.ended.is_none()) {
                let open = known().filter(|risk| risk.ended.is_none());
                return Err(ChangeError::Unknown {
                    noun: "open risk",
                    id: id.clone(),
                    known: open.map(|risk| risk.id.clone()).collect(),
                });
            }
            paper.set_in("risk", id, "ended", day(today))?;
            Ok(vec![format!("risk `{id}` is over")])
        }
        Change::Ask {
            question,
            kind,
            options,
            decider,
        } => {
            said("question", question)?;
            kind_of(kind.as_deref())?;
            let id = free("d", project.decisions.iter().map(|one| one.id.as_str()));
            let mut keys = vec![
                ("id", Value::from(&id)),
                ("question", Value::from(question)),
            ];
            if let Some(kind) = kind {
                keys.push(("kind", Value::from(kind)));
            }
            keys.push(("asked", day(today)));
            if !options.is_empty() {
                keys.push(("options", list(options)));
            }
            if let Some(decider) = decider {
                keys.push(("decider", Value::from(decider)));
            }
            paper.push("decision", keys);
            Ok(vec![format!("decision `{id}` is asked for: {question}")])
        }
        Change::Decide {
            what,
            decided,
            reason,
            by,
            options,
            kind,
        } => decide(
            paper,
            project,
            (what, decided, reason),
            (by.as_deref(), options, kind.as_deref()),
            today,
        ),
        Change::Measure(reading) => measure(paper, project, reading, today),
        Change::Log { what, task, on } => {
            said("note", what)?;
            let mut keys = vec![("on", day(on.unwrap_or(today)))];
            if let Some(task) = task {
                keys.push(("task", Value::from(&find(project, task)?.id)));
            }
            keys.push(("what", Value::from(what)));
            paper.push("log", keys);
            Ok(vec![match task {
                Some(task) => format!("noted on `{task}`: {what}"),
                None => format!("noted: {what}"),
            }])
        }
        Change::Drop { task } => {
            let task = find(project, task)?;
            if let Some(what) = &task.cannot_skip {
                return Err(ChangeError::refused(
                    format!("`{}` cannot be given up: it is {what}", task.id),
                    "give up another task, or move the target",
                ));
            }
            if matches!(task.state, State::Done | State::Dropped) {
                return Err(over(task));
            }
            paper.set_in("task", &task.id, "state", "dropped")?;
            Ok(vec![format!("`{}` is given up", task.id)])
        }
        Change::Target(target) => {
            paper.set(None, "target", day(*target));
            Ok(vec![format!("the target is {target}")])
        }
        Change::Limit { owner, tasks } => {
            // What was spent before stays what it was.
            if let Some(until) = today.pred_opt().filter(|until| *until >= project.start) {
                let keys = vec![
                    ("owner", Value::from(owner)),
                    ("tasks", Value::from(i64::from(project.limit(owner)))),
                    ("until", day(until)),
                ];
                paper.push("limit_before", keys);
            }
            paper.set(Some("limits"), owner, i64::from(*tasks));
            Ok(vec![format!("{owner} does {tasks} tasks at a time")])
        }
        Change::Learn(task) => {
            let days: Array = task.days.iter().map(|days| i64::from(*days)).collect();
            let mut keys: Vec<(&str, Value)> = vec![
                ("id", (&task.id).into()),
                ("title", (&task.title).into()),
                ("phase", (&task.phase).into()),
                ("owner", (&task.owner).into()),
                ("days", days.into()),
            ];
            if task.state == State::Started {
                keys.extend([("state", "started".into()), ("started", day(today))]);
            }
            keys.extend(task.objective.iter().map(|text| ("objective", text.into())));
            paper.push("task", keys);
            Ok(vec![format!("`{}` is a task: {}", task.id, task.title)])
        }
        Change::Planned { task, days } => {
            let task = find(project, task)?;
            let value: Array = days.iter().map(|date| day(*date)).collect();
            paper.set_in("task", &task.id, "planned", value)?;
            Ok(vec![format!(
                "`{}` is planned for {} to {}",
                task.id, days[0], days[1]
            )])
        }
    }
}

/// The text of a project file after several changes, and what was done, a sentence each.
///
/// # Errors
/// The first change that makes no sense, or a file that cannot be edited without losing something; nothing is changed then.
pub fn edit(
    text: &str,
    library: &Library,
    changes: &[Change],
    today: NaiveDate,
) -> Result<(String, Vec<String>), ChangeError> {
    let mut text = text.to_owned();
    let mut told = Vec::new();
    let mut project = read(&text, library).map_err(broken)?;
    let mut paper = Paper::read(&text)?;
    let mut is_read = true;
    for change in changes {
        told.extend(apply(&mut paper, &project, change, today)?);
        if let Change::Measure(reading) = change {
            // Files of measurements are long: what one adds is known without reading all again.
            remember(&mut project, reading);
            is_read = false;
            continue;
        }
        text = paper.text()?;
        project = read(&text, library).map_err(unfit)?;
        paper = Paper::read(&text)?;
        is_read = true;
    }
    if !is_read {
        // What was written is read again before anybody else has to.
        text = paper.text()?;
        read(&text, library).map_err(unfit)?;
    }
    Ok((text, told))
}

/// What was written does not fit the rest of the file: a day before the one it has to follow, most often.
fn unfit(mistakes: Vec<Mistake>) -> ChangeError {
    let first = mistakes.into_iter().next();
    let why = first.map_or_else(String::new, |mistake| mistake.message);
    ChangeError::refused(
        format!("it does not fit the rest of the file, which is as it was: {why}"),
        "check --today against the days in the file",
    )
}

fn broken(mistakes: Vec<Mistake>) -> ChangeError {
    let first = mistakes.into_iter().next();
    let why = first.map_or_else(String::new, |mistake| mistake.message);
    EditError::Syntax(why).into()
}
