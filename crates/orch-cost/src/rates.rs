//! Charges of several currencies in one, at rates that the user names: every conversion is told, none is guessed.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use orch_model::{Currency, Text};
use rust_decimal::Decimal;

use crate::bill::Costs;
use crate::charge::{Charge, Charges, Sums};

/// For how many days a rate holds, its own included, where no later one comes before: books are kept at a rate of the
/// month, and the longest month has 31 days. What is older says nothing of today.
pub const RATE_HOLDS_DAYS: u32 = 31;

/// What one unit of a currency is worth from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The first day.
    pub date: NaiveDate,
    /// The currency.
    pub from: Currency,
    /// Units of the other currency for one of it.
    pub rate: Decimal,
    /// Who says so.
    pub source: Text,
}

/// Rates to one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// That currency.
    pub to: Currency,
    by_currency: BTreeMap<Currency, BTreeMap<NaiveDate, Rate>>,
}

impl Rates {
    /// These rates to a currency; of two for the same day the later one counts.
    pub fn new(to: Currency, rates: impl IntoIterator<Item = Rate>) -> Self {
        let mut by_currency: BTreeMap<Currency, BTreeMap<NaiveDate, Rate>> = BTreeMap::new();
        for rate in rates {
            by_currency
                .entry(rate.from.clone())
                .or_default()
                .insert(rate.date, rate);
        }
        Self { to, by_currency }
    }

    /// The rate of a day: the latest one up to it, unless that is too old.
    pub fn of(&self, from: &Currency, day: NaiveDate) -> Option<&Rate> {
        let (date, rate) = self.by_currency.get(from)?.range(..=day).next_back()?;
        ((day - *date).num_days() < i64::from(RATE_HOLDS_DAYS)).then_some(rate)
    }
}

/// What was converted at one rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The rate.
    pub rate: Rate,
    /// The first and the last day of the charges.
    pub days: (NaiveDate, NaiveDate),
    /// Everything charged, as it was.
    pub before: Costs,
    /// The same in the other currency.
    pub after: Costs,
}

/// A currency that stays as it is, because a day of it has no rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconverted {
    /// The currency.
    pub currency: Currency,
    /// The first day without a rate.
    pub first: NaiveDate,
    /// How many days with charges have none.
    pub days: usize,
}

/// Charges in one currency, as far as there are rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The charges, in order of their keys.
    pub charges: Vec<Charge>,
    /// What was converted of the days that were asked for, by currency and day of the rate.
    pub conversions: Vec<Conversion>,
    /// What was not.
    pub unconverted: Vec<Unconverted>,
}

/// Converts charges. A currency is converted as a whole or not at all: with one day of it missing, its total would be
/// one of nothing. `told` are the days whose conversions are summed up.
pub fn convert(charges: Vec<Charge>, rates: &Rates, told: RangeInclusive<NaiveDate>) -> Converted {
    let mut missing: BTreeMap<&Currency, Vec<NaiveDate>> = BTreeMap::new();
    for charge in &charges {
        let key = &charge.key;
        if key.currency != rates.to && converted(charge, rates).is_none() {
            missing.entry(&key.currency).or_default().push(key.day);
        }
    }
    let unconverted: Vec<Unconverted> = missing
        .into_iter()
        .filter_map(|(currency, mut days)| {
            days.sort_unstable();
            days.dedup();
            Some(Unconverted {
                currency: currency.clone(),
                first: *days.first()?,
                days: days.len(),
            })
        })
        .collect();
    let stays = |currency: &Currency| {
        *currency == rates.to || unconverted.iter().any(|one| one.currency == *currency)
    };
    let mut all = Charges::default();
    let mut conversions: BTreeMap<(Currency, NaiveDate), Conversion> = BTreeMap::new();
    for charge in charges {
        let changed = match stays(&charge.key.currency) {
            true => None,
            false => converted(&charge, rates),
        };
        let Some((rate, sums)) = changed else {
            all.add(charge.key, &charge.sums);
            continue;
        };
        let day = charge.key.day;
        if told.contains(&day) {
            let conversion = conversions
                .entry((rate.from.clone(), rate.date))
                .or_insert_with(|| Conversion {
                    rate: rate.clone(),
                    days: (day, day),
                    before: Costs::default(),
                    after: Costs::default(),
                });
            conversion.days = (conversion.days.0.min(day), conversion.days.1.max(day));
            conversion.before.add(&charge.sums);
            conversion.after.add(&sums);
        }
        let mut key = charge.key;
        key.currency = rates.to.clone();
        all.add(key, &sums);
    }
    Converted {
        charges: all.into_sorted(),
        conversions: conversions.into_values().collect(),
        unconverted,
    }
}

/// The sums of a charge at the rate of its day; none without a rate.
fn converted<'r>(charge: &Charge, rates: &'r Rates) -> Option<(&'r Rate, Sums)> {
    let rate = rates.of(&charge.key.currency, charge.key.day)?;
    let times = |amount: Option<Decimal>| -> Option<Option<Decimal>> {
        amount
            .map(|amount| amount.checked_mul(rate.rate))
            .map_or(Some(None), |of| of.map(Some))
    };
    let sums = Sums {
        billed: times(charge.sums.billed)?,
        effective: times(charge.sums.effective)?,
        list: times(charge.sums.list)?,
        ..charge.sums.clone()
    };
    Some((rate, sums))
}

#[cfg(test)]
#[path = "rates_tests.rs"]
mod tests;
