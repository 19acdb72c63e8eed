//! What is redacted stands nowhere in any briefing, whatever things are called.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::DEMO;
use orch_plan::brief::{Options, Redact, brief, briefs, markdown};
use orch_plan::{Library, Run};
use proptest::prelude::*;

/// Those whose briefings show most names, in ways that differ: code, YAML, paths.
const SOME: [&str; 3] = ["terraform", "ansible", "security"];

/// All briefings of a run, as Markdown and as JSON.
fn texts(run: &Run, redact: &[Redact], rows: Option<usize>) -> Vec<String> {
    let library = Library::built_in().unwrap();
    let all: Vec<&str> = library.specialists.keys().map(String::as_str).collect();
    texts_for(&all, run, redact, rows)
}

fn texts_for(whom: &[&str], run: &Run, redact: &[Redact], rows: Option<usize>) -> Vec<String> {
    let library = Library::built_in().unwrap();
    let options = Options {
        rows,
        redact: redact.iter().copied().collect(),
        ..DEMO.options.clone()
    };
    let mut texts = Vec::new();
    for id in whom {
        let brief = brief(id, run, None, &library, &options).unwrap();
        texts.push(markdown(&brief).unwrap());
        texts.push(serde_json::to_string(&brief).unwrap());
    }
    texts
}

fn survivors<'v>(
    texts: &[String],
    values: impl IntoIterator<Item = &'v String>,
) -> Vec<&'v String> {
    let values = values.into_iter();
    values
        .filter(|value| texts.iter().any(|text| text.contains(*value)))
        .collect()
}

/// Names that no word of ours can be: they have a digit and some length.
fn names(run: &Run) -> BTreeSet<String> {
    let resources = &run.snapshot.as_ref().unwrap().resources;
    let all = resources
        .iter()
        .filter(|one| one.kind().as_str() != "compute.instance-type");
    let all = all.flat_map(|one| [one.name.to_string(), one.uid.short().to_owned()]);
    all.filter(|name| name.len() >= 6 && name.chars().any(|c| c.is_ascii_digit()))
        .collect()
}

fn addresses(run: &Run) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for resource in &run.snapshot.as_ref().unwrap().resources {
        if let orch_model::Body::NetworkInterface(card) = &resource.body {
            all.extend(card.private_addresses.iter().map(ToString::to_string));
            all.extend(
                card.public_addresses
                    .value()
                    .into_iter()
                    .flatten()
                    .map(ToString::to_string),
            );
            all.extend(card.ipv6_addresses.iter().map(ToString::to_string));
        }
    }
    all
}

#[test]
fn nothing_that_is_redacted_survives() {
    let texts = texts(&DEMO.run, &Redact::ALL, None);
    assert_eq!(survivors(&texts, &names(&DEMO.run)), Vec::<&String>::new());
    assert_eq!(
        survivors(&texts, &addresses(&DEMO.run)),
        Vec::<&String>::new()
    );
    assert_eq!(
        survivors(&texts, &["111122223333".to_owned()]),
        Vec::<&String>::new()
    );
}

#[test]
fn without_it_everything_is_told() {
    let texts = texts(&DEMO.run, &[], None);
    assert!(!survivors(&texts, &names(&DEMO.run)).is_empty());
    assert!(!survivors(&texts, &addresses(&DEMO.run)).is_empty());
    assert!(!survivors(&texts, &["111122223333".to_owned()]).is_empty());
}

#[test]
fn one_thing_has_one_pseudonym_everywhere() {
    let library = Library::built_in().unwrap();
    let options = Options {
        redact: [Redact::Names].into(),
        ..DEMO.options.clone()
    };
    let of = |id: &str| {
        let brief = brief(id, &DEMO.run, None, &library, &options).unwrap();
        let issues = brief.state.issues.items.into_iter();
        let one = issues.filter(|issue| issue.rule == "vpc-flow-logs-off");
        one.flat_map(|issue| issue.places.items).collect::<Vec<_>>()
    };
    assert_eq!(of("security"), of("observability"));
    assert!(
        of("security").iter().all(|name| name.starts_with("name-")),
        "{:?}",
        of("security")
    );
}

/// The demo estate with other names for some of its machines, wherever the report names them.
fn renamed(names: &[String]) -> Run {
    let mut run = DEMO.run.clone();
    let machines = run.snapshot.as_mut().unwrap().resources.iter_mut();
    let machines = machines.filter(|one| one.kind().as_str() == "compute.instance");
    for (resource, name) in machines.zip(names.iter().cycle()) {
        let old = resource.name.to_string();
        resource.name = name.as_str().into();
        for finding in &mut run.report.findings {
            if finding.resource.uid == resource.uid.as_str() {
                finding.resource.name.clone_from(name);
                finding.message = finding.message.replace(&old, name);
            }
        }
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn no_name_survives_whatever_it_is(
        names in prop::collection::vec("[a-zA-Z][a-zA-Z0-9_ .*|`<>$&#-]{3,16}[a-z][0-9]{3}", 1..40)
    ) {
        let run = renamed(&names);
        let texts = texts_for(&SOME, &run, &Redact::ALL, Some(12));
        let plain: Vec<String> = names.iter().map(|name| name.replace(|c: char| !c.is_ascii_alphanumeric(), "_").to_lowercase()).collect();
        prop_assert_eq!(survivors(&texts, &names), Vec::<&String>::new());
        prop_assert_eq!(survivors(&texts, &plain), Vec::<&String>::new());
    }

    #[test]
    fn names_from_outside_are_no_markup(name in "[a-z]{3}(\\||\\*|`|<b>|\n|\\[x\\]\\(http://y\\)|\u{202e}|\\$\\{z\\}){1,4}[a-z]{3}") {
        let run = renamed(std::slice::from_ref(&name));
        for text in texts_for(&SOME, &run, &[], Some(12)).iter().step_by(2) {
            // What stands in blocks of code is no markup in the first place.
            let prose = text.split("```").step_by(2);
            for line in prose.flat_map(str::lines) {
                prop_assert!(!line.starts_with("| ") || line.ends_with('|'), "{line}");
                prop_assert!(!line.contains("<b>"), "{line}");
                let left = line.replace("\\]", "");
                prop_assert!(!left.contains("](http"), "{line}");
            }
            let turned = text.contains('\u{202e}');
            prop_assert!(!turned);
        }
    }
}

#[test]
fn reviews_are_redacted_as_well() {
    let library = Library::built_in().unwrap();
    let options = Options {
        rows: None,
        redact: Redact::ALL.into(),
        ..DEMO.options.clone()
    };
    let mut texts = Vec::new();
    for area in ["security", "resilience"] {
        let review = orch_plan::review::review(area, &DEMO.run, None, &library, &options).unwrap();
        texts.push(orch_plan::review::markdown(&review).unwrap());
    }
    assert_eq!(survivors(&texts, &names(&DEMO.run)), Vec::<&String>::new());
    assert_eq!(
        survivors(&texts, &addresses(&DEMO.run)),
        Vec::<&String>::new()
    );
}

#[test]
fn what_people_wrote_into_the_project_is_redacted_as_well() {
    let library = Library::built_in().unwrap();
    let project = r#"
version = 1
name = "x"
start = 2026-11-23
[[phase]]
id = "all"
title = "All"
[[task]]
id = "move"
title = "Out of 111122223333"
phase = "all"
owner = "terraform"
days = [1, 1, 1]
objective = "`orch audit --account 111122223333` exits 0 for 111122223333"
[[task]]
id = "next"
title = "Then 111122223333"
phase = "all"
owner = "aws"
days = [1, 1, 1]
after = ["move"]
"#;
    let project = orch_plan::project::read(project, &library).unwrap();
    let options = Options {
        redact: BTreeSet::from([Redact::Accounts]),
        ..DEMO.options.clone()
    };
    let brief = brief("terraform", &DEMO.run, Some(&project), &library, &options).unwrap();
    assert_eq!(brief.tasks.items.len(), 1);
    assert_eq!(brief.hand_overs.items.len(), 1);
    let text = markdown(&brief).unwrap() + &serde_json::to_string(&brief).unwrap();
    assert!(!text.contains("111122223333"), "{text}");
}

#[test]
fn the_name_of_the_run_is_redacted_in_every_command() {
    let library = Library::built_in().unwrap();
    let account = "111122223333".to_owned();
    for name in ["runs/111122223333/today", "Ada's runs/111122223333"] {
        for with_snapshot in [true, false] {
            let mut run = DEMO.run.clone();
            run.name = name.to_owned();
            run.snapshot = run.snapshot.filter(|_| with_snapshot);
            let mut texts = texts_for(&SOME, &run, &[Redact::Accounts], Some(1));
            let options = Options {
                rows: Some(1),
                redact: BTreeSet::from([Redact::Accounts]),
                ..DEMO.options.clone()
            };
            for area in orch_plan::review::AREAS {
                let review =
                    orch_plan::review::review(area, &run, None, &library, &options).unwrap();
                texts.push(orch_plan::review::markdown(&review).unwrap());
                texts.push(serde_json::to_string(&review).unwrap());
            }
            let lines = texts.iter().flat_map(|text| text.split('"'));
            let lines = lines
                .flat_map(str::lines)
                .filter(|line| line.contains(&account));
            let told: Vec<&str> = lines.collect();
            assert!(told.is_empty(), "{name}: {told:#?}");
        }
    }
}

#[test]
fn several_at_once_are_told_as_each_alone() {
    let library = Library::built_in().unwrap();
    let options = Options {
        redact: Redact::ALL.into(),
        ..DEMO.options.clone()
    };
    let alone = SOME.map(|id| brief(id, &DEMO.run, None, &library, &options).unwrap());
    let ids = SOME.map(str::to_owned);
    let all = briefs(&ids, &DEMO.run, None, &library, &options).unwrap();
    assert_eq!(all, alone);
    let nobody = ["aws".to_owned(), "nobody".to_owned()];
    assert!(briefs(&nobody, &DEMO.run, None, &library, &options).is_err());
}
