//! Reviews of the demo estate, as people read them.

mod common;
mod lists;

use common::DEMO;
use orch_plan::Library;
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
