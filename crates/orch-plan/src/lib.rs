//! From findings and requests to work that people do: specialists, plans, projects, briefings, reports.

mod analysis;
mod besides;
pub mod brief;
mod concern;
mod deadline;
mod deadline_forms;
mod english;
mod kinds;
mod negation;
mod pattern;
mod phrase;
pub mod plan;
pub mod project;
mod questions;
mod request;
pub mod results;
pub mod review;
mod room;
mod rounding;
mod run;
mod schedule;
mod severity;
mod specialist;
pub mod status;
mod template;
mod words;

pub use analysis::{Analysis, Chosen, Mode, Question, analyse};
pub use besides::Beside;
pub use concern::{Check, Concern, Goal};
pub use deadline::{Deadline, deadline};
pub use pattern::{CANNOT_SKIP, Choice, Expression, Implied, Pattern, Phase, Proof, Task};
pub use run::Run;
pub use schedule::{ScheduleError, date, working_days};
pub use specialist::{Capabilities, Partners, Specialist};
pub use template::TemplateError;

/// The files of `plans/`.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// A file of specialists or patterns that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("failed to read `{file}`: {why}")]
pub struct FileError {
    /// The file.
    pub file: String,
    /// What is wrong with it, with its line where that is known.
    pub why: String,
}

/// Everything a plan is made of: what is built in, and what the user adds or changes.
#[derive(Debug, Clone)]
pub struct Library {
    /// By id.
    pub specialists: std::collections::BTreeMap<String, Specialist>,
    /// By id.
    pub patterns: std::collections::BTreeMap<String, Pattern>,
    /// How findings become tasks.
    pub findings: plan::Settings,
}

impl Library {
    /// What is built in.
    ///
    /// # Errors
    /// A built-in file that cannot be read, which a test rules out.
    pub fn built_in() -> Result<Self, FileError> {
        let mut library = Self {
            specialists: std::collections::BTreeMap::new(),
            patterns: std::collections::BTreeMap::new(),
            findings: settings(plan::Settings::BUILT_IN)?,
        };
        for (id, text) in embedded::SPECIALISTS {
            library.add_specialist(id, text)?;
        }
        for (id, text) in embedded::PATTERNS {
            library.add_pattern(id, text)?;
        }
        Ok(library)
    }

    /// Adds a specialist, or puts it in the place of the one with the same id.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn add_specialist(&mut self, id: &str, text: &str) -> Result<(), FileError> {
        let specialist = serde_saphyr::from_str(text).map_err(|error| FileError {
            file: format!("{id}.yaml"),
            why: error.to_string(),
        })?;
        self.specialists.insert(id.to_owned(), specialist);
        Ok(())
    }

    /// Adds a pattern, or puts it in the place of the one with the same id.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn add_pattern(&mut self, id: &str, text: &str) -> Result<(), FileError> {
        let fail = |why: String| FileError {
            file: format!("{id}.yaml"),
            why,
        };
        let pattern: Pattern =
            serde_saphyr::from_str(text).map_err(|error| fail(error.to_string()))?;
        pattern.check().map_err(fail)?;
        self.patterns.insert(id.to_owned(), pattern);
        Ok(())
    }

    /// Puts other numbers in the place of those by which findings become tasks.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn set_findings(&mut self, text: &str) -> Result<(), FileError> {
        self.findings = settings(text)?;
        Ok(())
    }

    /// Whether everybody whom patterns and specialists name is there.
    ///
    /// # Errors
    /// The first name that stands for nobody, with its file.
    pub fn check(&self) -> Result<(), FileError> {
        let roles = [pattern::CLOUD, pattern::ORCHESTRATOR];
        for (id, pattern) in &self.patterns {
            let tasks = pattern.phases.iter().flat_map(|phase| &phase.tasks);
            let owners = tasks.flat_map(|task| std::iter::once(&task.owner).chain(&task.when));
            let chosen = pattern.choose.iter().flat_map(|one| &one.specialists);
            let implied = pattern.implies.iter();
            let implied =
                implied.flat_map(|one| one.with.iter().chain(std::iter::once(&one.specialist)));
            let mut named = owners.chain(chosen).chain(&pattern.always).chain(implied);
            let unknown = named.find(|name| {
                !self.specialists.contains_key(*name) && !roles.contains(&name.as_str())
            });
            if let Some(unknown) = unknown {
                return Err(self.nobody(id, unknown));
            }
        }
        for (id, specialist) in &self.specialists {
            let partners = &specialist.partners;
            let mut named = (partners.after.iter())
                .chain(&partners.before)
                .chain(&partners.parallel)
                .chain(&partners.iterative);
            if let Some(unknown) = named.find(|name| !self.specialists.contains_key(*name)) {
                return Err(self.nobody(id, unknown));
            }
        }
        Ok(())
    }

    fn nobody(&self, id: &str, name: &str) -> FileError {
        let known = self.specialists.keys().map(String::as_str);
        let known: Vec<&str> = known.collect();
        FileError {
            file: format!("{id}.yaml"),
            why: format!("`{name}` is no specialist; there are {}", known.join(", ")),
        }
    }
}

/// The numbers by which findings become tasks.
fn settings(text: &str) -> Result<plan::Settings, FileError> {
    let fail = |why: String| FileError {
        file: "findings.yaml".to_owned(),
        why,
    };
    let settings: plan::Settings =
        serde_saphyr::from_str(text).map_err(|error| fail(error.to_string()))?;
    settings.check().map_err(fail)?;
    Ok(settings)
}
