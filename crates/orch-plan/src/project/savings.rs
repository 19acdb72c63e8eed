//! What tasks save in a month.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Task;

/// What these tasks save in a month together, by currency. Of alternatives on one resource only the largest stands in a
/// task, so they add up.
pub(crate) fn savings<'p>(tasks: impl IntoIterator<Item = &'p Task>) -> BTreeMap<String, Decimal> {
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    for task in tasks {
        if let (Some(saving), Some(currency)) = (task.saving, &task.currency) {
            *sums.entry(currency.clone()).or_default() += saving;
        }
    }
    sums
}
