//! Billing figures, computed by hand.

use super::*;

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn line(day: &str, service: &str, region: Option<&str>, cost: &str) -> CostLine {
    let start = time(&format!("{day}T00:00:00Z"));
    CostLine {
        provider_name: "AWS".into(),
        billing_account_id: "111122223333".into(),
        sub_account_id: Some("111122223333".into()),
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
fn averages_and_trend_are_over_usage_of_closed_days_and_the_total_over_everything() {
    let as_of = time("2026-11-20T06:00:00Z");
    let mut lines = Vec::new();
    // Ten closed days, 8 to 17 November: 10 a day, the last two 24. The 18th and 19th are still open.
    for day in 8..=17 {
        let cost = if day >= 16 { "24" } else { "10" };
        lines.push(line(
            &format!("2026-11-{day:02}"),
            "Compute",
            Some("us-east-1"),
            cost,
        ));
    }
    lines.push(line("2026-11-18", "Compute", Some("us-east-1"), "500"));
    lines.push(line("2026-11-10", "Storage", None, "2"));
    let mut tax = line("2026-11-08", "Tax", None, "7.5");
    tax.charge_category = ChargeCategory::Tax;
    tax.charge_period_end = time("2026-12-01T00:00:00Z");
    let mut credit = line("2026-11-08", "Compute", None, "-20");
    credit.charge_category = ChargeCategory::Credit;
    credit.estimated = true;
    lines.extend([tax, credit]);

    let summary = summary(&lines, as_of);
    assert_eq!(summary.currencies.len(), 1);
    let usd = &summary.currencies[0];
    // 8 × 10 + 2 × 24 + 2 = 130 of closed usage; + 500 open + 7.50 tax − 20 credit.
    assert_eq!(usd.total, dec("617.5"));
    assert_eq!(
        usd.closed_usage,
        usd.by_region.iter().map(|(_, cost)| cost).sum()
    );
    assert_eq!(usd.by_category[&ChargeCategory::Usage], dec("630"));
    assert_eq!((usd.closed_days, usd.daily_average), (10, Some(dec("13"))));
    // Last seven: 5 × 10 + 2 × 24 = 98, a mean of 14: (14 − 13) ÷ 13 × 100 = 7.69 %.
    assert_eq!(usd.trend_7d_percent.unwrap().round_dp(2), dec("7.69"));
    let top: Vec<(&str, Decimal)> = usd
        .top_services
        .iter()
        .map(|top| (top.service.as_str(), top.total))
        .collect();
    assert_eq!(top, [("Compute", dec("128")), ("Storage", dec("2"))]);
    assert_eq!(
        usd.top_services[0].share_percent.unwrap().round_dp(2),
        dec("98.46")
    );
    assert_eq!(
        usd.by_region,
        [(None, dec("2")), (Some("us-east-1".into()), dec("128"))]
    );
    assert!(usd.estimated);
    assert_eq!(
        (usd.from, usd.until),
        (time("2026-11-08T00:00:00Z"), time("2026-11-19T00:00:00Z"))
    );
}

#[test]
fn currencies_are_kept_apart_and_nothing_is_divided_by_zero() {
    let mut euro = line("2026-11-19", "Compute", None, "5");
    euro.billing_currency = Currency("EUR".into());
    let free = line("2026-11-01", "Compute", None, "0");
    let summary = summary(&[euro, free], time("2026-11-20T06:00:00Z"));
    let codes: Vec<&str> = summary
        .currencies
        .iter()
        .map(|summary| summary.currency.0.as_str())
        .collect();
    assert_eq!(codes, ["EUR", "USD"]);
    let [euro, dollar] = &summary.currencies[..] else {
        unreachable!()
    };
    // The only euro day is not closed: there is a total and no average.
    assert_eq!(
        (euro.total, euro.closed_days, euro.daily_average),
        (dec("5"), 0, None)
    );
    assert_eq!(
        (dollar.daily_average, dollar.trend_7d_percent),
        (Some(dec("0")), None)
    );
    assert_eq!(dollar.top_services[0].share_percent, None);
    assert_eq!(
        super::summary(&[], time("2026-11-20T06:00:00Z")),
        BillingSummary::default()
    );
}
