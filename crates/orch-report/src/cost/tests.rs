//! What a bill with commitments and several currencies looks like.

use chrono::{DateTime, Duration};
use orch_cost::bill::{Basis, Period};
use orch_cost::charge::{Charge, Key, Part, Sums};
use orch_cost::commitment::{
    Group, LEAST_DAYS, Offer, OfferKind, Open, Pending, Place, Role, Scope, Terms, Usage, Use,
    Window, advise, report,
};
use orch_cost::rates::{Rate, Rates, convert};
use orch_model::{ChargeCategory, Currency, Provider, Time};
use rust_decimal::Decimal;

use super::{COST_FORMATS, CostInput, CostView, build, v1};
use crate::View;

fn start() -> Time {
    DateTime::parse_from_rfc3339("2026-11-01T00:00:00Z")
        .unwrap()
        .to_utc()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn charge(currency: &str, day: i64, billed: &str) -> Charge {
    Charge {
        key: Key {
            currency: Currency(currency.into()),
            day: (start() + Duration::days(day)).date_naive(),
            provider: "AWS".into(),
            billing_account: "1".into(),
            account: "2".into(),
            service: "EC2".into(),
            region: Some("eu-west-1".into()),
            category: ChargeCategory::Usage,
            part: Part::Usage,
            tagged: None,
            resource: None,
            tags: Vec::new(),
        },
        sums: Sums {
            billed: Some(decimal(billed)),
            rows: 1,
            ..Sums::default()
        },
    }
}

fn place(region: &str, family: &str) -> Place {
    Place {
        currency: Currency::usd(),
        provider: "AWS".into(),
        billing_account: "1".into(),
        account: "2".into(),
        region: Some(region.into()),
        scope: Scope {
            group: Group::Compute,
            family: family.into(),
            machines: true,
        },
    }
}

fn used(role: Role, list: &str, cost: &str) -> Use {
    Use {
        role,
        list: list.parse().ok(),
        cost: cost.parse().ok(),
    }
}

/// Fourteen days: m5 with a plan that is half unused by night, c5 on demand, r5 with machines to right-size; a
/// reservation whose unused part is told of the month; a day of Azure.
fn usage() -> Usage {
    let mut usage = Usage::default();
    let (m5, c5) = (place("eu-west-1", "m5"), place("eu-west-1", "c5"));
    let r5 = place("eu-west-1", "r5");
    let of = |id: &str, kind: &str| Some((id.into(), Some(kind.into())));
    for at in 0..14 * 24 {
        let hour = Some(start() + Duration::hours(at));
        let (spend, list, part, rest) = match at % 24 < 12 {
            true => ("6", "10", "7", "0"),
            false => ("2", "5", "3.5", "3.5"),
        };
        usage.add(
            m5.clone(),
            &used(Role::OnDemand, spend, spend),
            hour,
            None,
            1,
        );
        let plan = of("arn:aws:savingsplans::1:savingsplan/a|b", "Savings Plan");
        usage.add(
            m5.clone(),
            &used(Role::Covered, list, part),
            hour,
            plan.clone(),
            1,
        );
        usage.add(m5.clone(), &used(Role::Unused, "", rest), hour, plan, 1);
        usage.add(c5.clone(), &used(Role::OnDemand, "1", "1"), hour, None, 1);
        usage.add(r5.clone(), &used(Role::OnDemand, "3", "3"), hour, None, 1);
        let reserved = of("ri-1", "Reserved Instance");
        usage.add(
            r5.clone(),
            &used(Role::Covered, "2", "1.2"),
            hour,
            reserved,
            1,
        );
    }
    let reserved = of("ri-1", "Reserved Instance");
    usage.add(r5, &used(Role::Unused, "", "40"), None, reserved, 1);
    let azure = Place {
        provider: "Microsoft".into(),
        ..place("westeurope", "Virtual Machines")
    };
    usage.add(azure, &used(Role::OnDemand, "", "48.5"), None, None, 2);
    usage
}

fn analysis() -> v1::CostAnalysis {
    let period = Period {
        from: start().date_naive(),
        to: (start() + Duration::days(15)).date_naive(),
        as_of: start() + Duration::days(16),
    };
    let window = Window::of(&period);
    let offers = [("0.3", 12, "0"), ("0.5", 36, "0.5")].map(|(discount, months, upfront)| Offer {
        kind: OfferKind::named("aws-compute-savings-plan").unwrap(),
        terms: Terms {
            discount: decimal(discount),
            months: Some(months),
            upfront: decimal(upfront),
        },
    });
    let open = Open {
        provider: Provider::Aws,
        account: "2".into(),
        region: "eu-west-1".into(),
        family: "r5".into(),
    };
    let pending = Pending::Known {
        open: [(open, [("idle", 1), ("to right-size", 2)].into())].into(),
        seen: [(Provider::Aws, "2".into(), "eu-west-1".into())].into(),
    };
    let usage = usage();
    let (report, of) = (
        report(&usage, window),
        advise(&usage, window, &offers, &pending, LEAST_DAYS),
    );
    let rates = Rates::new(
        Currency("EUR".into()),
        [("2026-11-01", "0.92"), ("2026-11-03", "0.925")].map(|(date, rate)| Rate {
            date: date.parse().unwrap(),
            from: Currency::usd(),
            rate: decimal(rate),
            source: "ECB".into(),
        }),
    );
    let charges = vec![
        charge("EUR", 0, "10"),
        charge("USD", 0, "100"),
        charge("USD", 1, "100"),
        charge("USD", 2, "40"),
    ];
    let converted = convert(charges, &rates, period.from..=period.to);
    build(CostInput {
        charges: &converted.charges,
        period,
        days: 14,
        basis: Basis::Billed,
        by: &[],
        tags: &[],
        sources: Vec::new(),
        conversions: Some((&converted.conversions, &rates.to)),
        commitments: Some((&report, &of)),
        budgets: &[],
        notes: Vec::new(),
        exit: crate::v1::Exit {
            code: 0,
            why: "the bill is complete".into(),
        },
    })
}

fn written(name: &str) -> String {
    let format = COST_FORMATS.iter().find(|format| format.name == name);
    let view = CostView {
        view: View {
            width: 140,
            colour: false,
            group_by: None,
        },
        top: 10,
    };
    let mut out = Vec::new();
    (format.unwrap().write)(&analysis(), &view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// By hand, over 168 hours by day and 168 by night:
/// 1. total: 10 + 200 × 0.92 + 40 × 0.925 = 10 + 184 + 37 = 231 EUR
/// 2. covered at list: m5 168 × (10 + 5) = 2,520, r5 336 × 2 = 672, together 3,192; on demand 168 × 8 + 336 × 4 = 2,688;
///    3,192 ÷ 5,880 = 54.3 %
/// 3. least by night (5 + 2 of 13 = 53.8 %); by day 12 of 22 = 54.5 %
/// 4. the plan: used 168 × 10.5 = 1,764, unused 588, 75 %; least 50 % by night
/// 5. at 30 % off without r5: 7 an hour by day, 3 by night; level 3 (336 × 0.7 = 235.2 may exceed, 168 do): commitment
///    2.10, saves 3 × 0.3 × 730 = 657; covers 3 of 5 in the mean = 60 %; must last 12 × 0.7 = 8.4 months
/// 6. at 50 % off: 168 may exceed, 168 do: level 3, commitment 1.50, saves 3 × 0.5 × 730 = 1,095; half of 36 months at
///    once: 1.5 × 730 × 36 ÷ 2 = 19,710, back after 19,710 ÷ (2,190 − 547.5) = 12 months; must last 18 months
/// 7. half of the first: level 1.5, commitment 1.05, saves 328.50
/// 8. as the bill, m5: 1,764 for 2,520 is 30 %; level 2: saves 2 × 0.3 × 730 = 438, covers 2 of 4 = 50 %
/// 9. left out: r5 with 3 an hour; its own discount of the bill, 403.20 for 672, is 40 %
/// 10. Azure: 2 rows of 48.50 of a day
#[test]
fn commitments_and_conversions_on_a_terminal() {
    insta::assert_snapshot!(written("table"));
}

#[test]
fn commitments_and_conversions_as_markdown() {
    insta::assert_snapshot!(written("markdown"));
}

#[test]
fn the_hours_of_commitments_as_csv() {
    let csv = written("commitments-csv");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 336);
    insta::assert_snapshot!([&lines[..2], &lines[12..15]].concat().join("\n"));
}

#[test]
fn programs_read_the_same_back() {
    let analysis = analysis();
    let json = serde_json::to_string(&analysis).unwrap();
    let back: v1::CostAnalysis = serde_json::from_str(&json).unwrap();
    assert_eq!(back.commitments, analysis.commitments);
    assert_eq!(back.conversions, analysis.conversions);
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["commitments"]["hours"] = serde_json::json!("(336 of them)");
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&serde_json::json!({
            "conversions": value["conversions"],
            "commitments": value["commitments"],
        }))
        .unwrap()
    );
}
