//! What each hour cost on demand, what commitments paid of it, and what of them was left.

use std::collections::BTreeMap;

use orch_model::{Currency, Text, Time};
use rust_decimal::Decimal;

use super::paid::PaidByMachine;
use super::scope::{Scope, may_be_covered};
use crate::charge::{Charge, Part};

/// What a row is to commitments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Paid on demand, and a commitment could have paid it.
    OnDemand,
    /// Paid by a commitment.
    Covered,
    /// The part of a commitment that paid nothing.
    Unused,
}

/// What a row says of commitments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// What it is.
    pub role: Role,
    /// What it is on demand at list price; none where the bill does not say.
    pub list: Option<Decimal>,
    /// What was paid: on demand after discounts, or the amortised part of the commitment; none where the bill does not
    /// say how much of a commitment that is.
    pub cost: Option<Decimal>,
}

/// Whose usage, where, of what sort.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The currency; amounts of two are never added.
    pub currency: Currency,
    /// FOCUS `ProviderName`.
    pub provider: Text,
    /// FOCUS `BillingAccountId`: commitments are shared below it.
    pub billing_account: Text,
    /// FOCUS `SubAccountId`.
    pub account: Text,
    /// FOCUS `RegionId`.
    pub region: Option<Text>,
    /// Of what sort.
    pub scope: Scope,
}

/// A commitment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitmentKey {
    /// The currency.
    pub currency: Currency,
    /// FOCUS `ProviderName`.
    pub provider: Text,
    /// FOCUS `CommitmentDiscountId`.
    pub id: Text,
}

/// One hour of usage in a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hour {
    /// What was paid on demand.
    pub on_demand: Decimal,
    /// The same at list price; what was paid, where the bill has no list price.
    pub on_demand_list: Decimal,
    /// What commitments covered, at list price.
    pub covered_list: Decimal,
    /// What of them that took.
    pub covered: Decimal,
    /// Rows that a commitment covers and of which the bill has no list price.
    pub unpriced: u64,
}

/// A commitment of the bill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// FOCUS `CommitmentDiscountType`.
    pub kind: Option<Text>,
    /// Of each hour what was used of it and what was not.
    pub hours: BTreeMap<Time, (Decimal, Decimal)>,
    /// What rows of longer than an hour say was used and was not.
    pub longer: (Decimal, Decimal),
    /// How many such rows there are.
    pub longer_rows: u64,
    /// Rows of usage of which the bill does not say what of the commitment they took.
    pub untold: u64,
}

/// Usage that commitments cover or could cover.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// The hours of each place.
    pub places: BTreeMap<Place, BTreeMap<Time, Hour>>,
    /// The commitments.
    pub commitments: BTreeMap<CommitmentKey, Held>,
    /// Of each provider, rows of such usage that are longer than an hour: how many, and what they cost.
    pub not_hourly: BTreeMap<(Text, Currency), (u64, Decimal)>,
    /// Of each provider, rows on demand that do not say what they are, of services of which commitments cover some: how
    /// many, and what they cost.
    pub unnamed: BTreeMap<(Text, Currency), (u64, Decimal)>,
    /// What each machine cost, where resources were asked for.
    pub paid: PaidByMachine,
}

impl Usage {
    /// Adds what a row, or a group of rows, says. `hour` is the hour that it is of; none for one of a day or a month.
    pub fn add(
        &mut self,
        place: Place,
        used: &Use,
        hour: Option<Time>,
        commitment: Option<(Text, Option<Text>)>,
        rows: u64,
    ) {
        if let Some((id, kind)) = commitment.filter(|_| used.role != Role::OnDemand) {
            let key = CommitmentKey {
                currency: place.currency.clone(),
                provider: place.provider.clone(),
                id,
            };
            self.commitments
                .entry(key)
                .or_default()
                .take(used, hour, kind, rows);
        }
        let Some(hour) = hour else {
            // What a reservation left unused in a month is told of the month by every export.
            if used.role != Role::Unused {
                let key = (place.provider, place.currency);
                let (count, cost) = self.not_hourly.entry(key).or_default();
                *count += rows;
                *cost += used.cost.or(used.list).unwrap_or_default();
            }
            return;
        };
        if used.role == Role::Unused {
            return;
        }
        let hour = self
            .places
            .entry(place)
            .or_default()
            .entry(hour)
            .or_default();
        match (used.role, used.list) {
            (Role::OnDemand, list) => {
                let cost = used.cost.or(list).unwrap_or_default();
                hour.on_demand += cost;
                hour.on_demand_list += list.unwrap_or(cost);
            }
            (_, Some(list)) => {
                hour.covered_list += list;
                hour.covered += used.cost.unwrap_or_default();
            }
            (_, None) => {
                hour.unpriced += rows;
                hour.covered += used.cost.unwrap_or_default();
            }
        }
    }

    /// Adds rows on demand that do not say what they are.
    #[cfg(feature = "billing-files")]
    pub(crate) fn unnamed(
        &mut self,
        provider: &Text,
        currency: &Currency,
        cost: Decimal,
        rows: u64,
    ) {
        let key = (provider.clone(), currency.clone());
        let (count, sum) = self.unnamed.entry(key).or_default();
        *count += rows;
        *sum += cost;
    }

    /// Adds the usage of another file.
    pub fn merge(&mut self, other: Self) {
        self.paid.merge(other.paid);
        for (place, hours) in other.places {
            let own = self.places.entry(place).or_default();
            for (time, hour) in hours {
                let own = own.entry(time).or_default();
                own.on_demand += hour.on_demand;
                own.on_demand_list += hour.on_demand_list;
                own.covered_list += hour.covered_list;
                own.covered += hour.covered;
                own.unpriced += hour.unpriced;
            }
        }
        for (key, held) in other.commitments {
            let own = self.commitments.entry(key).or_default();
            own.kind = own.kind.take().or(held.kind);
            for (time, (used, unused)) in held.hours {
                let own = own.hours.entry(time).or_default();
                own.0 += used;
                own.1 += unused;
            }
            own.longer.0 += held.longer.0;
            own.longer.1 += held.longer.1;
            own.longer_rows += held.longer_rows;
            own.untold += held.untold;
        }
        for (own, other) in [
            (&mut self.not_hourly, other.not_hourly),
            (&mut self.unnamed, other.unnamed),
        ] {
            for (key, (rows, cost)) in other {
                let own = own.entry(key).or_default();
                own.0 += rows;
                own.1 += cost;
            }
        }
    }

    /// What lines of days say of usage that commitments could cover: nothing of hours, and that they do not.
    pub fn of_days<'a>(charges: impl Iterator<Item = &'a Charge>) -> Self {
        let mut usage = Self::default();
        for charge in charges.filter(|charge| {
            charge.key.part == Part::Usage
                && may_be_covered(&charge.key.provider, &charge.key.service)
        }) {
            let key = (charge.key.provider.clone(), charge.key.currency.clone());
            let (rows, cost) = usage.not_hourly.entry(key).or_default();
            *rows += charge.sums.rows;
            *cost += charge
                .sums
                .effective
                .or(charge.sums.billed)
                .unwrap_or_default();
        }
        usage
    }
}

impl Held {
    fn take(&mut self, used: &Use, hour: Option<Time>, kind: Option<Text>, rows: u64) {
        self.kind = self.kind.take().or(kind);
        let Some(cost) = used.cost else {
            self.untold += rows;
            return;
        };
        let to = match hour {
            Some(hour) => self.hours.entry(hour).or_default(),
            None => {
                self.longer_rows += rows;
                &mut self.longer
            }
        };
        match used.role {
            Role::Unused => to.1 += cost,
            _ => to.0 += cost,
        }
    }
}
