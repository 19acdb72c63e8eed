//! A bill as it is written for programs: schema `orch.cost/v1`. Amounts are text, to the cent unless they say
//! otherwise, so that no reader makes floating point of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::v1_commitments::{Commitments, Conversion};

/// What was charged, and what of it is worth a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostAnalysis {
    /// `orch.cost/v1`.
    pub schema: String,
    /// The time at which days are held to be closed or still filling up.
    pub as_of: String,
    /// First day of the period.
    pub from: String,
    /// Last day of the period.
    pub to: String,
    /// Closed days that were asked for.
    pub days: u64,
    /// Which sum averages, shares, groups and forecasts are of: `billed` or `effective` (amortised).
    pub basis: String,
    /// Where it was read from.
    pub sources: Vec<Source>,
    /// One bill for each currency.
    pub bills: Vec<Bill>,
    /// The bill by what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Groups>,
    /// The bill by day, account, service and region: the lines of CSV where nothing was asked for.
    #[serde(skip)]
    #[schemars(skip)]
    pub lines: Groups,
    /// What costs more than it used to, the largest impact first.
    pub anomalies: Vec<Anomaly>,
    /// What was converted to one currency, and at which rates; not there where nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversions: Vec<Conversion>,
    /// What commitments cover and which to buy, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitments: Option<Commitments>,
    /// Budgets of the configuration.
    pub budgets: Vec<Budget>,
    /// What a reader has to know: two files alike, a basis that the data does not have.
    pub notes: Vec<String>,
    /// How the program ends and why.
    pub exit: crate::v1::Exit,
}

/// A file, or an account that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The file's name, or provider and account.
    pub name: String,
    /// Its format.
    pub format: String,
    /// Rows that are counted.
    pub rows: u64,
    /// Rows that are not counted.
    pub malformed: Vec<Malformed>,
    /// Rows that are counted, but without one of the sums.
    pub lacking: Vec<Malformed>,
    /// Why an account was not read, or not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
}

/// Rows with the same fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Malformed {
    /// What is wrong with them.
    pub reason: String,
    /// How many there are.
    pub rows: u64,
    /// The lines they stand on, as in `3, 7-9`; rows of a Parquet file, from 1.
    pub lines: String,
}

/// Sums of FOCUS columns; one that no source has is not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Costs {
    /// `BilledCost`, exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed: Option<String>,
    /// `EffectiveCost`, exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<String>,
    /// `ListCost`, exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
}

/// What was charged in one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bill {
    /// ISO 4217 code.
    pub currency: String,
    /// Everything charged in the period.
    pub total: Costs,
    /// The total by what the charges are for: usage, support, commitment, tax, credit, refund, …
    pub parts: Vec<Part>,
    /// Usage on closed days: what average, trend and shares rest on.
    pub closed_usage: String,
    /// Closed days since the first usage.
    pub closed_days: u64,
    /// Mean usage of a closed day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_average: Option<String>,
    /// How far the mean of the last seven closed days lies above the daily average, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend_7d_percent: Option<String>,
    /// The month that the last usage is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// Services, the largest first.
    pub services: Vec<Share>,
    /// Regions, the largest first.
    pub regions: Vec<Share>,
    /// Accounts, the largest first.
    pub accounts: Vec<Share>,
    /// Every day of the period.
    pub by_day: Vec<Day>,
    /// Usage of resources without any tag; not there where no source tells of tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untagged: Option<Share>,
    /// Whether a provider calls any of it an estimate.
    pub estimated: bool,
}

/// What charges are for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// `usage`, `unused-commitment`, `support`, `commitment`, `purchase`, `tax`, `credit`, `refund`.
    pub part: String,
    /// Its sums.
    #[serde(flatten)]
    pub costs: Costs,
}

/// A part of the usage on closed days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// Whose; nothing for what names none.
    pub name: Option<String>,
    /// Usage on closed days.
    pub cost: String,
    /// Part of all usage on closed days, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Day {
    /// The UTC day.
    pub day: String,
    /// Usage.
    pub usage: String,
    /// Everything charged.
    pub total: String,
    /// Whether it no longer fills up.
    pub closed: bool,
}

/// A month so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Month {
    /// As in `2026-11`.
    pub month: String,
    /// Everything charged in it so far.
    pub to_date: String,
    /// The last closed day of it that is in that sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_until: Option<String>,
    /// What it will have cost at its end; not there when it is over, or when too few days are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// Why there is no forecast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_forecast: Option<String>,
}

/// A month at its end: usage as it is expected, everything else as far as it was charged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// What is expected.
    pub expected: String,
    /// Lower bound of what holds in 80 of 100 cases, if the bill goes on as it did.
    pub low_80: String,
    /// Upper bound of that.
    pub high_80: String,
    /// How the same forecast would have done before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried: Option<Tried>,
}

/// Forecasts made from days in the past, each seeing only the days before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tried {
    /// Days ahead.
    pub days: u64,
    /// How many forecasts.
    pub forecasts: u64,
    /// All misses of single days in percent of what was spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_percent: Option<String>,
    /// The same if every day were as the week before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_of_last_week_percent: Option<String>,
    /// Forecasts whose sum lay within the 80 % bounds.
    pub held_80: u64,
}

/// Something that costs more than it used to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Anomaly {
    /// The provider.
    pub provider: String,
    /// The account.
    pub account: String,
    /// The service.
    pub service: String,
    /// The region; nothing for charges without one.
    pub region: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// `spike`, `step` or `rise`.
    pub kind: String,
    /// `minor`, `major` or `critical`.
    pub severity: String,
    /// `ongoing`, `over` or `settled` (its level is now the usual one).
    pub state: String,
    /// The first day of the change.
    pub first_day: String,
    /// The last day that belongs to it.
    pub last_day: String,
    /// The day whose amount gave it away.
    pub detected: String,
    /// Mean of what was expected a day.
    pub expected_per_day: String,
    /// Mean of what a day cost.
    pub actual_per_day: String,
    /// Actual less expected over its days.
    pub impact: String,
    /// The impact in percent of what was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
    /// Standard deviations (by median and MAD) above what was expected.
    pub score: f64,
    /// Resources whose cost rose with it, the largest difference first.
    pub contributors: Vec<Contributor>,
}

/// A part of an anomaly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contributor {
    /// The resource.
    pub resource: String,
    /// What it used to cost over as many days.
    pub before: String,
    /// What it cost.
    pub actual: String,
    /// Actual less before.
    pub difference: String,
}

/// The bill by several things.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Groups {
    /// What it is grouped by.
    pub by: Vec<String>,
    /// The groups, the largest first; by day in order of days.
    pub groups: Vec<Group>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// One value for each of `by`; nothing where the charges have none.
    pub values: Vec<Option<String>>,
    /// ISO 4217 code.
    pub currency: String,
    /// Its sums.
    #[serde(flatten)]
    pub costs: Costs,
    /// Part of everything charged in this currency, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
}

/// A budget of the configuration, against the month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// As in `2026-11`.
    pub month: String,
    /// What may be spent in a month.
    pub amount: String,
    /// Its currency.
    pub currency: String,
    /// What was spent in the month so far.
    pub spent: String,
    /// That in percent of the amount.
    pub percent: String,
    /// Percentages of the configuration that are reached.
    pub reached: Vec<String>,
}
