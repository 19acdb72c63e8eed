//! Figures computed by hand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration};
use orch_model::{Currency, Provider, Text, Time};
use rust_decimal::Decimal;

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn shown(amount: Option<Decimal>) -> String {
    amount.map_or("–".into(), |amount| {
        amount.round_dp(4).normalize().to_string()
    })
}

fn terms(discount: &str, months: u32, upfront: &str) -> Terms {
    Terms {
        discount: decimal(discount),
        months: Some(months),
        upfront: decimal(upfront),
    }
}

/// Ten hours: five of 10, three of 20, two of 30; 170 in all, 17 in the mean.
fn ten() -> Vec<Decimal> {
    [10, 10, 10, 10, 10, 20, 20, 20, 30, 30]
        .map(Decimal::from)
        .into()
}

/// With 30 % off, hours may exceed the level if they are no more than 10 × 0.7 = 7: all ten exceed 0, five exceed 10, so
/// the level is 10 and the commitment 10 × 0.7 = 7 an hour.
/// 1. all hours: 10 × 7 + 3 × (20 − 10) + 2 × (30 − 10) = 140, 14 an hour
/// 2. saving: (170 − 140) ÷ 10 × 730 = 2,190 a month
/// 3. used: every hour spends 10, so 100 %; covered: 100 of 170 = 58.8235 %
/// 4. half of it (level 5, commitment 3.5): 10 × 3.5 + (170 − 50) = 155; saves 15 ÷ 10 × 730 = 1,095; covers 29.4118 %
/// 5. break-even: 70 %
/// 6. it must last 12 × 7 ÷ 10 = 8.4 months; nothing is paid at its begin, so nothing is paid back
#[test]
fn the_best_commitment_of_ten_hours_at_thirty_percent() {
    let plan = plan(&ten(), &terms("0.3", 12, "0")).unwrap();
    assert_eq!(plan.best.commitment, Decimal::from(7));
    assert_eq!(plan.on_demand, Decimal::from(17));
    assert_eq!(plan.best.hourly, Decimal::from(14));
    assert_eq!(plan.best.monthly_saving, Decimal::from(2190));
    assert_eq!(shown(plan.best.utilisation), "100");
    assert_eq!(shown(plan.best.coverage), "58.8235");
    assert_eq!(plan.curve[0].of_best, 50);
    assert_eq!(plan.curve[0].commitment, decimal("3.5"));
    assert_eq!(plan.curve[0].monthly_saving, Decimal::from(1095));
    assert_eq!(shown(plan.curve[0].coverage), "29.4118");
    assert_eq!(plan.curve.last(), Some(&plan.best));
    assert_eq!(plan.break_even, Decimal::from(70));
    assert_eq!(shown(plan.must_last_months), "8.4");
    assert_eq!(shown(plan.payback_months), "–");
    assert_eq!(plan.range, (Decimal::from(10), Decimal::from(30)));
}

/// With 60 % off, no more than 4 hours may exceed the level: five exceed 10, two exceed 20, so it is 20 and the
/// commitment 8 an hour.
/// 1. all hours: 10 × 8 + 2 × 10 = 100; saving: 70 ÷ 10 × 730 = 5,110 a month
/// 2. used: 5 × 10 + 5 × 20 = 150 of 200 = 75 %; covered: 150 of 170 = 88.2353 %
/// 3. half paid at its begin: 8 × 730 × 12 × 0.5 = 35,040; a month then replaces 15 × 730 = 10,950 for 2,920, so it is
///    back after 35,040 ÷ 8,030 = 4.3636 months
/// 4. the usage must last 12 × 8 ÷ 15 = 6.4 months
#[test]
fn the_best_commitment_of_ten_hours_at_sixty_percent() {
    let plan = plan(&ten(), &terms("0.6", 12, "0.5")).unwrap();
    assert_eq!(plan.best.commitment, Decimal::from(8));
    assert_eq!(plan.best.monthly_saving, Decimal::from(5110));
    assert_eq!(shown(plan.best.utilisation), "75");
    assert_eq!(shown(plan.best.coverage), "88.2353");
    assert_eq!(shown(plan.upfront), "35040");
    assert_eq!(shown(plan.payback_months), "4.3636");
    assert_eq!(shown(plan.must_last_months), "6.4");
}

#[test]
fn no_commitment_where_most_hours_cost_nothing() {
    // Used in 3 of 10 hours: below the break-even of 70 %.
    let spend: Vec<Decimal> = (0..10)
        .map(|i| if i < 3 { Decimal::TEN } else { Decimal::ZERO })
        .collect();
    let none = plan(&spend, &terms("0.3", 12, "0")).unwrap();
    assert_eq!(none.best.commitment, Decimal::ZERO);
    assert_eq!(none.best.monthly_saving, Decimal::ZERO);
    assert_eq!(none.best.utilisation, None);
    assert_eq!(plan(&[], &terms("0.3", 12, "0")), None);
    assert_eq!(plan(&spend, &terms("0", 12, "0")), None);
    assert_eq!(plan(&spend, &terms("1", 12, "0")), None);
}

fn start() -> Time {
    DateTime::parse_from_rfc3339("2026-11-01T00:00:00Z")
        .unwrap()
        .to_utc()
}

fn hour(at: i64) -> Option<Time> {
    Some(start() + Duration::hours(at))
}

fn place(account: &str, region: &str, family: &str) -> Place {
    Place {
        currency: Currency::usd(),
        provider: "AWS".into(),
        billing_account: "1".into(),
        account: account.into(),
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

fn plan_1() -> Option<(Text, Option<Text>)> {
    Some(("sp-1".into(), Some("Savings Plan".into())))
}

/// 14 days of hours in m5: 6 on demand by day (12 hours) and 2 by night; the same plan covers 10 at list for 7 by day
/// and leaves 3.5 of its 7 unused by night, when it covers 5. c5 has 1 on demand in every hour.
fn fortnight() -> Usage {
    let mut usage = Usage::default();
    let (m5, c5) = (place("2", "eu-west-1", "m5"), place("2", "eu-west-1", "c5"));
    for at in 0..14 * 24 {
        let day = at % 24 < 12;
        let (spend, list, part) = if day {
            ("6", "10", "7")
        } else {
            ("2", "5", "3.5")
        };
        usage.add(
            m5.clone(),
            &used(Role::OnDemand, spend, spend),
            hour(at),
            None,
            1,
        );
        usage.add(
            m5.clone(),
            &used(Role::Covered, list, part),
            hour(at),
            plan_1(),
            1,
        );
        if !day {
            usage.add(
                m5.clone(),
                &used(Role::Unused, "", "3.5"),
                hour(at),
                plan_1(),
                1,
            );
        }
        usage.add(
            c5.clone(),
            &used(Role::OnDemand, "1", "1"),
            hour(at),
            None,
            1,
        );
    }
    usage
}

fn window() -> Window {
    Window {
        from: start(),
        until: start() + Duration::days(14),
    }
}

/// Over 168 hours by day and 168 by night:
/// 1. m5 covered: 168 × 10 + 168 × 5 = 2,520; on demand 168 × 6 + 168 × 2 = 1,344; 2,520 ÷ 3,864 = 65.2174 %
/// 2. the lowest hour of m5 is by day, 10 ÷ 16 = 62.5 %, first at 00:00 of the first day (by night 5 ÷ 7 = 71.4 %)
/// 3. the plan: used 168 × 7 + 168 × 3.5 = 1,764; unused 588; 75 %; lowest by night, 50 %, first at 12:00
/// 4. all: on demand 1,344 + 336 = 1,680; 2,520 ÷ 4,200 = 60 %
#[test]
fn coverage_and_utilisation_of_a_fortnight() {
    let report = report(&fortnight(), window());
    let [m5, c5] = &report.places[..] else {
        panic!("two places");
    };
    assert_eq!(
        (
            m5.coverage.hours,
            m5.coverage.covered,
            m5.coverage.on_demand
        ),
        (336, Decimal::from(2520), Decimal::from(1344))
    );
    assert_eq!(shown(m5.coverage.percent), "65.2174");
    assert_eq!(m5.coverage.lowest, Some((start(), decimal("62.5"))));
    assert_eq!(shown(c5.coverage.percent), "0");
    let [plan] = &report.commitments[..] else {
        panic!("one commitment");
    };
    assert_eq!(
        (plan.used, plan.unused),
        (Decimal::from(1764), Decimal::from(588))
    );
    assert_eq!(shown(plan.percent), "75");
    assert_eq!(plan.lowest, Some((hour(12).unwrap(), Decimal::from(50))));
    let [all] = &report.providers[..] else {
        panic!("one provider");
    };
    assert_eq!(shown(all.coverage.percent), "60");
    assert_eq!(shown(all.utilisation), "75");
    assert_eq!(all.hours.len(), 336);
    assert_eq!(shown(all.hours[12].coverage), "62.5");
    assert_eq!(shown(all.hours[12].utilisation), "50");
    assert!(report.unknown.is_empty());
}

fn offer(name: &str, discount: &str) -> Offer {
    Offer {
        kind: OfferKind::named(name).unwrap(),
        terms: terms(discount, 12, "0"),
    }
}

/// A compute plan at 30 % over all of it, 7 an hour by day and 3 by night: 235.2 of 336 hours may exceed the level; 336
/// exceed 0, 168 exceed 3, so it is 3 and the commitment 2.10; it saves 3 × 0.3 × 730 = 657 a month, all of it used.
/// The bill shows for m5 in eu-west-1: 1,764 paid for 2,520, 30 %; on m5 alone the level is 2: 2 × 0.3 × 730 = 438.
#[test]
fn advice_on_a_fortnight() {
    let of = advise(
        &fortnight(),
        window(),
        &[offer("aws-compute-savings-plan", "0.3")],
        &Pending::Done,
        LEAST_DAYS,
    );
    assert!(of.refused.is_empty() && of.left_out.is_empty(), "{of:?}");
    let [all, m5] = &of.advice[..] else {
        panic!("two: {of:?}");
    };
    assert_eq!(all.rate.name(), "aws-compute-savings-plan");
    assert_eq!(all.plan.best.commitment, decimal("2.1"));
    assert_eq!(all.plan.best.monthly_saving, Decimal::from(657));
    assert_eq!(m5.rate.name(), "as-the-bill");
    assert_eq!(m5.terms.discount, decimal("0.3"));
    assert_eq!(m5.plan.best.monthly_saving, Decimal::from(438));
    assert_eq!(
        m5.pool.narrow,
        Some((Some("eu-west-1".into()), "m5".into()))
    );
    assert_eq!((m5.plan.upfront, m5.plan.must_last_months), (None, None));
}

fn known(open: &[(&str, &str)], seen: &[&str]) -> Pending {
    Pending::Known {
        open: open
            .iter()
            .map(|(region, family)| {
                let open = Open {
                    provider: Provider::Aws,
                    account: "2".into(),
                    region: (*region).into(),
                    family: (*family).into(),
                };
                (open, BTreeMap::from([("to right-size", 3)]))
            })
            .collect(),
        seen: seen
            .iter()
            .map(|region| (Provider::Aws, "2".into(), (*region).into()))
            .collect::<BTreeSet<_>>(),
    }
}

/// Without m5 only the 1 an hour of c5 is left: 0.70 an hour, 1 × 0.3 × 730 = 219 a month.
#[test]
fn what_is_still_to_be_right_sized_is_left_out() {
    let offers = [offer("aws-compute-savings-plan", "0.3")];
    let of = |pending: &Pending| advise(&fortnight(), window(), &offers, pending, LEAST_DAYS);
    let some = of(&known(&[("eu-west-1", "m5")], &["eu-west-1"]));
    let [advice] = &some.advice[..] else {
        panic!("one: {some:?}");
    };
    assert_eq!(advice.plan.best.commitment, decimal("0.7"));
    assert_eq!(advice.plan.best.monthly_saving, Decimal::from(219));
    let [left] = &some.left_out[..] else {
        panic!("one: {some:?}");
    };
    assert_eq!(
        (left.place.scope.family.as_str(), left.hourly),
        ("m5", Decimal::from(4))
    );
    assert_eq!(left.why, "of its machines 3 to right-size");
    let [refused] = &some.refused[..] else {
        panic!("one: {some:?}");
    };
    assert_eq!(
        refused
            .pool
            .narrow
            .as_ref()
            .map(|(_, family)| family.as_str()),
        Some("m5")
    );
    assert!(
        refused
            .why
            .contains("delete → right-size → schedule → commit"),
        "{}",
        refused.why
    );

    // Recommendations elsewhere are no reason; a region that was not read is one.
    let other = of(&known(&[("us-east-1", "m5")], &["eu-west-1", "us-east-1"]));
    assert_eq!((other.advice.len(), other.left_out.len()), (2, 0));
    let unread = of(&known(&[], &["us-east-1"]));
    assert_eq!((unread.advice.len(), unread.left_out.len()), (0, 2));
    let not_known = of(&Pending::NotKnown);
    assert!(not_known.advice.is_empty());
    assert!(not_known.left_out[0].why.contains("--rightsized"));
}

#[test]
fn thirteen_days_are_too_few_and_days_are_no_hours() {
    let short = Window {
        until: start() + Duration::days(13),
        ..window()
    };
    let of = advise(
        &fortnight(),
        short,
        &[offer("aws-compute-savings-plan", "0.3")],
        &Pending::Done,
        LEAST_DAYS,
    );
    assert!(of.advice.is_empty());
    assert_eq!(
        of.refused[0].why,
        "it takes 14 days of hours, and the bill has 312 hours"
    );

    let mut usage = Usage::default();
    let m5 = place("2", "eu-west-1", "m5");
    usage.add(m5.clone(), &used(Role::OnDemand, "24", "24"), None, None, 1);
    usage.add(m5, &used(Role::Covered, "10", "7"), None, plan_1(), 2);
    let report = report(&usage, window());
    assert!(report.providers.is_empty() && report.places.is_empty());
    assert_eq!(report.commitments[0].percent, None);
    let [unknown] = &report.unknown[..] else {
        panic!("one");
    };
    assert_eq!((unknown.rows, unknown.cost), (3, Decimal::from(31)));
    assert!(unknown.enable.contains("HOURLY"));
}

/// What a savings plan left unused in a month is no figure of an hour.
#[test]
fn a_part_that_is_told_of_a_month_makes_no_hourly_utilisation() {
    let mut usage = fortnight();
    usage.add(
        place("2", "eu-west-1", "m5"),
        &used(Role::Unused, "", "100"),
        None,
        plan_1(),
        1,
    );
    let report = report(&usage, window());
    assert_eq!(report.commitments[0].percent, None);
    assert_eq!(report.commitments[0].unused, Decimal::from(688));
    assert!(
        report.commitments[0]
            .unknown
            .unwrap()
            .contains("longer than an hour")
    );
    assert_eq!(report.providers[0].utilisation, None);
    assert_eq!(shown(report.providers[0].coverage.percent), "60");
    assert!(report.unknown.is_empty());
}

#[test]
fn two_files_add_up() {
    let mut sum = Usage::default();
    sum.merge(fortnight());
    sum.merge(fortnight());
    let report = report(&sum, window());
    assert_eq!(report.places[0].coverage.on_demand, Decimal::from(2688));
    assert_eq!(report.commitments[0].used, Decimal::from(3528));
    assert_eq!(shown(report.commitments[0].percent), "75");
}

/// 14 days of 6 and 2 are 4 an hour, also where more days were asked for than the bill has.
#[test]
fn what_is_left_out_costs_by_the_hours_of_the_bill() {
    let asked = Window {
        from: start() - Duration::days(16),
        ..window()
    };
    let of = advise(
        &fortnight(),
        asked,
        &[offer("aws-compute-savings-plan", "0.3")],
        &Pending::NotKnown,
        LEAST_DAYS,
    );
    assert_eq!(of.left_out[0].hourly, Decimal::from(4));
}

#[cfg(feature = "billing-files")]
#[test]
fn rows_that_may_be_anything_leave_every_coverage_of_the_provider_open() {
    let mut usage = fortnight();
    usage.unnamed(&"AWS".into(), &Currency::usd(), Decimal::TEN, 3);
    let report = report(&usage, window());
    let of = |coverage: &Coverage| (coverage.percent, coverage.lowest);
    assert_eq!(of(&report.providers[0].coverage), (None, None));
    assert!(
        report
            .places
            .iter()
            .all(|one| of(&one.coverage) == (None, None))
    );
    let mut hours = report.providers[0].hours.iter();
    assert!(hours.all(|hour| hour.coverage.is_none()));
    // What was used of the commitments is known all the same.
    assert_eq!(shown(report.providers[0].utilisation), "75");
}
