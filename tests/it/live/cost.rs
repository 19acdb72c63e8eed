//! `orch cost` of a live account: pages, throttling, two currencies, a refusal, what it costs and what is paid for once.

use std::path::{Path, PathBuf};

use chrono::{Datelike as _, Days};
use orch_testkit::cli::Run;
use orch_testkit::harness::{Action, Fault, Harness, Options, Session};
use serde_json::{Value, json};

use super::orch;

/// The harness tells the bill as of today.
fn today() -> chrono::NaiveDate {
    chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).date_naive()
}

/// An account that spends 10 dollars a day on machines, 3 euros on a marketplace, and paid tax once.
fn spending() -> Harness {
    let harness = Harness::start().unwrap_or_else(|error| panic!("{error}"));
    let today = today();
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
    // In a home of its own: what the first run kept would not be asked for.
    let elsewhere = tempfile::tempdir().expect("a folder");
    let again = cost(elsewhere.path(), &throttled, &["--max-api-cost", "1"]);
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

/// A session in which a period is one page.
fn whole(harness: &Harness) -> Session<'_> {
    harness
        .session(&Options::default())
        .expect("the harness opens a session")
}

/// The files that are kept.
fn kept(home: &Path) -> Vec<PathBuf> {
    let folder = home.join(".cache/orch/costs");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

/// How many months there are among the 93 days before today whose invoice is closed on this day of the next month.
fn closed_months(invoice_day: u32) -> usize {
    let today = today();
    let start = today - Days::new(93);
    let months = (today.year() - start.year()) * 12 + today.month() as i32 - start.month() as i32;
    let months = usize::try_from(months).expect("time goes on");
    if today.day() < invoice_day {
        months - 1
    } else {
        months
    }
}

#[test]
fn a_closed_month_is_paid_for_once() {
    let harness = spending();
    let home = tempfile::tempdir().expect("a folder");
    let bill = |more: &[&str]| {
        let session = whole(&harness);
        let run = cost(home.path(), &session, more);
        assert_eq!(run.code, Some(0), "{run}");
        assert!(!run.stderr.contains("failed to keep"), "{run}");
        let told: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let requests = pages(&session);
        (requests, told["bills"].clone(), told["sources"].clone())
    };
    let months = closed_months(5);
    let first = bill(&["--max-api-cost", "1"]);
    assert_eq!((first.0, kept(home.path()).len()), (months + 1, months));

    // Only what is asked for counts: a cent is enough for the open days.
    let second = bill(&["--max-api-cost", "0.01"]);
    assert_eq!(second, (1, first.1.clone(), first.2.clone()));

    let files = kept(home.path());
    for (file, damage) in files.iter().zip([true, false]) {
        let mut bytes = std::fs::read(file).expect("a file");
        match damage {
            true => bytes.truncate(bytes.len() / 2),
            false => *bytes.last_mut().expect("a byte") = b' ',
        }
        std::fs::write(file, bytes).expect("the file is ours");
    }
    let third = bill(&["--max-api-cost", "1"]);
    assert_eq!(third, (3, first.1.clone(), first.2.clone()));
    assert_eq!(bill(&[]), second);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| {
            let metadata = std::fs::metadata(path).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode(files[0].parent().expect("a folder")), 0o700);
        assert!(files.iter().all(|file| mode(file) == 0o600));
    }
}

#[test]
fn every_charged_request_is_in_the_ledger_and_no_other() {
    let harness = spending();
    let home = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        let session = session(&harness);
        let (_, report) = super::audit(home.path(), &session, &["--regions", "us-east-1"]);
        let charge: f64 = report["api"]["charge"]["amount"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("an amount");
        assert_eq!((charge * 100.0).round() as usize, pages(&session));
    }
}

#[test]
fn what_is_kept_is_the_users_choice() {
    let harness = spending();
    let read = |config: &str| {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("orch.toml"), config).expect("a file");
        let session = whole(&harness);
        let run = cost(home.path(), &session, &["--max-api-cost", "1"]);
        assert_eq!(run.code, Some(0), "{run}");
        assert!(!home.path().join(".cache").exists());
        (home, pages(&session), run.stderr)
    };
    let (_, requests, told) = read("[costs]\ncache = \"\"\n");
    assert_eq!((requests, told.contains("failed to keep")), (1, false));

    let (home, requests, _) = read("[costs]\ncache = \"mine\"\ninvoice_day = 28\n");
    assert_eq!(requests, closed_months(28) + 1);
    let entries = std::fs::read_dir(home.path().join("mine")).expect("the folder is there");
    assert_eq!(entries.count(), closed_months(28));

    // A folder that cannot be: the bill is read all the same.
    let (_, requests, told) = read("[costs]\ncache = \"orch.toml/costs\"\n");
    assert_eq!(requests, 1);
    assert_eq!(told.matches("failed to keep").count(), 1, "{told}");
}
