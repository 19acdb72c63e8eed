use orch_model::ChargeCategory;
use proptest::prelude::*;

use super::*;
use crate::charge::{Key, Part};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn charge(currency: &str, on: &str, billed: &str) -> Charge {
    Charge {
        key: Key {
            currency: Currency(currency.into()),
            day: day(on),
            provider: "AWS".into(),
            billing_account: "1".into(),
            account: "2".into(),
            service: "EC2".into(),
            region: None,
            category: ChargeCategory::Usage,
            part: Part::Usage,
            tagged: None,
            resource: None,
            tags: Vec::new(),
        },
        sums: Sums {
            billed: Some(billed.parse().unwrap()),
            rows: 1,
            ..Sums::default()
        },
    }
}

fn rate(from: &str, date: &str, rate: &str) -> Rate {
    Rate {
        date: day(date),
        from: Currency(from.into()),
        rate: rate.parse().unwrap(),
        source: "central bank".into(),
    }
}

fn euro(rates: &[Rate]) -> Rates {
    Rates::new(Currency("EUR".into()), rates.iter().cloned())
}

fn all() -> RangeInclusive<NaiveDate> {
    day("2026-01-01")..=day("2026-12-31")
}

/// 100 USD at 0.92 (October's rate) are 92; 50 and 10 at 0.90 (November's) are 45 and 9. With 7 EUR on the same day as
/// the 10, that day has 16.
#[test]
fn each_charge_is_converted_at_the_rate_of_its_day() {
    let rates = euro(&[
        rate("USD", "2026-10-01", "0.92"),
        rate("USD", "2026-11-01", "0.90"),
    ]);
    let charges = vec![
        charge("USD", "2026-10-31", "100"),
        charge("USD", "2026-11-01", "50"),
        charge("USD", "2026-11-02", "10"),
        charge("EUR", "2026-11-02", "7"),
    ];
    let converted = convert(charges, &rates, all());
    let told: Vec<String> = converted
        .charges
        .iter()
        .map(|charge| {
            let billed = charge.sums.billed.unwrap().normalize();
            format!(
                "{} {billed} {} {}",
                charge.key.day, charge.key.currency, charge.sums.rows
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-10-31 92 EUR 1",
            "2026-11-01 45 EUR 1",
            "2026-11-02 16 EUR 2"
        ]
    );
    let told: Vec<String> = converted
        .conversions
        .iter()
        .map(|one| {
            let sum = |costs: &Costs| costs.billed.unwrap().normalize();
            let (from, to) = one.days;
            format!(
                "{from} to {to} at {} of {}: {} is {}",
                one.rate.rate,
                one.rate.date,
                sum(&one.before),
                sum(&one.after)
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "2026-10-31 to 2026-10-31 at 0.92 of 2026-10-01: 100 is 92",
            "2026-11-01 to 2026-11-02 at 0.90 of 2026-11-01: 60 is 54",
        ]
    );
    assert!(converted.unconverted.is_empty());
}

#[test]
fn a_currency_with_a_day_without_a_rate_stays_as_it_is() {
    let rates = euro(&[rate("USD", "2026-10-02", "0.92")]);
    let charges = vec![
        charge("EUR", "2026-10-02", "1"),
        charge("GBP", "2026-10-02", "4"),
        charge("USD", "2026-10-01", "100"),
        charge("USD", "2026-10-02", "100"),
    ];
    let converted = convert(charges.clone(), &rates, all());
    assert_eq!(converted.charges, charges);
    assert!(converted.conversions.is_empty());
    let told: Vec<String> = converted
        .unconverted
        .iter()
        .map(|one| format!("{} {} {}", one.currency, one.first, one.days))
        .collect();
    assert_eq!(told, ["GBP 2026-10-02 1", "USD 2026-10-01 1"]);
}

/// A rate of 1 October is the last that holds on 31 October.
#[test]
fn a_rate_holds_for_a_month() {
    let rates = euro(&[rate("USD", "2026-10-01", "0.92")]);
    let usd = Currency::usd();
    assert!(rates.of(&usd, day("2026-09-30")).is_none());
    assert!(rates.of(&usd, day("2026-10-31")).is_some());
    assert!(rates.of(&usd, day("2026-11-01")).is_none());
    // The other way round is another rate.
    assert!(
        Rates::new(usd.clone(), [rate("USD", "2026-10-01", "0.92")])
            .of(&Currency("EUR".into()), day("2026-10-01"))
            .is_none()
    );
}

#[test]
fn days_that_are_not_told_are_converted_as_well() {
    let rates = euro(&[rate("USD", "2026-10-01", "0.5")]);
    let charges = vec![
        charge("USD", "2026-10-01", "2"),
        charge("USD", "2026-10-02", "4"),
    ];
    let converted = convert(charges, &rates, day("2026-10-02")..=day("2026-10-02"));
    assert_eq!(converted.charges[0].sums.billed, Some(Decimal::from(1)));
    assert_eq!(
        converted.conversions[0].before.billed,
        Some(Decimal::from(4))
    );
}

proptest! {
    /// At one rate, the whole converted is the sum of its parts converted, and at a rate of 1 nothing changes.
    #[test]
    fn the_sum_of_what_is_converted_is_the_sum_converted(
        amounts in prop::collection::vec(-100_000_i64..100_000, 1..30),
        per_mille in 1_i64..5_000,
    ) {
        let charges = |currency: &str| -> Vec<Charge> {
            amounts.iter().map(|cents| charge(currency, "2026-10-05", &Decimal::new(*cents, 2).to_string())).collect()
        };
        let rates = euro(&[rate("USD", "2026-10-01", &Decimal::new(per_mille, 3).to_string())]);
        let sum: Decimal = amounts.iter().map(|cents| Decimal::new(*cents, 2)).sum();
        let converted = convert(charges("USD"), &rates, all());
        let total: Decimal = converted.charges.iter().filter_map(|charge| charge.sums.billed).sum();
        prop_assert_eq!(total, sum * Decimal::new(per_mille, 3));
        let same = convert(charges("EUR"), &rates, all());
        let total: Decimal = same.charges.iter().filter_map(|charge| charge.sums.billed).sum();
        prop_assert_eq!(total, sum);
    }
}
