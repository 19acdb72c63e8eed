use orch_model::ChargeCategory;

use super::*;
use crate::charge::{Key, Part, Sums};

fn charge(day: &str, account: &str, cost: i64) -> Charge {
    Charge {
        key: Key {
            currency: Currency::usd(),
            day: day.parse().unwrap(),
            provider: "AWS".into(),
            billing_account: "1".into(),
            account: account.into(),
            service: "Compute".into(),
            region: None,
            category: ChargeCategory::Usage,
            part: Part::Usage,
            tagged: None,
            resource: None,
            tags: Vec::new(),
        },
        sums: Sums {
            billed: Some(cost.into()),
            rows: 1,
            ..Sums::default()
        },
    }
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

#[test]
fn the_month_is_that_of_the_last_charge() {
    let charges = [
        charge("2026-10-31", "a", 1),
        charge("2026-11-01", "a", 2),
        charge("2026-11-18", "a", 4),
        charge("2026-11-19", "a", 8),
    ];
    let months = Month::of(&charges, time("2026-11-20T06:00:00Z"), Basis::Billed);
    let [month] = &months[..] else { unreachable!() };
    assert_eq!(
        (month.name(), month.to_date.billed),
        ("2026-11".into(), Some(14.into()))
    );
    assert_eq!(month.closed_until.unwrap().to_string(), "2026-11-17");
    // On the first of December nothing of it is charged yet: November is the month to look at, and it is closed
    // on the third.
    let months = Month::of(&charges, time("2026-12-03T06:00:00Z"), Basis::Billed);
    assert_eq!(months[0].name(), "2026-11");
    assert_eq!(months[0].closed_until.unwrap().to_string(), "2026-11-30");
}

#[test]
fn a_budget_counts_what_it_is_for_and_tells_what_is_reached() {
    let charges = [charge("2026-11-01", "a", 90), charge("2026-11-02", "b", 50)];
    let budget = |amount: i64, only: &[(Dimension, Text)]| Budget {
        name: "shop".into(),
        amount: amount.into(),
        currency: Currency::usd(),
        only: only.to_vec(),
        basis: Basis::Billed,
        thresholds: vec![80.into(), 100.into()],
    };
    let budgets = [
        budget(100, &[]),
        budget(100, &[(Dimension::Account, "a".into())]),
        budget(100, &[(Dimension::Account, "c".into())]),
        budget(0, &[]),
    ];
    let spent = spending(&budgets, &charges, &[], time("2026-11-20T06:00:00Z"));
    let told: Vec<_> = spent
        .iter()
        .map(|spending| {
            (
                spending.percent.to_string(),
                spending.reached.len(),
                spending.is_over(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("140".into(), 2, true),
            ("90".into(), 1, false),
            ("0".into(), 0, false),
            ("100".into(), 2, true),
        ]
    );
}

#[test]
fn what_the_bill_does_not_have_is_not_told_as_nothing_spent() {
    let budget = |basis: Basis, currency: &str| Budget {
        name: "all".into(),
        amount: 100.into(),
        currency: Currency(currency.into()),
        only: Vec::new(),
        basis,
        thresholds: vec![100.into()],
    };
    let budgets = [
        budget(Basis::Billed, "USD"),
        budget(Basis::Effective, "USD"),
        budget(Basis::Billed, "EUR"),
    ];
    let untold = |charges: &[Charge], as_of: &str| -> Vec<Option<&'static str>> {
        let spent = spending(&budgets, charges, &[], time(as_of));
        spent.iter().map(|one| one.untold).collect()
    };
    let billed = [charge("2026-11-01", "a", 90)];
    let no_effective = Some("charges of it have no effective cost");
    let no_euro = Some("no charge of the bill is in its currency");
    let expected = [None, no_effective, no_euro];
    assert_eq!(untold(&billed, "2026-11-20T06:00:00Z"), expected);
    // Before the first charge of a month the month before is the one to look at.
    assert_eq!(untold(&billed, "2026-12-02T06:00:00Z"), expected);
    // An amortised export beside one with both sums: what is known is not all of it.
    let mut both = charge("2026-11-01", "a", 90);
    both.sums.effective = both.sums.billed;
    let mut amortised = charge("2026-11-01", "b", 90);
    amortised.sums.effective = amortised.sums.billed.take();
    let no_billed = Some("charges of it have no billed cost");
    assert_eq!(
        untold(&[both, amortised], "2026-11-20T06:00:00Z"),
        [no_billed, None, no_euro]
    );
}
