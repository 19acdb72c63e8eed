//! Laws of the simulation.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Plan, Terms, plan};

/// Spend of hours in cents: often alike, often nothing, so that corners and flat stretches come up.
fn spend() -> impl Strategy<Value = Vec<u32>> {
    let hour = prop_oneof![Just(0), Just(40), 0_u32..120];
    prop::collection::vec(hour, 1..60)
}

fn money(cents: &[u32]) -> Vec<Decimal> {
    cents
        .iter()
        .map(|cents| Decimal::new((*cents).into(), 2))
        .collect()
}

fn terms(percent: u32) -> Terms {
    Terms {
        discount: Decimal::new(percent.into(), 2),
        months: Some(12),
        upfront: Decimal::ONE,
    }
}

fn best(cents: &[u32], percent: u32) -> Plan {
    plan(&money(cents), &terms(percent)).unwrap()
}

/// What all hours cost with a commitment, as the product is defined: c + max(0, s × (1 − d) − c) ÷ (1 − d).
fn cost(cents: &[u32], percent: u32, commitment: Decimal) -> Decimal {
    let open = Decimal::ONE - terms(percent).discount;
    let hour = |spend: &Decimal| {
        let above = (*spend * open - commitment).max(Decimal::ZERO);
        commitment + above / open
    };
    money(cents).iter().map(hour).sum()
}

proptest! {
    /// No commitment of a fine grid, a tenth of a cent apart, costs less.
    #[test]
    fn nothing_on_a_fine_grid_is_better(cents in spend(), percent in 1_u32..=99) {
        let plan = best(&cents, percent);
        let own = cost(&cents, percent, plan.best.commitment);
        let tolerance = Decimal::new(1, 12);
        for step in 0..=1200_i64 {
            let other = cost(&cents, percent, Decimal::new(step, 3));
            prop_assert!(own <= other + tolerance, "{} at {}", plan.best.commitment, step);
        }
        let stated = plan.best.hourly * Decimal::from(cents.len());
        prop_assert!((stated - own).abs() <= tolerance);
    }

    /// Of several that cost the same it is the smallest: a cent less costs more.
    #[test]
    fn it_is_the_smallest_of_the_best(cents in spend(), percent in 1_u32..=99) {
        let plan = best(&cents, percent);
        if plan.best.commitment > Decimal::ZERO {
            let less = plan.best.commitment - Decimal::new(1, 6);
            prop_assert!(cost(&cents, percent, less) > cost(&cents, percent, plan.best.commitment));
        }
    }

    #[test]
    fn it_never_costs_more_than_no_commitment(cents in spend(), percent in 1_u32..=99) {
        let plan = best(&cents, percent);
        prop_assert!(plan.best.monthly_saving >= Decimal::ZERO);
        for point in &plan.curve {
            prop_assert!(point.monthly_saving >= Decimal::ZERO);
            prop_assert!(point.monthly_saving <= plan.best.monthly_saving);
        }
    }

    #[test]
    fn more_spend_never_makes_it_smaller(cents in spend(), more in spend(), percent in 1_u32..=99) {
        let sum: Vec<u32> = cents
            .iter()
            .enumerate()
            .map(|(i, cents)| cents + more.get(i).copied().unwrap_or_default())
            .collect();
        prop_assert!(best(&sum, percent).best.commitment >= best(&cents, percent).best.commitment);
    }

    #[test]
    fn the_order_of_the_hours_is_the_same(mut cents in spend(), percent in 1_u32..=99) {
        let forth = best(&cents, percent);
        cents.reverse();
        prop_assert_eq!(forth, best(&cents, percent));
    }

    /// Used to the break-even and no further, a commitment costs what its usage would have cost on demand: of ten
    /// equal hours, so many are used that the part is 1 − d.
    #[test]
    fn at_the_break_even_it_saves_nothing(used in 1_u32..=9, cents in 1_u32..=500) {
        let percent = 100 - 10 * used;
        let hours: Vec<u32> = (0..10).map(|i| if i < used { cents } else { 0 }).collect();
        let plan = best(&hours, percent);
        prop_assert_eq!(plan.break_even, Decimal::from(10 * used));
        let open = Decimal::ONE - terms(percent).discount;
        let all = Decimal::new(cents.into(), 2) * open;
        prop_assert_eq!(cost(&hours, percent, all), money(&hours).iter().sum::<Decimal>());
        // Used more than that it saves, used less it loses.
        let more: Vec<u32> = (0..10).map(|i| if i <= used { cents } else { 0 }).collect();
        prop_assert!(cost(&more, percent, all) < money(&more).iter().sum::<Decimal>());
        let less: Vec<u32> = (0..10).map(|i| if i + 1 < used { cents } else { 0 }).collect();
        prop_assert!(cost(&less, percent, all) > money(&less).iter().sum::<Decimal>());
    }

    /// Everything paid at once comes back exactly when the usage has lasted as long as it must.
    #[test]
    fn all_upfront_is_paid_back_when_it_has_lasted(cents in spend(), percent in 1_u32..=99) {
        let plan = best(&cents, percent);
        if let (Some(payback), Some(last)) = (plan.payback_months, plan.must_last_months) {
            prop_assert!((payback - last).abs() < Decimal::new(1, 9));
            prop_assert!(last <= Decimal::from(12));
        }
    }
}
