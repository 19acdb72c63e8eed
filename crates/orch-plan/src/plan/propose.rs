//! From a request, clouds and a run to a project after a workflow pattern.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::findings::{self, Mending, clouds_of, number};
use super::proof::proven;
use super::request::analyse_run;
use super::timeline::timeline;
use crate::analysis::{Mode, is_cloud};
use crate::pattern::{self, CANNOT_SKIP, CLOUD, ORCHESTRATOR, Pattern};
use crate::project::{
    Baseline, Decision, Entry, Phase, Project, Risk, State, Task, VERSION,
};
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
                "let its specialist take part, or write the reason into `without` of the pattern".to_owned()
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
    let draft = Draft {
        library,
        pattern,
        run: ask.run,
        clouds: clouds(library, ask, &analysis),
        taking_part: analysis.specialists.iter().map(|one| one.id.clone()).collect(),
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
            let clouds = library.specialists.keys().filter(|id| is_cloud(library, id));
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
            analysis.questions.iter().map(|one| one.text.clone()).collect(),
        )),
        (Mode::Direct, _) => Err(PlanError::Direct(
            analysis.specialists.iter().map(|one| one.id.clone()).collect(),
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
        clouds = specialists.filter(|id| is_cloud(library, id)).cloned().collect();
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

/// A pattern on its way to a project.
struct Draft<'a> {
    library: &'a Library,
    pattern: &'a Pattern,
    run: Option<&'a Run>,
    clouds: Vec<String>,
    taking_part: BTreeSet<String>,
    ruled_out: BTreeSet<String>,
}

impl Draft<'_> {
    fn phases(&self) -> Vec<Phase> {
        let phases = self.pattern.phases.iter();
        phases
            .map(|phase| Phase {
                id: phase.id.clone(),
                title: phase.title.clone(),
                milestone: phase.milestone.clone(),
            })
            .collect()
    }

    fn of_pattern(&self) -> impl Iterator<Item = &pattern::Task> {
        self.pattern.phases.iter().flat_map(|phase| &phase.tasks)
    }

    /// Whether a task of the pattern is in the project.
    fn is_in(&self, task: &pattern::Task) -> bool {
        let wanted = match task.when.as_deref() {
            None => true,
            Some(CLOUD) => !self.clouds.is_empty(),
            Some(id) => self.taking_part.contains(id) && !self.ruled_out.contains(id),
        };
        wanted && (task.cannot_skip.is_some() || !self.ruled_out.contains(&task.owner))
    }

    /// The ids under which a task of the pattern is in the project, for one cloud or for all of them.
    fn ids(&self, task: &pattern::Task, cloud: Option<&str>) -> Vec<String> {
        if task.owner != CLOUD || self.clouds.len() < 2 {
            return vec![task.id.clone()];
        }
        let clouds = self.clouds.iter().map(String::as_str);
        clouds
            .filter(|one| cloud.is_none_or(|cloud| cloud == *one))
            .map(|one| format!("{}-{one}", task.id))
            .collect()
    }

    /// What a task waits for. In the place of a task that is left out stand those before it.
    fn after(&self, after: &[String], cloud: Option<&str>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut left: Vec<&str> = after.iter().rev().map(String::as_str).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(id) = left.pop() {
            let Some(task) = self.of_pattern().find(|task| task.id == id) else {
                continue;
            };
            if !seen.insert(&task.id) {
                continue;
            }
            if self.is_in(task) {
                found.extend(self.ids(task, cloud));
            } else {
                left.extend(task.after.iter().rev().map(String::as_str));
            }
        }
        found
    }

    /// Who does a task of the pattern: the owners, each with the cloud that it is about.
    fn owners(&self, id: &str, task: &pattern::Task) -> Result<Vec<(String, Option<String>)>, PlanError> {
        if task.owner == CLOUD {
            if self.clouds.is_empty() {
                return Err(PlanError::NoCloud {
                    pattern: id.to_owned(),
                    task: task.id.clone(),
                });
            }
            let clouds = self.clouds.iter();
            return Ok(clouds.map(|cloud| (cloud.clone(), Some(cloud.clone()))).collect());
        }
        if !self.ruled_out.contains(&task.owner) {
            return Ok(vec![(task.owner.clone(), None)]);
        }
        // Somebody else has to do it, whom a decision names.
        Ok(vec![(ORCHESTRATOR.to_owned(), None)])
    }

    fn tasks(&self, id: &str, project: &mut Project) -> Result<(), PlanError> {
        let mut mendings = self.mendings(project);
        for phase in &self.pattern.phases {
            for task in phase.tasks.iter().filter(|task| self.is_in(task)) {
                if self.ruled_out.contains(&task.owner) {
                    project.decisions.push(self.instead(task, project.start));
                }
                for (owner, cloud) in self.owners(id, task)? {
                    let task = self.task(task, phase, owner, cloud.as_deref());
                    project.tasks.push(task);
                }
            }
            let first = self.pattern.phases.first().is_some_and(|one| one.id == phase.id);
            let (here, later): (Vec<Mending>, Vec<Mending>) = mendings
                .into_iter()
                .partition(|one| self.phase_of(one).is_some_and(|id| id == phase.id));
            project.tasks.extend(here.into_iter().map(|one| {
                let waits = !first && !one.is_first(&self.library.findings);
                Task {
                    phase: phase.id.clone(),
                    after: if waits { self.entry(phase, &one.task.owner) } else { Vec::new() },
                    ..one.task
                }
            }));
            mendings = later;
        }
        self.before_production(project);
        Ok(())
    }

    /// A task of the pattern as one of the project.
    fn task(
        &self,
        task: &pattern::Task,
        phase: &pattern::Phase,
        owner: String,
        cloud: Option<&str>,
    ) -> Task {
        let several = cloud.filter(|_| self.clouds.len() > 1);
        let shown = task.proven_by.as_ref().zip(self.run);
        let evidence = shown.and_then(|(proof, run)| proven(proof, run, cloud));
        let title = several.and_then(|cloud| self.library.specialists.get(cloud));
        let best_likely_worst = [task.days.0, task.days.1, task.days.2];
        let priority = if task.cannot_skip.is_some() || task.production { "high" } else { "medium" };
        Task {
            id: self.ids(task, cloud).into_iter().next().unwrap_or_default(),
            title: match title {
                Some(cloud) => format!("{} ({})", task.title, cloud.title),
                None => task.title.clone(),
            },
            phase: phase.id.clone(),
            owner,
            days: best_likely_worst,
            after: self.after(&task.after, cloud),
            objective: task.objective.clone(),
            rollback: task.rollback.clone(),
            cannot_skip: task.cannot_skip.clone(),
            priority: Some(priority.to_owned()),
            state: if evidence.is_some() { State::Done } else { State::Pending },
            finished: evidence.is_some().then(|| self.as_of()).flatten(),
            evidence,
            ..super::empty_task()
        }
    }

    /// The day on which the run was read.
    fn as_of(&self) -> Option<NaiveDate> {
        let as_of = &self.run?.report.run.as_of;
        as_of.get(..10)?.parse().ok()
    }

    /// The tasks that end findings, and a word on the findings that become none.
    fn mendings(&self, project: &mut Project) -> Vec<Mending> {
        let Some(run) = self.run else {
            return Vec::new();
        };
        let settings = &self.library.findings;
        let sorted = findings::sorted(&run.report, settings, &self.clouds);
        let mut say = |count: usize, what: &str| {
            if count > 0 {
                project.log.push(Entry {
                    on: project.start,
                    task: None,
                    what: format!("{} {what}", number(count, "finding")),
                });
            }
        };
        say(
            sorted.small,
            &format!("below `{}` became no task", settings.from),
        );
        say(sorted.elsewhere, "on clouds that are not part of it became no task");
        findings::mendings(self.library, &self.ruled_out, &run.report, &sorted.taken)
    }

    /// Where findings are mended: what waits for nothing in the first phase, the rest where their category belongs.
    fn phase_of(&self, mending: &Mending) -> Option<&str> {
        let phases = &self.pattern.phases;
        let taking = phases.iter().find(|one| one.takes.contains(&mending.category));
        let taking = taking.filter(|_| !mending.is_first(&self.library.findings));
        Some(taking.or(phases.first())?.id.as_str())
    }

    /// What findings mended in a phase wait for: the same as the owner's own task in it, or as its first.
    fn entry(&self, phase: &pattern::Phase, owner: &str) -> Vec<String> {
        let cloud = self.clouds.iter().find(|cloud| *cloud == owner);
        let mut tasks = phase.tasks.iter().filter(|task| self.is_in(task));
        let mine = |task: &&pattern::Task| {
            task.owner == owner || task.owner == CLOUD && cloud.is_some()
        };
        let like = tasks.clone().find(mine).or_else(|| tasks.next());
        like.map_or_else(Vec::new, |task| {
            self.after(&task.after, cloud.map(String::as_str))
        })
    }

    /// What is open to attack is closed before production begins.
    fn before_production(&self, project: &mut Project) {
        let security = self.security(project);
        let productions: BTreeSet<String> = self
            .of_pattern()
            .filter(|task| task.production && self.is_in(task))
            .flat_map(|task| self.ids(task, None))
            .collect();
        let behind = behind(project, &productions);
        for task in &mut project.tasks {
            if productions.contains(&task.id) {
                let first = security.iter().filter(|id| !behind.contains(*id));
                task.after.extend(first.cloned());
            }
        }
    }

    /// The tasks that end findings of security from medium on.
    fn security(&self, project: &Project) -> Vec<String> {
        let Some(run) = self.run else {
            return Vec::new();
        };
        let rules: BTreeSet<&str> = run
            .report
            .findings
            .iter()
            .filter(|one| one.category == "security")
            .map(|one| one.rule.as_str())
            .collect();
        let is = |task: &&Task| {
            task.rule.as_deref().is_some_and(|rule| rules.contains(rule))
                && task.priority.as_deref() != Some("low")
        };
        project.tasks.iter().filter(is).map(|task| task.id.clone()).collect()
    }

    /// Who does what cannot be skipped, where its specialist is ruled out.
    fn instead(&self, task: &pattern::Task, on: NaiveDate) -> Decision {
        let item = task.cannot_skip.as_deref().unwrap_or(&task.title);
        let mut options: Vec<String> = self
            .clouds
            .iter()
            .map(|cloud| format!("`{cloud}`: with the tools of the cloud itself; one specialist less to hand over to, and more to do for this one"))
            .collect();
        options.push(format!(
            "`{}` nevertheless: the usual way; it was ruled out by the request",
            task.owner
        ));
        Decision {
            id: format!("who-does-{}", task.id),
            question: format!(
                "Who does `{}`? The request rules out `{}`, and nobody may leave out {item}",
                task.id, task.owner
            ),
            asked: on,
            options,
            decider: None,
            decided: None,
            reason: None,
            on: None,
        }
    }

    /// What the run could not see is a risk of the plan.
    fn unseen(&self, project: &mut Project) {
        let Some(run) = self.run else {
            return;
        };
        let totals = &run.report.totals;
        let open = totals.unknown + totals.unassessed;
        if open == 0 {
            return;
        }
        project.risks.push(Risk {
            id: "not-read".to_owned(),
            what: format!(
                "{open} answers of the run are open because something was not read ({}): what is wrong there is in no \
                 task",
                run.report.coverage.summary
            ),
            likelihood: "medium".to_owned(),
            impact: "medium".to_owned(),
            watch: Some(format!(
                "`orch doctor --provider {}` says what is missing; plan again with the next run",
                self.clouds.join(",")
            )),
            since: project.start,
            ended: None,
        });
    }

    /// Whether everything that nobody may leave out is there.
    fn has_all(&self, project: &Project) -> Result<(), PlanError> {
        let there: BTreeSet<&str> = project
            .tasks
            .iter()
            .filter_map(|task| task.cannot_skip.as_deref())
            .collect();
        let missing = CANNOT_SKIP
            .iter()
            .find(|item| !there.contains(*item) && !self.pattern.without.contains_key(**item));
        let Some(item) = missing else {
            return Ok(());
        };
        let mut tasks = self.of_pattern();
        let of = tasks.find(|task| task.cannot_skip.as_deref() == Some(item));
        Err(PlanError::CannotSkip {
            item: (*item).to_owned(),
            why: match of.and_then(|task| Some((&task.id, task.when.as_deref()?))) {
                Some((task, when)) => {
                    format!("its task `{task}` is only there where `{when}` takes part, who does not")
                }
                None => "no task of the pattern is for it".to_owned(),
            },
        })
    }
}

/// The tasks that wait for one of these, however far, and these themselves.
fn behind(project: &Project, ids: &BTreeSet<String>) -> BTreeSet<String> {
    let mut behind = ids.clone();
    loop {
        let more: Vec<String> = project
            .tasks
            .iter()
            .filter(|task| !behind.contains(&task.id))
            .filter(|task| task.after.iter().any(|id| behind.contains(id)))
            .map(|task| task.id.clone())
            .collect();
        if more.is_empty() {
            return behind;
        }
        behind.extend(more);
    }
}
