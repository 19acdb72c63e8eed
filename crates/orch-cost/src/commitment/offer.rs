//! Which commitments there are to buy, and where a discount comes from.

use orch_model::{Provider, Text};
use rust_decimal::Decimal;

use super::scope::Group;
use super::simulate::Terms;

/// A sort of commitment that a cloud sells.
#[derive(Debug, PartialEq, Eq)]
pub struct OfferKind {
    /// The name in options, configuration and reports.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Of which cloud.
    pub provider: Provider,
    /// What usage it covers.
    pub group: Group,
    /// Whether it binds to a family of machines in one region; another covers all of them together.
    pub narrow: bool,
    /// The largest discount that the cloud publishes for it, in percent. Never taken for a rate: what a type in a region
    /// really gets lies below it, and a larger one that is given is a mistake.
    pub at_most: u32,
    /// Where that stands, and when it was read.
    pub source: &'static str,
}

/// Every sort. Rates by type, region, term and payment are in the clouds' price lists and not here: the discount is
/// given by the user, or what the bill itself shows.
pub const KINDS: &[OfferKind] = &[
    OfferKind {
        name: "aws-compute-savings-plan",
        title: "AWS Compute Savings Plan",
        provider: Provider::Aws,
        group: Group::Compute,
        narrow: false,
        at_most: 66,
        source: "aws.amazon.com/savingsplans/compute-pricing, Savings Plans user guide, Plan types; November 2026",
    },
    OfferKind {
        name: "aws-instance-savings-plan",
        title: "AWS EC2 Instance Savings Plan",
        provider: Provider::Aws,
        group: Group::Compute,
        narrow: true,
        at_most: 72,
        source: "Savings Plans user guide, Plan types; November 2026",
    },
    OfferKind {
        name: "aws-reserved-database",
        title: "Amazon RDS Reserved DB Instances",
        provider: Provider::Aws,
        group: Group::Database,
        narrow: true,
        at_most: 69,
        source: "aws.amazon.com/rds/reserved-instances; November 2026",
    },
    OfferKind {
        name: "azure-savings-plan",
        title: "Azure savings plan for compute",
        provider: Provider::Azure,
        group: Group::Compute,
        narrow: false,
        at_most: 65,
        source: "azure.microsoft.com/pricing/offers/savings-plan-compute; November 2026",
    },
    OfferKind {
        name: "azure-reservation",
        title: "Azure Reserved VM Instances",
        provider: Provider::Azure,
        group: Group::Compute,
        narrow: true,
        at_most: 72,
        source: "azure.microsoft.com/pricing/reserved-vm-instances; November 2026",
    },
    OfferKind {
        name: "gcp-flexible-cud",
        title: "Google Cloud compute flexible committed use",
        provider: Provider::Gcp,
        group: Group::Compute,
        narrow: false,
        at_most: 46,
        source: "cloud.google.com/compute/docs/instances/committed-use-discounts-overview (28 % for one year, 46 % for three); November 2026",
    },
    OfferKind {
        name: "gcp-resource-cud",
        title: "Google Cloud resource-based committed use",
        provider: Provider::Gcp,
        group: Group::Compute,
        narrow: true,
        at_most: 70,
        source: "cloud.google.com/compute/docs/instances/committed-use-discounts-overview (70 % for memory-optimized types, 57 % for most others); November 2026",
    },
];

impl OfferKind {
    /// The sort of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }
}

/// An offer with its discount, as the user gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is offered.
    pub kind: &'static OfferKind,
    /// For how much.
    pub terms: Terms,
}

/// Where the discount of an advice comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rate {
    /// The user said it of this sort.
    Given(&'static OfferKind),
    /// Commitments of the bill got it on the same family in the same region.
    Bill {
        /// What they covered at list price.
        list: Decimal,
        /// What of them that took.
        paid: Decimal,
    },
}

impl Rate {
    /// The name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Given(kind) => kind.name,
            Self::Bill { .. } => "as-the-bill",
        }
    }

    /// Where the discount comes from, in words.
    pub fn origin(&self) -> Text {
        match self {
            Self::Given(_) => Text::new_static("discount as given"),
            Self::Bill { list, paid } => {
                let cents = |amount: &Decimal| amount.round_dp(2).normalize();
                smol_str::format_smolstr!(
                    "discount of the bill: commitments paid {} for usage of {} at list price",
                    cents(paid),
                    cents(list)
                )
            }
        }
    }
}
