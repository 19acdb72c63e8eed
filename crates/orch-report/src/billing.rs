//! The bill as the report shows it: amounts to the cent, parts to a tenth of a percent.

use orch_cost::bill::{Basis, Summary, TOP_SERVICES, summaries};
use orch_cost::charge::charges;
use orch_model::{Currency, Money, Snapshot};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::v1;

/// One summary for each currency, sorted by currency.
pub(crate) fn billing(snapshot: &Snapshot) -> Vec<v1::Billing> {
    let charges = charges(&snapshot.costs);
    summaries(charges.iter(), snapshot.as_of, Basis::Billed)
        .iter()
        .map(of_currency)
        .collect()
}

fn of_currency(bill: &Summary) -> v1::Billing {
    let amount = |amount: Decimal| cents(amount, &bill.currency);
    v1::Billing {
        currency: bill.currency.to_string(),
        from: bill.from.to_string(),
        to: bill.to.to_string(),
        total: amount(bill.total.of(Basis::Billed)),
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
            .services
            .iter()
            .take(TOP_SERVICES)
            .map(|share| v1::ServiceCost {
                service: share.name.as_deref().unwrap_or_default().to_owned(),
                cost: amount(share.total),
                percent: share.percent.map(tenths),
            })
            .collect(),
        regions: bill
            .regions
            .iter()
            .map(|share| v1::RegionCost {
                region: share.name.as_ref().map(ToString::to_string),
                cost: amount(share.total),
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

/// An amount to the cent, without its currency.
pub(crate) fn to_cents(amount: Decimal) -> String {
    cents(amount, &Currency::usd())
}

pub(crate) fn tenths(percent: Decimal) -> String {
    let mut percent = percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    percent.rescale(1);
    percent.to_string()
}
