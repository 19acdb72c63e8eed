//! What a plan takes from the words of a request, and says that it does not take.

use std::collections::BTreeMap;

use orch_plan::plan;

use super::ground::{LIBRARY, ask};

/// The target of a plan, and what its log says of the words.
fn planned(request: &str) -> (Option<String>, String) {
    let limits = BTreeMap::new();
    let clouds = ["gcp".to_owned()];
    let project = plan::propose(&LIBRARY, &ask(request, "migration", &clouds, &limits)).unwrap();
    let log: Vec<String> = project.log.into_iter().map(|entry| entry.what).collect();
    (project.target.map(|day| day.to_string()), log.join("\n"))
}

#[test]
fn the_day_of_the_words_is_the_target() {
    let (target, log) = planned("finish in 2 weeks from 1 april, move on-prem to gcp");
    assert_eq!(target.as_deref(), Some("2026-04-15"), "{log}");
    let (target, log) = planned("move on-prem to gcp within 500 years");
    assert_eq!(target, None, "{log}");
    assert!(
        log.contains("2526-03-02 is more than 10 years away"),
        "{log}"
    );
}

#[test]
fn a_budget_is_told_where_it_goes() {
    let (_, log) = planned("move on-prem to gcp, Budget 50k EUR");
    assert!(log.contains("`budget 50k eur`"), "{log}");
    assert!(log.contains("write it into `[budget]`"), "{log}");
    let (_, log) = planned("move on-prem to gcp, no budget for kubernetes");
    assert!(!log.contains("[budget]"), "{log}");
}
