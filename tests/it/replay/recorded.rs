//! Real answers of Azure and Google Cloud, where they are at hand: each becomes resources or a gap with a name,
//! or no collector asks for it. Which it is stands in `fixtures/wire/recorded-*.txt`, and what is found in them
//! in `expected-recorded-*.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use orch_model::{Dataset, Read, Snapshot};
use orch_testkit::conformance::assert_sound;
use orch_testkit::replay::{Answered, Cloud, Exchange, Recording, Request};
use serde_json::Value;

use super::{
    Allowed, CLOUDS, allowed, audit, differences, expected, findings, lines_of, project, replay,
    snapshot, text,
};

/// What stands where those who recorded took secrets away.
const TAKEN_AWAY: &str = "REDACTED";

/// What is read and may hold nothing to keep, and why.
const UNKEPT: [(&str, &str); 2] = [
    (
        "compute.routers.list",
        "routers that translate no addresses",
    ),
    ("monitoring.timeSeries.list", "points of another time"),
];

/// Where the recordings are: `ORCH_RECORDED`, or beside the project.
#[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
fn recordings(cloud: Cloud) -> Option<Recording> {
    let root = std::env::var_os("ORCH_RECORDED")
        .map_or_else(|| project("../shared/recorded"), PathBuf::from);
    if !root.join(cloud.as_str()).is_dir() {
        eprintln!(
            "skipped: no recordings of {} at {}; ORCH_RECORDED names their folder",
            cloud.as_str(),
            root.display()
        );
        return None;
    }
    let read = Recording::read(&root, &[cloud.as_str()]);
    Some(read.unwrap_or_else(|error| panic!("{error}")))
}

/// The account that an exchange is about.
fn account(exchange: &Exchange) -> Option<String> {
    let named = ["/subscriptions/", "/projects/"].iter().find_map(|before| {
        let (_, rest) = exchange.path.split_once(before)?;
        rest.split(['/', ':']).next()
    });
    let named = named.or(exchange.query.get("project").map(String::as_str));
    named.map(str::to_ascii_lowercase)
}

/// Whether an answer holds no element at all.
fn is_empty(body: &Value) -> bool {
    match body {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => {
            let held = |member: &Value| match member {
                Value::Array(items) => !items.is_empty(),
                Value::Object(inner) => inner.values().any(|one| !is_empty(one)),
                _ => false,
            };
            !members.values().any(held)
        }
        _ => true,
    }
}

/// What stands for a resource in an answer and in its uid alike.
fn identity(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    match text.find("projects/") {
        Some(begin) => text[begin..].to_owned(),
        None => text,
    }
}

/// The identities of a body's elements, or of the one thing that it is; not of what those refer to.
fn identities(body: &Value, is_element: bool, found: &mut BTreeSet<String>) {
    match body {
        Value::Array(items) => items.iter().for_each(|item| identities(item, true, found)),
        Value::Object(members) => {
            for name in ["id", "name", "selfLink"] {
                if let Some(Value::String(text)) = members.get(name) {
                    found.insert(identity(text));
                    found.insert(format!("projects/_/buckets/{text}"));
                }
            }
            if !is_element {
                members
                    .values()
                    .for_each(|member| identities(member, false, found));
            }
        }
        _ => {}
    }
}

/// What became of an exchange in a run: `collectors: resources`.
fn verdict(exchange: &Exchange, lines: &[&Allowed], snapshot: &Snapshot) -> String {
    let operations: BTreeSet<&str> = lines.iter().map(|line| line.operation.as_str()).collect();
    let account = account(exchange);
    let here = |read: &&Read| {
        let account = account.as_ref();
        account.is_none_or(|account| *account == read.scope.account.as_str())
    };
    let mut told = BTreeSet::new();
    identities(&exchange.body, false, &mut told);
    let kinds: BTreeSet<Dataset> = snapshot
        .resources
        .iter()
        .filter(|resource| told.contains(&identity(resource.uid.as_str())))
        .map(|resource| Dataset::Kind(resource.kind()))
        .collect();
    let calls = snapshot.ledger.iter();
    let asked: BTreeSet<Option<&str>> = calls
        .filter(|call| operations.contains(call.operation.as_str()))
        .map(|call| call.collector.as_deref())
        .collect();
    let reads = snapshot.reads.iter().filter(here);
    let whose: BTreeSet<Option<&str>> = reads
        .filter(|read| read.datasets.iter().any(|dataset| kinds.contains(dataset)))
        .map(|read| Some(read.collector.as_str()))
        .collect();
    // A list that several collectors look into is asked for by whichever comes first; its resources say whose
    // it is.
    let both: BTreeSet<_> = asked.intersection(&whose).copied().collect();
    let collectors = [both, whose, asked]
        .into_iter()
        .find(|some| !some.is_empty())
        .unwrap_or_default();
    let mut words = BTreeSet::new();
    let mine = |read: &&Read| here(read) && collectors.contains(&Some(read.collector.as_str()));
    for read in snapshot.reads.iter().filter(mine) {
        if let Some(gap) = read.gap()
            && operations
                .iter()
                .any(|operation| gap.detail.starts_with(operation))
        {
            words.insert(format!("gap {}", gap.cause));
        }
        if read.count > 0 {
            words.insert("resources".to_owned());
        }
    }
    if words.is_empty() {
        let kept = UNKEPT
            .iter()
            .find(|(operation, _)| operations.contains(operation));
        match kept {
            _ if is_empty(&exchange.body) => drop(words.insert("empty".to_owned())),
            Some((_, why)) => drop(words.insert((*why).to_owned())),
            None => {}
        }
    }
    let names = collectors.iter().map(|name| name.unwrap_or("discovery"));
    format!(
        "{}: {}",
        names.collect::<Vec<_>>().join(" "),
        words.into_iter().collect::<Vec<_>>().join(", ")
    )
}

/// What is found in a recording: its set, the rule, the resource.
type Found = BTreeSet<(String, String, String)>;

/// A list of what a person found in the recordings, with the reasons.
fn listed(expected: &Value, list: &str) -> Found {
    let list = expected[list].as_array().expect("a list").iter();
    let words = |one| ["set", "rule", "resource"].map(|name| text(one, name).to_owned());
    list.map(|one| words(one).into()).collect()
}

#[test]
fn every_recorded_answer_becomes_resources_or_a_gap_or_has_no_collector() {
    for cloud in CLOUDS {
        let Some(recording) = recordings(*cloud) else {
            continue;
        };
        let list = allowed(*cloud);
        let mut lines: BTreeMap<String, BTreeSet<String>> = recording
            .exchanges
            .iter()
            .map(|exchange| (exchange.file.clone(), BTreeSet::new()))
            .collect();
        let mut found = [Found::new(), Found::new()];
        for (set, recording) in recording.sets() {
            let by_file: BTreeMap<String, Exchange> = recording
                .exchanges
                .iter()
                .map(|exchange| (exchange.file.clone(), exchange.clone()))
                .collect();
            let replay = replay(*cloud, recording);
            // What was not recorded is refused first, then there is nothing of it: some lists are asked for only
            // after others have answered.
            let mut turn = 0;
            while turn < 2 * replay.rounds() {
                let round = turn / 2;
                replay.round(round);
                replay.empty_otherwise(turn % 2 == 1);
                replay.forget();
                let home = tempfile::tempdir().expect("a folder");
                let (run, report) = audit(home.path(), *cloud, &replay, "kept", &[]);
                assert!(matches!(run.code, Some(0 | 1 | 3)), "{set} {round}: {run}");
                found[turn % 2].extend(
                    findings(&report)
                        .into_iter()
                        .map(|(rule, resource)| (set.clone(), rule, resource)),
                );
                let kept = snapshot(home.path(), "kept");
                assert_sound(&kept);
                let told = serde_json::to_string(&kept.resources).expect("resources are JSON");
                for (what, text) in [
                    ("snapshot", &told),
                    ("report", &report.to_string()),
                    ("log", &run.stderr),
                ] {
                    assert!(
                        !text.contains(TAKEN_AWAY),
                        "{set} {round}: a secret in the {what}"
                    );
                }
                for Request {
                    method,
                    path,
                    answered,
                } in replay.requests()
                {
                    let Answered::Recorded(file) = &answered else {
                        continue;
                    };
                    let request = Request {
                        method,
                        path,
                        answered: answered.clone(),
                    };
                    let words = verdict(&by_file[file], &lines_of(&list, &request), &kept);
                    if let Some(line) = lines.get_mut(file) {
                        line.insert(words);
                    }
                }
                turn += 1;
            }
        }
        let mut text = String::new();
        for (file, words) in &lines {
            let words = match words.len() {
                0 => "no collector".to_owned(),
                _ => words.iter().cloned().collect::<Vec<_>>().join("; "),
            };
            text.push_str(&format!("{file} → {words}\n"));
        }
        let came_to_nothing = |words: &String| words.ends_with(": ");
        let nothing: Vec<_> = lines
            .iter()
            .filter(|(_, words)| words.iter().any(came_to_nothing))
            .collect();
        assert!(
            nothing.is_empty(),
            "read, and nothing came of it: {nothing:#?}"
        );
        let path = format!("fixtures/wire/recorded-{}.txt", cloud.as_str());
        super::super::generated::hold(None, &BTreeMap::from([(path, text)]));

        // What follows from the answers themselves, and what does where there is nothing else in the cloud.
        let expected = expected(&format!("recorded-{}", cloud.as_str()));
        let [answers, empty] = found;
        let alone = empty.difference(&answers).cloned().collect();
        let wrong = differences(&listed(&expected, "findings"), &answers)
            + &differences(&listed(&expected, "alone"), &alone);
        assert!(wrong.is_empty(), "missing (-), not expected (+):\n{wrong}");
    }
}
