//! Billing figures, computed by hand.

use chrono::Duration;
use orch_model::CostLine;

use super::*;
use crate::charge::charges;

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

    let charges = charges(&lines);
    let summaries = summaries(charges.iter(), as_of, Basis::Billed);
    assert_eq!(summaries.len(), 1);
    let usd = &summaries[0];
    // 8 × 10 + 2 × 24 + 2 = 130 of closed usage; + 500 open + 7.50 tax − 20 credit.
    assert_eq!(usd.total.billed, Some(dec("617.5")));
    assert_eq!(
        usd.closed_usage,
        usd.regions.iter().map(|share| share.total).sum()
    );
    assert_eq!(usd.by_category[&ChargeCategory::Usage], dec("630"));
    assert_eq!((usd.closed_days, usd.daily_average), (10, Some(dec("13"))));
    // Last seven: 5 × 10 + 2 × 24 = 98, a mean of 14: (14 − 13) ÷ 13 × 100 = 7.69 %.
    assert_eq!(usd.trend_7d_percent.unwrap().round_dp(2), dec("7.69"));
    let named = |shares: &[Share]| -> Vec<(Option<String>, Decimal)> {
        let named = |share: &Share| (share.name.as_ref().map(ToString::to_string), share.total);
        shares.iter().map(named).collect()
    };
    assert_eq!(
        named(&usd.services),
        [
            (Some("Compute".into()), dec("128")),
            (Some("Storage".into()), dec("2"))
        ]
    );
    assert_eq!(usd.services[0].percent.unwrap().round_dp(2), dec("98.46"));
    assert_eq!(
        named(&usd.regions),
        [(Some("us-east-1".into()), dec("128")), (None, dec("2"))]
    );
    assert_eq!(usd.days.len(), 11);
    let tenth = &usd.days[2];
    assert_eq!((tenth.usage, tenth.closed), (dec("12"), true));
    assert!(!usd.days[10].closed);
    assert_eq!(usd.untagged, None);
    assert!(usd.estimated);
    assert_eq!(
        (usd.from.to_string(), usd.to.to_string()),
        ("2026-11-08".into(), "2026-11-18".into())
    );
}

#[test]
fn currencies_are_kept_apart_and_nothing_is_divided_by_zero() {
    let mut euro = line("2026-11-19", "Compute", None, "5");
    euro.billing_currency = Currency("EUR".into());
    let free = line("2026-11-01", "Compute", None, "0");
    let charges = charges(&[euro, free]);
    let as_of = time("2026-11-20T06:00:00Z");
    let both = summaries(charges.iter(), as_of, Basis::Billed);
    let codes: Vec<&str> = both
        .iter()
        .map(|summary| summary.currency.0.as_str())
        .collect();
    assert_eq!(codes, ["EUR", "USD"]);
    let [euro, dollar] = &both[..] else {
        unreachable!()
    };
    // The only euro day is not closed: there is a total and no average.
    assert_eq!(
        (euro.total.billed, euro.closed_days, euro.daily_average),
        (Some(dec("5")), 0, None)
    );
    assert_eq!(
        (dollar.daily_average, dollar.trend_7d_percent),
        (Some(dec("0")), None)
    );
    assert_eq!(dollar.services[0].percent, None);
    assert!(summaries([].iter(), as_of, Basis::Billed).is_empty());
}
