//! Reviews of the demo estate, as people read them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;
mod lists;

use common::DEMO;
use orch_plan::Library;
use orch_plan::project::{Project, State};
use orch_plan::review::{AREAS, fit, markdown, review};

#[test]
fn each_area_is_reviewed() {
    let library = Library::built_in().unwrap();
    for area in AREAS {
        let review = review(area, &DEMO.run, None, &library, &DEMO.options).unwrap();
        insta::assert_snapshot!(area, markdown(&review).unwrap());
    }
}

#[test]
fn a_cut_review_never_says_that_there_is_nothing() {
    let library = Library::built_in().unwrap();
    for area in AREAS {
        let mut review = review(area, &DEMO.run, None, &library, &DEMO.options).unwrap();
        let whole = serde_json::to_value(&review).unwrap();
        let mut size = markdown(&review).unwrap().len() - 1;
        let mut texts = 0;
        while let Ok(text) = fit(&mut review, size, markdown) {
            size = text.len() - 1;
            texts += 1;
            let emptied = lists::emptied(&whole, &serde_json::to_value(&review).unwrap());
            assert_eq!(emptied, Vec::<String>::new(), "{area} at {size} bytes");
            for heading in ["## Findings", "## Not read"] {
                assert!(text.contains(heading), "{area} at {size} bytes: {heading}");
            }
        }
        assert!(texts > 0, "{area} was never cut");
    }
}

#[test]
fn controls_of_one_address_family_count_its_findings_only() {
    let library = Library::built_in().unwrap();
    let review = review("compliance", &DEMO.run, None, &library, &DEMO.options).unwrap();
    let failed = review
        .sections
        .iter()
        .find(|one| one.id == "failed-controls")
        .unwrap();
    let state = |control: &str| {
        let row = failed.rows.items.iter().find(|row| row[0] == control);
        row.map(|row| row[2].clone())
    };
    let open =
        |family: &str| {
            let share =
                |one: &serde_json::Value| one[family].as_f64().is_some_and(|share| share >= 0.5);
            let findings =
                DEMO.run.report.findings.iter().filter(|one| {
                    one.rule == "firewall-open-sensitive-port" && one.state == "open"
                });
            let wide = findings.filter(|one| {
                one.evidence["openings"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(share)
            });
            wide.count()
        };
    let (four, six) = (open("ipv4_share"), open("ipv6_share"));
    assert!(four > 1 && six > 0 && four != six, "{four} {six}");
    assert_eq!(
        state("cis-aws-7.0 6.3"),
        Some(format!("failed by {four} findings"))
    );
    let noun = if six == 1 { "finding" } else { "findings" };
    assert_eq!(
        state("cis-aws-7.0 6.4"),
        Some(format!("failed by {six} {noun}"))
    );
}

/// What the review says of whether security is looked at before production.
fn before_production(project: &Project) -> (String, String) {
    let library = Library::built_in().unwrap();
    let review = review(
        "security",
        &DEMO.run,
        Some(project),
        &library,
        &DEMO.options,
    )
    .unwrap();
    let point = review.points.into_iter().next().unwrap();
    assert!(point.text.contains("before production"), "{}", point.text);
    (point.state, point.evidence)
}

fn planned(pattern: &str) -> Project {
    let library = Library::built_in().unwrap();
    let clouds = ["aws".to_owned()];
    let limits = std::collections::BTreeMap::new();
    let monday = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    let ask = orch_plan::plan::Ask {
        request: "",
        name: None,
        run: None,
        clouds: &clouds,
        pattern: Some(pattern),
        start: monday,
        target: None,
        today: monday,
        limits: &limits,
    };
    orch_plan::plan::propose(&library, &ask).unwrap()
}

#[test]
fn what_cannot_be_skipped_holds_only_before_production() {
    for pattern in Library::built_in().unwrap().patterns.keys() {
        let (state, evidence) = before_production(&planned(pattern));
        assert_eq!(state, "holds", "{pattern}: {evidence}");
    }
    let whole = planned("infrastructure-setup");
    let mut given_up = whole.clone();
    for task in &mut given_up.tasks {
        if task.id == "review" {
            task.state = State::Dropped;
        }
    }
    let (state, evidence) = before_production(&given_up);
    assert_eq!(state, "open");
    assert!(evidence.starts_with("given up: "), "{evidence}");
    let mut aside = whole.clone();
    for task in &mut aside.tasks {
        task.after.retain(|id| id != "review");
    }
    let (state, evidence) = before_production(&aside);
    assert_eq!(state, "open");
    assert!(
        evidence.contains("(launch) waits for none of: "),
        "{evidence}"
    );
    // Whoever began production before it, passed it over, however the plan was.
    let mut early = whole.clone();
    for task in early.tasks.iter_mut().filter(|task| task.id == "launch") {
        task.state = State::Done;
        task.started = chrono::NaiveDate::from_ymd_opt(2026, 11, 24);
        task.finished = task.started;
    }
    let (state, evidence) = before_production(&early);
    assert_eq!(state, "open");
    assert!(
        evidence.contains("(launch) was begun before any of these was done: "),
        "{evidence}"
    );
    let mut without = whole;
    without.tasks.retain(|task| task.id != "launch");
    let (state, evidence) = before_production(&without);
    assert_eq!(state, "not known");
    assert!(
        evidence.contains("no task of the plan is known to change production"),
        "{evidence}"
    );
}

#[test]
fn shares_of_the_bill_are_rounded_and_sum_up() {
    let library = Library::built_in().unwrap();
    let review = review("cost", &DEMO.run, None, &library, &DEMO.options).unwrap();
    let money = review
        .sections
        .iter()
        .find(|one| one.id == "money")
        .unwrap();
    let rows = &money.rows.items;
    let share = |row: &Vec<String>| row[2].trim_end_matches(" %").parse::<f64>().unwrap();
    let sum: f64 = rows.iter().map(share).sum();
    assert!((sum - 100.0).abs() < 0.3, "{sum}");
    let support = rows
        .iter()
        .find(|row| row[0].starts_with("AWS Support"))
        .unwrap();
    assert_eq!(
        (support[1].as_str(), support[2].as_str()),
        ("999.60 USD", "6.4 %")
    );
    assert!(
        money.says[0].contains("with support plans"),
        "{:?}",
        money.says
    );
    assert!(
        money.says[1].contains("without support plans"),
        "{:?}",
        money.says
    );
}
