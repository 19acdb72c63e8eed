//! From findings and requests to work that people do: specialists, plans, projects, briefings, reports.

mod analysis;
pub mod brief;
mod concern;
mod kinds;
mod pattern;
pub mod project;
mod request;
pub mod review;
mod run;
mod schedule;
mod specialist;
mod template;
mod words;

pub use analysis::{Analysis, Chosen, Mode, Question, analyse};
pub use concern::{Check, Concern, Goal};
pub use pattern::{Pattern, Phase, Task};
pub use run::Run;
pub use schedule::{Schedule, ScheduleError, Slot, Work, date, schedule};
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
}
