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

/// The demo estate with a network that is called as words of ours are, wherever the report names it.
fn with_plain_names() -> Run {
    let mut run = DEMO.run.clone();
    let plain = [
        "default",
        "network",
        "data",
        "one",
        "encryption",
        "root",
        "monitoring",
        "security",
    ];
    let resources = run.snapshot.as_mut().unwrap().resources.iter_mut();
    let groups = resources.filter(|one| one.kind().as_str() == "network.firewall");
    for (resource, name) in groups.zip(plain) {
        let old = resource.name.to_string();
        resource.name = name.into();
        for finding in &mut run.report.findings {
            if finding.resource.uid == resource.uid.as_str() {
                finding.resource.name = name.to_owned();
                finding.message = finding.message.replace(&old, name);
            }
        }
    }
    run
}

#[test]
fn words_of_ours_stay_when_something_is_called_by_them() {
    let library = Library::built_in().unwrap();
    let run = with_plain_names();
    let options = Options {
        redact: [Redact::Names].into(),
        ..DEMO.options.clone()
    };
    let plain = Options {
        redact: BTreeSet::new(),
        ..options.clone()
    };
    let mut types = 0;
    for id in library.specialists.keys() {
        let told = brief(id, &run, None, &library, &options).unwrap();
        let ours = brief(id, &run, None, &library, &plain).unwrap();
        assert_eq!(told.success, ours.success, "{id}");
        assert_eq!(told.objectives, ours.objectives, "{id}");
        assert_eq!(told.deliverables, ours.deliverables, "{id}");
        assert_eq!(told.duration, ours.duration, "{id}");
        assert_eq!(told.priority, ours.priority, "{id}");
        assert_eq!(told.handoff, ours.handoff, "{id}");
        assert_eq!(told.blocks, ours.blocks, "{id}");
        assert_eq!(told.requires, ours.requires, "{id}");
        assert_eq!(told.state.infrastructure, ours.state.infrastructure, "{id}");
        assert_eq!(told.state.estate, ours.state.estate, "{id}");
        assert_eq!(told.state.unread, ours.state.unread, "{id}");
        for (told, ours) in told.sections.iter().zip(&ours.sections) {
            assert_eq!(told.title, ours.title);
            assert_eq!(told.columns, ours.columns);
            for row in &told.rows.items {
                let of_terraform = row.iter().filter(|cell| cell.starts_with("aws_"));
                for cell in of_terraform {
                    types += 1;
                    assert!(!cell.starts_with("aws_name"), "{cell}");
                }
            }
        }
        let text = serde_json::to_string(&told).unwrap();
        let marks = ['\u{fdd0}', '\u{fdd1}'];
        assert!(!text.contains(marks), "{id}");
    }
    assert!(types > 0);
}

#[test]
fn a_name_that_is_a_word_of_ours_is_replaced_where_it_is_a_name() {
    let library = Library::built_in().unwrap();
    let run = with_plain_names();
    let options = Options {
        redact: [Redact::Names].into(),
        ..DEMO.options.clone()
    };
    let of = |options: &Options| {
        let brief = brief("security", &run, None, &library, options).unwrap();
        let issues = brief.state.issues.items.into_iter();
        let issues = issues.filter(|one| one.rule.starts_with("firewall-"));
        issues.flat_map(|one| one.places.items).collect::<Vec<_>>()
    };
    let is_told = |places: &[String]| places.iter().any(|place| place == "default");
    let plain = Options {
        redact: BTreeSet::new(),
        ..options.clone()
    };
    assert!(is_told(&of(&plain)));
    let told = of(&options);
    assert!(
        told.iter().all(|place| place.starts_with("name-")),
        "{told:?}"
    );
    let terraform = brief("terraform", &run, None, &library, &options).unwrap();
    let code = terraform.sections.iter().find_map(|one| one.code.clone());
    let blocks = code.unwrap().blocks.items;
    let called = |block: &&String| block.contains("= aws_security_group.default\n");
    assert_eq!(blocks.iter().filter(called).count(), 0);
}

#[test]
fn no_cell_that_is_a_name_stays_as_it_is() {
    let library = Library::built_in().unwrap();
    let of = |id: &str, redact: BTreeSet<Redact>| {
        let options = Options {
            redact,
            ..DEMO.options.clone()
        };
        let brief = brief(id, &DEMO.run, None, &library, &options).unwrap();
        let rows = brief.sections.into_iter().flat_map(|one| one.rows.items);
        rows.flatten().collect::<Vec<String>>()
    };
    let resources = &DEMO.run.snapshot.as_ref().unwrap().resources;
    let names: BTreeSet<&str> = resources
        .iter()
        .filter(|one| one.kind().as_str() != "compute.instance-type")
        .map(|one| one.name.as_ref())
        .collect();
    let mut seen = 0;
    for id in library.specialists.keys() {
        let ours = of(id, BTreeSet::new());
        for (ours, told) in ours.iter().zip(of(id, [Redact::Names].into())) {
            let parts = ours.split(", ").zip(told.split(", "));
            for (ours, told) in parts {
                let name = ours.split(" (").next().unwrap_or_default();
                if names.contains(name) {
                    seen += 1;
                    assert!(!told.starts_with(name), "{id}: {told}");
                }
            }
        }
    }
    assert!(seen > 100, "{seen}");
}
