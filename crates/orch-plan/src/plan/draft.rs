//! Which tasks a pattern has for these clouds, this run and these specialists, and in which order.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::findings::{self, Mending, number};
use super::proof::proven;
use super::propose::PlanError;
use crate::pattern::{self, CANNOT_SKIP, CLOUD, ORCHESTRATOR, Pattern};
use crate::project::{Decision, Entry, Phase, Project, Risk, State, Task, behind, id_of, waits};
use crate::{Library, Run};

/// How the log begins to say why a task of the pattern is not in the project.
pub(crate) const LEFT_OUT: &str = "Left out of the plan: ";

/// A pattern on its way to a project.
pub(crate) struct Draft<'a> {
    pub(crate) library: &'a Library,
    pub(crate) pattern: &'a Pattern,
    pub(crate) run: Option<&'a Run>,
    pub(crate) clouds: Vec<String>,
    pub(crate) taking_part: BTreeSet<String>,
    pub(crate) ruled_out: BTreeSet<String>,
}

/// Why a task of a pattern is not in a project for such clouds and specialists, where it is not.
pub(crate) fn left_out(
    task: &pattern::Task,
    has_cloud: bool,
    taking_part: &BTreeSet<String>,
    ruled_out: &BTreeSet<String>,
) -> Option<String> {
    let unasked = match task.when.as_deref() {
        None => None,
        Some(CLOUD) => (!has_cloud).then(|| "no cloud is named".to_owned()),
        Some(id) if ruled_out.contains(id) => Some(format!("the request rules out `{id}`")),
        Some(id) if !taking_part.contains(id) => Some(format!("`{id}` was not asked for")),
        Some(_) => None,
    };
    let is_out = task.cannot_skip.is_none() && ruled_out.contains(&task.owner);
    unasked.or_else(|| is_out.then(|| format!("the request rules out `{}`", task.owner)))
}

impl Draft<'_> {
    pub(crate) fn phases(&self) -> Vec<Phase> {
        let phases = self.pattern.phases.iter();
        phases
            .map(|phase| Phase {
                id: phase.id.clone(),
                title: phase.title.clone(),
                milestone: phase.milestone.clone(),
            })
            .collect()
    }

    /// Whether a task of the pattern is in the project.
    fn is_in(&self, task: &pattern::Task) -> bool {
        self.left_out(task).is_none()
    }

    /// Why a task of the pattern is not in the project, where it is not.
    fn left_out(&self, task: &pattern::Task) -> Option<String> {
        let has_cloud = !self.clouds.is_empty();
        left_out(task, has_cloud, &self.taking_part, &self.ruled_out)
    }

    /// The ids under which a task of the pattern is in the project, for one cloud or for all of them.
    fn ids(&self, task: &pattern::Task, cloud: Option<&str>) -> Vec<String> {
        if task.owner != CLOUD || self.clouds.len() < 2 {
            return vec![task.id.clone()];
        }
        let clouds = self.clouds.iter().map(String::as_str);
        clouds
            .filter(|one| cloud.is_none_or(|cloud| cloud == *one))
            .map(|one| format!("{}-{}", task.id, id_of(one)))
            .collect()
    }

    /// What a task waits for. In the place of a task that is left out stand those before it.
    fn after(&self, after: &[String], cloud: Option<&str>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut left: Vec<&str> = after.iter().rev().map(String::as_str).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(id) = left.pop() {
            let Some(task) = self.pattern.tasks().find(|task| task.id == id) else {
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
    fn owners(
        &self,
        id: &str,
        task: &pattern::Task,
    ) -> Result<Vec<(String, Option<String>)>, PlanError> {
        if task.owner == CLOUD {
            if self.clouds.is_empty() {
                return Err(PlanError::NoCloud {
                    pattern: id.to_owned(),
                    task: task.id.clone(),
                });
            }
            let clouds = self.clouds.iter();
            return Ok(clouds
                .map(|cloud| (cloud.clone(), Some(cloud.clone())))
                .collect());
        }
        if !self.ruled_out.contains(&task.owner) {
            return Ok(vec![(task.owner.clone(), None)]);
        }
        // Somebody else has to do it, whom a decision names.
        Ok(vec![(ORCHESTRATOR.to_owned(), None)])
    }

    pub(crate) fn tasks(&self, id: &str, project: &mut Project) -> Result<(), PlanError> {
        let mut mendings = self.mendings(project);
        for phase in &self.pattern.phases {
            for task in &phase.tasks {
                if let Some(why) = self.left_out(task) {
                    project.log.push(Entry {
                        on: project.start,
                        task: Some(task.id.clone()),
                        what: format!("{LEFT_OUT}{why}"),
                    });
                    continue;
                }
                if self.ruled_out.contains(&task.owner) {
                    project.decisions.push(self.instead(task, project.start));
                }
                for (owner, cloud) in self.owners(id, task)? {
                    let task = self.task(task, phase, owner, cloud.as_deref());
                    project.tasks.push(task);
                }
            }
            let (here, later): (Vec<Mending>, Vec<Mending>) = mendings
                .into_iter()
                .partition(|one| self.phase_of(one).is_some_and(|id| id == phase.id));
            project.tasks.extend(here.into_iter().map(|one| Task {
                phase: phase.id.clone(),
                after: self.first(&one.task),
                ..one.task
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
        let priority = if task.cannot_skip.is_some() || task.production {
            "high"
        } else {
            "medium"
        };
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
            production: task.production,
            priority: Some(priority.to_owned()),
            state: if evidence.is_some() {
                State::Done
            } else {
                State::Pending
            },
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
        say(
            sorted.elsewhere,
            "on clouds that are not part of it became no task",
        );
        findings::mendings(self.library, &self.ruled_out, &run.report, &sorted.taken)
    }

    /// Where findings are mended: what waits for nothing in the first phase, the rest where their category belongs.
    fn phase_of(&self, mending: &Mending) -> Option<&str> {
        let phases = &self.pattern.phases;
        let taking = phases
            .iter()
            .find(|one| one.takes.contains(&mending.category));
        let taking = taking.filter(|_| !mending.is_first(&self.library.findings));
        Some(taking.or(phases.first())?.id.as_str())
    }

    /// What has to be done before the findings of a task can be ended: nothing, where no setting says so.
    fn first(&self, mending: &Task) -> Vec<String> {
        let rule = mending.rule.as_deref().unwrap_or_default();
        let clouds = mending
            .scopes
            .iter()
            .filter_map(|scope| scope.split(':').next());
        let clouds: BTreeSet<&str> = clouds.collect();
        let mut first = Vec::new();
        for one in self.library.findings.first(rule) {
            let is_for = |task: &&pattern::Task| {
                task.cannot_skip.as_deref() == Some(&one.task)
                    && !task.production
                    && self.is_in(task)
            };
            for task in self.pattern.tasks().filter(is_for) {
                first.extend(clouds.iter().flat_map(|cloud| self.ids(task, Some(cloud))));
            }
        }
        first.sort();
        first.dedup();
        first
    }

    /// What is open to attack is closed before production begins.
    fn before_production(&self, project: &mut Project) {
        let security = self.security(project);
        let productions: BTreeSet<String> = self
            .pattern
            .tasks()
            .filter(|task| task.production && self.is_in(task))
            .flat_map(|task| self.ids(task, None))
            .collect();
        let behind = behind(&waits(project), productions.iter().map(String::as_str));
        let mut behind: BTreeSet<String> = behind.into_iter().map(str::to_owned).collect();
        behind.extend(productions.iter().cloned());
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
            task.rule
                .as_deref()
                .is_some_and(|rule| rules.contains(rule))
                && task.priority.as_deref() != Some("low")
        };
        project
            .tasks
            .iter()
            .filter(is)
            .map(|task| task.id.clone())
            .collect()
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
            kind: None,
            asked: on,
            options,
            decider: None,
            decided: None,
            reason: None,
            on: None,
        }
    }

    /// What the run could not see is a risk of the plan.
    pub(crate) fn unseen(&self, project: &mut Project) {
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
    pub(crate) fn has_all(&self, project: &Project) -> Result<(), PlanError> {
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
        let mut tasks = self.pattern.tasks();
        let of = tasks.find(|task| task.cannot_skip.as_deref() == Some(item));
        Err(PlanError::CannotSkip {
            item: (*item).to_owned(),
            why: match of.and_then(|task| Some((&task.id, task.when.as_deref()?))) {
                Some((task, when)) => {
                    format!(
                        "its task `{task}` is only there where `{when}` takes part, who does not"
                    )
                }
                None => "no task of the pattern is for it".to_owned(),
            },
        })
    }
}
