//! What one service of one account cost, day by day.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Days, NaiveDate};
use orch_model::{Currency, Text};
use rust_decimal::Decimal;

/// What a series adds up. A member that is none stands for all of its kind, or for what names none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The provider as the billing data names it.
    pub provider: Text,
    /// The account, subscription or project.
    pub account: Text,
    /// The service; none for all services of the account.
    pub service: Option<Text>,
    /// The region; none for all regions, or for charges without one.
    pub region: Option<Text>,
    /// What goes deeper than a region, such as a resource or the value of a tag.
    pub detail: Option<Text>,
    /// The currency; amounts of two are never in one series.
    pub currency: Currency,
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.provider, self.account)?;
        for part in [&self.service, &self.region, &self.detail]
            .into_iter()
            .flatten()
        {
            write!(f, " · {part}")?;
        }
        Ok(())
    }
}

/// Usage of consecutive closed days. Credits, tax, refunds and purchases are left out by who makes it, and so
/// are days that still fill up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailySeries {
    /// What is added up.
    pub key: SeriesKey,
    /// The day of the first value.
    pub start: NaiveDate,
    /// One amount a day, zero where nothing was used.
    pub values: Vec<Decimal>,
}

impl DailySeries {
    /// The series of some amounts from the first to the last day, both included, with zeros where there is no
    /// amount. For a service that began later than the account's billing data, `first` is the first day of
    /// that data: its start is then seen as a change from zero. What lies outside is left out.
    pub fn from_amounts(
        key: SeriesKey,
        amounts: &BTreeMap<NaiveDate, Decimal>,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Self {
        Self {
            key,
            start: first,
            values: first
                .iter_days()
                .take_while(|day| *day <= last)
                .map(|day| amounts.get(&day).copied().unwrap_or_default())
                .collect(),
        }
    }

    /// The day of a value.
    pub fn day(&self, index: usize) -> NaiveDate {
        self.start
            .checked_add_days(Days::new(index as u64))
            .unwrap_or(NaiveDate::MAX)
    }

    /// The place of a day, if the series has it.
    pub fn index(&self, day: NaiveDate) -> Option<usize> {
        usize::try_from((day - self.start).num_days())
            .ok()
            .filter(|index| *index < self.values.len())
    }

    /// What a day cost; none outside the series.
    pub fn on(&self, day: NaiveDate) -> Option<Decimal> {
        self.index(day).map(|index| self.values[index])
    }

    /// The last day; none without values.
    pub fn last(&self) -> Option<NaiveDate> {
        self.values
            .len()
            .checked_sub(1)
            .map(|index| self.day(index))
    }
}
