//! The audit from end to end: read or load, evaluate, decide, report.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use orch_collect::Collected;
use orch_engine::{Inventory, evaluate};
use orch_model::{Severity, Snapshot};
use orch_report::{Format, GroupBy, Input, Report, View, v1};
use orch_snapshot::{Form, Needs, Partial};

use crate::collect::{is_unfinished, kept};
use crate::exit::{Exit, Verdicts, decide};
use crate::live::{self, Live};
use crate::setup::{Chosen, Prepared, Setup};
use crate::watch::Watch;
use crate::words::{self, AllowGaps, FailOn};
use crate::{AppError, clouds};

/// An audit as asked for.
#[derive(Debug, Clone, Default)]
pub struct AuditRequest {
    /// Options and configuration.
    pub setup: Setup,
    /// The snapshot to audit instead of a live account.
    pub snapshot: Option<PathBuf>,
    /// Where to keep what was read.
    pub save: Option<PathBuf>,
}

/// An audit that came to its end.
pub struct AuditOutcome {
    /// How the program ends.
    pub exit: Exit,
    /// How to go on with what was to be saved, where the reading of it was stopped.
    pub kept: Option<String>,
    format: &'static Format,
    group_by: Option<GroupBy>,
    report: Report,
}

impl AuditOutcome {
    /// How people want to see it.
    pub fn view(&self, width: usize, colour: bool) -> View {
        View {
            width,
            colour,
            group_by: self.group_by,
        }
    }

    /// Writes the report in the format asked for.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, view: &View, out: &mut dyn Write) -> io::Result<()> {
        (self.format.write)(&self.report, view, out)
    }
}

/// Audits a snapshot or a live account. A live account is read into a snapshot first, so that there is one
/// way only.
///
/// # Errors
/// Everything that keeps an audit from a report.
pub fn audit(request: &AuditRequest, watch: &Watch) -> Result<AuditOutcome, AppError> {
    if let Some(dir) = &request.snapshot {
        let (prepared, snapshot) = prepared_and_loaded(&request.setup, dir)?;
        return report(&prepared, snapshot);
    }
    if let Some(save) = &request.save {
        Partial::check(save)?;
    }
    let prepared = Prepared::of(&request.setup)?;
    let providers = prepared.options.providers.as_deref();
    let providers = providers.ok_or(AppError::NothingToAudit)?;
    // A misspelt collector should not be told after ten minutes of reading.
    let mut known = Vec::new();
    for provider in providers {
        known.extend(clouds::specs(*provider)?.iter().map(|spec| spec.name));
    }
    allowed(&prepared, &known)?;
    let selection = |provider| prepared.collectors(provider);
    let live = Live::connect(
        providers,
        &prepared.options,
        prepared.config.collect.clone(),
        watch,
    )?;
    match &request.save {
        Some(save) => {
            let (collected, partial) = live::take(&live, selection, save, watch)?;
            if is_unfinished(&collected) {
                return unfinished(&prepared, &collected, &partial);
            }
            partial.seal(Form::Compressed)?;
            report(&prepared, load(&prepared, save)?)
        }
        None => {
            let dir = temporary()?;
            let out = dir.path().join("snapshot");
            let (_, partial) = live::take(&live, selection, &out, watch)?;
            partial.seal(Form::Text)?;
            report(&prepared, load(&prepared, &out)?)
        }
    }
}

/// Reports what was read until it was stopped, from a copy: the collection itself is not sealed half read,
/// it stays to be gone on with.
fn unfinished(
    prepared: &Prepared,
    collected: &Collected,
    partial: &Partial,
) -> Result<AuditOutcome, AppError> {
    let kept = kept(collected, partial.dir());
    let of_a_copy = || {
        let dir = temporary()?;
        let copy = dir.path().join("snapshot");
        partial.copy(&copy, Form::Text)?;
        report(prepared, load(prepared, &copy)?)
    };
    match of_a_copy() {
        Ok(outcome) => Ok(AuditOutcome {
            kept: Some(kept),
            ..outcome
        }),
        Err(why) => Err(AppError::Unreported {
            why: Box::new(why),
            kept,
        }),
    }
}

/// A directory for its owner only that goes when it is dropped.
pub(crate) fn temporary() -> Result<tempfile::TempDir, AppError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("orch-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir().map_err(|source| AppError::Write {
        path: std::env::temp_dir(),
        source,
    })
}

/// Compiles the rules and loads the snapshot: side by side where all of it is loaded whatever the rules say. A mistake in
/// the rules is told before one in the snapshot.
fn prepared_and_loaded(setup: &Setup, dir: &Path) -> Result<(Prepared, Snapshot), AppError> {
    let chosen = Chosen::of(setup)?;
    if chosen.is_narrow() {
        let prepared = Prepared::compile(chosen)?;
        let snapshot = load(&prepared, dir)?;
        return Ok((prepared, snapshot));
    }
    let stop = AtomicBool::new(false);
    let (prepared, snapshot) = thread::scope(|scope| {
        let compiling = scope.spawn(|| {
            let prepared = Prepared::compile(chosen);
            stop.store(prepared.is_err(), Ordering::Relaxed);
            prepared
        });
        let snapshot = orch_snapshot::load_until(dir, &Needs(None), &stop);
        (compiling.join(), snapshot)
    });
    let prepared = prepared.unwrap_or_else(|panic| resume_unwind(panic))?;
    Ok((prepared, snapshot?))
}

fn load(prepared: &Prepared, dir: &Path) -> Result<Snapshot, AppError> {
    Ok(orch_snapshot::load(dir, &Needs(prepared.needs(None)))?)
}

/// Takes the snapshot, so that it is gone when the report is written.
fn report(prepared: &Prepared, snapshot: Snapshot) -> Result<AuditOutcome, AppError> {
    let options = &prepared.options;
    let (report, exit) = evaluated(prepared, &snapshot)?;
    Ok(AuditOutcome {
        report,
        exit,
        kept: None,
        format: options.format.unwrap_or(&orch_report::FORMATS[0]),
        group_by: options.group_by,
    })
}

/// What the rules say of a snapshot, and how an audit of it ends.
pub(crate) fn evaluated(
    prepared: &Prepared,
    snapshot: &Snapshot,
) -> Result<(Report, Exit), AppError> {
    let options = &prepared.options;
    let collectors: Vec<&str> = snapshot
        .collectors
        .iter()
        .map(|collector| collector.name.as_str())
        .collect();
    let allow = allowed(prepared, &collectors)?;
    tracing::info!(
        resources = snapshot.resources.len(),
        reads = snapshot.reads.len(),
        "loaded"
    );
    let evaluation = evaluate(
        &prepared.catalog,
        &Inventory::new(snapshot),
        &prepared.settings,
    );
    tracing::info!(findings = evaluation.findings.len(), "evaluated");
    let verdicts = Verdicts {
        findings: &evaluation.findings,
        unknown: &evaluation.unknown,
        unassessed: &evaluation.unassessed,
        faults: evaluation
            .faults
            .iter()
            .map(|fault| fault.rule.as_str())
            .collect(),
    };
    let fail_on = options.fail_on.unwrap_or(FailOn::Severity(Severity::High));
    let exit = decide(&verdicts, fail_on, &allow);
    let input = Input {
        snapshot,
        catalog: &prepared.catalog,
        selection: &prepared.settings.selection,
        options: &told(prepared, fail_on),
        derived_prices: options.derived_prices.unwrap_or(false),
        show_from: options.severity.unwrap_or(Severity::Info),
    };
    let told = v1::Exit {
        code: exit.code.number(),
        why: exit.why.clone(),
    };
    Ok((orch_report::build(&input, evaluation, told), exit))
}

/// The gaps that are allowed, checked against the collectors there are.
fn allowed(prepared: &Prepared, collectors: &[&str]) -> Result<AllowGaps, AppError> {
    let Some(given) = &prepared.options.allow_gaps else {
        return Ok(AllowGaps::No);
    };
    let given: Vec<&str> = given.iter().map(|word| word.as_str()).collect();
    words::allow_gaps(&given, collectors).map_err(|mistake| {
        let message = format!("--allow-gaps: {}", mistake.message);
        AppError::usage(words::Mistake { message, ..mistake })
    })
}

/// The options that shape the answer, for the head of the report. No path is among them: the same audit
/// says the same on another machine.
fn told(prepared: &Prepared, fail_on: FailOn) -> BTreeMap<String, String> {
    let options = &prepared.options;
    let mut told = BTreeMap::new();
    let mut say = |name: &str, value: String| {
        if !value.is_empty() {
            told.insert(name.to_owned(), value);
        }
    };
    let joined = |words: Vec<String>| words.join(",");
    say(
        "only",
        joined(
            options
                .only
                .iter()
                .flatten()
                .map(ToString::to_string)
                .collect(),
        ),
    );
    say(
        "rule",
        joined(
            options
                .rules
                .iter()
                .flatten()
                .map(ToString::to_string)
                .collect(),
        ),
    );
    say(
        "skip-rule",
        joined(
            options
                .skip_rules
                .iter()
                .flatten()
                .map(ToString::to_string)
                .collect(),
        ),
    );
    let tags = options.tags.iter().flatten();
    say(
        "tag",
        joined(tags.map(|(key, value)| format!("{key}={value}")).collect()),
    );
    say(
        "severity",
        options
            .severity
            .map(|severity| severity.to_string())
            .unwrap_or_default(),
    );
    let fail_on = match fail_on {
        FailOn::Never => "never".to_owned(),
        FailOn::Severity(severity) => severity.to_string(),
    };
    say("fail-on", fail_on);
    if let Some(gaps) = &options.allow_gaps {
        let gaps = joined(gaps.iter().map(ToString::to_string).collect());
        say(
            "allow-gaps",
            if gaps.is_empty() {
                "all".to_owned()
            } else {
                gaps
            },
        );
    }
    if options.derived_prices == Some(true) {
        say("derived-prices", "true".to_owned());
    }
    told.extend(crate::shape::of(&prepared.config));
    told
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_read_for_now_is_its_owners_only() {
        let dir = temporary().unwrap();
        let mode = dir.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
