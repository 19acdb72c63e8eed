//! The real binary against recordings of Azure and Google Cloud: what it finds, what it asks, what it makes of
//! answers that are odd.

mod bill;
mod doctor;
mod estate;
mod faults;
#[cfg(feature = "azure")]
mod groups;
#[cfg(feature = "azure")]
mod identity;
mod operations;
mod recorded;

use std::collections::BTreeSet;
use std::path::Path;

use orch_model::Snapshot;
use orch_snapshot::Needs;
use orch_testkit::cli::{Cli, Run};
use orch_testkit::replay::{Cloud, Recording, Replay, Request};
use serde_json::Value;

use super::project;

/// The clouds that this build has.
const CLOUDS: &[Cloud] = &[
    #[cfg(feature = "azure")]
    Cloud::Azure,
    #[cfg(feature = "gcp")]
    Cloud::Gcp,
];

/// The folders of an estate that lie before the others: where several tell the same, theirs is the answer.
const FIRST: &str = "whole";

/// Our own estate of a cloud.
pub(super) fn estate(cloud: Cloud) -> Recording {
    let root = project("fixtures/wire");
    let cloud = cloud.as_str();
    let read = Recording::read(&root, &[&format!("{cloud}/{FIRST}"), cloud]);
    read.unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn replay(cloud: Cloud, recording: Recording) -> Replay {
    Replay::start(cloud, recording).unwrap_or_else(|error| panic!("{error}"))
}

/// The binary in a home of its own, pointed at a replay.
fn orch(home: &Path, replay: &Replay) -> Cli {
    let (variable, url) = replay.env();
    Cli::new(env!("CARGO_BIN_EXE_orch"), home).env(variable, url)
}

/// `orch audit` of a cloud as JSON, with every step told and the snapshot saved.
fn audit(home: &Path, cloud: Cloud, replay: &Replay, save: &str, more: &[&str]) -> (Run, Value) {
    let run = orch(home, replay)
        .args(["-vv", "audit", "--provider", cloud.as_str()])
        .args(["--format", "json", "--save", save])
        .args(more)
        .run()
        .expect("orch runs");
    let report = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("no report: {error}\n{run}"));
    assert!(!run.stderr.contains("panicked"), "{run}");
    (run, report)
}

fn snapshot(home: &Path, save: &str) -> Snapshot {
    orch_snapshot::load(&home.join(save), &Needs::ALL).unwrap_or_else(|error| panic!("{error}"))
}

/// A text member.
fn text<'r>(value: &'r Value, name: &str) -> &'r str {
    value[name].as_str().unwrap_or_default()
}

/// The findings of a report, each by its rule and its resource.
fn findings(report: &Value) -> BTreeSet<(String, String)> {
    let findings = report["findings"].as_array().expect("findings");
    findings
        .iter()
        .map(|finding| {
            let uid = text(&finding["resource"], "uid");
            (text(finding, "rule").to_owned(), uid.to_owned())
        })
        .collect()
}

/// What a person read off bodies and rules.
fn expected(of: &str) -> Value {
    let path = project(&format!("fixtures/wire/expected-{of}.json"));
    let text = std::fs::read_to_string(path).expect("the expectation is there");
    serde_json::from_str(&text).expect("the expectation is JSON")
}

/// What is wanted and not found, and what is found and not wanted, a line each.
fn differences<T: Ord + std::fmt::Debug>(wanted: &BTreeSet<T>, found: &BTreeSet<T>) -> String {
    let missing = wanted.difference(found).map(|one| format!("- {one:?}\n"));
    let surplus = found.difference(wanted).map(|one| format!("+ {one:?}\n"));
    missing.chain(surplus).collect()
}

/// The gaps of the report as `account collector cause`.
fn gaps(report: &Value) -> BTreeSet<String> {
    let gaps = report["coverage"]["gaps"].as_array().expect("gaps");
    gaps.iter()
        .filter(|gap| text(gap, "state") != "excluded")
        .map(|gap| {
            let account = text(gap, "scope").split(':').nth(2).unwrap_or_default();
            format!(
                "{account} {} {}",
                text(gap, "collector"),
                text(gap, "cause")
            )
        })
        .collect()
}

/// A line of the list of requests that an adapter may send.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Allowed {
    method: String,
    path: String,
    operation: String,
}

/// The list of a cloud, as committed.
fn allowed(cloud: Cloud) -> Vec<Allowed> {
    let path = format!("crates/orch-{}/operations.txt", cloud.as_str());
    let list = std::fs::read_to_string(project(&path)).expect("the list is there");
    list.lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let [method, path, operation] = words[..] else {
                panic!("{line}")
            };
            Allowed {
                method: method.to_owned(),
                path: path.to_owned(),
                operation: operation.to_owned(),
            }
        })
        .collect()
}

/// The lines that a request may be of: Google asks different things at one address by different permissions.
fn lines_of<'l>(list: &'l [Allowed], request: &Request) -> Vec<&'l Allowed> {
    let fits =
        |allowed: &&Allowed| allowed.method == request.method && fits(&allowed.path, &request.path);
    list.iter().filter(fits).collect()
}

/// Whether a path is one of a pattern's: `{name}` stands for one part, or for what stands before a verb.
fn fits(pattern: &str, path: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), path.split('/').collect());
    let one = |(wanted, part): (&&str, &&str)| match wanted.strip_prefix('{') {
        None => wanted.eq_ignore_ascii_case(part),
        Some(rest) => {
            let (_, verb) = rest.split_once('}').unwrap_or_default();
            // A name may hold a colon, as `example.com:project` does; what is no verb is part of it.
            let bare = verb.is_empty() && !part.contains(":get");
            bare || !verb.is_empty() && part.ends_with(verb)
        }
    };
    patterns.len() == parts.len() && patterns.iter().zip(&parts).all(one)
}
