//! The bill in a few numbers: total, daily average, weekly trend, largest services.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use orch_model::{ChargeCategory, CostLine, Currency, Money, Time};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::v1;

/// A day is closed once it ended this many days before the snapshot: providers correct younger ones.
const SETTLING_DAYS: u64 = 2;
/// How many services are named.
const LARGEST: usize = 5;

/// One summary for each currency, sorted by currency.
pub(crate) fn billing(costs: &[CostLine], as_of: Time) -> Vec<v1::Billing> {
    let currencies: BTreeSet<&Currency> = costs.iter().map(|line| &line.billing_currency).collect();
    currencies
        .into_iter()
        .filter_map(|currency| {
            let lines: Vec<&CostLine> = costs
                .iter()
                .filter(|line| line.billing_currency == *currency)
                .collect();
            summary(&lines, currency, as_of)
        })
        .collect()
}

fn summary(lines: &[&CostLine], currency: &Currency, as_of: Time) -> Option<v1::Billing> {
    let day = |line: &CostLine| line.charge_period_start.date_naive();
    let from = lines.iter().map(|line| day(line)).min()?;
    let to = lines.iter().map(|line| day(line)).max()?;
    let total: Decimal = lines.iter().map(|line| line.billed_cost).sum();

    // Tax, credits and purchases come in lumps and would bend an average of days.
    let mut days: BTreeMap<NaiveDate, Decimal> = BTreeMap::new();
    let mut services: BTreeMap<&str, Decimal> = BTreeMap::new();
    for line in lines {
        *services.entry(line.service_name.as_str()).or_default() += line.billed_cost;
        if line.charge_category == ChargeCategory::Usage {
            *days.entry(day(line)).or_default() += line.billed_cost;
        }
    }
    let last_closed = as_of
        .date_naive()
        .checked_sub_days(Days::new(SETTLING_DAYS + 1))?;
    let end = last_closed.min(to);
    let closed = u64::try_from((end - from).num_days() + 1).unwrap_or(0);
    let closed_sum: Decimal = days.range(..=end).map(|(_, cost)| *cost).sum();
    let daily_average = (closed > 0).then(|| cents(closed_sum / Decimal::from(closed), currency));

    let mut largest: Vec<(&str, Decimal)> = services.into_iter().collect();
    largest.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    Some(v1::Billing {
        currency: currency.to_string(),
        from: from.to_string(),
        to: to.to_string(),
        total: cents(total, currency),
        daily_average,
        closed_days: closed,
        trend: trend(&days, from, end, currency),
        services_in_all: largest.len() as u64,
        services: largest
            .into_iter()
            .take(LARGEST)
            .map(|(service, cost)| v1::ServiceCost {
                service: service.to_owned(),
                cost: cents(cost, currency),
                percent: percent(cost, total),
            })
            .collect(),
    })
}

/// The week that ends with the last closed day against the week before it.
fn trend(
    days: &BTreeMap<NaiveDate, Decimal>,
    from: NaiveDate,
    end: NaiveDate,
    currency: &Currency,
) -> Option<v1::Trend> {
    let latest_start = end.checked_sub_days(Days::new(6))?;
    let previous_start = end.checked_sub_days(Days::new(13))?;
    if previous_start < from {
        return None;
    }
    let latest: Decimal = days.range(latest_start..=end).map(|(_, cost)| *cost).sum();
    let previous: Decimal = days
        .range(previous_start..latest_start)
        .map(|(_, cost)| *cost)
        .sum();
    Some(v1::Trend {
        latest: cents(latest, currency),
        previous: cents(previous, currency),
        percent: percent(latest - previous, previous),
    })
}

fn cents(amount: Decimal, currency: &Currency) -> String {
    Money {
        amount,
        currency: currency.clone(),
    }
    .rounded()
    .to_string()
}

/// `part` of `whole` in percent with one decimal; nothing when the whole is not positive.
fn percent(part: Decimal, whole: Decimal) -> Option<String> {
    if whole <= Decimal::ZERO {
        return None;
    }
    let mut percent = (part * Decimal::ONE_HUNDRED / whole)
        .round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    percent.rescale(1);
    Some(percent.to_string())
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, TimeZone, Utc};

    use super::*;

    fn line(day: u32, service: &str, cost: i64, category: ChargeCategory) -> CostLine {
        let start = Utc
            .with_ymd_and_hms(2026, 3, day, 0, 0, 0)
            .single()
            .unwrap_or(chrono::DateTime::UNIX_EPOCH);
        CostLine {
            provider_name: "AWS".into(),
            billing_account_id: "1".into(),
            sub_account_id: None,
            charge_period_start: start,
            charge_period_end: start + Duration::days(1),
            charge_category: category,
            service_name: service.into(),
            region_id: None,
            resource_id: None,
            billed_cost: Decimal::from(cost),
            effective_cost: None,
            billing_currency: Currency::usd(),
            estimated: false,
        }
    }

    #[test]
    fn open_days_and_tax_stay_out_of_the_average() {
        let mut costs: Vec<CostLine> = (1..=18)
            .map(|day| {
                line(
                    day,
                    "EC2",
                    if day > 7 { 20 } else { 10 },
                    ChargeCategory::Usage,
                )
            })
            .collect();
        costs.push(line(2, "Tax", 100, ChargeCategory::Tax));
        // On the 17th at noon the 14th is the last day that ended at least 48 hours before.
        let as_of = costs[16].charge_period_start + Duration::hours(12);
        let summary = &billing(&costs, as_of)[0];
        assert_eq!(summary.total, "390.00");
        assert_eq!(summary.closed_days, 14);
        assert_eq!(summary.daily_average.as_deref(), Some("15.00"));
        let trend = summary
            .trend
            .as_ref()
            .map(|trend| (trend.latest.as_str(), trend.percent.as_deref()));
        assert_eq!(trend, Some(("140.00", Some("100.0"))));
        assert_eq!(summary.services[0].percent.as_deref(), Some("74.4"));
    }

    #[test]
    fn no_lines_no_summary_and_few_days_no_trend() {
        let as_of = Utc
            .with_ymd_and_hms(2026, 3, 9, 0, 0, 0)
            .single()
            .unwrap_or_default();
        assert!(billing(&[], as_of).is_empty());
        let summary = &billing(&[line(8, "EC2", 1, ChargeCategory::Usage)], as_of)[0];
        assert_eq!(
            (summary.closed_days, &summary.daily_average, &summary.trend),
            (0, &None, &None)
        );
    }
}
