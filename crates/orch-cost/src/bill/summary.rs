//! A bill in one currency: totals, parts, daily average and trend over closed days, shares.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use orch_model::{ChargeCategory, Currency, Text, Time};
use rust_decimal::Decimal;

use super::days::{is_closed, last_closed_day};
use crate::charge::{Charge, Part, Sums};

/// How many of the largest services the report of an audit names.
pub const TOP_SERVICES: usize = 5;
/// Days of the latest trend.
pub const TREND_DAYS: usize = 7;

/// Which of its sums a charge is looked at by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Basis {
    /// FOCUS `BilledCost`: what the invoice says.
    #[default]
    Billed,
    /// FOCUS `EffectiveCost`: amortised, so that a day carries what its usage costs after commitments.
    Effective,
}

impl Basis {
    /// The name in options and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Effective => "effective",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Billed => Self::Effective,
            Self::Effective => Self::Billed,
        }
    }

    /// That sum; none where a charge has none.
    pub fn told(self, sums: &Sums) -> Option<Decimal> {
        match self {
            Self::Billed => sums.billed,
            Self::Effective => sums.effective,
        }
    }

    /// That sum; zero where a charge has none: [`without`] tells which those are.
    pub fn of(self, sums: &Sums) -> Decimal {
        self.told(sums).unwrap_or_default()
    }
}

/// How many rows of each provider lack the sum of this basis: they are in no figure of it.
pub fn without(charges: &[Charge], basis: Basis) -> BTreeMap<&Text, u64> {
    let mut rows: BTreeMap<&Text, u64> = BTreeMap::new();
    for charge in charges {
        if basis.told(&charge.sums).is_none() {
            *rows.entry(&charge.key.provider).or_default() += charge.sums.rows;
        }
    }
    rows
}

/// The basis that these charges have: the one that is wanted, or the other where not one charge has that.
pub fn basis(charges: &[Charge], wanted: Basis) -> Basis {
    let has = |basis: Basis| {
        charges
            .iter()
            .any(|charge| basis.told(&charge.sums).is_some())
    };
    if !has(wanted) && has(wanted.other()) {
        wanted.other()
    } else {
        wanted
    }
}

/// The sums of several charges; none where not one of them has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Costs {
    /// FOCUS `BilledCost`.
    pub billed: Option<Decimal>,
    /// FOCUS `EffectiveCost`.
    pub effective: Option<Decimal>,
    /// FOCUS `ListCost`.
    pub list: Option<Decimal>,
}

impl Costs {
    pub(crate) fn add(&mut self, sums: &Sums) {
        for (to, more) in [
            (&mut self.billed, sums.billed),
            (&mut self.effective, sums.effective),
            (&mut self.list, sums.list),
        ] {
            if let Some(more) = more {
                *to = Some(to.unwrap_or_default() + more);
            }
        }
    }

    /// The sum of a basis; zero where there is none.
    pub fn of(&self, basis: Basis) -> Decimal {
        match basis {
            Basis::Billed => self.billed.unwrap_or_default(),
            Basis::Effective => self.effective.unwrap_or_default(),
        }
    }
}

/// A part of the usage on closed days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Whose; none for what names none.
    pub name: Option<Text>,
    /// Usage on closed days.
    pub total: Decimal,
    /// Part of all usage on closed days in percent; none when that is zero.
    pub percent: Option<Decimal>,
}

/// One day of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The UTC day.
    pub day: NaiveDate,
    /// Usage.
    pub usage: Decimal,
    /// Everything charged on it.
    pub total: Decimal,
    /// Whether it no longer fills up.
    pub closed: bool,
}

/// What was charged in one currency. All sums but [`Summary::total`] and [`Summary::parts`] are of one basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The currency.
    pub currency: Currency,
    /// First day with usage; with a charge, where there is no usage.
    pub from: NaiveDate,
    /// Last such day.
    pub to: NaiveDate,
    /// Everything charged: usage, tax, credits, all of it.
    pub total: Costs,
    /// The total by category of charge.
    pub by_category: BTreeMap<ChargeCategory, Decimal>,
    /// The total by what the charges are for.
    pub parts: BTreeMap<Part, Costs>,
    /// All usage on closed days: what average, trend and shares rest on.
    pub closed_usage: Decimal,
    /// Closed days since the first usage.
    pub closed_days: usize,
    /// Mean usage of a closed day; none when no day is closed.
    pub daily_average: Option<Decimal>,
    /// `(mean of the last 7 closed days − daily average) ÷ daily average × 100`; none with fewer than 8 closed
    /// days, where both would be the same, or when the average is zero.
    pub trend_7d_percent: Option<Decimal>,
    /// Services, the largest first.
    pub services: Vec<Share>,
    /// Regions, the largest first.
    pub regions: Vec<Share>,
    /// Accounts, the largest first.
    pub accounts: Vec<Share>,
    /// Every day from the first to the last, those without a charge included.
    pub days: Vec<Day>,
    /// The part of the usage on closed days whose resources carry no tag; none where no source tells of tags.
    pub untagged: Option<Share>,
    /// Whether a provider calls any of it an estimate.
    pub estimated: bool,
}

/// Whether a charge is usage: what averages, trends and shares are made of. Tax, credits and purchases come
/// once a month and would drown them.
pub(super) fn is_usage(charge: &Charge) -> bool {
    matches!(charge.key.part, Part::Usage | Part::UnusedCommitment)
}

/// Usage on closed days.
pub fn closed_usage(charges: &[Charge], as_of: Time) -> impl Iterator<Item = &Charge> {
    let last = last_closed_day(as_of);
    charges
        .iter()
        .filter(move |charge| is_usage(charge) && charge.key.day <= last)
}

/// A part of a whole in percent; none when the whole is not more than nothing.
pub(super) fn percent(part: Decimal, whole: Decimal) -> Option<Decimal> {
    if whole <= Decimal::ZERO {
        return None;
    }
    (part * Decimal::ONE_HUNDRED).checked_div(whole)
}

/// One summary for each currency, in order of its code; currencies are never added.
pub fn summaries<'a>(
    charges: impl Iterator<Item = &'a Charge>,
    as_of: Time,
    basis: Basis,
) -> Vec<Summary> {
    let mut by_currency: BTreeMap<&Currency, Vec<&Charge>> = BTreeMap::new();
    for charge in charges {
        by_currency
            .entry(&charge.key.currency)
            .or_default()
            .push(charge);
    }
    by_currency
        .into_iter()
        .filter_map(|(currency, charges)| of_currency(currency, &charges, as_of, basis))
        .collect()
}

fn of_currency(
    currency: &Currency,
    charges: &[&Charge],
    as_of: Time,
    basis: Basis,
) -> Option<Summary> {
    // Tax covers a whole month, past the time of the snapshot: the period is that of the usage where there is any.
    let any_usage = charges.iter().any(|charge| is_usage(charge));
    let period = || {
        let counted = charges
            .iter()
            .filter(|charge| !any_usage || is_usage(charge));
        counted.map(|charge| charge.key.day)
    };
    let (from, to) = (period().min()?, period().max()?);
    let last = last_closed_day(as_of);
    let mut total = Costs::default();
    let mut by_category: BTreeMap<ChargeCategory, Decimal> = BTreeMap::new();
    let mut parts: BTreeMap<Part, Costs> = BTreeMap::new();
    let mut days: BTreeMap<NaiveDate, (Decimal, Decimal)> = from
        .iter_days()
        .take_while(|day| *day <= to)
        .map(|day| (day, Default::default()))
        .collect();
    let mut shares = [Shares::default(), Shares::default(), Shares::default()];
    let (mut used, mut latest) = (Decimal::ZERO, Decimal::ZERO);
    let (mut known, mut untagged) = (false, Decimal::ZERO);
    let latest_from = last - Duration::days(TREND_DAYS as i64 - 1);
    for charge in charges {
        let (key, amount) = (&charge.key, basis.of(&charge.sums));
        total.add(&charge.sums);
        *by_category.entry(key.category).or_default() += amount;
        parts.entry(key.part).or_default().add(&charge.sums);
        let day = days.entry(key.day).or_default();
        day.1 += amount;
        if !is_usage(charge) {
            continue;
        }
        day.0 += amount;
        if key.day > last {
            continue;
        }
        used += amount;
        if key.day >= latest_from {
            latest += amount;
        }
        known |= key.tagged.is_some();
        if key.tagged == Some(false) {
            untagged += amount;
        }
        let names = [Some(&key.service), key.region.as_ref(), Some(&key.account)];
        for (shares, name) in shares.iter_mut().zip(names) {
            *shares.0.entry(name.cloned()).or_default() += amount;
        }
    }
    let closed_days = usize::try_from((last - from).num_days() + 1).unwrap_or_default();
    let daily_average = (closed_days > 0).then(|| used / Decimal::from(closed_days));
    let trend_7d_percent = daily_average
        .filter(|_| closed_days > TREND_DAYS)
        .and_then(|average| percent(latest / Decimal::from(TREND_DAYS) - average, average));
    let [services, regions, accounts] = shares.map(|shares| shares.of(used));
    Some(Summary {
        currency: currency.clone(),
        from,
        to,
        total,
        by_category,
        parts,
        closed_usage: used,
        closed_days,
        daily_average,
        trend_7d_percent,
        services,
        regions,
        accounts,
        days: days
            .into_iter()
            .map(|(day, (usage, total))| Day {
                day,
                usage,
                total,
                closed: is_closed(day, as_of),
            })
            .collect(),
        untagged: known.then(|| Share {
            name: None,
            total: untagged,
            percent: percent(untagged, used),
        }),
        estimated: charges.iter().any(|charge| charge.sums.estimated),
    })
}

/// Usage by name.
#[derive(Default)]
struct Shares(BTreeMap<Option<Text>, Decimal>);

impl Shares {
    /// The largest first; what costs the same in order of its names.
    fn of(self, whole: Decimal) -> Vec<Share> {
        let mut shares: Vec<Share> = self
            .0
            .into_iter()
            .map(|(name, total)| Share {
                name,
                total,
                percent: percent(total, whole),
            })
            .collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.total));
        shares
    }
}

#[cfg(test)]
#[path = "summary_tests.rs"]
mod tests;
