//! From a request, clouds and a run to a project after a workflow pattern.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::draft::Draft;
use super::findings::clouds_of;
use super::request::analyse_run;
use super::timeline::timeline;
use crate::analysis::{Mode, is_cloud};
use crate::pattern::ORCHESTRATOR;
use crate::project::{Baseline, Decision, Entry, Params, Phase, Project, State, VERSION};
use crate::schedule::{ScheduleError, date};
use crate::{Analysis, Library, Run, analyse, request};

/// What a project is made from.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// What was asked for; nothing where the findings of the run are the request.
    pub request: &'a str,
    /// The name of the project; that of the pattern where none is given.
    pub name: Option<&'a str>,
    /// The workflow pattern, where it is not to be the one that the request chooses.
    pub pattern: Option<&'a str>,
    /// The clouds, where they are not to be those of the request, or of the run.
    pub clouds: &'a [String],
    /// The first day.
    pub start: NaiveDate,
    /// The day by which it is to be done, where it is not to be that of the request.
    pub target: Option<NaiveDate>,
    /// The day that counts as today, from which "by March" is read.
    pub today: NaiveDate,
    /// How many tasks a specialist does at a time.
    pub limits: &'a BTreeMap<String, u32>,
    /// What is wrong today.
    pub run: Option<&'a Run>,
}

/// Why there is no project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A name that stands for nothing.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// `pattern`, `specialist`, `cloud`.
        what: &'static str,
        /// What was written.
        id: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The request says too little.
    #[error("the request says too little for a plan")]
    Vague(Vec<String>),
    /// The request needs no project.
    #[error("the request needs no project: {} can do it", .0.join(" and "))]
    Direct(Vec<String>),
    /// No pattern fits.
    #[error("no workflow pattern fits the request")]
    NoPattern(Vec<String>),
    /// A task of the cloud, and no cloud.
    #[error("the task `{task}` of the pattern `{pattern}` is for a cloud, and none is named")]
    NoCloud {
        /// The pattern.
        pattern: String,
        /// The task.
        task: String,
    },
    /// Something that nobody may leave out is not in it.
    #[error("`{item}` is missing from the plan, which nobody may leave out: {why}")]
    CannotSkip {
        /// What.
        item: String,
        /// Why it is not there.
        why: String,
    },
    /// The end lies before the beginning.
    #[error("the target {target} lies before the start {start}")]
    Backwards {
        /// The first day.
        start: NaiveDate,
        /// The day by which it is to be done.
        target: NaiveDate,
    },
    /// Several of these.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Several(Vec<PlanError>),
    /// The tasks cannot be put in order.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}

impl PlanError {
    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown { id, known, .. } => {
                let near = known
                    .iter()
                    .map(|one| (strsim::osa_distance(one, id), one))
                    .filter(|(distance, _)| *distance <= 2)
                    .min();
                match near {
                    Some((_, near)) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", known.join(", ")),
                }
            }
            Self::Vague(questions) => format!("say more: {}", questions.join(" ")),
            Self::Direct(_) => {
                "give it to them with `orch brief`, or name a pattern with --pattern".to_owned()
            }
            Self::NoPattern(known) => format!("name one with --pattern: {}", known.join(", ")),
            Self::NoCloud { .. } => "name it with --clouds: aws, azure, gcp".to_owned(),
            Self::CannotSkip { .. } => {
                "let its specialist take part, or write the reason into `without` of the pattern"
                    .to_owned()
            }
            Self::Backwards { start, .. } => {
                format!(
                    "give a target of {start} or later with --target, or an earlier first day with --start"
                )
            }
            Self::Several(all) => {
                let helps: Vec<String> = all.iter().map(Self::help).collect();
                helps.join("; ")
            }
            Self::Schedule(error) => format!("in the pattern's file, {}", error.help()),
        }
    }
}

/// Plans a project.
///
/// # Errors
/// What keeps it from a plan, with names.
pub fn propose(library: &Library, ask: &Ask<'_>) -> Result<Project, PlanError> {
    let analysis = match (ask.request.trim(), ask.run) {
        ("", Some(run)) => analyse_run(library, run),
        (request, _) => analyse(library, request).with_deadline(request, ask.today),
    };
    let mut mistakes = check(library, ask);
    if mistakes.len() > 1 {
        return Err(PlanError::Several(mistakes));
    }
    if let Some(only) = mistakes.pop() {
        return Err(only);
    }
    let id = chosen(library, ask, &analysis)?;
    let pattern = &library.patterns[&id];
    let specialists = analysis.specialists.iter().map(|one| one.id.clone());
    let specialists: BTreeSet<String> = specialists.collect();
    let draft = Draft {
        library,
        pattern,
        run: ask.run,
        clouds: clouds(library, ask, &analysis),
        taking_part: match ask.request.trim() {
            // That a finding concerns somebody is no wish to move anything there.
            "" => BTreeSet::new(),
            _ => specialists,
        },
        ruled_out: analysis.ruled_out.iter().cloned().collect(),
    };
    let target = Aim::of(ask, &analysis);
    let mut project = Project {
        version: VERSION,
        name: ask.name.unwrap_or(&pattern.title).to_owned(),
        request: ask.request.trim().to_owned(),
        pattern: Some(id.clone()),
        clouds: draft.clouds.clone(),
        start: date(ask.start, 0),
        target: target.date,
        lead: None,
        deciders: BTreeMap::new(),
        limits: ask.limits.clone(),
        limits_before: Vec::new(),
        budget: None,
        params: Params::default(),
        baseline: ask.run.map(baseline),
        phases: draft.phases(),
        tasks: Vec::new(),
        blockers: Vec::new(),
        risks: Vec::new(),
        decisions: Vec::new(),
        metrics: Vec::new(),
        log: Vec::new(),
    };
    draft.tasks(&id, &mut project)?;
    // A phase of which nothing was asked for would stay empty; "not in the plan" names its tasks.
    let tasks = &project.tasks;
    let has_tasks = |phase: &Phase| tasks.iter().any(|task| task.phase == phase.id);
    project.phases.retain(has_tasks);
    draft.unseen(&mut project);
    draft.has_all(&project)?;
    let dates = timeline(&project, None)?;
    let dates: BTreeMap<String, [NaiveDate; 2]> = dates
        .rows
        .into_iter()
        .map(|row| (row.id, [row.first, row.last[1]]))
        .collect();
    for task in &mut project.tasks {
        if task.state == State::Pending {
            task.planned = dates.get(&task.id).copied();
        }
    }
    let reasons = match (ask.pattern, analysis.pattern_reasons.join(", ")) {
        (Some(_), _) => "as asked for".to_owned(),
        (None, reasons) => format!("chosen by {reasons}"),
    };
    let planned = format!("Planned after the pattern `{id}`, {reasons}");
    project.log.insert(0, entry(&project, planned));
    if let Some(said) = target.said {
        project.log.insert(1, entry(&project, said));
    }
    if let Some(budget) = request::budget(&ask.request.to_lowercase()) {
        let what = format!(
            "No budget is taken from `{budget}` of the request: write it into `[budget]` of this file"
        );
        project.log.insert(1, entry(&project, what));
    }
    if ask.start < ask.today {
        project.log.insert(1, entry(&project, begun_before(ask)));
    }
    project.decisions.extend(target.question);
    for (item, reason) in &pattern.without {
        let what = format!("`{item}` is not part of the pattern: {reason}");
        project.log.push(entry(&project, what));
    }
    Ok(project)
}

/// What has to be known of a plan that begins before today.
fn begun_before(ask: &Ask<'_>) -> String {
    let days = ask.today.signed_duration_since(ask.start).num_days();
    format!(
        "The first day {} lies {days} {} before {}, the day of planning: what nobody has begun is expected from {} on, and \
         counts as late",
        ask.start,
        if days == 1 { "day" } else { "days" },
        ask.today,
        ask.today,
    )
}

fn entry(project: &Project, what: String) -> Entry {
    Entry {
        on: project.start,
        task: None,
        what,
    }
}

/// The target of a project, and what has to be told of it.
struct Aim {
    date: Option<NaiveDate>,
    said: Option<String>,
    question: Option<Decision>,
}

impl Aim {
    /// The day that was typed, or that of the request, if it lies ahead.
    fn of(ask: &Ask<'_>, analysis: &Analysis) -> Self {
        let found = analysis.deadline.as_ref();
        let Some(found) = found.filter(|_| ask.target.is_none()) else {
            return Self {
                date: ask.target,
                said: None,
                question: None,
            };
        };
        let words = &found.words;
        let date = found.date.filter(|date| *date >= ask.start);
        let why = match (found.date, &found.why) {
            (Some(early), _) if date.is_none() => {
                format!(": {early} lies before the start {}", ask.start)
            }
            (_, Some(why)) => format!(": {why}"),
            (_, None) => String::new(),
        };
        let said = match date {
            Some(date) => format!("The target {date} is read from `{words}` of the request{why}"),
            None => format!("No target is read from `{words}` of the request{why}"),
        };
        let days = found.date.iter().chain(&found.or);
        let options = days.map(|day| format!("`target = {day}` in this file"));
        let options: Vec<String> = options.collect();
        let is_open = date.is_none() || !found.or.is_empty();
        let question = is_open.then(|| Decision {
            id: "target".to_owned(),
            question: format!("Which day is meant by `{words}`? {said}"),
            kind: None,
            asked: ask.start,
            options,
            decider: None,
            decided: None,
            reason: None,
            on: None,
        });
        Self {
            date,
            said: Some(said),
            question,
        }
    }
}

/// Everything that was named and is not there, and days that do not fit.
pub fn check(library: &Library, ask: &Ask<'_>) -> Vec<PlanError> {
    let unknown = |what, id: &str, known: Vec<String>| PlanError::Unknown {
        what,
        id: id.to_owned(),
        known,
    };
    let mut mistakes = Vec::new();
    let known = library.patterns.keys().cloned().collect();
    let pattern = ask.pattern.filter(|id| !library.patterns.contains_key(*id));
    mistakes.extend(pattern.map(|id| unknown("pattern", id, known)));
    for cloud in ask.clouds.iter().filter(|id| !is_cloud(library, id)) {
        let clouds = library.specialists.keys();
        let clouds = clouds.filter(|id| is_cloud(library, id)).cloned();
        mistakes.push(unknown("cloud", cloud, clouds.collect()));
    }
    for id in ask.limits.keys() {
        if id != ORCHESTRATOR && !library.specialists.contains_key(id) {
            let known = library.specialists.keys().cloned().collect();
            mistakes.push(unknown("specialist", id, known));
        }
    }
    if let Some(target) = ask.target.filter(|target| *target < ask.start) {
        let start = ask.start;
        mistakes.push(PlanError::Backwards { start, target });
    }
    mistakes
}

/// The pattern that was asked for, or that of the request, or that of the findings.
fn chosen(library: &Library, ask: &Ask<'_>, analysis: &Analysis) -> Result<String, PlanError> {
    let known = || library.patterns.keys().cloned().collect();
    if let Some(id) = ask.pattern {
        return Ok(id.to_owned());
    }
    if let Some(id) = &analysis.pattern {
        return Ok(id.clone());
    }
    let of_findings = || library.patterns.iter().find(|(_, one)| one.for_findings);
    match (analysis.mode, of_findings()) {
        (Mode::Ask, _) => Err(PlanError::Vague(
            analysis
                .questions
                .iter()
                .map(|one| one.text.clone())
                .collect(),
        )),
        (Mode::Direct, _) => Err(PlanError::Direct(
            analysis
                .specialists
                .iter()
                .map(|one| one.id.clone())
                .collect(),
        )),
        (Mode::Project, Some((id, _))) if ask.run.is_some() => Ok(id.clone()),
        (Mode::Project, _) => Err(PlanError::NoPattern(known())),
    }
}

/// The clouds in play: those named, those of the request, those of the run.
fn clouds(library: &Library, ask: &Ask<'_>, analysis: &Analysis) -> Vec<String> {
    let mut clouds: Vec<String> = ask.clouds.to_vec();
    if clouds.is_empty() {
        let specialists = analysis.specialists.iter().map(|one| &one.id);
        clouds = specialists
            .filter(|id| is_cloud(library, id))
            .cloned()
            .collect();
    }
    if let (true, Some(run)) = (clouds.is_empty(), ask.run) {
        clouds = clouds_of(library, &run.report);
    }
    clouds.sort();
    clouds.dedup();
    clouds
}

fn baseline(run: &Run) -> Baseline {
    let mut findings: BTreeMap<String, u64> = BTreeMap::new();
    for finding in run.report.findings.iter().filter(|one| one.state == "open") {
        *findings.entry(finding.severity.clone()).or_default() += 1;
    }
    Baseline {
        run: run.name.clone(),
        as_of: run.report.run.as_of.clone(),
        findings,
    }
}
