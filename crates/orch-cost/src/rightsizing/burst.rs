//! Whether a type that runs on credits carries a load, and what it costs where it does not.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::Measured;
use crate::machine_type::Burst;

/// The 95th percentile of use must stay below so many times the baseline (Azure Advisor, burstable
/// recommendations).
const P95_IN_BASELINES: f64 = 2.0;

/// US dollars that an hour of one processor above the baseline costs on Linux: T2, T3 and T3a; T4g (Amazon EC2
/// on-demand pricing, "Unlimited mode").
pub const SURPLUS_T3: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
/// As [`SURPLUS_T3`], of T4g.
pub const SURPLUS_T4G: Decimal = Decimal::from_parts(4, 0, 0, false, 2);

/// The account of credits over the time measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Account {
    /// The smallest balance.
    pub least: f64,
    /// Credits that were spent and not there.
    pub surplus: f64,
    /// The balance at the end.
    pub end: f64,
}

/// Whether a burstable type carries a load, by the published rule of Azure Advisor: the mean of use is below the
/// baseline, the 95th percentile below twice the baseline, and the credits last. `scale` turns use of now into
/// use of the type. A baseline that is not known carries nothing.
pub(super) fn carries(burst: &Burst, vcpu: u32, cpu: &Measured, scale: f64) -> bool {
    let Some(baseline) = burst.baseline.and_then(|baseline| baseline.to_f64()) else {
        return false;
    };
    within(baseline, cpu.mean * scale, cpu.p95 * scale)
        && cpu.points_in_order().iter().all(|points| {
            let scaled = points
                .iter()
                .map(|point| point.map(|use_of| use_of * scale));
            let scaled: Vec<Option<f64>> = scaled.collect();
            lasting(burst, vcpu, cpu.step_s, &scaled)
        })
}

/// The published rule alone: mean and 95th percentile in percent against a baseline in percent.
pub fn within(baseline: f64, mean: f64, p95: f64) -> bool {
    mean < baseline && p95 < P95_IN_BASELINES * baseline
}

/// Whether the credits last, if the time measured came again and again.
fn lasting(burst: &Burst, vcpu: u32, step_s: u32, points: &[Option<f64>]) -> bool {
    let Some(first) = account(burst, vcpu, step_s, points, 0.0) else {
        // Processors that are shared without an account of credits: the rule above is all there is.
        return true;
    };
    account(burst, vcpu, step_s, points, first.end).is_none_or(|second| second.surplus == 0.0)
}

/// Keeps the account: credits are earned by the hour up to the most that can be held; one is spent by each
/// processor that works for a minute. Periods without a point neither earn nor spend. `None` where the type has
/// no account.
pub fn account(
    burst: &Burst,
    vcpu: u32,
    step_s: u32,
    points: &[Option<f64>],
    start: f64,
) -> Option<Account> {
    let earned = burst.credits_an_hour?.to_f64()? * f64::from(step_s) / 3_600.0;
    let most = burst.most_credits?.to_f64()?;
    let mut account = Account {
        least: start,
        surplus: 0.0,
        end: start,
    };
    for use_of in points.iter().flatten() {
        let spent = use_of / 100.0 * f64::from(vcpu) * f64::from(step_s) / 60.0;
        let mut balance = account.end + earned - spent;
        if balance < 0.0 {
            account.surplus -= balance;
            balance = 0.0;
        }
        account.end = balance.min(most);
        account.least = account.least.min(account.end);
    }
    Some(account)
}

/// What use above the baseline costs in so many hours: (mean − baseline) × processors × hours × price, in unlimited
/// mode (Amazon EC2 User Guide, "Unlimited mode concepts").
pub fn surplus_charge(
    mean_percent: Decimal,
    baseline_percent: Decimal,
    vcpu: u32,
    hours: Decimal,
    usd: Decimal,
) -> Decimal {
    let above = (mean_percent - baseline_percent).max(Decimal::ZERO) / Decimal::ONE_HUNDRED;
    above * Decimal::from(vcpu) * hours * usd
}

/// The mean use in percent at which a burstable type in unlimited mode costs as much as a plain one.
pub fn break_even(
    burstable_hourly: Decimal,
    plain_hourly: Decimal,
    vcpu: u32,
    baseline_percent: Decimal,
    usd: Decimal,
) -> Option<Decimal> {
    let a_percent = usd
        .checked_mul(Decimal::from(vcpu))?
        .checked_div(Decimal::ONE_HUNDRED)?;
    let above = (plain_hourly - burstable_hourly).checked_div(a_percent)?;
    Some(baseline_percent + above)
}
