//! What is derived from code and rules stands in the project and is up to date. `cargo xtask generate` runs
//! these tests with `ORCH_GENERATE` set: then they write instead of comparing.

use std::collections::BTreeMap;
use std::path::Path;

use orch_engine::{Framework, docs};

use super::{law, offline, project, run};

/// Compares files of a folder with what they should be, or writes them. `owned` folders hold nothing else.
pub(super) fn hold(owned: Option<&str>, files: &BTreeMap<String, String>) {
    let write = std::env::var_os("ORCH_GENERATE").is_some();
    let mut stale = Vec::new();
    for (path, wanted) in files {
        let place = project(path);
        if std::fs::read_to_string(&place).is_ok_and(|held| held == *wanted) {
            continue;
        }
        if write {
            std::fs::create_dir_all(place.parent().expect("a file has a folder"))
                .expect("a folder");
            std::fs::write(&place, wanted).expect("the file is written");
        } else {
            stale.push(path.clone());
        }
    }
    if let Some(owned) = owned {
        for entry in std::fs::read_dir(project(owned)).into_iter().flatten() {
            let entry = entry.expect("an entry");
            let path = format!("{owned}/{}", entry.file_name().to_string_lossy());
            if files.contains_key(&path) {
                continue;
            }
            if write {
                std::fs::remove_file(entry.path()).expect("the file is removed");
            } else {
                stale.push(path);
            }
        }
    }
    assert!(
        stale.is_empty(),
        "stale, run `cargo xtask generate`: {stale:#?}"
    );
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).expect("a schema is JSON") + "\n"
}

/// The benchmarks, sorted by id.
fn frameworks() -> Vec<Framework> {
    let entries = std::fs::read_dir(project("rules/frameworks")).expect("a folder");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = paths.iter().map(|path| {
        let text = std::fs::read_to_string(path).expect("the file is read");
        Framework::read(&text).expect("the file is right")
    });
    read.collect()
}

#[test]
fn pages_of_rules() {
    let catalog = law::catalog();
    let mut files: BTreeMap<String, String> = catalog
        .rules()
        .iter()
        .map(|rule| (format!("docs/rules/{}.md", rule.id), docs::rule_page(rule)))
        .collect();
    let mut index = String::from("# Rules\n\n| rule | severity | what it finds |\n|---|---|---|\n");
    for rule in catalog.rules() {
        let line = format!(
            "| [{0}]({0}.md) | {1} | {2} |\n",
            rule.id, rule.severity, rule.title
        );
        index.push_str(&line);
    }
    files.insert("docs/rules/README.md".to_owned(), index);
    hold(Some("docs/rules"), &files);
    hold(
        None,
        &BTreeMap::from([
            ("docs/facts.md".to_owned(), docs::facts_page(&catalog)),
            (
                "docs/coverage.md".to_owned(),
                docs::coverage_page(&frameworks(), &catalog),
            ),
            (
                "docs/rules-by-cloud.md".to_owned(),
                docs::clouds_page(&catalog),
            ),
        ]),
    );
}

#[test]
fn schemas() {
    let mut files = BTreeMap::from([
        (
            "reports/schema/v1.json".to_owned(),
            pretty(&orch_report::schema()),
        ),
        (
            "reports/schema/cost-v1.json".to_owned(),
            pretty(&orch_report::cost::cost_schema()),
        ),
        (
            "reports/schema/rightsize-v1.json".to_owned(),
            pretty(&orch_report::rightsize::schema()),
        ),
        (
            "reports/schema/brief-v1.json".to_owned(),
            pretty(&orch_plan::brief::v1::schema()),
        ),
        (
            "reports/schema/review-v1.json".to_owned(),
            pretty(&orch_plan::review::v1::schema()),
        ),
        (
            "docs/rule.schema.json".to_owned(),
            pretty(&docs::rule_schema()),
        ),
    ]);
    let plans = orch_plan::plan::schemas().into_iter();
    for (name, schema) in plans.chain(orch_plan::project::schemas()) {
        files.insert(format!("reports/schema/{name}.json"), pretty(&schema));
    }
    hold(None, &files);
}

#[test]
fn the_command_line_and_the_permissions() {
    let home = tempfile::tempdir().expect("a folder");
    let words = |words: &[&str]| {
        let run = run(offline(home.path()).args(words));
        assert_eq!(run.code, Some(0), "{run}");
        run.stdout
    };
    let mut page = String::from("# Command line\n");
    for command in [
        &[][..],
        &["audit"],
        &["catalog", "update"],
        &["catalog", "show"],
        &["collect"],
        &["cost"],
        &["doctor"],
        &["rightsize"],
        &["project"],
        &["project", "new"],
        &["project", "status"],
        &["project", "start"],
        &["project", "done"],
        &["project", "percent"],
        &["project", "block"],
        &["project", "unblock"],
        &["project", "risk"],
        &["project", "decide"],
        &["project", "metric", "add"],
        &["project", "metric", "import"],
        &["project", "reprioritize"],
        &["project", "log"],
        &["project", "weekly"],
        &["project", "complete"],
        &["project", "reconcile"],
        &["brief"],
        &["review"],
        &["rule"],
        &["rule", "eval"],
        &["plan"],
        &["plan", "analyze"],
        &["plan", "new"],
        &["plan", "show"],
        &["specialist"],
        &["specialist", "show"],
        &["permissions"],
        &["config", "check"],
        &["completions"],
    ] {
        let help = words(&[command, &["--help"]].concat());
        let name = ["orch"]
            .iter()
            .chain(command)
            .copied()
            .collect::<Vec<_>>()
            .join(" ");
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        page.push_str(&format!(
            "\n## {name}\n\n```text\n{}\n```\n",
            help.join("\n").trim_end()
        ));
    }
    hold(None, &BTreeMap::from([("docs/cli.md".to_owned(), page)]));
    let mut files = BTreeMap::new();
    for provider in ["aws", "azure", "gcp"] {
        files.insert(
            format!("docs/permissions-{provider}.json"),
            words(&["permissions", "--provider", provider]),
        );
    }
    hold(None, &files);
}

#[test]
fn estates_are_sealed() {
    let estates = project("fixtures/estates");
    for entry in std::fs::read_dir(&estates).expect("there are estates") {
        let estate = entry.expect("an entry").path();
        if !estate.is_dir() {
            continue;
        }
        if std::env::var_os("ORCH_GENERATE").is_some() {
            orch_snapshot::reseal(&estate).unwrap_or_else(|error| panic!("{error}"));
            continue;
        }
        let copy = tempfile::tempdir().expect("a folder");
        copy_folder(&estate, copy.path());
        orch_snapshot::reseal(copy.path()).unwrap_or_else(|error| panic!("{error}"));
        let manifest =
            |folder: &Path| std::fs::read(folder.join("manifest.json")).expect("a manifest");
        assert!(
            manifest(&estate) == manifest(copy.path()),
            "{} was edited, run `cargo xtask generate`",
            estate.display()
        );
    }
}

pub(super) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("a copy");
        }
    }
}
