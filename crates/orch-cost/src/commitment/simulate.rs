//! Which commitment an hour would have cost the least, had there been one through all of these hours.

use rust_decimal::Decimal;

use crate::price::HOURS_A_MONTH;

/// Which parts of the best commitment are shown beside it, in percent: what happens to who commits to less.
const CURVE: [u32; 4] = [50, 70, 90, 100];

/// What a commitment costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What it takes off the price on demand, as a part of one: more than 0 and less than 1.
    pub discount: Decimal,
    /// For how many months it binds, where that is known.
    pub months: Option<u32>,
    /// Which part of it is paid at its begin, from 0 to 1.
    pub upfront: Decimal,
}

/// A commitment, and what these hours would have cost with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Percent of the best commitment.
    pub of_best: u32,
    /// Money an hour.
    pub commitment: Decimal,
    /// What an hour cost with it in the mean: the commitment and what is above it on demand.
    pub hourly: Decimal,
    /// Which part of the commitment would have been used, in percent; none for a commitment of nothing.
    pub utilisation: Option<Decimal>,
    /// Which part of the spend it would have covered, in percent; none where nothing was spent.
    pub coverage: Option<Decimal>,
    /// What it would have saved in a month of 730 hours.
    pub monthly_saving: Decimal,
}

/// The best commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How many hours it rests on.
    pub hours: usize,
    /// What an hour cost on demand, in the mean.
    pub on_demand: Decimal,
    /// The least that was spent in an hour, and the most.
    pub range: (Decimal, Decimal),
    /// The best commitment.
    pub best: Point,
    /// What parts of it would have brought, itself last.
    pub curve: Vec<Point>,
    /// Below this utilisation, in percent, a commitment costs more than it saves: 100 less the discount.
    pub break_even: Decimal,
    /// What is paid at its begin; none where the term is not known.
    pub upfront: Option<Decimal>,
    /// After so many months the payment at its begin has come back; none where nothing is paid then, or where it
    /// never comes back.
    pub payback_months: Option<Decimal>,
    /// For so many months the usage must go on as it was so that the commitment of the whole term has cost no more than
    /// the same on demand; none where the term is not known.
    pub must_last_months: Option<Decimal>,
}

/// The commitment an hour with the least total cost, exactly; of several with the same cost the smallest. `spend` is
/// what each hour cost on demand. None without hours, or for terms that are none.
///
/// With a discount d an hour of spend s costs s × (1 − d) under a commitment, so a commitment of c covers s up to
/// L = c ÷ (1 − d), and all hours cost n × c + Σ max(0, s − L). That sum is a row of straight lines whose corners are the
/// hours' own spends, so the best L is one of them: the smallest that no more than n × (1 − d) hours exceed. All sums
/// are in L, so that nothing is divided before the end.
pub fn plan(spend: &[Decimal], terms: &Terms) -> Option<Plan> {
    let open = Decimal::ONE - terms.discount;
    if terms.discount <= Decimal::ZERO || open <= Decimal::ZERO || spend.is_empty() {
        return None;
    }
    let mut sorted: Vec<Decimal> = spend.iter().map(|one| (*one).max(Decimal::ZERO)).collect();
    sorted.sort_unstable();
    let hours = sorted.len();
    let count = Decimal::from(hours);
    let may_exceed = count * open;
    let mut level = Decimal::ZERO;
    let mut below = 0;
    // The hours at or below a level are those before the next larger one.
    loop {
        below += sorted
            .get(below..)
            .unwrap_or_default()
            .iter()
            .take_while(|one| **one <= level)
            .count();
        if Decimal::from(hours - below) <= may_exceed {
            break;
        }
        match sorted.get(below) {
            Some(next) => level = *next,
            None => break,
        }
    }
    let total: Decimal = sorted.iter().sum();
    let point = |of_best: u32| -> Point {
        let level = level * Decimal::from(of_best) / Decimal::ONE_HUNDRED;
        let covered: Decimal = sorted.iter().map(|one| (*one).min(level)).sum();
        let commitment = level * open;
        let with = count * commitment + (total - covered);
        Point {
            of_best,
            commitment,
            hourly: with / count,
            utilisation: percent(covered, count * level),
            coverage: percent(covered, total),
            monthly_saving: (total - with) * Decimal::from(HOURS_A_MONTH) / count,
        }
    };
    let best = point(100);
    let month = Decimal::from(HOURS_A_MONTH);
    let paid_a_month = best.commitment * month;
    // What a month on demand would have cost of that which the commitment covers.
    let replaced = best.monthly_saving + paid_a_month;
    let term = terms.months.map(Decimal::from);
    let upfront = term.map(|months| paid_a_month * months * terms.upfront);
    let returns = replaced - paid_a_month * (Decimal::ONE - terms.upfront);
    let payback = |upfront: Decimal| {
        upfront
            .checked_div(returns)
            .filter(|_| returns > Decimal::ZERO)
    };
    Some(Plan {
        hours,
        on_demand: total / count,
        range: (
            sorted.first().copied().unwrap_or_default(),
            sorted.last().copied().unwrap_or_default(),
        ),
        curve: CURVE.map(point).into(),
        break_even: open * Decimal::ONE_HUNDRED,
        upfront,
        payback_months: upfront
            .filter(|upfront| *upfront > Decimal::ZERO)
            .and_then(payback),
        must_last_months: term.and_then(|months| (paid_a_month * months).checked_div(replaced)),
        best,
    })
}

/// A part of a whole in percent; none when the whole is zero.
pub(super) fn percent(part: Decimal, whole: Decimal) -> Option<Decimal> {
    (part * Decimal::ONE_HUNDRED).checked_div(whole)
}
