//! Exact money: a decimal amount and its currency, rounded once, at output.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// An ISO 4217 code such as `USD`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Currency(pub SmolStr);

impl Currency {
    /// The US dollar, in which AWS lists its prices.
    pub fn usd() -> Self {
        Self(SmolStr::new_static("USD"))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The largest amount of one row of a bill, in any currency: beyond it a file is not what it was taken for, and sums of
/// rows would run over.
pub const LARGEST_CHARGE: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// An amount of one currency. Amounts of different currencies are never added.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Money {
    /// The exact amount.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of US dollars.
    pub fn usd(amount: Decimal) -> Self {
        Self {
            amount,
            currency: Currency::usd(),
        }
    }

    /// The amount to the cent, half away from zero: the one rounding, made at output.
    pub fn rounded(&self) -> Decimal {
        let mut cents = self
            .amount
            .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        cents.rescale(2);
        cents
    }
}

impl fmt::Display for Money {
    /// `12.30 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rounded(), self.currency)
    }
}
