use orch_model::ChargeCategory;

use super::*;
use crate::charge::{Key, Part, Sums};

fn charge(day: NaiveDate, service: &str, part: Part, resource: Option<&str>, cost: i64) -> Charge {
    Charge {
        key: Key {
            currency: Currency::usd(),
            day,
            provider: "AWS".into(),
            billing_account: "1".into(),
            account: "2".into(),
            service: service.into(),
            region: Some("eu-west-1".into()),
            category: ChargeCategory::Usage,
            part,
            tagged: None,
            resource: resource.map(Text::new),
            tags: Vec::new(),
        },
        sums: Sums {
            billed: Some(cost.into()),
            rows: 1,
            ..Sums::default()
        },
    }
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(from: &str, to: &str) -> impl Iterator<Item = NaiveDate> {
    let to = date(to);
    date(from).iter_days().take_while(move |day| *day <= to)
}

#[test]
fn a_month_of_even_days_ends_as_it_goes_on_and_tax_is_counted_once() {
    let mut charges: Vec<Charge> = days("2026-09-01", "2026-11-17")
        .map(|day| charge(day, "Compute", Part::Usage, None, 100))
        .collect();
    charges.push(charge(date("2026-11-01"), "Tax", Part::Tax, None, 50));
    let as_of = "2026-11-20T06:00:00Z".parse().unwrap();
    let months = Month::of(&charges, as_of, Basis::Billed);
    let outlook = outlook(&charges, &months[0], as_of, Basis::Billed).unwrap();
    // 17 closed days and 13 to come at 100 each, and the tax.
    assert_eq!(outlook.expected.round_dp(2), Decimal::from(3050));
    assert!(outlook.within_80.contains(outlook.expected));
    assert_eq!(outlook.tried.unwrap().wape, Some(Decimal::ZERO));
}

#[test]
fn what_is_charged_every_day_goes_on_and_what_is_not_does_not() {
    let mut charges: Vec<Charge> = days("2026-09-01", "2026-11-19")
        .flat_map(|day| {
            [
                charge(day, "Compute", Part::Usage, None, 100),
                charge(day, "Support", Part::Support, None, 50),
            ]
        })
        .collect();
    charges.push(charge(
        date("2026-11-17"),
        "Market",
        Part::Purchase,
        None,
        70,
    ));
    let as_of = "2026-11-20T06:00:00Z".parse().unwrap();
    let months = Month::of(&charges, as_of, Basis::Billed);
    let of_november = outlook(&charges, &months[0], as_of, Basis::Billed).unwrap();
    // Thirty days of 150, and one purchase.
    assert_eq!(of_november.expected.round_dp(2), Decimal::from(4570));
    // What stopped a day before the last closed one is over.
    charges.retain(|one| one.key.part != Part::Support || one.key.day < date("2026-11-17"));
    let stopped = outlook(&charges, &months[0], as_of, Basis::Billed).unwrap();
    assert_eq!(
        stopped.expected.round_dp(2),
        Decimal::from(3000 + 16 * 50 + 70)
    );
}

#[test]
fn a_new_service_is_a_change_and_its_resource_is_named() {
    let mut charges: Vec<Charge> = days("2026-09-01", "2026-11-17")
        .map(|day| charge(day, "Compute", Part::Usage, Some("i-1"), 100))
        .collect();
    for day in days("2026-11-10", "2026-11-17") {
        charges.push(charge(day, "Training", Part::Usage, Some("job-1"), 500));
        charges.push(charge(day, "Training", Part::Usage, Some("job-2"), 20));
    }
    let as_of = "2026-11-20T06:00:00Z".parse().unwrap();
    let changes = changes(&charges, date("2026-10-19"), as_of, Basis::Billed);
    let [(anomaly, made)] = &changes.found[..] else {
        panic!("{changes:?}")
    };
    assert_eq!(anomaly.key.service.as_deref(), Some("Training"));
    assert_eq!(anomaly.first_day, date("2026-11-10"));
    assert_eq!(anomaly.impact, Decimal::from(8 * 520));
    assert_eq!(made[0].key.detail.as_deref(), Some("job-1"));
    assert_eq!(made[0].difference, Decimal::from(4000));
    // What was over before the period is not told again.
    let later = super::changes(&charges, date("2026-11-18"), as_of, Basis::Billed);
    assert!(later.found.is_empty());
}

#[test]
fn one_payment_among_those_of_every_day_is_counted_once() {
    let mut charges: Vec<Charge> = days("2026-09-01", "2026-11-19")
        .flat_map(|day| {
            [
                charge(day, "Compute", Part::Usage, None, 100),
                charge(day, "Compute", Part::Commitment, None, 10),
            ]
        })
        .collect();
    // Paid at the begin of a reservation: on a closed day, and on one that is still open.
    for day in ["2026-11-15", "2026-11-18"] {
        charges.push(charge(date(day), "Database", Part::Commitment, None, 7000));
    }
    let as_of = "2026-11-20T06:00:00Z".parse().unwrap();
    let months = Month::of(&charges, as_of, Basis::Billed);
    let outlook = outlook(&charges, &months[0], as_of, Basis::Billed).unwrap();
    // Thirty days of 100 and 10, and two payments.
    assert_eq!(
        outlook.expected.round_dp(2),
        Decimal::from(3000 + 30 * 10 + 2 * 7000)
    );
}
