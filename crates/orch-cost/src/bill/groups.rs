//! A bill grouped by what was asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use orch_model::{Currency, Text};
use rust_decimal::Decimal;
use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

use super::summary::{Basis, Costs, percent};
use crate::charge::Charge;

/// What a bill can be grouped by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// FOCUS `ProviderName`.
    Provider,
    /// FOCUS `SubAccountId`.
    Account,
    /// FOCUS `ServiceName`.
    Service,
    /// FOCUS `RegionId`.
    Region,
    /// FOCUS `ResourceId`.
    Resource,
    /// The UTC day.
    Day,
    /// What the charges are for: usage, tax, credits, …
    Part,
    /// The value of a tag.
    Tag(Text),
}

impl Dimension {
    const NAMED: [Self; 7] = [
        Self::Provider,
        Self::Account,
        Self::Service,
        Self::Region,
        Self::Resource,
        Self::Day,
        Self::Part,
    ];

    /// The words there are, for messages.
    pub fn words() -> Vec<String> {
        let mut words: Vec<String> = Self::NAMED.iter().map(ToString::to_string).collect();
        words.push("tag:KEY".into());
        words
    }

    pub(super) fn of(&self, charge: &Charge, tags: &[Text]) -> Option<Text> {
        let key = &charge.key;
        let value = match self {
            Self::Provider => Some(key.provider.clone()),
            Self::Account => Some(key.account.clone()),
            Self::Service => Some(key.service.clone()),
            Self::Region => key.region.clone(),
            Self::Resource => key.resource.clone(),
            Self::Day => Some(key.day.to_smolstr()),
            Self::Part => Some(SmolStr::new_static(key.part.as_str())),
            Self::Tag(tag) => {
                let at = tags.iter().position(|known| known == tag)?;
                key.tags.get(at).cloned().flatten()
            }
        };
        value.filter(|value| !value.is_empty())
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider => f.pad("provider"),
            Self::Account => f.pad("account"),
            Self::Service => f.pad("service"),
            Self::Region => f.pad("region"),
            Self::Resource => f.pad("resource"),
            Self::Day => f.pad("day"),
            Self::Part => f.pad("part"),
            Self::Tag(tag) => f.pad(&format_smolstr!("tag:{tag}")),
        }
    }
}

impl FromStr for Dimension {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(tag) = text.strip_prefix("tag:").filter(|tag| !tag.is_empty()) {
            return Ok(Self::Tag(Text::new(tag)));
        }
        Self::NAMED
            .into_iter()
            .find(|dimension| dimension.to_string() == text)
            .ok_or_else(|| format!("`{text}` is nothing to group a bill by"))
    }
}

/// One line of a grouped bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The currency of its sums.
    pub currency: Currency,
    /// One value for each dimension; none where a charge has none.
    pub values: Vec<Option<Text>>,
    /// Everything charged: usage, tax, credits, all of it.
    pub costs: Costs,
    /// Its part of everything charged in its currency, in percent; none when that is zero.
    pub percent: Option<Decimal>,
}

/// A bill by these dimensions, the largest sum first within each currency; by day in order of days. `tags` are
/// those that the charges were read with.
pub fn groups<'a>(
    charges: impl Iterator<Item = &'a Charge>,
    by: &[Dimension],
    tags: &[Text],
    basis: Basis,
) -> Vec<Group> {
    let mut sums: BTreeMap<(Currency, Vec<Option<Text>>), Costs> = BTreeMap::new();
    let mut totals: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for charge in charges {
        let values = by
            .iter()
            .map(|dimension| dimension.of(charge, tags))
            .collect();
        let currency = charge.key.currency.clone();
        *totals.entry(currency.clone()).or_default() += basis.of(&charge.sums);
        sums.entry((currency, values))
            .or_default()
            .add(&charge.sums);
    }
    let mut groups: Vec<Group> = sums
        .into_iter()
        .map(|((currency, values), costs)| Group {
            percent: totals
                .get(&currency)
                .and_then(|total| percent(costs.of(basis), *total)),
            currency,
            values,
            costs,
        })
        .collect();
    if by.first() != Some(&Dimension::Day) {
        // A stable sort: what costs the same stays in order of its names.
        groups.sort_by(|a, b| {
            a.currency
                .cmp(&b.currency)
                .then_with(|| b.costs.of(basis).cmp(&a.costs.of(basis)))
        });
    }
    groups
}

#[cfg(test)]
#[path = "groups_tests.rs"]
mod tests;
