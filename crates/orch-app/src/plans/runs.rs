//! Runs: snapshots that are evaluated now, and reports of audits.

use std::cell::OnceCell;
use std::path::Path;

use orch_plan::Run;
use orch_report::v1;
use orch_snapshot::Needs;

use crate::AppError;
use crate::output::read_text;
use crate::pipeline;
use crate::setup::{Prepared, Setup};
use crate::words::Mistake;

/// A run: a snapshot directory, evaluated now, or a report that an audit wrote as JSON.
///
/// # Errors
/// What keeps a snapshot from being evaluated, and files that are no report.
pub fn run(path: &Path, setup: &Setup) -> Result<Run, AppError> {
    Runs::of(setup).read(path)
}

/// Several runs that one command looks at: rules are compiled once for all of them, and only where there is a snapshot.
pub(crate) struct Runs<'s> {
    setup: &'s Setup,
    prepared: OnceCell<Prepared>,
}

impl<'s> Runs<'s> {
    pub(crate) fn of(setup: &'s Setup) -> Self {
        Self {
            setup,
            prepared: OnceCell::new(),
        }
    }

    /// One of them, as [`run`] reads it.
    pub(crate) fn read(&self, path: &Path) -> Result<Run, AppError> {
        if !path.is_dir() {
            return written(path);
        }
        let prepared = match self.prepared.get() {
            Some(prepared) => prepared,
            None => {
                let prepared = Prepared::of(self.setup)?;
                self.prepared.get_or_init(|| prepared)
            }
        };
        evaluated(path, prepared)
    }
}

/// A run, where rules and options are there already.
pub(crate) fn run_with(path: &Path, prepared: &Prepared) -> Result<Run, AppError> {
    if path.is_dir() {
        evaluated(path, prepared)
    } else {
        written(path)
    }
}

/// The run of a snapshot. All of it is read, whatever is asked: plans and briefings tell what is there.
fn evaluated(path: &Path, prepared: &Prepared) -> Result<Run, AppError> {
    let snapshot = orch_snapshot::load(path, &Needs::ALL)?;
    let (report, _) = pipeline::evaluated(prepared, &snapshot)?;
    let internal = |error: serde_json::Error| AppError::Internal(error.to_string());
    // The lists of a fresh report are made while they are written.
    let text = serde_json::to_string(&report).map_err(internal)?;
    drop(report);
    Ok(Run {
        name: path.display().to_string(),
        report: serde_json::from_str(&text).map_err(internal)?,
        snapshot: Some(snapshot),
    })
}

/// The run of a report.
fn written(path: &Path) -> Result<Run, AppError> {
    let name = path.display().to_string();
    let text = read_text(path)?;
    let help = "name a snapshot directory, or a report written by `orch audit --format json --output FILE`";
    let mistake = |why: String| {
        AppError::Input(Mistake::new(
            format!("failed to understand `{name}` as a report: {why}"),
            help,
        ))
    };
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| mistake(error.to_string()))?;
    let schema = json.get("schema").and_then(serde_json::Value::as_str);
    if schema != Some(v1::SCHEMA) {
        let its = schema.unwrap_or("not there");
        return Err(mistake(format!(
            "its `schema` is {}, and not {}",
            orch_report::visible(its),
            v1::SCHEMA
        )));
    }
    let report: v1::Report =
        serde_json::from_str(&text).map_err(|error| mistake(error.to_string()))?;
    if let Some(odd) = odd_word(&report) {
        let odd = orch_report::visible(odd);
        return Err(mistake(format!(
            "`{odd}` is no id of a rule, a cloud or a specialist"
        )));
    }
    Ok(Run {
        report,
        snapshot: None,
        name,
    })
}

/// A word of a report that is more than an id. Ids become parts of commands that people copy.
fn odd_word(report: &v1::Report) -> Option<&str> {
    let is_id = |word: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !word.is_empty() && !word.starts_with('-') && word.chars().all(plain)
    };
    let words = report.findings.iter().flat_map(|one| {
        [one.rule.as_str(), one.resource.provider.as_str()]
            .into_iter()
            .chain(one.audience.iter().map(String::as_str))
    });
    let accounts = report.run.accounts.iter().map(|one| one.provider.as_str());
    words.chain(accounts).find(|word| !is_id(word))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_report_whose_rule_would_be_a_command_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/estates/demo");
        let mut good = run(&demo, &Setup::default()).unwrap();
        assert!(good.snapshot.is_some());
        let path = dir.path().join("run.json");
        let mut read = |rule: &str| {
            good.report.findings[0].rule = rule.to_owned();
            fs::write(&path, serde_json::to_string(&good.report).unwrap()).unwrap();
            run(&path, &Setup::default())
        };
        assert!(read("a-rule").is_ok());
        let error = read("a; rm -rf ~").unwrap_err().to_string();
        assert!(error.contains("`a; rm -rf ~` is no id"), "{error}");
    }
}
