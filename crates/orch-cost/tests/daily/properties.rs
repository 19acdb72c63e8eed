//! Laws: what must hold for any bill.

use chrono::{Days, NaiveDate};
use orch_cost::anomaly::{Anomaly, AnomalyParams, anomalies};
use orch_cost::daily::DailySeries;
use orch_cost::forecast::{ForecastParams, forecast};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::generator::{Asked, generate};

fn bill(seed: u64) -> DailySeries {
    generate(seed, 1, Asked::Mixed).remove(0).series
}

/// Any bill of whole amounts, from credits to spikes, with stretches of nothing.
fn wild() -> impl Strategy<Value = DailySeries> {
    let amount = prop_oneof![Just(0_i64), -50..50_i64, 90..110_i64, 0..100_000_i64];
    (
        proptest::collection::vec((amount, 1..9_usize), 1..40),
        0..365_u64,
    )
        .prop_map(|(runs, day)| DailySeries {
            key: bill(1).key,
            start: NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day") + Days::new(day),
            values: runs
                .into_iter()
                .flat_map(|(amount, days)| std::iter::repeat_n(Decimal::from(amount), days))
                .collect(),
        })
}

fn detections(found: &[Anomaly]) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> = found.iter().map(|one| one.detected).collect();
    days.sort_unstable();
    days
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_is_the_same_each_time_and_in_any_order(seeds in proptest::collection::vec(any::<u64>(), 2..6)) {
        let mut all: Vec<DailySeries> = seeds.into_iter().map(bill).collect();
        for (number, one) in all.iter_mut().enumerate() {
            one.key.account = format!("{number}").into();
        }
        let params = AnomalyParams::default();
        let first = anomalies(&all, &params);
        all.reverse();
        prop_assert_eq!(&first, &anomalies(&all, &params));
        prop_assert_eq!(&first, &anomalies(&all, &params));
    }

    #[test]
    fn a_larger_currency_unit_scales_the_money_and_nothing_else(seed: u64, by in prop_oneof![Just(2_i64), Just(100), Just(150)]) {
        let one = bill(seed);
        let by = Decimal::from(by);
        let mut scaled = one.clone();
        for value in &mut scaled.values {
            *value *= by;
        }
        let params = AnomalyParams::default();
        let dearer = AnomalyParams { absolute_floor: params.absolute_floor * by, ..params.clone() };
        let before = anomalies(&[one], &params).found;
        let after = anomalies(&[scaled], &dearer).found;
        prop_assert_eq!(detections(&before), detections(&after));
        for (before, after) in before.iter().zip(&after) {
            prop_assert_eq!((before.kind, before.first_day, before.last_day, before.state), (after.kind, after.first_day, after.last_day, after.state));
            // Expected amounts are rounded to four digits.
            let slack = by * Decimal::new(1, 3) * Decimal::from(before.days.len());
            prop_assert!((before.impact * by - after.impact).abs() <= slack, "{} {}", before.impact, after.impact);
        }
    }

    #[test]
    fn a_bill_that_is_always_the_same_raises_nothing(cents in -10_000_000..10_000_000_i64, days in 1..200_usize) {
        let mut one = bill(1);
        one.values = vec![Decimal::new(cents, 2); days];
        prop_assert!(anomalies(&[one], &AnomalyParams::default()).found.is_empty());
    }

    #[test]
    fn what_comes_later_changes_no_detection(seed: u64, cut in 20..150_usize) {
        let one = bill(seed);
        let mut begun = one.clone();
        begun.values.truncate(cut);
        let last = begun.last().expect("days");
        let all = detections(&anomalies(&[one], &AnomalyParams::default()).found);
        let seen: Vec<NaiveDate> = all.into_iter().filter(|day| *day <= last).collect();
        prop_assert_eq!(detections(&anomalies(&[begun], &AnomalyParams::default()).found), seen);
    }

    #[test]
    fn any_bill_is_borne_and_every_impact_adds_up(one in wild()) {
        for found in anomalies(std::slice::from_ref(&one), &AnomalyParams::default()).found {
            let sum: Decimal = found.days.iter().map(|day| day.actual - day.expected).sum();
            prop_assert_eq!(sum, found.impact);
            prop_assert!(found.first_day <= found.last_day && found.first_day <= found.detected);
            prop_assert!(found.score.is_finite());
            for day in &found.days {
                prop_assert_eq!(Some(day.actual), one.on(day.day));
            }
        }
        if let Ok(ahead) = forecast(&one, 30, &ForecastParams::default()) {
            let sum: Decimal = ahead.days.iter().map(|day| day.expected).sum();
            prop_assert_eq!(sum, ahead.total);
            prop_assert!(ahead.within_80.contains(ahead.total));
            prop_assert!(ahead.within_95.low <= ahead.within_80.low && ahead.within_80.high <= ahead.within_95.high);
        }
    }
}
