use chrono::NaiveDate;
use orch_model::ChargeCategory;

use super::*;
use crate::charge::{Key, Part, Sums};

fn charge(day: u32, service: &str, tag: Option<&str>, cost: i64) -> Charge {
    Charge {
        key: Key {
            currency: Currency::usd(),
            day: NaiveDate::from_ymd_opt(2026, 11, day).unwrap(),
            provider: "AWS".into(),
            billing_account: "1".into(),
            account: "2".into(),
            service: service.into(),
            region: None,
            category: ChargeCategory::Usage,
            part: Part::Usage,
            tagged: Some(tag.is_some()),
            resource: None,
            tags: vec![tag.map(Text::new)],
        },
        sums: Sums {
            billed: Some(cost.into()),
            rows: 1,
            ..Sums::default()
        },
    }
}

#[test]
fn a_bill_is_grouped_by_service_and_tag_the_largest_first() {
    let charges = [
        charge(1, "Compute", Some("a"), 10),
        charge(2, "Compute", Some("a"), 20),
        charge(2, "Compute", None, 50),
        charge(1, "Storage", Some("a"), 20),
    ];
    let by: Vec<Dimension> = ["service", "tag:team"]
        .map(|word| word.parse().unwrap())
        .into();
    let groups = groups(charges.iter(), &by, &["team".into()], Basis::Billed);
    let told: Vec<String> = groups
        .iter()
        .map(|group| {
            format!(
                "{:?} {} {}",
                group.values,
                group.costs.of(Basis::Billed),
                group.percent.unwrap()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "[Some(\"Compute\"), None] 50 50",
            "[Some(\"Compute\"), Some(\"a\")] 30 30",
            "[Some(\"Storage\"), Some(\"a\")] 20 20",
        ]
    );
}

#[test]
fn days_stay_in_their_order() {
    let charges = [
        charge(2, "Compute", None, 50),
        charge(1, "Compute", None, 10),
    ];
    let groups = groups(charges.iter(), &[Dimension::Day], &[], Basis::Billed);
    assert_eq!(groups[0].values, [Some("2026-11-01".into())]);
}

#[test]
fn only_known_words_are_dimensions() {
    assert!("tag:".parse::<Dimension>().is_err());
    assert!("services".parse::<Dimension>().is_err());
    assert_eq!("tag:a:b".parse(), Ok(Dimension::Tag("a:b".into())));
    assert!(Dimension::words().contains(&"tag:KEY".to_owned()));
}
