//! Billing lines in FOCUS columns.

use std::fmt;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use crate::{Currency, LARGEST_CHARGE, Time};

/// FOCUS `ChargeCategory`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum ChargeCategory {
    /// Use of a service.
    Usage,
    /// A purchase, for example of a commitment.
    Purchase,
    /// Tax.
    Tax,
    /// A credit.
    Credit,
    /// A refund or another correction.
    Adjustment,
}

impl fmt::Display for ChargeCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

fn charge<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    let amount: Decimal = Deserialize::deserialize(from)?;
    bounded(amount)
}

fn charge_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    let amount: Option<Decimal> = Deserialize::deserialize(from)?;
    amount.map(bounded).transpose()
}

fn bounded<E: serde::de::Error>(amount: Decimal) -> Result<Decimal, E> {
    match amount.abs() <= LARGEST_CHARGE {
        true => Ok(amount),
        false => Err(E::custom(format!(
            "the cost {amount} is larger than {LARGEST_CHARGE}, which no row of a bill is"
        ))),
    }
}

/// One charge of one period. The members carry the names of their FOCUS columns on disk; an empty cell is
/// null, never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct CostLine {
    /// `AWS`, `Microsoft`, `Google`.
    pub provider_name: SmolStr,
    /// The account that is billed.
    pub billing_account_id: SmolStr,
    /// The AWS account, Azure subscription or Google Cloud project that used the service.
    pub sub_account_id: Option<SmolStr>,
    /// Start of the period of the charge, inclusive.
    pub charge_period_start: Time,
    /// End of the period of the charge, exclusive.
    pub charge_period_end: Time,
    /// What sort of charge.
    pub charge_category: ChargeCategory,
    /// The service's name as the provider bills it.
    pub service_name: SmolStr,
    /// The region's id.
    pub region_id: Option<SmolStr>,
    /// The resource's id where the billing data goes that deep.
    pub resource_id: Option<SmolStr>,
    /// The basis of the invoice; at most [`LARGEST_CHARGE`].
    #[serde(deserialize_with = "charge")]
    pub billed_cost: Decimal,
    /// Amortized cost after commitments; never added to the billed cost. At most [`LARGEST_CHARGE`].
    #[serde(deserialize_with = "charge_if_any")]
    pub effective_cost: Option<Decimal>,
    /// ISO 4217 code of both costs.
    pub billing_currency: Currency,
    /// Whether the provider still calls the figure an estimate. Not a FOCUS column, hence its prefix.
    #[serde(rename = "x_Estimated")]
    pub estimated: bool,
}
