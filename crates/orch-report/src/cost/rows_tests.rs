use super::super::v1::Tried;
use super::*;

fn forecast(tried: Option<(u64, u64)>) -> Forecast {
    Forecast {
        expected: "1050.00".into(),
        low_80: "1000.00".into(),
        high_80: "1100.00".into(),
        tried: tried.map(|(forecasts, held_80)| Tried {
            days: 14,
            forecasts,
            error_percent: Some("3.1".into()),
            error_of_last_week_percent: None,
            held_80,
        }),
    }
}

#[test]
fn the_bounds_of_a_month_say_how_often_they_held_and_claim_no_more() {
    assert_eq!(
        at_end(&forecast(Some((6, 5)))),
        "1,000.00 to 1,100.00 in 80 of 100 cases, if it goes on as it did; held in 5 of 6 earlier forecasts of 14 days, \
         which missed a day by 3.1 %"
    );
    assert_eq!(
        at_end(&forecast(Some((2, 0)))),
        "perhaps 1,000.00 to 1,100.00: such bounds held in only 0 of 2 earlier forecasts of 14 days, which missed a day \
         by 3.1 %"
    );
    assert!(at_end(&forecast(None)).ends_with("too few days to try it on earlier ones"));
}

#[test]
fn a_settled_anomaly_says_until_when_its_impact_is_counted() {
    let of = |kept: &str| Anomaly {
        provider: "AWS".into(),
        account: "111122223333".into(),
        service: "Amazon EC2".into(),
        region: None,
        currency: "USD".into(),
        kind: "step".into(),
        severity: "critical".into(),
        state: kept.into(),
        first_day: "2026-11-01".into(),
        last_day: "2026-11-15".into(),
        detected: "2026-11-01".into(),
        expected_per_day: "10.00".into(),
        actual_per_day: "30.00".into(),
        impact: "300.00".into(),
        percent: None,
        score: 9.0,
        contributors: Vec::new(),
    };
    let row = anomalies(&[of("settled")], 5).rows.remove(0).remove(2);
    assert!(
        row.contains("impact until 2026-11-15, taken as the usual level since 2026-11-16"),
        "{row}"
    );
    assert_eq!(state(&of("over")), "over (impact until 2026-11-15)");
    assert_eq!(state(&of("ongoing")), "ongoing");
}
