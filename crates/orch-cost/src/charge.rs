//! What was charged: exact sums a day for each who, where and what for, under the names of FOCUS.

use std::collections::HashMap;

use chrono::NaiveDate;
use orch_model::{ChargeCategory, CostLine, Currency, Text};
use rust_decimal::Decimal;

/// What a charge is for. Only [`Part::Usage`] makes averages, trends, anomalies and forecasts: the others come
/// once a month or once a year and would drown it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Use of services, discounts of the price included.
    Usage,
    /// The unused part of a commitment, at its amortised cost.
    UnusedCommitment,
    /// A support plan.
    Support,
    /// Payment for a commitment: a reservation, a savings plan, a committed use discount.
    Commitment,
    /// Any other purchase.
    Purchase,
    /// Tax.
    Tax,
    /// A credit that pays for usage: a promotion, an agreement.
    Credit,
    /// A refund, a rounding, or a correction of a former invoice.
    Refund,
}

impl Part {
    /// Every part, in the order in which a report names them.
    pub const ALL: [Self; 8] = [
        Self::Usage,
        Self::UnusedCommitment,
        Self::Support,
        Self::Commitment,
        Self::Purchase,
        Self::Tax,
        Self::Credit,
        Self::Refund,
    ];

    /// The name in reports and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::UnusedCommitment => "unused-commitment",
            Self::Support => "support",
            Self::Commitment => "commitment",
            Self::Purchase => "purchase",
            Self::Tax => "tax",
            Self::Credit => "credit",
            Self::Refund => "refund",
        }
    }

    /// What a charge of this category is for, as far as category and service tell.
    pub fn of(category: ChargeCategory, service: &str) -> Self {
        match category {
            ChargeCategory::Tax => Self::Tax,
            ChargeCategory::Credit => Self::Credit,
            ChargeCategory::Adjustment => Self::Refund,
            _ if is_support(service) => Self::Support,
            ChargeCategory::Purchase => Self::Purchase,
            ChargeCategory::Usage => Self::Usage,
        }
    }
}

/// Words of the names of support plans beside "support" itself: the vendors', and those of the plans.
const PLANS: [&str; 24] = [
    "aws",
    "amazon",
    "azure",
    "basic",
    "business",
    "cloud",
    "developer",
    "direct",
    "enhanced",
    "enterprise",
    "fee",
    "google",
    "microsoft",
    "ocb",
    "on",
    "plan",
    "premier",
    "premium",
    "production",
    "professional",
    "ramp",
    "role",
    "standard",
    "unified",
];

/// Whether a service is a support plan: `AWS Support (Business)`, `AWSSupportBusiness`, `Azure Support`, `Enhanced
/// Support`. No format has a column for it; the word stands in the name with all three clouds. A name that has other
/// words as well is of something else: software for support.
fn is_support(service: &str) -> bool {
    const WORD: &[u8] = b"support";
    let mut parts = service.as_bytes().windows(WORD.len());
    if !parts.any(|part| part.eq_ignore_ascii_case(WORD)) {
        return false;
    }
    let words = words(service);
    let is = |word: &String, known: &str| word.eq_ignore_ascii_case(known);
    words.iter().any(|word| is(word, "support"))
        && words
            .iter()
            .all(|word| is(word, "support") || PLANS.iter().any(|known| is(word, known)))
}

/// The words of a name, also where only capital letters part them: `AWSSupportBusiness` has three.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && (before.is_some_and(|one| one.is_lowercase())
                || (before.is_some_and(|one| one.is_uppercase())
                    && after.is_some_and(|one| one.is_lowercase())));
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(*letter);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Who was charged, where, and what for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The currency of the sums; amounts of two are never added.
    pub currency: Currency,
    /// The UTC day on which the period of the charge starts.
    pub day: NaiveDate,
    /// FOCUS `ProviderName`.
    pub provider: Text,
    /// FOCUS `BillingAccountId`.
    pub billing_account: Text,
    /// FOCUS `SubAccountId`; the billing account where a charge names none.
    pub account: Text,
    /// FOCUS `ServiceName`.
    pub service: Text,
    /// FOCUS `RegionId`.
    pub region: Option<Text>,
    /// FOCUS `ChargeCategory`.
    pub category: ChargeCategory,
    /// What it is for.
    pub part: Part,
    /// Whether what was charged carries any tag; none where the source does not tell.
    pub tagged: Option<bool>,
    /// FOCUS `ResourceId`, where it was asked for.
    pub resource: Option<Text>,
    /// The values of the tags that were asked for, in that order.
    pub tags: Vec<Option<Text>>,
}

/// The sums of one key. A column that a source does not have is none, never zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Sums {
    /// FOCUS `BilledCost`: the basis of the invoice.
    pub billed: Option<Decimal>,
    /// FOCUS `EffectiveCost`: amortised, after commitments.
    pub effective: Option<Decimal>,
    /// FOCUS `ListCost`: what it would be without any discount.
    pub list: Option<Decimal>,
    /// Rows of the source.
    pub rows: u64,
    /// Whether the provider still calls any of it an estimate.
    pub estimated: bool,
}

/// One key with its sums.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Charge {
    /// Who, where, what for.
    pub key: Key,
    /// How much.
    pub sums: Sums,
}

/// Charges while they are added up.
#[derive(Debug, Default)]
pub struct Charges {
    by_key: HashMap<Key, Sums>,
    /// Whether a sum had more than 28 digits, where the last of them are rounded.
    pub rounded: bool,
}

impl Charges {
    /// Adds sums to those of a key.
    pub fn add(&mut self, key: Key, sums: &Sums) {
        let to = self.by_key.entry(key).or_default();
        let mut exact = true;
        for (to, more) in [
            (&mut to.billed, sums.billed),
            (&mut to.effective, sums.effective),
            (&mut to.list, sums.list),
        ] {
            let Some(more) = more else { continue };
            let sum = add(to.unwrap_or_default(), more);
            exact &= sum.1;
            *to = Some(sum.0);
        }
        to.rows += sums.rows;
        to.estimated |= sums.estimated;
        self.rounded |= !exact;
    }

    /// The charges in order of their keys.
    pub fn into_sorted(self) -> Vec<Charge> {
        let mut charges: Vec<Charge> = self
            .by_key
            .into_iter()
            .map(|(key, sums)| Charge { key, sums })
            .collect();
        charges.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        charges
    }

    /// Each key with its sums, in no order.
    #[cfg(feature = "billing-files")]
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Sums)> {
        self.by_key.iter_mut()
    }
}

/// Two amounts added, and whether the sum is exact: an amount has at most 28 digits, and where a sum needs
/// more, the type drops the last ones.
pub(crate) fn add(a: Decimal, b: Decimal) -> (Decimal, bool) {
    let digits = |amount: Decimal| amount.normalize().scale();
    match a.checked_add(b) {
        Some(sum) => (
            sum,
            sum.scale() >= digits(a).max(digits(b)) || sum.is_zero(),
        ),
        // Beyond 28 digits before the point: no bill of this world.
        None => (a, false),
    }
}

/// The charges of billing lines, as collectors bring them.
pub fn charges(lines: &[CostLine]) -> Vec<Charge> {
    let mut charges = Charges::default();
    for line in lines {
        let key = Key {
            currency: line.billing_currency.clone(),
            day: line.charge_period_start.date_naive(),
            provider: line.provider_name.clone(),
            billing_account: line.billing_account_id.clone(),
            account: line
                .sub_account_id
                .as_ref()
                .unwrap_or(&line.billing_account_id)
                .clone(),
            service: line.service_name.clone(),
            region: line.region_id.clone().filter(|region| !region.is_empty()),
            category: line.charge_category,
            part: Part::of(line.charge_category, &line.service_name),
            tagged: None,
            resource: line.resource_id.clone(),
            tags: Vec::new(),
        };
        let sums = Sums {
            billed: Some(line.billed_cost),
            effective: line.effective_cost,
            list: None,
            rows: 1,
            estimated: line.estimated,
        };
        charges.add(key, &sums);
    }
    charges.into_sorted()
}

#[cfg(test)]
#[path = "charge_tests.rs"]
mod tests;
