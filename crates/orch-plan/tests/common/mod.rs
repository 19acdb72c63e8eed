//! The demo estate as a run, evaluated once.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::sync::LazyLock;

use orch_engine::{Catalog, Facts, Inventory, Settings, evaluate};
use orch_model::Severity;
use orch_plan::Run;
use orch_plan::brief::{Options, rule_notes};
use orch_report::{Input, v1};
use orch_snapshot::Needs;

/// The run and what is known of the rules.
pub(crate) struct Demo {
    pub(crate) run: Run,
    pub(crate) options: Options,
}

pub(crate) static DEMO: LazyLock<Demo> = LazyLock::new(|| {
    let facts: Facts = orch_engine::facts::facts()
        .into_iter()
        .chain(orch_cost::facts::facts(
            orch_cost::catalog::Catalogue::embedded(),
        ))
        .collect::<Vec<_>>()
        .into();
    let catalog = Catalog::builtin(facts).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/estates/demo");
    let snapshot = orch_snapshot::load(&dir, &Needs(None)).unwrap();
    let settings = Settings::default();
    let evaluation = evaluate(&catalog, &Inventory::new(&snapshot), &settings);
    let input = Input {
        snapshot: &snapshot,
        catalog: &catalog,
        selection: &settings.selection,
        options: &std::collections::BTreeMap::new(),
        derived_prices: false,
        show_from: Severity::Info,
    };
    let exit = v1::Exit {
        code: 3,
        why: "incomplete view".to_owned(),
    };
    let report = orch_report::build(&input, evaluation, exit);
    let report: v1::Report =
        serde_json::from_value(serde_json::to_value(&report).unwrap()).unwrap();
    Demo {
        run: Run {
            name: "fixtures/estates/demo".to_owned(),
            report,
            snapshot: Some(snapshot),
        },
        options: Options {
            rows: Some(12),
            rules: rule_notes(&catalog),
            ..Options::default()
        },
    }
});
