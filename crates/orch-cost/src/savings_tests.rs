//! Totals of savings, computed by hand.

use orch_model::{Category, Confidence, Fingerprint, Kind, Money, Provider, Rank, Scope, Severity};

use super::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn finding(uid: &str, amount: &str, derived: bool, adds: bool) -> Finding {
    Finding {
        fingerprint: Fingerprint("0".into()),
        rule: "r".into(),
        resource: Uid::new(uid),
        name: uid.into(),
        kind: Kind::ComputeInstance,
        scope: Scope::new(Provider::Aws, "aws", "111122223333", "us-east-1"),
        key: None,
        category: Category::Cost,
        severity: Severity::Low,
        confidence: Confidence::High,
        title: "t".into(),
        message: String::new(),
        evidence: Vec::new(),
        saving: Some(Saving {
            monthly: Money::usd(dec(amount)),
            derived,
            adds,
        }),
        saving_unknown: None,
        rank: Rank {
            total: dec("0"),
            risk: dec("0"),
            money: dec("0"),
        },
        state: State::Open,
    }
}

#[test]
fn the_largest_alternative_counts_and_what_adds_comes_on_top() {
    let findings = [
        finding("a", "70.08", false, false),
        finding("a", "35.04", false, false),
        finding("a", "3.65", false, true),
        finding("b", "8", false, false),
    ];
    let total = savings(&findings, false);
    assert_eq!(total.monthly[&Currency::usd()], dec("81.73"));
    assert_eq!(
        (total.resources, total.derived_left_out.is_empty()),
        (2, true)
    );
}

#[test]
fn derived_savings_count_only_when_asked_for_and_are_named_otherwise() {
    let findings = [
        finding("a", "100", true, false),
        finding("a", "40", false, false),
        finding("b", "10", true, false),
    ];
    let total = savings(&findings, false);
    assert_eq!(total.monthly[&Currency::usd()], dec("40"));
    assert_eq!(total.derived_left_out[&Currency::usd()], dec("70"));
    let total = savings(&findings, true);
    assert_eq!(
        (total.monthly[&Currency::usd()], total.resources),
        (dec("110"), 2)
    );
    assert!(total.derived_left_out.is_empty());
}

#[test]
fn waived_findings_and_other_currencies_do_not_mix_in() {
    let mut waived = finding("a", "100", false, false);
    waived.state = State::Waived {
        reason: "needed".into(),
        owner: "ops".into(),
        until: "2026-12-31".parse().unwrap(),
    };
    let mut euro = finding("b", "5", false, false);
    euro.saving.as_mut().unwrap().monthly.currency = Currency("EUR".into());
    let total = savings(&[waived, euro, finding("c", "7", false, false)], false);
    assert_eq!(
        total.monthly,
        BTreeMap::from([
            (Currency("EUR".into()), dec("5")),
            (Currency::usd(), dec("7"))
        ])
    );
}
