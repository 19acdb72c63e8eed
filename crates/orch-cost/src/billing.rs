//! What was billed: totals, daily average and trend over closed days, services and regions.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use orch_model::{ChargeCategory, CostLine, Currency, Text, Time};
use rust_decimal::Decimal;

/// How long after its end a UTC day still fills up: providers deliver usage up to two days late.
pub const CLOSING_HOURS: i64 = 48;
/// How many of the largest services a summary names.
pub const TOP_SERVICES: usize = 5;
/// Days of the latest trend.
pub const TREND_DAYS: usize = 7;

/// What was billed, by currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BillingSummary {
    /// One entry a currency, in order of its code; currencies are never added.
    pub currencies: Vec<CurrencySummary>,
}

/// What was billed in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencySummary {
    /// The currency.
    pub currency: Currency,
    /// Start of the first usage.
    pub from: Time,
    /// End of the last usage.
    pub until: Time,
    /// Everything billed: usage, tax, credits, all of it.
    pub total: Decimal,
    /// The total by category of charge.
    pub by_category: BTreeMap<ChargeCategory, Decimal>,
    /// All usage on closed days: what average, trend and shares rest on.
    pub closed_usage: Decimal,
    /// Closed days since the first usage.
    pub closed_days: usize,
    /// Mean usage of a closed day; none when no day is closed.
    pub daily_average: Option<Decimal>,
    /// `(mean of the last 7 closed days − daily average) ÷ daily average × 100`; none with fewer than 8 closed
    /// days, where both would be the same, or when the average is zero.
    pub trend_7d_percent: Option<Decimal>,
    /// The services with the largest usage on closed days, largest first.
    pub top_services: Vec<ServiceShare>,
    /// Usage on closed days by region, in order of name; what names no region comes first.
    pub by_region: Vec<(Option<Text>, Decimal)>,
    /// Whether the provider calls any of it an estimate.
    pub estimated: bool,
}

/// One service's part of the usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceShare {
    /// The service as the provider bills it.
    pub service: Text,
    /// Usage on closed days.
    pub total: Decimal,
    /// Part of all usage on closed days in percent; none when that is zero.
    pub share_percent: Option<Decimal>,
}

/// Whether a UTC day ended at least 48 hours before the snapshot was taken.
pub fn is_closed(day: NaiveDate, as_of: Time) -> bool {
    let start: DateTime<Utc> = day.and_time(NaiveTime::MIN).and_utc();
    start + Duration::days(1) + Duration::hours(CLOSING_HOURS) <= as_of
}

/// The last closed day.
pub fn last_closed_day(as_of: Time) -> NaiveDate {
    (as_of - Duration::hours(CLOSING_HOURS) - Duration::days(1)).date_naive()
}

/// The UTC day a charge belongs to: the one it starts on.
pub fn day(line: &CostLine) -> NaiveDate {
    line.charge_period_start.date_naive()
}

/// The region a charge names, if any.
pub fn region(line: &CostLine) -> Option<&Text> {
    line.region_id.as_ref().filter(|region| !region.is_empty())
}

/// Usage on closed days: what averages, trends and shares are made of. Tax, credits and purchases come once
/// a month and would drown them.
pub fn closed_usage(lines: &[CostLine], as_of: Time) -> impl Iterator<Item = &CostLine> {
    let last = last_closed_day(as_of);
    lines
        .iter()
        .filter(move |line| line.charge_category == ChargeCategory::Usage && day(line) <= last)
}

/// Summarises billing lines.
pub fn summary(lines: &[CostLine], as_of: Time) -> BillingSummary {
    let mut by_currency: BTreeMap<&Currency, Vec<&CostLine>> = BTreeMap::new();
    for line in lines {
        by_currency
            .entry(&line.billing_currency)
            .or_default()
            .push(line);
    }
    BillingSummary {
        currencies: by_currency
            .into_iter()
            .filter_map(|(currency, lines)| of_currency(currency, &lines, as_of))
            .collect(),
    }
}

fn of_currency(currency: &Currency, lines: &[&CostLine], as_of: Time) -> Option<CurrencySummary> {
    // Tax covers a whole month, past the time of the snapshot: the period is that of the usage where there is any.
    let is_usage = |line: &&&CostLine| line.charge_category == ChargeCategory::Usage;
    let any_usage = lines.iter().any(|line| is_usage(&line));
    let period = || lines.iter().filter(|line| !any_usage || is_usage(line));
    let from = period().map(|line| line.charge_period_start).min()?;
    let until = period().map(|line| line.charge_period_end).max()?;
    let mut by_category = BTreeMap::new();
    for line in lines {
        *by_category.entry(line.charge_category).or_default() += line.billed_cost;
    }
    let last = last_closed_day(as_of);
    let mut services: BTreeMap<&Text, Decimal> = BTreeMap::new();
    let mut regions: BTreeMap<Option<&Text>, Decimal> = BTreeMap::new();
    let mut latest = Decimal::ZERO;
    let latest_from = last - Duration::days(TREND_DAYS as i64 - 1);
    for line in lines
        .iter()
        .filter(|line| is_usage(line) && day(line) <= last)
    {
        *services.entry(&line.service_name).or_default() += line.billed_cost;
        *regions.entry(region(line)).or_default() += line.billed_cost;
        if day(line) >= latest_from {
            latest += line.billed_cost;
        }
    }
    let used: Decimal = services.values().sum();
    let closed_days =
        usize::try_from((last - from.date_naive()).num_days() + 1).unwrap_or_default();
    let daily_average = (closed_days > 0).then(|| used / Decimal::from(closed_days));
    let trend_7d_percent = daily_average
        .filter(|_| closed_days > TREND_DAYS)
        .and_then(|average| {
            let mean = latest / Decimal::from(TREND_DAYS);
            ((mean - average) * Decimal::ONE_HUNDRED).checked_div(average)
        });
    let mut top: Vec<ServiceShare> = services
        .into_iter()
        .map(|(service, total)| ServiceShare {
            service: service.clone(),
            total,
            share_percent: (total * Decimal::ONE_HUNDRED).checked_div(used),
        })
        .collect();
    top.sort_by(|a, b| {
        b.total
            .cmp(&a.total)
            .then_with(|| a.service.cmp(&b.service))
    });
    top.truncate(TOP_SERVICES);
    Some(CurrencySummary {
        currency: currency.clone(),
        from,
        until,
        total: by_category.values().sum(),
        by_category,
        closed_usage: used,
        closed_days,
        daily_average,
        trend_7d_percent,
        top_services: top,
        by_region: regions
            .into_iter()
            .map(|(region, total)| (region.cloned(), total))
            .collect(),
        estimated: lines.iter().any(|line| line.estimated),
    })
}

#[cfg(test)]
#[path = "billing_tests.rs"]
mod tests;
