//! Commitments and conversions as they are written for programs: optional members of schema `orch.cost/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::v1::Costs;

/// What was converted at one rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversion {
    /// The currency that was charged.
    pub from: String,
    /// The currency it is shown in.
    pub to: String,
    /// Units of the second for one of the first, exact.
    pub rate: String,
    /// The day from which on that holds.
    pub date: String,
    /// Who says so.
    pub source: String,
    /// The first day of the charges.
    pub first_day: String,
    /// The last day of the charges.
    pub last_day: String,
    /// Everything charged, as it was.
    pub before: Costs,
    /// The same in the other currency.
    pub after: Costs,
}

/// What commitments cover, how far they are used, and what another one would have saved. Shares are in percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Commitments {
    /// The first hour.
    pub from: String,
    /// The hour after the last.
    pub until: String,
    /// Each provider and currency.
    pub providers: Vec<OfProvider>,
    /// Each account, region and family, what is most on demand first.
    pub usage: Vec<UsageCovered>,
    /// Each commitment, what is most unused first.
    pub held: Vec<Held>,
    /// What is not known by the hour, and which export would tell it.
    pub unknown: Vec<NotHourly>,
    /// What to buy, the largest saving first. Those on the same usage are alternatives.
    pub advice: Vec<Advice>,
    /// For what there is no advice.
    pub refused: Vec<Refused>,
    /// Usage that no advice speaks of, because other steps come first.
    pub left_out: Vec<LeftOut>,
    /// Every hour of every provider.
    pub hours: Vec<Hour>,
}

/// What is covered, at list prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Hours with any usage.
    pub hours: u64,
    /// What was on demand.
    pub on_demand: String,
    /// What commitments covered.
    pub covered: String,
    /// The covered part; not there where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
    /// The hour with the smallest part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowest: Option<Lowest>,
    /// Covered rows without a list price: with any, the part is not known.
    pub unpriced_rows: u64,
}

/// The hour with the smallest part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lowest {
    /// The hour.
    pub hour: String,
    /// Its part.
    pub percent: String,
}

/// What of commitments is used, in amortised money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Utilisation {
    /// What was used.
    pub used: String,
    /// What was not.
    pub unused: String,
    /// The used part; not there where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
    /// The hour with the smallest part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowest: Option<Lowest>,
    /// Why the part is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// All usage of a provider in one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfProvider {
    /// The provider.
    pub provider: String,
    /// ISO 4217 code.
    pub currency: String,
    /// What is covered.
    pub coverage: Coverage,
    /// What of its commitments is used.
    pub utilisation: Utilisation,
}

/// Usage of one sort in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsageCovered {
    /// The provider.
    pub provider: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The account.
    pub account: String,
    /// The region; nothing for usage without one.
    pub region: Option<String>,
    /// `compute`, `database`, `other`.
    pub group: String,
    /// The family of machines, or the service.
    pub family: String,
    /// What is covered.
    pub coverage: Coverage,
}

/// One commitment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// The provider.
    pub provider: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Its id.
    pub id: String,
    /// What sort of commitment, as the bill calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Hours of which the bill says anything.
    pub hours: u64,
    /// What of it is used.
    pub utilisation: Utilisation,
}

/// Usage of which nothing is known by the hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotHourly {
    /// The provider.
    pub provider: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Rows of it.
    pub rows: u64,
    /// What they cost.
    pub cost: String,
    /// Why nothing is known of them: they are longer than an hour, or do not say what they are.
    #[serde(default)]
    pub why: String,
    /// Which export tells it.
    pub enable: String,
}

/// What a commitment would cover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pool {
    /// The provider.
    pub provider: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The billing account, below which it is shared.
    pub billing_account: String,
    /// `compute`, `database`, `other`.
    pub group: String,
    /// The region, where it binds to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The family of machines, where it binds to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
}

/// A commitment that would have saved money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Advice {
    /// What it would cover.
    pub pool: Pool,
    /// The sort of commitment; `as-the-bill` for another one like those that the bill has.
    pub offer: String,
    /// What it takes off the price on demand.
    pub discount_percent: String,
    /// Where that comes from.
    pub discount_from: String,
    /// For how many months it binds, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub months: Option<u32>,
    /// Which part of it is paid at its begin.
    pub upfront_percent: String,
    /// How many hours it rests on.
    pub hours: u64,
    /// What an hour cost on demand, in the mean.
    pub on_demand_hourly: String,
    /// The least that was spent in an hour.
    pub on_demand_least: String,
    /// The most that was spent in an hour.
    pub on_demand_most: String,
    /// The best commitment.
    pub best: Point,
    /// What parts of it would have brought, itself last.
    pub curve: Vec<Point>,
    /// Used less than this, it costs more than it saves.
    pub break_even_percent: String,
    /// What is paid at its begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upfront: Option<String>,
    /// After so many months that has come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payback_months: Option<String>,
    /// For so many months the usage must go on so that the whole term is no loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub must_last_months: Option<String>,
}

/// A commitment, and what the hours would have cost with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Percent of the best one.
    pub of_best_percent: u32,
    /// Money an hour.
    pub commitment_hourly: String,
    /// What an hour cost with it, in the mean.
    pub hourly: String,
    /// Which part of it would have been used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilisation_percent: Option<String>,
    /// Which part of the spend it would have covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage_percent: Option<String>,
    /// What it would have saved in a month of 730 hours.
    pub monthly_saving: String,
}

/// No advice, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// What it would have been for.
    pub pool: Pool,
    /// Why there is none.
    pub why: String,
}

/// Usage that no advice speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// The provider.
    pub provider: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The account.
    pub account: String,
    /// The region; nothing for usage without one.
    pub region: Option<String>,
    /// The family of machines, or the service.
    pub family: String,
    /// What it costs an hour on demand, in the mean.
    pub hourly: String,
    /// Why.
    pub why: String,
}

/// One hour of a provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hour {
    /// When it begins.
    pub hour: String,
    /// The provider.
    pub provider: String,
    /// ISO 4217 code.
    pub currency: String,
    /// What was on demand, at list price.
    pub on_demand: String,
    /// What was covered, at list price.
    pub covered: String,
    /// The covered part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage_percent: Option<String>,
    /// What of the commitments was used.
    pub used: String,
    /// What was not.
    pub unused: String,
    /// The used part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utilisation_percent: Option<String>,
}
