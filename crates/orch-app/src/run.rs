//! What briefings, reviews and plans are made from: a snapshot that is evaluated, or a report that was written.

use std::path::Path;

use orch_engine::{Inventory, evaluate};
use orch_model::Severity;
use orch_plan::Run;
use orch_plan::brief::{RuleNote, rule_notes};
use orch_report::{Input, v1};
use orch_snapshot::Needs;

use crate::AppError;
use crate::output::read_text;
use crate::setup::{Prepared, Setup};
use crate::words::Mistake;

/// A run, with what is known of the rules.
pub(crate) struct Loaded {
    pub(crate) run: Run,
    pub(crate) rules: std::collections::BTreeMap<String, RuleNote>,
}

/// Loads a snapshot directory and evaluates it, or reads a report in JSON.
pub(crate) fn load_run(path: &Path, setup: &Setup) -> Result<Loaded, AppError> {
    let prepared = Prepared::of(setup)?;
    let rules = rule_notes(&prepared.catalog);
    let name = path.display().to_string();
    if !path.is_dir() {
        let report = read_report(path)?;
        let run = Run {
            name,
            report,
            snapshot: None,
        };
        return Ok(Loaded { run, rules });
    }
    let snapshot = orch_snapshot::load(path, &Needs(None))?;
    let evaluation = evaluate(
        &prepared.catalog,
        &Inventory::new(&snapshot),
        &prepared.settings,
    );
    let input = Input {
        snapshot: &snapshot,
        catalog: &prepared.catalog,
        selection: &prepared.settings.selection,
        options: &std::collections::BTreeMap::new(),
        derived_prices: prepared.options.derived_prices.unwrap_or(false),
        show_from: Severity::Info,
    };
    let exit = v1::Exit {
        code: 0,
        why: "evaluated for a briefing".to_owned(),
    };
    let report = orch_report::build(&input, evaluation, exit);
    // The lists of a report are made while it is written.
    let report = serde_json::to_value(&report).and_then(serde_json::from_value);
    let report = report.map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(Loaded {
        run: Run {
            name,
            report,
            snapshot: Some(snapshot),
        },
        rules,
    })
}

fn read_report(path: &Path) -> Result<v1::Report, AppError> {
    let text = read_text(path)?;
    let report: v1::Report = serde_json::from_str(&text).map_err(|error| {
        let name = path.display();
        AppError::Input(Mistake::new(
            format!("failed to read `{name}` as a report: {error}"),
            "give a snapshot directory, or what `orch audit --format json --output FILE` wrote",
        ))
    })?;
    if report.schema != v1::SCHEMA {
        return Err(AppError::Input(Mistake::new(
            format!(
                "failed to read `{}`: its schema is not {}",
                path.display(),
                v1::SCHEMA
            ),
            "write the report anew with `orch audit --format json --output FILE`",
        )));
    }
    Ok(report)
}
