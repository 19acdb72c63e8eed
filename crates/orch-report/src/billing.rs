//! The bill as the report shows it: amounts to the cent, parts to a tenth of a percent.

use orch_cost::billing::{CurrencySummary, summary};
use orch_model::{Currency, Money, Snapshot};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::v1;

/// One summary for each currency, sorted by currency.
pub(crate) fn billing(snapshot: &Snapshot) -> Vec<v1::Billing> {
    summary(&snapshot.costs, snapshot.as_of)
        .currencies
        .iter()
        .map(of_currency)
        .collect()
}

fn of_currency(bill: &CurrencySummary) -> v1::Billing {
    let amount = |amount: Decimal| cents(amount, &bill.currency);
    v1::Billing {
        currency: bill.currency.to_string(),
        from: bill.from.date_naive().to_string(),
        // The end of a period is exclusive; people mean the last day in it.
        to: (bill.until - chrono::Duration::seconds(1))
            .date_naive()
            .to_string(),
        total: amount(bill.total),
        by_category: bill
            .by_category
            .iter()
            .map(|(category, total)| (category.to_string(), amount(*total)))
            .collect(),
        closed_usage: amount(bill.closed_usage),
        closed_days: bill.closed_days as u64,
        daily_average: bill.daily_average.map(amount),
        trend_7d_percent: bill.trend_7d_percent.map(tenths),
        services: bill
            .top_services
            .iter()
            .map(|share| v1::ServiceCost {
                service: share.service.to_string(),
                cost: amount(share.total),
                percent: share.share_percent.map(tenths),
            })
            .collect(),
        regions: bill
            .by_region
            .iter()
            .map(|(region, total)| v1::RegionCost {
                region: region.as_ref().map(ToString::to_string),
                cost: amount(*total),
            })
            .collect(),
        estimated: bill.estimated,
    }
}

pub(crate) fn cents(amount: Decimal, currency: &Currency) -> String {
    Money {
        amount,
        currency: currency.clone(),
    }
    .rounded()
    .to_string()
}

fn tenths(percent: Decimal) -> String {
    let mut percent = percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    percent.rescale(1);
    percent.to_string()
}
