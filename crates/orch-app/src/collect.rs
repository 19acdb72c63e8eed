//! `orch collect`: read an account into a snapshot, and go on where that was interrupted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use orch_collect::{Collected, Selection};
use orch_model::{Outcome, Provider, Read};
use orch_snapshot::{Form, Partial, Plan};

use crate::exit::{Exit, ExitCode};
use crate::live::Live;
use crate::setup::{Chosen, Setup};
use crate::watch::Watch;
use crate::words::Mistake;
use crate::{AppError, Said};

/// A collection as asked for.
#[derive(Debug, Clone, Default)]
pub struct CollectRequest {
    /// Options and configuration.
    pub setup: Setup,
    /// The directory to write.
    pub out: Option<PathBuf>,
    /// The interrupted collection to go on with.
    pub resume: Option<PathBuf>,
}

/// Reads everything into a snapshot.
///
/// # Errors
/// Everything that keeps it from reading; gaps do not.
pub fn collect(request: &CollectRequest, watch: &Watch) -> Result<Said, AppError> {
    match (&request.resume, &request.out) {
        (Some(partial), _) => resume(request, partial, watch),
        (None, Some(out)) => begin(request, out, watch),
        (None, None) => Err(AppError::usage(Mistake::new(
            "no directory is named",
            "type `orch collect --provider aws --out DIR`",
        ))),
    }
}

fn begin(request: &CollectRequest, out: &Path, watch: &Watch) -> Result<Said, AppError> {
    Partial::check(out)?;
    let Chosen { options, config } = Chosen::of(&request.setup)?;
    let providers = options.providers.as_deref().ok_or_else(|| {
        AppError::usage(Mistake::new(
            "no provider is named",
            "type `orch collect --provider aws --out DIR`",
        ))
    })?;
    let live = Live::connect(providers, &options, config.collect, watch)?;
    let plan = live.plan(|_| Ok(Selection::all()), watch)?;
    let partial = Partial::create(out, &plan)?;
    finish(&live, &plan, partial, &[])
}

fn resume(request: &CollectRequest, dir: &Path, watch: &Watch) -> Result<Said, AppError> {
    let Chosen { options, config } = Chosen::of(&request.setup)?;
    let (partial, plan, done) = Partial::resume(dir)?;
    let planned: BTreeSet<Provider> = plan.scopes.iter().map(|scope| scope.provider).collect();
    let providers: Vec<Provider> = planned.into_iter().collect();
    let settings = config.collect.resumed(&plan);
    let live = Live::connect(&providers, &options, settings, watch)?;
    if !live.is_account_of(&plan) {
        return Err(AppError::usage(Mistake::new(
            format!("`{}` was begun with another account", dir.display()),
            "use the credentials it was begun with, or begin a new one with --out",
        )));
    }
    finish(&live, &plan, partial, &done)
}

/// Reads what is missing. What was stopped on the way is left as it is, to be resumed.
fn finish(live: &Live, plan: &Plan, partial: Partial, done: &[Read]) -> Result<Said, AppError> {
    let collected = live.collect(plan, &partial, done)?;
    if is_unfinished(&collected) {
        return Ok(interrupted(&collected, partial.dir()));
    }
    let out = partial.seal(Form::Compressed)?;
    Ok(said(&collected, &out))
}

/// Whether it was stopped on the way, so that going on with it is worth more than its end.
pub(crate) fn is_unfinished(collected: &Collected) -> bool {
    collected.cancelled || collected.aborted.is_some()
}

/// How to go on with a collection that was stopped.
pub(crate) fn kept(collected: &Collected, dir: &Path) -> String {
    format!(
        "{} reads are kept; go on with `orch collect --resume {}`",
        complete(&collected.reads),
        dir.display()
    )
}

fn interrupted(collected: &Collected, dir: &Path) -> Said {
    let why = match &collected.aborted {
        Some(gap) => format!("incomplete view: the collection was given up, {gap}"),
        None => "incomplete view: the collection was stopped".to_owned(),
    };
    Said {
        text: kept(collected, dir) + "\n",
        exit: Exit {
            code: ExitCode::Incomplete,
            why,
        },
    }
}

fn said(collected: &Collected, out: &Path) -> Said {
    let complete = complete(&collected.reads);
    let gaps: Vec<String> = collected
        .reads
        .iter()
        .filter_map(|read| Some((read, read.gap()?)))
        .map(|(read, gap)| format!("  {} in {}: {gap}\n", read.collector, read.scope.region))
        .collect();
    let wanted = complete + gaps.len();
    let exit = if gaps.is_empty() {
        Exit {
            code: ExitCode::Clean,
            why: format!("all of {wanted} reads are complete"),
        }
    } else {
        let why = format!(
            "incomplete view: {} of {wanted} reads have gaps",
            gaps.len()
        );
        Exit {
            code: ExitCode::Incomplete,
            why,
        }
    };
    let shown: String = gaps
        .iter()
        .map(|line| orch_report::visible(line.trim_end()) + "\n")
        .collect();
    Said {
        text: format!(
            "{}: {complete} of {wanted} reads are complete\n{shown}audit it with `orch audit --snapshot {}`\n",
            out.display(),
            out.display()
        ),
        exit,
    }
}

fn complete(reads: &[Read]) -> usize {
    reads
        .iter()
        .filter(|read| read.outcome == Outcome::Complete)
        .count()
}
