use super::*;

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

#[test]
fn a_day_closes_48_hours_after_its_end() {
    let day = "2026-11-17".parse().unwrap();
    assert!(is_closed(day, time("2026-11-20T00:00:00Z")));
    assert!(!is_closed(day, time("2026-11-19T23:59:59Z")));
    for as_of in [
        "2026-11-20T00:00:00Z",
        "2026-11-20T06:00:00Z",
        "2026-11-20T23:59:59Z",
    ] {
        assert_eq!(last_closed_day(time(as_of)), day, "{as_of}");
    }
}

#[test]
fn a_period_has_as_many_closed_days_as_were_asked_for_and_the_open_ones() {
    let period = Period::until(time("2026-11-20T06:00:00Z"), 7);
    assert_eq!(
        (period.from.to_string(), period.to.to_string()),
        ("2026-11-11".into(), "2026-11-20".into())
    );
}
