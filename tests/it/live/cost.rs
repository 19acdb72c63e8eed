//! `orch cost` of a live account: pages, throttling, two currencies, a refusal, and what it costs.

use std::path::Path;

use chrono::{Days, Utc};
use orch_testkit::cli::Run;
use orch_testkit::harness::{Action, Fault, Harness, Options, Session};
use serde_json::{Value, json};

use super::orch;

/// An account that spends 10 dollars a day on machines, 3 euros on a marketplace, and paid tax once.
fn spending() -> Harness {
    let harness = Harness::start().unwrap_or_else(|error| panic!("{error}"));
    let today = Utc::now().date_naive();
    let mut lines = Vec::new();
    for age in 0..60 {
        let date = (today - Days::new(age)).to_string();
        lines.push(
            json!({"date": date, "service": "Compute", "region": "eu-west-1", "amount": "10.00"}),
        );
        lines.push(
            json!({"date": date, "service": "Market", "region": "", "amount": "3.00", "currency": "EUR"}),
        );
    }
    let date = (today - Days::new(4)).to_string();
    lines.push(json!({"date": date, "service": "Tax", "region": "", "amount": "7.00"}));
    session(&harness)
        .admin("POST", "costs", Some(&json!({"lines": lines})))
        .expect("the harness takes lines");
    harness
}

fn session(harness: &Harness) -> Session<'_> {
    let options = Options {
        page_size: Some(17),
        ..Options::default()
    };
    harness
        .session(&options)
        .expect("the harness opens a session")
}

fn cost(home: &Path, session: &Session<'_>, more: &[&str]) -> Run {
    orch(home, session)
        .args(["cost", "--provider", "aws", "--format", "json"])
        .args(more)
        .run()
        .expect("orch runs")
}

fn pages(session: &Session<'_>) -> usize {
    let requests = session.requests().expect("a log");
    requests
        .iter()
        .filter(|request| request.operation == "GetCostAndUsage")
        .count()
}

#[test]
fn a_live_bill_is_read_to_its_last_page_through_throttling_and_kept_by_currency() {
    let harness = spending();
    let home = tempfile::tempdir().expect("a folder");
    let calm = session(&harness);
    let run = cost(home.path(), &calm, &["--max-api-cost", "1"]);
    assert_eq!(run.code, Some(0), "{run}");
    let told: Value = serde_json::from_str(&run.stdout).expect("JSON");
    // 30 closed days and the open ones that end before today: the last day that Cost Explorer is asked for.
    let bills = told["bills"].as_array().expect("bills");
    let summed: Vec<_> = bills
        .iter()
        .map(|bill| {
            (
                bill["currency"].as_str(),
                bill["closed_days"].as_u64(),
                bill["daily_average"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        summed,
        [
            (Some("EUR"), Some(30), Some("3.00")),
            (Some("USD"), Some(30), Some("10.00"))
        ]
    );
    let tax = bills[1]["parts"].as_array().expect("parts");
    assert!(
        tax.iter()
            .any(|part| part["part"] == "tax" && part["billed"] == "7"),
        "{run}"
    );
    let whole = pages(&calm);
    assert!(whole > 3, "{whole} pages");

    let throttled = session(&harness);
    throttled
        .fault(
            &Fault::new(Action::error("ThrottlingException"))
                .service("ce")
                .times(2),
        )
        .expect("the fault is set");
    let again = cost(home.path(), &throttled, &["--max-api-cost", "1"]);
    let again: Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_eq!(again["bills"], told["bills"]);
    assert_eq!(pages(&throttled), whole + 2);
}

#[test]
fn a_bill_that_may_not_be_read_or_costs_too_much_to_read_is_incomplete() {
    let harness = spending();
    let home = tempfile::tempdir().expect("a folder");
    let denied = session(&harness);
    denied
        .fault(&Fault::new(Action::error("AccessDeniedException")).service("ce"))
        .expect("the fault is set");
    let run = cost(home.path(), &denied, &[]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stdout.contains("denied"), "{run}");

    let dear = session(&harness);
    let run = cost(home.path(), &dear, &["--max-api-cost", "0.02"]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stdout.contains("budget-reached"), "{run}");
    assert_eq!(pages(&dear), 2);
}
