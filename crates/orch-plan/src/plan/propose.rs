//! From a request, clouds and a run to a project after a workflow pattern.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::draft::Draft;
use super::findings::clouds_of;
use super::request::analyse_run;
use super::timeline::timeline;
use crate::analysis::{Mode, is_cloud};
use crate::pattern::ORCHESTRATOR;
use crate::project::{Baseline, Entry, Params, Project, State, VERSION};
use crate::schedule::{ScheduleError, date};
use crate::{Analysis, Library, Run, analyse};

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
    /// The day by which it is to be done.
    pub target: Option<NaiveDate>,
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
            Self::Backwards { .. } => "check --start and --target".to_owned(),
            Self::Schedule(_) => "check `after` of these tasks in the pattern's file".to_owned(),
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
        (request, _) => analyse(library, request),
    };
    check(library, ask)?;
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
    let mut project = Project {
        version: VERSION,
        name: ask.name.unwrap_or(&pattern.title).to_owned(),
        request: ask.request.trim().to_owned(),
        pattern: Some(id.clone()),
        clouds: draft.clouds.clone(),
        start: date(ask.start, 0),
        target: ask.target,
        lead: None,
        deciders: BTreeMap::new(),
        limits: ask.limits.clone(),
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
    project.log.insert(
        0,
        Entry {
            on: project.start,
            task: None,
            what: format!("Planned after the pattern `{id}`, {reasons}"),
        },
    );
    for (item, reason) in &pattern.without {
        project.log.push(Entry {
            on: project.start,
            task: None,
            what: format!("`{item}` is not part of the pattern: {reason}"),
        });
    }
    Ok(project)
}

/// Whether everything that was named is there.
fn check(library: &Library, ask: &Ask<'_>) -> Result<(), PlanError> {
    let unknown = |what, id: &str, known: Vec<String>| PlanError::Unknown {
        what,
        id: id.to_owned(),
        known,
    };
    for cloud in ask.clouds {
        if !is_cloud(library, cloud) {
            let clouds = library
                .specialists
                .keys()
                .filter(|id| is_cloud(library, id));
            return Err(unknown("cloud", cloud, clouds.cloned().collect()));
        }
    }
    for id in ask.limits.keys() {
        if id != ORCHESTRATOR && !library.specialists.contains_key(id) {
            let known = library.specialists.keys().cloned().collect();
            return Err(unknown("specialist", id, known));
        }
    }
    match ask.target {
        Some(target) if target < ask.start => Err(PlanError::Backwards {
            start: ask.start,
            target,
        }),
        _ => Ok(()),
    }
}

/// The pattern that was asked for, or that of the request, or that of the findings.
fn chosen(library: &Library, ask: &Ask<'_>, analysis: &Analysis) -> Result<String, PlanError> {
    let known = || library.patterns.keys().cloned().collect();
    if let Some(id) = ask.pattern {
        if library.patterns.contains_key(id) {
            return Ok(id.to_owned());
        }
        return Err(PlanError::Unknown {
            what: "pattern",
            id: id.to_owned(),
            known: known(),
        });
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
