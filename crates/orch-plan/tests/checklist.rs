//! Every part of the source document has its place: the rows of `docs/source-checklist.yaml` lead somewhere.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "in")]
    section: String,
    what: String,
    at: String,
    holds: String,
    #[serde(default)]
    later: Option<String>,
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(project().join("docs/source-checklist.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// Why a row leads nowhere.
fn broken(row: &Row) -> Option<String> {
    match std::fs::read_to_string(project().join(&row.at)) {
        Err(_) => Some(format!("{}: there is no {}", row.what, row.at)),
        Ok(text) if !text.contains(&row.holds) => Some(format!(
            "{}: {} does not hold `{}`",
            row.what, row.at, row.holds
        )),
        Ok(_) => None,
    }
}

#[test]
fn every_row_leads_somewhere() {
    let rows = rows();
    let all = rows.iter().filter(|row| row.later.is_none());
    let broken: Vec<String> = all.filter_map(broken).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let sections: BTreeSet<&str> = rows.iter().map(|row| row.section.as_str()).collect();
    for section in 1..=10 {
        assert!(
            sections.contains(section.to_string().as_str()),
            "section {section} has no row"
        );
    }
}

#[test]
fn a_row_that_leads_nowhere_is_found() {
    let row = |at: &str, holds: &str| Row {
        section: "1".to_owned(),
        what: "a test".to_owned(),
        at: at.to_owned(),
        holds: holds.to_owned(),
        later: None,
    };
    assert!(broken(&row("plans/specialists/aws.yaml", "title: AWS")).is_none());
    assert!(broken(&row("plans/specialists/aws.yaml", "title: Nobody")).is_some());
    assert!(broken(&row("plans/specialists/none.yaml", "title")).is_some());
}

/// What is not built, and known to be missing: nothing else may wait.
const LATER: [&str; 1] = ["deployment over several regions"];

#[test]
fn nothing_is_awaited_but_what_is_known_to_be_missing() {
    let rows = rows();
    let later: Vec<&Row> = rows.iter().filter(|row| row.later.is_some()).collect();
    let names: Vec<&str> = later.iter().map(|row| row.what.as_str()).collect();
    assert_eq!(names, LATER);
    for row in later {
        assert!(
            broken(row).is_some(),
            "{} is there: check its row",
            row.what
        );
    }
}
