//! Which parts of a series made its change: regions of a service, resources of a region, services of an account.

use rust_decimal::Decimal;

use super::Anomaly;
use crate::daily::{DailySeries, SeriesKey};

/// Weeks before the change whose days of the same weekday say what a part used to cost.
const WEEKS: u64 = 8;

/// One part of an anomaly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributor {
    /// The part.
    pub key: SeriesKey,
    /// What its days used to cost: the sum over the anomaly's days of the median of the same weekday in the eight
    /// weeks before.
    pub before: Decimal,
    /// What they cost during the anomaly.
    pub actual: Decimal,
    /// Actual less before.
    pub difference: Decimal,
}

/// The parts of an anomaly, the largest difference first; ties by key. Parts in another currency are left out.
pub fn contributors(parts: &[DailySeries], anomaly: &Anomaly) -> Vec<Contributor> {
    let mut answer: Vec<Contributor> = parts
        .iter()
        .filter(|part| part.key.currency == anomaly.key.currency)
        .map(|part| {
            let (mut before, mut actual) = (Decimal::ZERO, Decimal::ZERO);
            for day in &anomaly.days {
                actual += part.on(day.day).unwrap_or_default();
                before += usual(part, day.day, anomaly.first_day);
            }
            Contributor {
                key: part.key.clone(),
                before,
                actual,
                difference: actual - before,
            }
        })
        .collect();
    answer.sort_by(|a, b| {
        b.difference
            .cmp(&a.difference)
            .then_with(|| a.key.cmp(&b.key))
    });
    answer
}

/// The median of the same weekday before the change; zero where the part has none.
fn usual(part: &DailySeries, day: chrono::NaiveDate, change: chrono::NaiveDate) -> Decimal {
    let mut amounts: Vec<Decimal> = (1..)
        .map_while(|week| day.checked_sub_days(chrono::Days::new(7 * week)))
        .skip_while(|former| *former >= change)
        .take(WEEKS as usize)
        .map_while(|former| part.on(former))
        .collect();
    amounts.sort_unstable();
    let middle = amounts.len() / 2;
    match amounts.len() {
        0 => Decimal::ZERO,
        odd if odd % 2 == 1 => amounts[middle],
        _ => (amounts[middle - 1] + amounts[middle]) / Decimal::TWO,
    }
}
