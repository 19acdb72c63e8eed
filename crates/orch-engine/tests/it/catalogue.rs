//! The frameworks and the rules agree, and the rule in the manual works.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use orch_engine::docs::shown_on;
use orch_engine::{Catalog, Framework, RuleSource, Settings, TestOutcome};
use orch_model::Provider;

use crate::rules::{facts, sources};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn frameworks() -> Vec<Framework> {
    let entries = fs::read_dir(root().join("rules/frameworks")).unwrap();
    let read = entries.map(|entry| {
        let path = entry.unwrap().path();
        let framework = Framework::read(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        assert_eq!(stem, Some(framework.id.as_str()));
        framework
    });
    read.collect()
}

/// Rules as they are in the project now, not as they were when the engine was built.
fn catalog() -> Catalog {
    Catalog::compile(sources(), facts(), &Settings::default())
        .unwrap_or_else(|errors| panic!("{errors:#?}"))
}

#[test]
fn every_control_is_told_apart_and_says_what_it_is_about() {
    for framework in frameworks() {
        assert!(
            !framework.title.is_empty() && framework.id.ends_with(&framework.version),
            "{}",
            framework.id
        );
        let mut ids = BTreeSet::new();
        for control in &framework.controls {
            let id = &control.id;
            assert!(!control.about.is_empty(), "{} {id}", framework.id);
            assert!(ids.insert(id), "{} has {id} twice", framework.id);
        }
    }
}

#[test]
fn every_control_has_a_rule_or_a_reason_and_every_mapped_id_is_a_control() {
    let catalog = catalog();
    let mut mapped: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for rule in catalog.rules() {
        for (framework, controls) in &rule.compliance {
            let ids = mapped.entry(framework).or_default();
            ids.extend(controls.iter().map(|id| id.as_str()));
        }
    }
    let frameworks = frameworks();
    for framework in &frameworks {
        let assessed = |reason: bool| -> BTreeSet<&str> {
            let controls = framework.controls.iter();
            controls
                .filter(|control| control.not_assessed.is_some() == reason)
                .map(|control| control.id.as_str())
                .collect()
        };
        let ruled = mapped.remove(framework.id.as_str()).unwrap_or_default();
        for control in &framework.controls {
            assert!(
                !control.decidable || control.not_assessed.is_some(),
                "{}: {} is assessed or not decidable",
                framework.id,
                control.id
            );
        }
        let (wanted, excused) = (assessed(false), assessed(true));
        let of = &framework.id;
        let without: Vec<_> = wanted.difference(&ruled).collect();
        assert!(
            without.is_empty(),
            "{of}: no rule and no reason: {without:?}"
        );
        let both: Vec<_> = excused.intersection(&ruled).collect();
        assert!(both.is_empty(), "{of}: a rule and a reason: {both:?}");
        let unknown: Vec<_> = ruled.difference(&wanted).collect();
        assert!(unknown.is_empty(), "{of} has no control {unknown:?}");
    }
    assert!(mapped.is_empty(), "no such frameworks: {mapped:?}");
}

#[test]
fn a_rule_of_several_clouds_is_shown_on_each() {
    let catalog = catalog();
    let mut missing = Vec::new();
    for rule in catalog.rules() {
        for cloud in Provider::ALL {
            let asked = rule.providers.is_empty() || rule.providers.contains(&cloud);
            if asked && shown_on(rule, cloud).is_none() {
                missing.push(format!("{} on {cloud}", rule.id));
            }
        }
    }
    assert!(missing.is_empty(), "no test shows {missing:#?}");
}

#[test]
fn a_rule_without_its_tests_lacks_nothing_else() {
    let compile = |sources| Catalog::compile(sources, facts(), &Settings::default()).unwrap();
    let tested = compile(RuleSource::builtin());
    let untested = compile(RuleSource::builtin_untested());
    assert_eq!(tested.rules().len(), untested.rules().len());
    for (with, without) in tested.rules().iter().zip(untested.rules()) {
        assert!(tested.test(with).len() >= 2 && untested.test(without).is_empty());
        assert_eq!(
            format!("{:?}", with.sources),
            format!("{:?}", without.sources)
        );
        assert_eq!(with.compliance, without.compliance, "{}", with.id);
    }
    for source in RuleSource::builtin() {
        let text = std::str::from_utf8(&source.bytes).unwrap();
        let (_, tests) = text.split_once("\ntests:\n").unwrap();
        let inside = |line: &str| line.is_empty() || line.starts_with([' ', '#']);
        assert!(
            tests.lines().all(inside),
            "{}: something follows its tests",
            source.file
        );
    }
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
