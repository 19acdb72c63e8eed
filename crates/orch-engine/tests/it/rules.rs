//! Every shipped rule compiles, is linted and passes its own tests.

use std::fs;
use std::path::{Path, PathBuf};

use orch_engine::{Catalog, Facts, RuleSource, Settings, TestOutcome};

/// The facts of the engine and of the cost crate.
pub(crate) fn facts() -> Facts {
    let mut facts = orch_engine::facts::facts();
    facts.extend(orch_cost::facts::facts(
        orch_cost::catalog::Catalogue::embedded(),
    ));
    Facts::from(facts)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && path.file_name().is_none_or(|name| name != "frameworks") {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            found.push(path);
        }
    }
}

/// The rules as they are in the project now, not as they were when the engine was built.
pub(crate) fn sources() -> Vec<RuleSource> {
    let root = root();
    let mut found = Vec::new();
    files(&root.join("rules"), &mut found);
    found
        .into_iter()
        .map(|path| {
            let shown = path.strip_prefix(&root).unwrap().display().to_string();
            RuleSource::new(shown, fs::read(&path).unwrap())
        })
        .collect()
}

fn listed<T: ToString>(items: &[T]) -> String {
    items
        .iter()
        .map(|item| format!("\n  {}", item.to_string()))
        .collect()
}

#[test]
fn every_rule_compiles_is_linted_and_passes_its_tests() {
    let (facts, sources) = (facts(), sources());
    let mut errors = Vec::new();
    let mut good = Vec::new();
    for source in sources {
        match Catalog::compile(vec![source.clone()], facts.clone(), &Settings::default()) {
            Ok(_) => good.push(source),
            Err(found) => errors.extend(found.into_iter().map(|error| match &error.help {
                Some(help) => format!("{error}\n      {help}"),
                None => error.to_string(),
            })),
        }
    }
    let count = good.len();
    match Catalog::compile(good, facts, &Settings::default()) {
        Err(found) => errors.extend(found.iter().map(ToString::to_string)),
        Ok(catalog) => {
            errors.extend(catalog.lint().iter().map(ToString::to_string));
            for rule in catalog.rules() {
                let reports = catalog.test(rule);
                let wrong = reports
                    .iter()
                    .filter(|report| report.outcome != TestOutcome::Validated);
                errors.extend(wrong.map(ToString::to_string));
            }
        }
    }
    assert!(
        errors.is_empty(),
        "{count} rules compile; {} mistakes:{}",
        errors.len(),
        listed(&errors)
    );
}
