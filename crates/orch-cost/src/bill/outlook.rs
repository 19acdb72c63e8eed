//! What the days of a bill say of the rest of its month, and which of them cost more than they should.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use orch_model::{Currency, Text, Time};
use rust_decimal::Decimal;

use super::days::last_closed_day;
use super::month::{Month, end};
use super::summary::{Basis, closed_usage, is_usage};
use crate::anomaly::{Anomalies, Anomaly, AnomalyParams, Contributor, anomalies, contributors};
use crate::charge::{Charge, Part};
use crate::daily::{DailySeries, SeriesKey};
use crate::forecast::{
    BacktestReport, ForecastParams, Interval, NoForecast, backtest, end_of_month,
};

/// A month at its end. What is not usage (support, tax, purchases, credits) is in it as far as it was charged; what of that
/// was charged on each of the last seven closed days goes on at their median.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// What the month will have cost.
    pub expected: Decimal,
    /// Holds it in 80 of 100 cases, if the bill goes on as it did.
    pub within_80: Interval,
    /// How well the same forecast would have held before; none with too few days to try.
    pub tried: Option<BacktestReport>,
}

/// Days that are looked back at, at most: one stray row of long ago would make every series a lifetime long.
const LOOKED_BACK: u64 = 800;

fn looked_back(first: NaiveDate, last: NaiveDate) -> NaiveDate {
    let earliest = last.checked_sub_days(Days::new(LOOKED_BACK));
    earliest.map_or(first, |earliest| first.max(earliest))
}

/// What was charged on so many closed days in a row is charged every day.
const RECURRING_DAYS: usize = 7;
/// Days that a forecast is tried on.
const TRIED_DAYS: usize = 14;

/// What a month will cost, from the usage of closed days.
///
/// # Errors
/// Why that cannot be told.
pub fn outlook(
    charges: &[Charge],
    month: &Month,
    as_of: Time,
    basis: Basis,
) -> Result<Outlook, NoForecast> {
    let mut days: BTreeMap<NaiveDate, Decimal> = BTreeMap::new();
    let own = |charge: &&Charge| charge.key.currency == month.currency;
    for charge in closed_usage(charges, as_of).filter(own) {
        *days.entry(charge.key.day).or_default() += basis.of(&charge.sums);
    }
    let last = last_closed_day(as_of);
    let first = looked_back(days.keys().next().copied().unwrap_or(last), last);
    let series = DailySeries::from_amounts(key(&month.currency), &days, first, last);
    let params = ForecastParams::default();
    let made = end_of_month(&series, month.first, &params)?;
    let mut parts: BTreeMap<Part, BTreeMap<NaiveDate, Decimal>> = BTreeMap::new();
    for charge in charges.iter().filter(own).filter(|one| !is_usage(one)) {
        let days = parts.entry(charge.key.part).or_default();
        *days.entry(charge.key.day).or_default() += basis.of(&charge.sums);
    }
    let besides: Decimal = parts
        .values()
        .map(|days| at_end(days, month.first, last))
        .sum();
    Ok(Outlook {
        expected: made.total + besides,
        within_80: Interval {
            low: made.within_80.low + besides,
            high: made.within_80.high + besides,
        },
        tried: backtest(&series, TRIED_DAYS, &params).ok(),
    })
}

/// What one part that is not usage comes to in a month.
fn at_end(
    days: &BTreeMap<NaiveDate, Decimal>,
    first: NaiveDate,
    last_closed: NaiveDate,
) -> Decimal {
    let end = end(first);
    let sum = |from: NaiveDate, to: NaiveDate| -> Decimal {
        days.range(from..=to.max(from))
            .map(|(_, amount)| amount)
            .sum()
    };
    let next = last_closed.succ_opt().unwrap_or(last_closed);
    let recurring = last_closed
        .iter_days()
        .rev()
        .take(RECURRING_DAYS)
        .all(|day| days.contains_key(&day));
    if !recurring || next > end {
        return sum(first, end);
    }
    let from = last_closed
        .checked_sub_days(Days::new(RECURRING_DAYS as u64 - 1))
        .unwrap_or(last_closed);
    // The median: one payment at the begin of a commitment among those of every day is none of every day.
    let mut latest: Vec<Decimal> = days
        .range(from..=last_closed)
        .map(|(_, amount)| *amount)
        .collect();
    latest.sort();
    let usual = latest.get(latest.len() / 2).copied().unwrap_or_default();
    let charged = match first <= last_closed {
        true => sum(first, last_closed),
        false => Decimal::ZERO,
    };
    let left = next.max(first).iter_days().take_while(|day| *day <= end);
    // What is already charged of a day to come is known, also where it is more than usual.
    let to_come = left.map(|day| match days.get(&day) {
        Some(amount) if amount.abs() > usual.abs() => *amount,
        _ => usual,
    });
    charged + to_come.sum::<Decimal>()
}

fn key(currency: &Currency) -> SeriesKey {
    SeriesKey {
        provider: Text::default(),
        account: Text::default(),
        service: None,
        region: None,
        detail: None,
        currency: currency.clone(),
    }
}

/// Changes of a bill, each with the resources that made it, where the charges name them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// What costs more than it used to, the largest impact first.
    pub found: Vec<(Anomaly, Vec<Contributor>)>,
    /// Series with too few days to judge.
    pub not_judged: usize,
    /// Series that were looked at.
    pub series: usize,
}

/// What of a bill costs more than it used to: by provider, account, service and region, over all closed days, those
/// changes of which any day is in the period.
pub fn changes(charges: &[Charge], from: NaiveDate, as_of: Time, basis: Basis) -> Changes {
    let series = series(charges, as_of, basis, |_| None);
    let Anomalies { found, not_judged } = anomalies(&series, &AnomalyParams::default());
    let with_resources = charges.iter().any(|charge| charge.key.resource.is_some());
    let resources = match with_resources && !found.is_empty() {
        true => self::series(charges, as_of, basis, |charge| charge.key.resource.clone()),
        false => Vec::new(),
    };
    let mut parts: BTreeMap<SeriesKey, Vec<DailySeries>> = BTreeMap::new();
    for part in resources
        .into_iter()
        .filter(|part| part.key.detail.is_some())
    {
        let whole = SeriesKey {
            detail: None,
            ..part.key.clone()
        };
        parts.entry(whole).or_default().push(part);
    }
    let in_period = found.into_iter().filter(|anomaly| anomaly.last_day >= from);
    Changes {
        not_judged: not_judged.len(),
        series: series.len(),
        found: in_period
            .map(|anomaly| {
                let parts = parts.get(&anomaly.key).map_or(&[][..], Vec::as_slice);
                let made = contributors(parts, &anomaly);
                (anomaly, made)
            })
            .collect(),
    }
}

/// The usage of closed days as series. All of an account begin on its first day: what is new there rises from zero.
fn series(
    charges: &[Charge],
    as_of: Time,
    basis: Basis,
    detail: impl Fn(&Charge) -> Option<Text>,
) -> Vec<DailySeries> {
    let mut series: BTreeMap<SeriesKey, BTreeMap<NaiveDate, Decimal>> = BTreeMap::new();
    let mut begins: BTreeMap<(Text, Text), NaiveDate> = BTreeMap::new();
    for charge in closed_usage(charges, as_of) {
        let key = &charge.key;
        let first = begins
            .entry((key.provider.clone(), key.account.clone()))
            .or_insert(key.day);
        *first = key.day.min(*first);
        let of = SeriesKey {
            provider: key.provider.clone(),
            account: key.account.clone(),
            service: Some(key.service.clone()),
            region: key.region.clone(),
            detail: detail(charge),
            currency: key.currency.clone(),
        };
        *series.entry(of).or_default().entry(key.day).or_default() += basis.of(&charge.sums);
    }
    let last = last_closed_day(as_of);
    series
        .into_iter()
        .map(|(key, days)| {
            let first = begins.get(&(key.provider.clone(), key.account.clone()));
            let first = looked_back(first.copied().unwrap_or(last), last);
            DailySeries::from_amounts(key, &days, first, last)
        })
        .collect()
}

#[cfg(test)]
#[path = "outlook_tests.rs"]
mod tests;
