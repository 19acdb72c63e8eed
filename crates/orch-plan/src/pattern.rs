//! What a workflow pattern is: phases with tasks, and what in a request chooses it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::project::is_id;
use crate::schedule::MOST_DAYS;

/// What no pattern may be without. One that is nevertheless says why in `without`.
pub const CANNOT_SKIP: [&str; 6] = [
    "security review before production",
    "monitoring before production",
    "backup and recovery",
    "infrastructure as code",
    "CI/CD",
    "documentation",
];

/// The owner that stands for the specialist of each cloud in play.
pub(crate) const CLOUD: &str = "cloud";
/// The owner that stands for whoever leads the project.
pub(crate) const ORCHESTRATOR: &str = "orchestrator";
/// The categories of findings that a phase can take.
const CATEGORIES: [&str; 6] = [
    "security",
    "cost",
    "right-sizing",
    "reliability",
    "governance",
    "observability",
];

/// A regular expression, compiled when its file is read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression(Regex);

impl Expression {
    /// Where it is first found.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.find(text).map(|found| found.as_str())
    }
}

impl TryFrom<String> for Expression {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let expression = Regex::new(&text);
        expression
            .map(Self)
            .map_err(|error| format!("`{text}` is no expression: {error}"))
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> Self {
        expression.0.as_str().to_owned()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// A workflow pattern. One file in `plans/patterns`; its id is the file's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Its name for people.
    pub title: String,
    /// When it fits, in a sentence.
    pub scenario: String,
    /// What in a request chooses it; any one of these.
    pub choose: Vec<Choice>,
    /// Specialists that take part whatever the request says.
    pub always: Vec<String>,
    /// Specialists that others make necessary.
    #[serde(default)]
    pub implies: Vec<Implied>,
    /// It is the one for what runs found, where no words choose another.
    #[serde(default)]
    pub for_findings: bool,
    /// What cannot be skipped and is still not in it, each with the reason.
    #[serde(default)]
    pub without: BTreeMap<String, String>,
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// What pays within the first days.
    pub quick_wins: Vec<String>,
    /// What comes after the project.
    pub long_term: Vec<String>,
}

impl Pattern {
    /// The first and the last week of a phase.
    pub(crate) fn weeks(&self, phase: &str) -> Option<[u32; 2]> {
        let found = self.phases.iter().find(|one| one.id == phase)?;
        Some([found.weeks.0, found.weeks.1])
    }
}

/// A specialist that is needed because others take part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Implied {
    /// Its id.
    pub specialist: String,
    /// Those with whom it is needed.
    pub with: Vec<String>,
    /// Regular expressions that say in a request that it is not.
    #[serde(default)]
    pub unless: Vec<Expression>,
    /// Why.
    pub reason: String,
}

/// One way in which a request chooses a pattern. All that is given must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Of the patterns that a request chooses, that with the least order is taken.
    pub order: u32,
    /// Regular expressions, of which one must be found in the request in small letters.
    pub words: Vec<Expression>,
    /// More of them, of which one must be found too.
    #[serde(default)]
    pub also: Vec<Expression>,
    /// Those of which none may be found.
    #[serde(default)]
    pub unless: Vec<Expression>,
    /// The least number of clouds.
    #[serde(default)]
    pub clouds: usize,
    /// The word "cloud" stands for a cloud.
    #[serde(default)]
    pub clouds_or_word: bool,
    /// Specialists that the request must have chosen.
    #[serde(default)]
    pub specialists: Vec<String>,
    /// The least number of specialists.
    #[serde(default)]
    pub specialists_at_least: usize,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// First and last week of an undisturbed project, from 1.
    pub weeks: (u32, u32),
    /// What is reached when it is done.
    #[serde(default)]
    pub milestone: Option<String>,
    /// Categories of findings that are mended in it; those that no phase takes are mended in the first.
    #[serde(default)]
    pub takes: Vec<String>,
    /// What is done in it.
    pub tasks: Vec<Task>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its id, once in the pattern.
    pub id: String,
    /// The specialist; `cloud` is that of the cloud in play, with one task for each where there are several;
    /// `orchestrator` is whoever leads the project.
    pub owner: String,
    /// What is done.
    pub title: String,
    /// Working days: at best, likely, at worst.
    pub days: (u32, u32, u32),
    /// Ids of the tasks that must be done before.
    #[serde(default)]
    pub after: Vec<String>,
    /// What nobody may leave out, where it is such a thing.
    #[serde(default)]
    pub cannot_skip: Option<String>,
    /// It is only there where this specialist takes part; `cloud` is any of the clouds.
    #[serde(default)]
    pub when: Option<String>,
    /// What is true when it is done, so that somebody can check it.
    #[serde(default)]
    pub objective: Option<String>,
    /// The way back, for what changes production.
    #[serde(default)]
    pub rollback: Option<String>,
    /// With it production begins, or moves: all that cannot be skipped comes before it.
    #[serde(default)]
    pub production: bool,
    /// What shows in a run that nothing is left to do.
    #[serde(default)]
    pub proven_by: Option<Proof>,
}

/// What shows in a run that a task is done. All of it must hold; what was not read never does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Rules that pass somewhere, fail nowhere, and are open nowhere.
    pub rules: Vec<String>,
    /// Kinds of which there is at least one resource.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// Whether a project file may have an id.
fn check_id(id: &str, noun: &str) -> Result<(), String> {
    match is_id(id) {
        true => Ok(()),
        false => Err(format!(
            "`{id}` is no id of a {noun}: use small letters, digits and hyphens"
        )),
    }
}

impl Pattern {
    /// Whether it can be used.
    ///
    /// # Errors
    /// The first thing that is wrong: an id that is none or stands twice, a task after one that there is not, tasks that wait for
    /// each other, something that cannot be skipped and is missing or comes after production.
    pub fn check(&self) -> Result<(), String> {
        let tasks = || self.phases.iter().flat_map(|phase| &phase.tasks);
        let mut ids = BTreeSet::new();
        for task in tasks() {
            check_id(&task.id, "task")?;
            if !ids.insert(task.id.as_str()) {
                return Err(format!("the task `{}` stands twice", task.id));
            }
            let (best, likely, worst) = task.days;
            if best > likely || likely > worst {
                return Err(format!("the days of the task `{}` do not rise", task.id));
            }
            if worst > MOST_DAYS {
                return Err(format!(
                    "the task `{}` takes {worst} working days; no task takes more than {MOST_DAYS}",
                    task.id
                ));
            }
        }
        for task in tasks() {
            if let Some(unknown) = task.after.iter().find(|id| !ids.contains(id.as_str())) {
                let id = &task.id;
                return Err(format!(
                    "the task `{id}` comes after `{unknown}`, which there is not"
                ));
            }
        }
        let mut done: BTreeSet<&str> = BTreeSet::new();
        loop {
            let ready = |task: &&Task| {
                !done.contains(task.id.as_str())
                    && task.after.iter().all(|id| done.contains(id.as_str()))
            };
            let next: Vec<&str> = tasks().filter(ready).map(|task| task.id.as_str()).collect();
            if next.is_empty() {
                break;
            }
            done.extend(next);
        }
        let waiting: Vec<&str> = ids
            .iter()
            .filter(|id| !done.contains(*id))
            .copied()
            .collect();
        if !waiting.is_empty() {
            return Err(format!(
                "the tasks {} wait for each other",
                waiting.join(", ")
            ));
        }
        self.check_phases()?;
        self.check_items()
    }

    pub(crate) fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.phases.iter().flat_map(|phase| &phase.tasks)
    }

    /// Whether each phase is one, and takes what there is, and nothing twice.
    fn check_phases(&self) -> Result<(), String> {
        let mut ids = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for phase in &self.phases {
            let id = &phase.id;
            check_id(id, "phase")?;
            if !ids.insert(id) {
                return Err(format!("the phase `{id}` stands twice"));
            }
            if phase.weeks.1 > MOST_DAYS / 5 {
                let weeks = phase.weeks.1;
                let most = MOST_DAYS / 5;
                return Err(format!(
                    "the phase `{id}` ends in week {weeks}; no phase ends after week {most}"
                ));
            }
            if phase.weeks.0 > phase.weeks.1 {
                return Err(format!("the phase `{id}` ends before it begins"));
            }
            for category in &phase.takes {
                if !CATEGORIES.contains(&category.as_str()) {
                    let all = CATEGORIES.join(", ");
                    return Err(format!(
                        "the phase `{id}` takes findings of `{category}`; there are {all}"
                    ));
                }
                if !taken.insert(category) {
                    return Err(format!(
                        "the findings of `{category}` are taken by two phases"
                    ));
                }
            }
        }
        if ids.is_empty() {
            return Err("there is no phase in it".to_owned());
        }
        Ok(())
    }

    /// Whether all that cannot be skipped is there, and before production.
    fn check_items(&self) -> Result<(), String> {
        let there: BTreeSet<&str> = self
            .tasks()
            .filter_map(|task| task.cannot_skip.as_deref())
            .collect();
        for item in CANNOT_SKIP {
            if !there.contains(item) && !self.without.contains_key(item) {
                return Err(format!(
                    "no task is for `{item}`, which nobody may leave out: write it as the `cannot_skip` of one, or the \
                     reason into `without`"
                ));
            }
        }
        for production in self.tasks().filter(|task| task.production) {
            let before = self.before(production);
            let late = self.tasks().find(|task| {
                task.cannot_skip.is_some()
                    && task.id != production.id
                    && !before.contains(task.id.as_str())
            });
            if let Some(late) = late {
                return Err(format!(
                    "production begins with the task `{}`, which does not wait for `{}`",
                    production.id, late.id
                ));
            }
        }
        Ok(())
    }

    /// Every task that is done before one, however many lie in between.
    fn before<'p>(&'p self, task: &'p Task) -> BTreeSet<&'p str> {
        let mut before: BTreeSet<&str> = BTreeSet::new();
        let mut left: Vec<&str> = task.after.iter().map(String::as_str).collect();
        while let Some(id) = left.pop() {
            if before.insert(id) {
                let of = self.tasks().filter(|other| other.id == id);
                left.extend(of.flat_map(|other| other.after.iter().map(String::as_str)));
            }
        }
        before
    }
}
