//! What all findings together would save.

use std::collections::BTreeMap;

use orch_model::{Currency, Finding, Saving, State, Uid};
use rust_decimal::Decimal;

/// Monthly savings by currency; currencies are never added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Savings {
    /// What counts.
    pub monthly: BTreeMap<Currency, Decimal>,
    /// What rests on derived prices and does not count because of that.
    pub derived_left_out: BTreeMap<Currency, Decimal>,
    /// Resources with a saving that counts.
    pub resources: usize,
}

/// Adds up the savings of open findings. Those on one resource are alternatives, so the largest counts;
/// those that add count on top. Derived ones count only if `derived_prices` asks for them.
pub fn savings(findings: &[Finding], derived_prices: bool) -> Savings {
    let open = || {
        findings
            .iter()
            .filter(|finding| finding.state == State::Open)
            .filter_map(|finding| Some((&finding.resource, finding.saving.as_ref()?)))
    };
    let all = by_resource(open());
    if derived_prices {
        return Savings {
            resources: all.len(),
            monthly: totals(&all),
            ..Savings::default()
        };
    }
    let published = by_resource(open().filter(|(_, saving)| !saving.derived));
    let monthly = totals(&published);
    let mut derived_left_out = totals(&all);
    for (currency, amount) in &mut derived_left_out {
        *amount -= monthly.get(currency).copied().unwrap_or_default();
    }
    derived_left_out.retain(|_, amount| !amount.is_zero());
    Savings {
        resources: published.len(),
        monthly,
        derived_left_out,
    }
}

type ByResource<'f> = BTreeMap<(&'f Uid, &'f Currency), (Decimal, Decimal)>;

/// By resource and currency: the largest alternative, and the sum of what adds.
fn by_resource<'f>(savings: impl Iterator<Item = (&'f Uid, &'f Saving)>) -> ByResource<'f> {
    let mut all = ByResource::new();
    for (uid, saving) in savings.filter(|(_, saving)| saving.monthly.amount > Decimal::ZERO) {
        let (alternative, added) = all.entry((uid, &saving.monthly.currency)).or_default();
        if saving.adds {
            *added += saving.monthly.amount;
        } else {
            *alternative = (*alternative).max(saving.monthly.amount);
        }
    }
    all
}

fn totals(all: &ByResource<'_>) -> BTreeMap<Currency, Decimal> {
    let mut totals = BTreeMap::new();
    for ((_, currency), (alternative, added)) in all {
        *totals.entry((*currency).clone()).or_default() += alternative + added;
    }
    totals
}

#[cfg(test)]
#[path = "savings_tests.rs"]
mod tests;
