//! What each change of a project does to its file.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use toml_edit::{Array, Value};

use super::change::REPRIORITIZE;
use super::{ChangeError, Metric, Paper, Project, Reading, ReadingOf, State, Task, waits};
use crate::results::implausible;
use crate::status::ESCALATIONS;

pub(super) fn start(
    paper: &mut Paper,
    project: &Project,
    id: &str,
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    let task = find(project, id)?;
    match task.state {
        State::Pending => {}
        State::Started => {
            return Err(ChangeError::refused(
                format!("`{id}` is begun already"),
                format!("say how far it is with `orch project percent {id} 50`"),
            ));
        }
        State::Done | State::Dropped => return Err(over(task)),
    }
    has_begun(project, today)?;
    paper.set_in("task", id, "state", "started")?;
    paper.set_in("task", id, "started", day(today))?;
    let mut said = vec![format!("`{id}` is begun")];
    said.extend(too_soon(project, id));
    if task.objective.is_none() {
        said.push(
            "it has no objective: add `objective = …`, so that somebody can check it".to_owned(),
        );
    }
    Ok(said)
}

/// What a task was to wait for and what is not done, where there is such a task.
fn too_soon(project: &Project, id: &str) -> Option<String> {
    let after = waits(project).remove(id).unwrap_or_default();
    let waits: Vec<&str> = project
        .tasks
        .iter()
        .filter(|other| matches!(other.state, State::Pending | State::Started))
        .map(|other| other.id.as_str())
        .filter(|other| after.contains(other))
        .collect();
    (!waits.is_empty()).then(|| format!("it was to wait for {}, not done yet", waits.join(", ")))
}

/// Nothing is begun before the project is.
fn has_begun(project: &Project, today: NaiveDate) -> Result<(), ChangeError> {
    if today < project.start {
        return Err(ChangeError::refused(
            format!("the project begins on {}, after {today}", project.start),
            "check --today, or write an earlier `start` into the file",
        ));
    }
    Ok(())
}

pub(super) fn done(
    paper: &mut Paper,
    project: &Project,
    id: &str,
    evidence: &str,
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    let task = find(project, id)?;
    if matches!(task.state, State::Done | State::Dropped) {
        return Err(over(task));
    }
    if evidence.trim().is_empty() {
        return Err(ChangeError::refused(
            "nothing shows that it is done",
            "name a run, a link or a sentence with --evidence",
        ));
    }
    if let Some(started) = task.started.filter(|started| *started > today) {
        return Err(ChangeError::refused(
            format!("`{id}` was begun on {started}, after {today}"),
            "check --today, or `started` in the file",
        ));
    }
    paper.set_in("task", id, "state", "done")?;
    // What was done before the project began was no work of it.
    if task.started.is_none() && today >= project.start {
        paper.set_in("task", id, "started", day(today))?;
    }
    paper.set_in("task", id, "finished", day(today))?;
    paper.set_in("task", id, "evidence", evidence)?;
    if task.percent.is_some() {
        paper.set_in("task", id, "percent", 100)?;
    }
    let mut said = vec![format!("`{id}` is done: {evidence}")];
    said.extend(too_soon(project, id));
    for blocker in open_blockers(project, id) {
        paper.set_in("blocker", blocker, "ended", day(today))?;
        said.push(format!("its blocker `{blocker}` is over"));
    }
    Ok(said)
}

pub(super) fn part(
    paper: &mut Paper,
    project: &Project,
    id: &str,
    percent: u8,
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    let task = find(project, id)?;
    if matches!(task.state, State::Done | State::Dropped) {
        return Err(over(task));
    }
    if percent > 99 {
        return Err(ChangeError::refused(
            format!("`{id}` cannot be {percent} % done and not done"),
            format!("use 0 to 99, or `orch project done {id} --evidence …`"),
        ));
    }
    if task.state == State::Pending {
        has_begun(project, today)?;
        paper.set_in("task", id, "state", "started")?;
        paper.set_in("task", id, "started", day(today))?;
    }
    paper.set_in("task", id, "percent", i64::from(percent))?;
    Ok(vec![format!("`{id}` is {percent} % done")])
}

pub(super) fn reopen(
    paper: &mut Paper,
    project: &Project,
    id: &str,
    why: &str,
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    let task = find(project, id)?;
    if task.state != State::Done {
        return Err(ChangeError::refused(
            format!("`{id}` is not done"),
            "there is nothing to open again",
        ));
    }
    paper.set_in("task", id, "state", "started")?;
    let first = task.finished.and_then(|day| day.succ_opt());
    let pause = first.zip(today.pred_opt());
    if let Some((first, last)) = pause.filter(|(first, last)| first <= last) {
        let all = task.paused.iter().copied().chain([[first, last]]);
        let all: Array = all
            .map(|days| Value::from(days.map(day).into_iter().collect::<Array>()))
            .collect();
        paper.set_in("task", id, "paused", all)?;
    }
    for key in ["finished", "evidence", "percent"] {
        paper.unset_in("task", id, key)?;
    }
    Ok(vec![format!("`{id}` is open again: {why}")])
}

pub(super) fn unblock(
    paper: &mut Paper,
    project: &Project,
    id: &str,
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    let open = || project.blockers.iter().filter(|one| one.ended.is_none());
    let ended: Vec<&str> = open()
        .filter(|one| one.id == id || one.task == id)
        .map(|one| one.id.as_str())
        .collect();
    if ended.is_empty() {
        return Err(ChangeError::Unknown {
            noun: "open blocker",
            id: id.to_owned(),
            known: open()
                .flat_map(|one| [one.id.clone(), one.task.clone()])
                .collect(),
        });
    }
    let mut said = Vec::new();
    for blocker in ended {
        paper.set_in("blocker", blocker, "ended", day(today))?;
        said.push(format!("blocker `{blocker}` is over"));
    }
    Ok(said)
}

pub(super) fn decide(
    paper: &mut Paper,
    project: &Project,
    (what, decided, reason): (&str, &str, &str),
    (by, options, kind): (Option<&str>, &[String], Option<&str>),
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    if decided.trim().is_empty() || reason.trim().is_empty() {
        return Err(ChangeError::refused(
            "a decision needs what was decided and why",
            "give --decided and --reason",
        ));
    }
    kind_of(kind)?;
    let asked = project.decisions.iter().find(|one| one.id == what);
    if let Some(decision) = asked {
        if let Some(on) = decision.on {
            return Err(ChangeError::refused(
                format!("`{what}` was decided on {on}"),
                "write a new question if it is to be decided again",
            ));
        }
        if let Some(kind) = kind {
            paper.set_in("decision", what, "kind", kind)?;
        }
        paper.set_in("decision", what, "decided", decided)?;
        paper.set_in("decision", what, "reason", reason)?;
        paper.set_in("decision", what, "on", day(today))?;
        if let Some(by) = by {
            paper.set_in("decision", what, "decider", by)?;
        }
        return Ok(vec![format!("`{what}` is decided: {decided}")]);
    }
    let looks_like_an_id = what.len() < 6 && what.starts_with('d') && !what.contains(' ');
    if looks_like_an_id {
        let open = project.decisions.iter().filter(|one| one.on.is_none());
        return Err(ChangeError::Unknown {
            noun: "open decision",
            id: what.to_owned(),
            known: open.map(|one| one.id.clone()).collect(),
        });
    }
    if let Some(kind) = ESCALATIONS.iter().find(|kind| kind.id == what) {
        return Err(ChangeError::refused(
            format!(
                "`{what}` is no question of the file: it follows from how the project stands (\"{}\") and ends when that \
                 changes",
                kind.title
            ),
            "do what was decided (`orch project reprioritize`, or `[budget]` and `target` in the file), and record the \
             decision with its question in words",
        ));
    }
    said("question", what)?;
    let id = free("d", project.decisions.iter().map(|one| one.id.as_str()));
    let mut keys = vec![("id", Value::from(&id)), ("question", Value::from(what))];
    keys.extend(kind.map(|kind| ("kind", Value::from(kind))));
    keys.push(("asked", day(today)));
    if !options.is_empty() {
        keys.push(("options", list(options)));
    }
    if let Some(by) = by.or(project.lead.as_deref()) {
        keys.push(("decider", Value::from(by)));
    }
    keys.extend([
        ("decided", Value::from(decided)),
        ("reason", Value::from(reason)),
        ("on", day(today)),
    ]);
    paper.push("decision", keys);
    Ok(vec![format!("`{id}` is decided: {decided}")])
}

pub(super) fn measure(
    paper: &mut Paper,
    project: &Project,
    reading: &ReadingOf,
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    if let Some(why) = implausible(project, reading, today) {
        return Err(ChangeError::refused(
            why,
            "check the value, its unit and its day; --today says which day it is",
        ));
    }
    let name = &reading.metric;
    let metric = project.metrics.iter().find(|metric| metric.name == *name);
    let held = metric.and_then(|metric| {
        let mut readings = metric.readings.iter().enumerate();
        readings.find(|(_, held)| held.on == reading.on && held.source == reading.source)
    });
    let mut said = Vec::new();
    if let (Some(metric), Some(target)) = (metric, reading.target)
        && metric.target != Some(target)
    {
        let target = target.normalize().to_string();
        said.push(format!("`{name}` is to reach {target} {}", metric.unit));
        paper.set_in("metric", name, "target", target)?;
    }
    if let Some((place, held)) = held {
        said.extend(correct(paper, reading, (place, held), today)?);
        return Ok(said);
    }
    if metric.is_none() {
        let (Some(unit), Some(up)) = (&reading.unit, reading.up_is_good) else {
            return Err(ChangeError::refused(
                format!("`{name}` is measured for the first time, and nothing says in what"),
                "give --unit and --better up or --better down",
            ));
        };
        let mut keys = vec![
            ("name", Value::from(name)),
            ("unit", Value::from(unit)),
            ("up_is_good", Value::from(up)),
        ];
        if let Some(target) = reading.target {
            keys.push(("target", Value::from(target.normalize().to_string())));
        }
        paper.push("metric", keys);
    }
    let keys = vec![
        ("on", day(reading.on)),
        ("value", Value::from(reading.value.normalize().to_string())),
        ("source", Value::from(&reading.source)),
    ];
    paper.push_in("metric", name, "reading", keys)?;
    let unit = metric
        .map(|metric| metric.unit.as_str())
        .or(reading.unit.as_deref());
    said.push(format!(
        "`{name}` is {} {} on {}",
        reading.value.normalize(),
        unit.unwrap_or_default(),
        reading.on
    ));
    Ok(said)
}

/// Puts a value in the place of another one, and writes down that it did; nothing where it is the same.
fn correct(
    paper: &mut Paper,
    reading: &ReadingOf,
    (place, held): (usize, &Reading),
    today: NaiveDate,
) -> Result<Vec<String>, ChangeError> {
    if held.value == reading.value {
        return Ok(Vec::new());
    }
    let value = reading.value.normalize().to_string();
    let said = format!(
        "corrected: `{}` of {} is {value}, not {} ({})",
        reading.metric,
        reading.on,
        held.value.normalize(),
        reading.source
    );
    paper.set_within(
        "metric",
        &reading.metric,
        ("reading", place),
        "value",
        value,
    )?;
    paper.push(
        "log",
        vec![("on", day(today)), ("what", Value::from(&said))],
    );
    Ok(vec![said])
}

/// Adds a measurement to a project that was read.
pub(super) fn remember(project: &mut Project, of: &ReadingOf) {
    let reading = Reading {
        on: of.on,
        value: of.value,
        source: of.source.clone(),
    };
    match project
        .metrics
        .iter_mut()
        .find(|metric| metric.name == of.metric)
    {
        Some(metric) => {
            metric.target = of.target.or(metric.target);
            let same = |held: &&mut Reading| held.on == reading.on && held.source == reading.source;
            match metric.readings.iter_mut().find(same) {
                Some(held) => *held = reading,
                None => metric.readings.push(reading),
            }
        }
        None => project.metrics.push(Metric {
            name: of.metric.clone(),
            unit: of.unit.clone().unwrap_or_default(),
            up_is_good: of.up_is_good.unwrap_or_default(),
            target: of.target,
            readings: vec![reading],
        }),
    }
}

/// What a decision is about must be known, or nothing would look for it.
pub(super) fn kind_of(kind: Option<&str>) -> Result<(), ChangeError> {
    let known = || ESCALATIONS.iter().map(|kind| kind.id).chain([REPRIORITIZE]);
    match kind {
        Some(kind) if !known().any(|one| one == kind) => Err(ChangeError::refused(
            format!("`{kind}` is no kind of decision"),
            format!("use one of {}", known().collect::<Vec<_>>().join(", ")),
        )),
        _ => Ok(()),
    }
}

/// What people see of it must say something.
pub(super) fn said(what: &str, text: &str) -> Result<(), ChangeError> {
    if text.trim().is_empty() {
        return Err(ChangeError::refused(
            format!("the {what} is empty"),
            "say it in a few words",
        ));
    }
    Ok(())
}

pub(super) fn find<'p>(project: &'p Project, id: &str) -> Result<&'p Task, ChangeError> {
    let found = project.tasks.iter().find(|task| task.id == id);
    found.ok_or_else(|| ChangeError::Unknown {
        noun: "task",
        id: id.to_owned(),
        known: project.tasks.iter().map(|task| task.id.clone()).collect(),
    })
}

pub(super) fn over(task: &Task) -> ChangeError {
    let id = &task.id;
    match task.state {
        State::Dropped => ChangeError::refused(
            format!("`{id}` was given up"),
            "write `state = \"pending\"` in the file to take it up again",
        ),
        _ => ChangeError::refused(
            match task.finished {
                Some(finished) => format!("`{id}` was done on {finished}"),
                None => format!("`{id}` is done"),
            },
            match task.findings.is_empty() {
                false => {
                    "`orch project reconcile --run RUN` opens it again where a run shows that it is not"
                }
                true => {
                    "write `state = \"started\"` in the file, without `finished`, where it is not done after all"
                }
            },
        ),
    }
}

/// The open blockers of a task.
fn open_blockers<'p>(project: &'p Project, task: &str) -> Vec<&'p str> {
    let blockers = project.blockers.iter();
    blockers
        .filter(|one| one.task == task && one.ended.is_none())
        .map(|one| one.id.as_str())
        .collect()
}

/// The first id of a letter and a number that is not taken.
pub(super) fn free<'i>(letter: &str, taken: impl Iterator<Item = &'i str>) -> String {
    let taken: BTreeSet<&str> = taken.collect();
    let mut number = taken.len() + 1;
    loop {
        let id = format!("{letter}{number}");
        if !taken.contains(id.as_str()) {
            return id;
        }
        number += 1;
    }
}

pub(super) fn list(words: &[String]) -> Value {
    Value::Array(words.iter().collect())
}

/// A day as the file has it: a date of TOML, without quotation marks.
pub(super) fn day(date: NaiveDate) -> Value {
    match date.to_string().parse::<toml_edit::Datetime>() {
        Ok(date) => Value::from(date),
        Err(_) => Value::from(date.to_string()),
    }
}
