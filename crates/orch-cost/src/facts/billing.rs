//! `billing`: what an account was charged, and which services cost more than before.

use std::collections::BTreeMap;

use chrono::Duration;
use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Body, CostLine, Dataset, Field, Kind, Resource, Text, Time};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Derived, Found, schema_of};
use crate::Amount;
use crate::bill::{Basis, TREND_DAYS, closed_usage, last_closed_day, summaries};
use crate::charge::{Charge, charges};

/// Days of which the share without a region is taken.
const SHARE_DAYS: i64 = 30;

/// What an account was charged.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Billing {
    /// The currency of all amounts.
    currency: Text,
    /// Everything billed in the time that was read: usage, tax, credits.
    total: Amount,
    /// Mean usage of a closed day; zero when no day is closed.
    daily_average: Amount,
    /// The services whose latest closed day cost more than the mean of the seven closed days before it.
    rising: Vec<Rise>,
    /// Part of the usage of the last 30 closed days that names no region, 0 to 1.
    unattributed_share: f64,
}

/// A service that costs more than before.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Rise {
    /// The service as the provider bills it.
    service: Text,
    /// Mean of the seven closed days before the latest.
    previous: Amount,
    /// The latest closed day.
    latest: Amount,
    /// Latest less previous.
    added: Amount,
    /// The rise in percent of previous; 100 where nothing was charged before.
    change: f64,
}

const NEEDS: &[Dataset] = &[Dataset::Costs];

pub(super) fn fact() -> Box<dyn Fact> {
    let spec = FactSpec {
        name: "billing",
        kinds: &[Kind::CloudAccount],
        schema: schema_of::<Field<Billing>>,
        needs: NEEDS,
        about: "Charges of an account: total, daily average over closed days, services that cost more than before, and the share that names no region; none when nothing was billed.",
    };
    Derived::boxed(spec, derive)
}

fn derive(resource: &Resource, inventory: &Inventory<'_>) -> Result<Found<Billing>, Unseen> {
    let Body::CloudAccount(account) = &resource.body else {
        return Ok(Field::None.into());
    };
    inventory.state(Dataset::Costs, &resource.scope)?;
    let lines: Vec<CostLine> = inventory
        .costs()
        .iter()
        .filter(|line| {
            *line
                .sub_account_id
                .as_ref()
                .unwrap_or(&line.billing_account_id)
                == account.account_id
        })
        .cloned()
        .collect();
    billing(&charges(&lines), inventory.snapshot().as_of).map(Found::from)
}

fn billing(charges: &[Charge], as_of: Time) -> Result<Field<Billing>, Unseen> {
    let mut currencies = summaries(charges.iter(), as_of, Basis::Billed);
    if currencies.len() > 1 {
        return Err(Unseen::untold(
            "billing",
            "the account is billed in more than one currency",
        ));
    }
    let Some(summary) = currencies.pop() else {
        return Ok(Field::None);
    };
    Ok(Field::Value(Billing {
        currency: summary.currency.0,
        total: Amount(summary.total.of(Basis::Billed)),
        daily_average: Amount(summary.daily_average.unwrap_or_default()),
        rising: rising(charges, as_of),
        unattributed_share: unattributed_share(charges, as_of),
    }))
}

/// Latest closed day against the mean of the seven closed days before it, by service. Days without a line
/// cost nothing. With fewer than seven days before it there is nothing to compare with.
fn rising(charges: &[Charge], as_of: Time) -> Vec<Rise> {
    let latest_day = last_closed_day(as_of);
    let before = latest_day - Duration::days(TREND_DAYS as i64);
    if closed_usage(charges, as_of)
        .map(|charge| charge.key.day)
        .min()
        .is_none_or(|first| first > before)
    {
        return Vec::new();
    }
    let mut services: BTreeMap<&Text, (Decimal, Decimal)> = BTreeMap::new();
    for charge in closed_usage(charges, as_of).filter(|charge| charge.key.day >= before) {
        let (previous, latest) = services.entry(&charge.key.service).or_default();
        *(if charge.key.day == latest_day {
            latest
        } else {
            previous
        }) += Basis::Billed.of(&charge.sums);
    }
    services
        .into_iter()
        .map(|(service, (previous, latest))| {
            (service, previous / Decimal::from(TREND_DAYS), latest)
        })
        .filter(|(_, previous, latest)| latest > previous)
        .map(|(service, previous, latest)| {
            let added = latest - previous;
            let change = (added * Decimal::ONE_HUNDRED).checked_div(previous);
            Rise {
                service: service.clone(),
                previous: Amount(previous),
                latest: Amount(latest),
                added: Amount(added),
                change: change.and_then(|change| change.to_f64()).unwrap_or(100.0),
            }
        })
        .collect()
}

fn unattributed_share(charges: &[Charge], as_of: Time) -> f64 {
    let since = last_closed_day(as_of) - Duration::days(SHARE_DAYS - 1);
    let recent = || closed_usage(charges, as_of).filter(|charge| charge.key.day >= since);
    let all: Decimal = recent().map(|charge| Basis::Billed.of(&charge.sums)).sum();
    let nowhere: Decimal = recent()
        .filter(|charge| charge.key.region.is_none())
        .map(|charge| Basis::Billed.of(&charge.sums))
        .sum();
    nowhere
        .checked_div(all)
        .and_then(|share| share.to_f64())
        .unwrap_or_default()
}

#[cfg(test)]
#[path = "billing_tests.rs"]
mod tests;
