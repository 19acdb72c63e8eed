//! A benchmark's list of controls: which there are, and why some are not assessed.

use serde::Deserialize;

/// A version of a benchmark, as its file in `rules/frameworks` has it. Rules say which controls they are
/// about; the file says which controls there are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Its id: `cis-aws-5.0`, as rules name it.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Its version.
    pub version: String,
    /// How many controls it has, those that are not listed here included.
    pub total: u32,
    /// How many of them it says a program can check.
    pub automated: u32,
    /// Its controls, in its order, as far as we know them.
    pub controls: Vec<Control>,
}

/// A control of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Its id, as text: `1.10` is not `1.1`.
    pub id: String,
    /// What it asks for, in our words.
    pub about: String,
    /// How the benchmark says that it is checked, where we know.
    #[serde(default)]
    pub automation: Option<Automation>,
    /// Why no rule assesses it.
    #[serde(default)]
    pub not_assessed: Option<String>,
    /// Of one that is not assessed, whether what is collected would suffice to decide it.
    #[serde(default)]
    pub decidable: bool,
}

/// How a benchmark says that a control is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Automation {
    /// By a program.
    Automated,
    /// By a person.
    Manual,
}

impl Automation {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automated => "automated",
            Self::Manual => "manual",
        }
    }
}

impl Framework {
    /// Reads the YAML of a file.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_saphyr::from_str(text)
            .map_err(|error| format!("failed to read a list of controls: {error}"))
    }
}
