//! Which answers of Cost Explorer are kept between runs, and what is done with days that nobody asked for.

use std::ops::RangeInclusive;
use std::path::Path;

use orch_model::CostLine;

use super::*;

/// One page with these days of a month, each of which cost a dollar, and the estimated ones among them.
fn page(month: &str, days: RangeInclusive<u32>, estimated: &[u32], token: Option<&str>) -> Answer {
    let first: chrono::NaiveDate = format!("{month}-01").parse().unwrap();
    let days: Vec<_> = days
        .map(|day| {
            let date = first + chrono::Days::new(u64::from(day) - 1);
            serde_json::json!({
                "TimePeriod": {"Start": date, "End": date + chrono::Days::new(1)},
                "Estimated": estimated.contains(&day),
                "Groups": [{"Keys": ["Compute", "eu-west-1"],
                    "Metrics": {"UnblendedCost": {"Amount": "1", "Unit": "USD"}}}],
            })
        })
        .collect();
    let mut body = serde_json::json!({ "ResultsByTime": days });
    if let Some(token) = token {
        body["NextPageToken"] = token.into();
    }
    ok(&body.to_string())
}

/// The last four days of October and the first 21 of November.
fn settings(cache: &Path) -> CollectSettings {
    CollectSettings {
        cost_days: 25,
        cost_cache: Some(cache.to_path_buf()),
        max_attempts: 1,
        ..CollectSettings::default()
    }
}

async fn read(server: &Server, cache: &Path) -> Outcome {
    run_with(&server.url, "ce.costs", vec![], settings(cache)).await
}

fn kept(cache: &Path) -> usize {
    std::fs::read_dir(cache).unwrap().count()
}

fn days(outcome: &Outcome) -> Vec<String> {
    let line = |item: &Item| match item {
        Item::Cost(CostLine {
            charge_period_start: start,
            ..
        }) => start.date_naive().to_string(),
        other => panic!("{other:?}"),
    };
    outcome.items.iter().map(line).collect()
}

fn november() -> Answer {
    page("2026-11", 1..=21, &[20, 21], None)
}

#[tokio::test]
async fn a_closed_month_is_asked_whole_and_once_and_only_the_days_asked_for_are_told() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(vec![
        page("2026-10", 1..=20, &[], Some("more")),
        page("2026-10", 21..=31, &[], None),
        november(),
    ]);
    let first = read(&server, cache.path()).await;
    first.result.as_ref().unwrap();
    assert_eq!((first.calls.len(), kept(cache.path())), (3, 1));
    assert!(server.asked()[0].contains(r#""Start":"2026-10-01""#));
    assert!(server.asked()[2].contains(r#""Start":"2026-11-01""#));
    assert_eq!((days(&first).len(), &*days(&first)[0]), (25, "2026-10-28"));

    let server = Server::start(vec![november()]);
    let second = read(&server, cache.path()).await;
    second.result.as_ref().unwrap();
    assert_eq!(days(&second), days(&first));
    assert_eq!((second.gap, second.calls.len()), (None, 1));
    assert_eq!(second.calls[0].charge_usd, Decimal::new(1, 2));
    assert!(server.asked()[0].contains(r#""Start":"2026-11-01""#));
    assert_eq!(kept(cache.path()), 1);

    // What is only tried is asked for, and as one.
    let server = Server::start(vec![november()]);
    let once = CollectSettings {
        once: true,
        ..settings(cache.path())
    };
    run_with(&server.url, "ce.costs", vec![], once).await;
    assert_eq!(server.asked().len(), 1);
    assert!(server.asked()[0].contains(r#""Start":"2026-10-28""#));
}

#[tokio::test]
async fn what_may_still_change_or_is_not_whole_is_not_kept() {
    let october = |days, estimated: &[u32]| page("2026-10", days, estimated, None);
    for (answer, why) in [
        (october(1..=31, &[31]), "estimated"),
        (october(1..=30, &[]), "a day is missing"),
        (october(1..=32, &[]), "a day of another month"),
    ] {
        let cache = tempfile::tempdir().unwrap();
        let server = Server::start(vec![answer, november()]);
        let outcome = read(&server, cache.path()).await;
        outcome.result.as_ref().unwrap();
        assert_eq!(kept(cache.path()), 0, "{why}");
        assert_eq!(server.asked().len(), 2, "{why}");
    }
    // The second page does not come.
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(vec![
        page("2026-10", 1..=31, &[], Some("more")),
        Answer::Say {
            status: 500,
            headers: "",
            body: String::new(),
        },
    ]);
    let outcome = read(&server, cache.path()).await;
    assert_eq!(outcome.ended_by().cause, Cause::ServerError);
    assert_eq!((days(&outcome).len(), kept(cache.path())), (4, 0));
}

#[tokio::test]
async fn rows_of_days_that_were_not_asked_for_are_left_out_and_told() {
    let server = Server::start(vec![page("2026-11", 20..=23, &[], None)]);
    let outcome = run(&server.url, "ce.costs", vec![]).await;
    assert_eq!(days(&outcome), ["2026-11-20", "2026-11-21"]);
    let gap = outcome.gap.unwrap();
    assert_eq!(gap.cause, Cause::Undecodable);
    assert_eq!(gap.detail, "ce:GetCostAndUsage day that was not asked for");
}
