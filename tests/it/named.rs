//! Commands that texts name exist, with the options that they name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::{offline, project, run};

/// Where texts stand that people are shown.
const PLACES: [&str; 7] = [
    "crates/orch-plan/src",
    "crates/orch-app/src",
    "crates/orch-cli/src",
    "reports/templates",
    "plans",
    "docs/projects.md",
    "docs/walk-through.md",
];

/// The files of a folder and those below it, or the file itself.
fn texts(place: &Path, found: &mut Vec<String>) {
    if place.is_file() {
        found.push(fs::read_to_string(place).unwrap_or_default());
        return;
    }
    for entry in fs::read_dir(place).expect("a folder") {
        texts(&entry.expect("an entry").path(), found);
    }
}

/// The words of commands that stand between backticks, with the options named there.
fn commands(text: &str, found: &mut BTreeMap<Vec<String>, BTreeSet<String>>) {
    let starts = text
        .match_indices("`orch ")
        .map(|(at, head)| at + head.len());
    for start in starts {
        let command = text[start..].split('`').next().unwrap_or_default();
        let is_name = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        };
        let names: Vec<String> = command
            .split_whitespace()
            .take_while(is_name)
            .map(str::to_owned)
            .collect();
        let options = command
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("--"))
            .map(|word| word.split(['=', '"', '{']).next().unwrap_or_default())
            .filter(is_name)
            .map(|word| format!("--{word}"));
        if !names.is_empty() {
            found.entry(names).or_default().extend(options);
        }
    }
}

#[test]
fn what_texts_tell_people_to_type_can_be_typed() {
    let home = tempfile::tempdir().expect("a folder");
    let mut all = Vec::new();
    for place in PLACES {
        texts(&project(place), &mut all);
    }
    let mut found = BTreeMap::new();
    for text in &all {
        commands(text, &mut found);
    }
    assert!(found.len() > 20, "{found:#?}");
    let mut wrong = Vec::new();
    for (names, options) in found {
        let help = run(offline(home.path()).args(names.iter()).args(["--help"]));
        let told = format!("orch {}", names.join(" "));
        if help.code != Some(0) {
            wrong.push(format!("`{told}`: {}", help.stderr.trim()));
            continue;
        }
        let missing = options
            .iter()
            .filter(|option| !help.stdout.contains(option.as_str()));
        wrong.extend(missing.map(|option| format!("`{told}` has no {option}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_command_that_there_is_not_is_found() {
    let mut found = BTreeMap::new();
    commands(
        "type `orch plan show --progress FILE` or `orch nothing --x=1`",
        &mut found,
    );
    let names: Vec<String> = found.keys().map(|names| names.join(" ")).collect();
    assert_eq!(names, ["nothing", "plan show"]);
    assert!(found[&vec!["plan".to_owned(), "show".to_owned()]].contains("--progress"));
}
