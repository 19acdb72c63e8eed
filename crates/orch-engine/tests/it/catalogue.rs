//! The frameworks and the rules agree, and the rule in the manual works.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use orch_engine::{Catalog, RuleSource, Settings, TestOutcome};
use serde::Deserialize;

use crate::rules::facts;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Framework {
    id: String,
    title: String,
    version: String,
    controls: Vec<Control>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    id: String,
    about: String,
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The ids of the controls of each framework, which must be told apart.
fn frameworks() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root().join("rules/frameworks")).unwrap() {
        let path = entry.unwrap().path();
        let read: Framework = serde_saphyr::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(
            path.file_stem().and_then(|stem| stem.to_str()),
            Some(read.id.as_str())
        );
        assert!(
            !read.title.is_empty() && read.id.ends_with(&read.version),
            "{}",
            read.id
        );
        let mut ids = BTreeSet::new();
        for control in read.controls {
            assert!(
                !control.about.is_empty(),
                "{} {} says nothing",
                read.id,
                control.id
            );
            let id = control.id.clone();
            assert!(ids.insert(control.id), "{} has {id} twice", read.id);
        }
        found.insert(read.id, ids);
    }
    found
}

#[test]
fn every_control_has_a_rule_and_every_mapped_id_is_a_control() {
    let catalog = Catalog::builtin(facts()).unwrap();
    let mut mapped: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in catalog.rules() {
        for (framework, controls) in &rule.compliance {
            let ids = mapped.entry(framework.to_string()).or_default();
            ids.extend(controls.iter().map(ToString::to_string));
        }
    }
    assert_eq!(mapped, frameworks());
}

#[test]
fn the_rule_in_the_manual_compiles_and_passes_its_tests() {
    let manual = fs::read_to_string(root().join("docs/writing-rules.md")).unwrap();
    let example = manual
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let source = RuleSource::new(
        "disk-very-large.yaml",
        example.unwrap().to_owned().into_bytes(),
    );
    let catalog = Catalog::compile(vec![source], facts(), &Settings::default()).unwrap();
    assert!(catalog.lint().is_empty(), "{:?}", catalog.lint());
    for report in catalog.test(&catalog.rules()[0]) {
        assert_eq!(report.outcome, TestOutcome::Validated, "{report}");
    }
}
