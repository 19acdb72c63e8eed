//! One row of a billing file under one set of names, whatever the file calls its columns.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use orch_model::{LARGEST_CHARGE, Text, Time};
use rust_decimal::Decimal;
use smol_str::format_smolstr;

/// A column of text that charges are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Provider,
    BillingAccount,
    Account,
    Day,
    Category,
    Class,
    Service,
    Region,
    Commitment,
    CommitmentStatus,
    Currency,
    Resource,
    Tags,
    /// The last day of the billing period, where the format writes days with slashes.
    PeriodEnd,
    /// When the period of the charge begins and ends: only where commitments are asked for, as all that follow.
    Start,
    End,
    /// What is metered, in the provider's short form and in words.
    Meter,
    Description,
    PricingCategory,
    CommitmentKind,
    /// The savings plan, where it has a column of its own.
    Plan,
}

impl Word {
    pub(super) const ALL: [Self; 21] = [
        Self::Provider,
        Self::BillingAccount,
        Self::Account,
        Self::Day,
        Self::Category,
        Self::Class,
        Self::Service,
        Self::Region,
        Self::Commitment,
        Self::CommitmentStatus,
        Self::Currency,
        Self::Resource,
        Self::Tags,
        Self::PeriodEnd,
        Self::Start,
        Self::End,
        Self::Meter,
        Self::Description,
        Self::PricingCategory,
        Self::CommitmentKind,
        Self::Plan,
    ];

    /// Whether only the question of commitments needs it.
    pub(super) fn is_of_commitments(self) -> bool {
        matches!(
            self,
            Self::Start
                | Self::End
                | Self::Meter
                | Self::Description
                | Self::PricingCategory
                | Self::CommitmentKind
                | Self::Plan
        )
    }
}

/// A column of amounts that charges are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// What the invoice rests on.
    Billed,
    /// Amortised.
    Effective,
    /// Without any discount.
    List,
    /// What a reservation pays of a row.
    ReservationEffective,
    /// The upfront fee of the unused part of a reservation.
    ReservationUnusedUpfront,
    /// The recurring fee of the unused part of a reservation.
    ReservationUnusedFee,
    /// What a savings plan pays of a row.
    PlanEffective,
    /// The commitment of a savings plan.
    PlanCommitment,
    /// The used part of that commitment.
    PlanUsed,
    /// Credits that pay for usage, as negative amounts.
    Promotion,
    /// Discounts of the price, as negative amounts.
    Discount,
    /// Those of them that come from a commitment.
    CommitmentDiscount,
}

impl Cost {
    pub(super) const ALL: [Self; 12] = [
        Self::Billed,
        Self::Effective,
        Self::List,
        Self::ReservationEffective,
        Self::ReservationUnusedUpfront,
        Self::ReservationUnusedFee,
        Self::PlanEffective,
        Self::PlanCommitment,
        Self::PlanUsed,
        Self::Promotion,
        Self::Discount,
        Self::CommitmentDiscount,
    ];
}

/// What a row says. Empty cells and the word `NULL` are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    words: [Option<Text>; Word::ALL.len()],
    costs: [Option<Decimal>; Cost::ALL.len()],
    /// Rows of the file that this one stands for.
    pub(super) rows: u64,
}

impl Row {
    /// A row that says nothing yet and stands for so many rows of the file.
    pub(super) fn of(rows: u64) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    pub(super) fn word(&self, word: Word) -> Option<&Text> {
        self.words.get(word as usize)?.as_ref()
    }

    pub(super) fn cost(&self, cost: Cost) -> Option<Decimal> {
        *self.costs.get(cost as usize)?
    }

    pub(super) fn set_word(&mut self, word: Word, text: Option<Text>) {
        if let Some(slot) = self.words.get_mut(word as usize) {
            *slot = text;
        }
    }

    pub(super) fn set_cost(&mut self, cost: Cost, amount: Option<Decimal>) {
        if let Some(slot) = self.costs.get_mut(cost as usize) {
            *slot = amount;
        }
    }
}

/// Why a row is not counted. Never with text of the row: it may be anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault(pub Text);

impl Fault {
    /// A cell that must hold something is empty.
    pub(super) fn empty(column: &str) -> Self {
        Self(format_smolstr!("{column} is empty"))
    }

    /// A cell holds something else than it should.
    pub(super) fn not(column: &str, what: &str) -> Self {
        Self(format_smolstr!("{column} is not {what}"))
    }
}

/// What a cell says; none for an empty one and for the word `NULL`, which some exports write for it.
pub(super) fn cell(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && !text.eq_ignore_ascii_case("null")).then_some(text)
}

/// An exact amount: digits with a point, or with an exponent as in `7.29E-9`.
///
/// # Errors
/// What the text is not: a number, one of as many digits as an amount holds (28 after leading and trailing zeros), or one
/// that a bill can have.
pub(super) fn amount(text: &str) -> Result<Decimal, &'static str> {
    let number = number(text)?;
    match number.abs() <= LARGEST_CHARGE {
        true => Ok(number),
        false => Err("an amount of at most 1,000,000,000,000,000"),
    }
}

fn number(text: &str) -> Result<Decimal, &'static str> {
    const NUMBER: &str = "a number";
    const SHORT: &str = "a number of at most 28 digits";
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().map_err(|_| NUMBER)?),
        None => (text, 0),
    };
    if digits.is_empty() || digits.contains('_') {
        return Err(NUMBER);
    }
    // Zeros at the end say nothing and would take the room of digits.
    let digits = match digits.split_once('.') {
        Some((whole, part)) => {
            let part = part.trim_end_matches('0');
            if part.is_empty() {
                whole.to_owned()
            } else {
                format!("{whole}.{part}")
            }
        }
        None => digits.to_owned(),
    };
    let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    let base = Decimal::from_str_exact(&digits).map_err(|_| match is_number(&digits) {
        true => SHORT,
        false => NUMBER,
    })?;
    let scale = i64::from(base.scale()) - i64::from(exponent);
    if base.is_zero() {
        return Ok(Decimal::ZERO);
    }
    if scale < 0 {
        let mut whole = Decimal::try_from_i128_with_scale(base.mantissa(), 0).map_err(|_| SHORT)?;
        for _ in 0..scale.unsigned_abs() {
            whole = whole.checked_mul(Decimal::TEN).ok_or(SHORT)?;
        }
        return Ok(whole);
    }
    let scale = u32::try_from(scale).map_err(|_| SHORT)?;
    Decimal::try_from_i128_with_scale(base.mantissa(), scale).map_err(|_| SHORT)
}

/// The UTC day of `2024-09-18`, `2024-09-18T22:00:00Z`, `2024-09-18 22:00:00 UTC` and, where `slashes` are allowed,
/// `09/18/2024` (month first, as Azure's exports write it). A time with another offset is taken to UTC.
pub(super) fn day(text: &str, slashes: bool) -> Option<NaiveDate> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc().date_naive());
    }
    if let Some((date, _)) = text.split_at_checked(10) {
        let rest = text.get(10..).unwrap_or_default();
        if rest.is_empty() || rest.starts_with(['T', ' ']) {
            if let Ok(day) = NaiveDate::parse_from_str(date, "%Y-%m-%d") {
                return Some(day);
            }
            if let Some(day) = NaiveDate::parse_from_str(date, "%m/%d/%Y")
                .ok()
                .filter(|_| slashes)
            {
                return Some(day);
            }
        }
    }
    NaiveDate::parse_from_str(text, "%m/%d/%Y")
        .ok()
        .filter(|_| slashes)
}

/// Whether a day with slashes can only be one with the day first: `31/10/2024`. Then so are all of its file.
pub(super) fn is_day_first(text: &str) -> bool {
    let date = text.get(..10).unwrap_or(text);
    NaiveDate::parse_from_str(date, "%m/%d/%Y").is_err()
        && NaiveDate::parse_from_str(date, "%d/%m/%Y").is_ok()
}

/// The time that `2024-09-18T22:00:00Z` and `2024-09-18 22:00:00 UTC` say; none for a day alone.
pub(super) fn time(text: &str) -> Option<Time> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let text = text.trim_end_matches("UTC").trim_end_matches(['Z', ' ']);
    [
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ]
    .into_iter()
    .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    .map(|time| time.and_utc())
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
