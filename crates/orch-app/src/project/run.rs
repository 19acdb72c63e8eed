//! A run: a snapshot that is evaluated now, or a report that an audit wrote.

use std::collections::BTreeMap;
use std::path::Path;

use orch_engine::{Inventory, evaluate};
use orch_model::Severity;
use orch_plan::Run;
use orch_report::{Input, v1};
use orch_snapshot::{Needs, load};

use crate::AppError;
use crate::output::read_text;
use crate::setup::{Prepared, Setup};
use crate::words::Mistake;

/// Reads a run.
pub(super) fn run(path: &Path, setup: &Setup) -> Result<Run, AppError> {
    let name = path.display().to_string();
    if !path.is_dir() {
        let text = read_text(path)?;
        let report: v1::Report = serde_json::from_str(&text).map_err(|error| {
            AppError::Input(Mistake::new(
                format!("failed to understand `{name}` as a report: {error}"),
                "name a snapshot directory, or what `orch audit --format json --output FILE` wrote",
            ))
        })?;
        return Ok(Run {
            name,
            report,
            snapshot: None,
        });
    }
    let prepared = Prepared::of(setup)?;
    let snapshot = load(path, &Needs(prepared.needs()))?;
    let evaluation = evaluate(
        &prepared.catalog,
        &Inventory::new(&snapshot),
        &prepared.settings,
    );
    let exit = v1::Exit {
        code: 0,
        why: "evaluated for a project".to_owned(),
    };
    let input = Input {
        snapshot: &snapshot,
        catalog: &prepared.catalog,
        selection: &prepared.settings.selection,
        options: &BTreeMap::new(),
        derived_prices: prepared.options.derived_prices.unwrap_or(false),
        show_from: Severity::Info,
    };
    let report = orch_report::build(&input, evaluation, exit);
    // The lists of a fresh report are made while it is written.
    let report = serde_json::to_value(&report).and_then(serde_json::from_value);
    let report = report.map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(Run {
        name,
        report,
        snapshot: Some(snapshot),
    })
}
