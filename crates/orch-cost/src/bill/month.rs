//! The month so far, and budgets against it.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use orch_model::{Currency, Text, Time};
use rust_decimal::Decimal;

use super::days::last_closed_day;
use super::groups::Dimension;
use super::summary::{Basis, Costs, percent};
use crate::charge::Charge;

/// A calendar month (UTC) in one currency, as far as it was charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// The currency.
    pub currency: Currency,
    /// Its first day.
    pub first: NaiveDate,
    /// Everything charged in it.
    pub to_date: Costs,
    /// The last closed day of it.
    pub closed_until: Option<NaiveDate>,
}

impl Month {
    /// For each currency the month of the last day on which anything was charged, up to that time: on the first of
    /// a month, before its first charge, the month before is the one to look at.
    pub fn of(charges: &[Charge], as_of: Time, basis: Basis) -> Vec<Self> {
        let today = as_of.date_naive();
        let mut last: BTreeMap<&Currency, NaiveDate> = BTreeMap::new();
        for charge in charges.iter().filter(|charge| charge.key.day <= today) {
            if !basis.of(&charge.sums).is_zero() {
                let day = last.entry(&charge.key.currency).or_insert(charge.key.day);
                *day = charge.key.day.max(*day);
            }
        }
        last.into_iter()
            .filter_map(|(currency, day)| {
                let first = day.with_day(1)?;
                let closed = last_closed_day(as_of).min(end(first));
                let mut to_date = Costs::default();
                for charge in in_month(charges, first) {
                    if charge.key.currency == *currency {
                        to_date.add(&charge.sums);
                    }
                }
                Some(Self {
                    currency: currency.clone(),
                    first,
                    to_date,
                    closed_until: (closed >= first).then_some(closed),
                })
            })
            .collect()
    }

    /// As in `2026-11`.
    pub fn name(&self) -> String {
        self.first.format("%Y-%m").to_string()
    }
}

/// The last day of the month that begins on this day.
pub(super) fn end(first: NaiveDate) -> NaiveDate {
    let next = first.checked_add_months(chrono::Months::new(1));
    next.and_then(|next| next.pred_opt()).unwrap_or(first)
}

fn in_month(charges: &[Charge], first: NaiveDate) -> impl Iterator<Item = &Charge> {
    let days = first..=end(first);
    charges
        .iter()
        .filter(move |charge| days.contains(&charge.key.day))
}

/// What may be spent in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// What people call it.
    pub name: Text,
    /// How much.
    pub amount: Decimal,
    /// Of which currency; charges of another are not counted.
    pub currency: Currency,
    /// Only charges with these values: an account, a service, a tag.
    pub only: Vec<(Dimension, Text)>,
    /// Which sum counts.
    pub basis: Basis,
    /// Percentages of the amount from which on people want to be told, in ascending order.
    pub thresholds: Vec<Decimal>,
}

/// A budget against the month so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// The budget.
    pub budget: Budget,
    /// As in `2026-11`.
    pub month: String,
    /// What was charged in the month.
    pub spent: Decimal,
    /// That in percent of the budget; 0 for a budget of 0 of which nothing was spent, 100 when anything was.
    pub percent: Decimal,
    /// Thresholds that are reached.
    pub reached: Vec<Decimal>,
    /// Why none of it is known: the bill does not tell what the budget is about.
    pub untold: Option<&'static str>,
}

impl Spending {
    /// Whether the last threshold is reached.
    pub fn is_over(&self) -> bool {
        !self.reached.is_empty() && self.reached.len() == self.budget.thresholds.len()
    }
}

/// Why nothing is known of a dimension: no charge tells of it. A bill without tags is no bill of things without a tag.
fn untold(dimension: &Dimension, charges: &[Charge]) -> Option<&'static str> {
    let told = |of: fn(&Charge) -> bool| charges.iter().any(of);
    match dimension {
        Dimension::Tag(_) if !told(|one| one.key.tagged.is_some()) => {
            Some("the bill tells of no tags")
        }
        Dimension::Resource if !told(|one| one.key.resource.is_some()) => {
            Some("the bill names no resources")
        }
        _ => None,
    }
}

/// Budgets against the month of the last charge in their currency. `tags` are those that the charges were read
/// with.
pub fn spending(
    budgets: &[Budget],
    charges: &[Charge],
    tags: &[Text],
    as_of: Time,
) -> Vec<Spending> {
    budgets
        .iter()
        .map(|budget| {
            let months = Month::of(charges, as_of, budget.basis);
            let month = months
                .iter()
                .find(|month| month.currency == budget.currency);
            let first = month.map_or_else(
                || as_of.date_naive().with_day(1).unwrap_or_default(),
                |month| month.first,
            );
            let is_of = |charge: &&Charge| {
                budget
                    .only
                    .iter()
                    .all(|(dimension, value)| dimension.of(charge, tags).as_ref() == Some(value))
            };
            let matched = budget.only.is_empty() || charges.iter().any(|charge| is_of(&charge));
            let is_counted =
                |charge: &&Charge| charge.key.currency == budget.currency && is_of(charge);
            let in_its_currency = charges
                .iter()
                .any(|charge| charge.key.currency == budget.currency);
            let lacks = |charge: &Charge| budget.basis.told(&charge.sums).is_none();
            let without = match month {
                Some(_) => in_month(charges, first).filter(is_counted).any(lacks),
                // Not one charge has the sum, so that none of them tells which month is the last.
                None => charges.iter().filter(is_counted).any(lacks),
            };
            let spent: Decimal = in_month(charges, first)
                .filter(is_counted)
                .map(|charge| budget.basis.of(&charge.sums))
                .sum();
            let percent = percent(spent, budget.amount).unwrap_or(if spent > Decimal::ZERO {
                Decimal::ONE_HUNDRED
            } else {
                Decimal::ZERO
            });
            let reached = budget.thresholds.iter().copied();
            Spending {
                budget: budget.clone(),
                month: first.format("%Y-%m").to_string(),
                spent,
                percent,
                reached: reached.filter(|threshold| percent >= *threshold).collect(),
                untold: match charges.is_empty() {
                    true => Some("the bill has no charges"),
                    false => budget
                        .only
                        .iter()
                        .find_map(|(dimension, _)| untold(dimension, charges))
                        .or_else(|| (!matched).then_some("no charge of the bill is of it"))
                        .or_else(|| {
                            (!in_its_currency).then_some("no charge of the bill is in its currency")
                        })
                        .or_else(|| {
                            without.then_some(match budget.basis {
                                Basis::Billed => "charges of it have no billed cost",
                                Basis::Effective => "charges of it have no effective cost",
                            })
                        }),
                },
            }
        })
        .collect()
}

#[cfg(test)]
#[path = "month_tests.rs"]
mod tests;
