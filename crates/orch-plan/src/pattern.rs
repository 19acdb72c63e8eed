//! What a workflow pattern is: phases with tasks, and what in a request chooses it.

use std::collections::BTreeSet;

use regex::Regex;
use serde::{Deserialize, Serialize};

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
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// What pays within the first days.
    pub quick_wins: Vec<String>,
    /// What comes after the project.
    pub long_term: Vec<String>,
}

/// One way in which a request chooses a pattern. All that is given must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Of the patterns that a request chooses, that with the least order is taken.
    pub order: u32,
    /// Regular expressions, of which one must be found in the request in small letters.
    pub words: Vec<String>,
    /// More of them, of which one must be found too.
    #[serde(default)]
    pub also: Vec<String>,
    /// Those of which none may be found.
    #[serde(default)]
    pub unless: Vec<String>,
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
    /// What is done in it.
    pub tasks: Vec<Task>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its id, once in the pattern.
    pub id: String,
    /// The specialist; `cloud` is that of the project's cloud, `each-cloud` one task for each of them,
    /// `orchestrator` whoever leads the project.
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
}

impl Pattern {
    /// Whether it can be used.
    ///
    /// # Errors
    /// The first thing that is wrong: an expression, an id that stands twice, a task after one that there is not, tasks
    /// that wait for each other.
    pub fn check(&self) -> Result<(), String> {
        for choice in &self.choose {
            let all = choice
                .words
                .iter()
                .chain(&choice.also)
                .chain(&choice.unless);
            for word in all {
                Regex::new(word).map_err(|error| format!("`{word}` is no expression: {error}"))?;
            }
        }
        let tasks = || self.phases.iter().flat_map(|phase| &phase.tasks);
        let mut ids = BTreeSet::new();
        for task in tasks() {
            if !ids.insert(task.id.as_str()) {
                return Err(format!("the task `{}` stands twice", task.id));
            }
            let (best, likely, worst) = task.days;
            if best > likely || likely > worst {
                return Err(format!("the days of the task `{}` do not rise", task.id));
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
        if waiting.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "the tasks {} wait for each other",
                waiting.join(", ")
            ))
        }
    }
}
