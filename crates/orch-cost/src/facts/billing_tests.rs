//! The account's billing fact, computed by hand.

use orch_model::{ChargeCategory, Currency};

use super::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn as_of() -> Time {
    "2026-11-20T06:00:00Z".parse().unwrap()
}

fn line(day: u32, service: &str, region: Option<&str>, cost: &str) -> CostLine {
    let start: Time = format!("2026-11-{day:02}T00:00:00Z").parse().unwrap();
    CostLine {
        provider_name: "AWS".into(),
        billing_account_id: "1".into(),
        sub_account_id: None,
        charge_period_start: start,
        charge_period_end: start + Duration::days(1),
        charge_category: ChargeCategory::Usage,
        service_name: service.into(),
        region_id: region.map(Into::into),
        resource_id: None,
        billed_cost: dec(cost),
        effective_cost: None,
        billing_currency: Currency::usd(),
        estimated: false,
    }
}

#[test]
fn a_service_rises_against_the_seven_closed_days_before_the_latest() {
    // The latest closed day is the 17th; the seven before are the 10th to the 16th.
    let mut lines: Vec<CostLine> = (1..=16)
        .map(|day| line(day, "Functions", None, "14"))
        .collect();
    lines.push(line(17, "Functions", None, "42"));
    // The open day is far higher and does not count; before the week it was far lower.
    lines.push(line(18, "Functions", None, "900"));
    lines.extend((10..=16).map(|day| line(day, "Storage", Some("us-east-1"), "5")));
    lines.push(line(17, "Storage", Some("us-east-1"), "5"));
    lines.push(line(17, "Queues", Some("us-east-1"), "3"));
    let rises = rising(&charges(&lines), as_of());
    let names: Vec<&str> = rises.iter().map(|rise| rise.service.as_str()).collect();
    assert_eq!(names, ["Functions", "Queues"]);
    let [functions, queues] = &rises[..] else {
        unreachable!()
    };
    assert_eq!(
        (functions.previous.0, functions.latest.0),
        (dec("14"), dec("42"))
    );
    assert_eq!((functions.added.0, functions.change), (dec("28"), 200.0));
    assert_eq!((queues.previous.0, queues.change), (dec("0"), 100.0));
}

#[test]
fn without_seven_closed_days_before_it_nothing_rises() {
    let lines: Vec<CostLine> = (11..=17).map(|day| line(day, "A", None, "1")).collect();
    assert_eq!(rising(&charges(&lines), as_of()), []);
}

#[test]
fn the_share_without_a_region_is_over_closed_usage() {
    let lines = [
        line(16, "Content delivery", None, "30"),
        line(16, "Compute", Some("us-east-1"), "60"),
        line(16, "Names", Some(""), "10"),
        line(18, "Content delivery", None, "500"),
    ];
    assert_eq!(unattributed_share(&charges(&lines), as_of()), 0.4);
    assert_eq!(unattributed_share(&[], as_of()), 0.0);
}

#[test]
fn nothing_billed_is_none_and_two_currencies_are_not_added() {
    assert_eq!(billing(&[], as_of()), Ok(Field::None));
    let mut euro = line(16, "A", None, "1");
    euro.billing_currency = Currency("EUR".into());
    assert!(billing(&charges(&[euro, line(16, "A", None, "1")]), as_of()).is_err());
}
