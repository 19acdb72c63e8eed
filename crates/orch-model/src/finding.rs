//! What evaluation says: findings, and what could not be decided.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use smol_str::SmolStr;

use crate::{Gap, Kind, Money, Scope, Uid};

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word used in files and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    let all: Vec<_> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    format!("`{text}` is not one of {}", all.join(", "))
                })
            }
        }
    };
}

words! {
    /// How bad it is if it is true.
    Severity {
        /// Nothing to do, worth knowing.
        Info = "info",
        /// Tidy up when convenient.
        Low = "low",
        /// Plan it.
        Medium = "medium",
        /// Soon.
        High = "high",
        /// Now.
        Critical = "critical",
    }
}

words! {
    /// How sure the rule is that what it found is the problem it names.
    Confidence {
        /// A hint that a person must look at.
        Low = "low",
        /// Usually right.
        Medium = "medium",
        /// Follows from what was read.
        High = "high",
    }
}

words! {
    /// What a finding is about.
    Category {
        /// Somebody could do harm.
        Security = "security",
        /// Money is spent for nothing.
        Cost = "cost",
        /// The size does not fit the use.
        RightSizing = "right-sizing",
        /// High availability and disaster recovery.
        Reliability = "reliability",
        /// Tags, names, compliance.
        Governance = "governance",
        /// Logs, metrics, alarms.
        Observability = "observability",
    }
}

/// The lasting identity of a finding: a hash of the first id the rule ever had, the resource and the key.
/// Ages, counts and prices are no part of it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Fingerprint(pub SmolStr);

impl Fingerprint {
    /// The first 16 hexadecimal digits of SHA-256 over the parts, each with its length in front.
    pub fn of(rule_first_id: &str, uid: &Uid, key: Option<&str>) -> Self {
        let mut hash = Sha256::new();
        for part in [rule_first_id, uid.as_str()].into_iter().chain(key) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digits: String = hash
            .finalize()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self(digits.into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why an answer is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// A read has a gap.
    Gap {
        /// Where.
        scope: Scope,
        /// What was being read; empty when nothing tells.
        collector: SmolStr,
        /// The gap.
        gap: Gap,
    },
    /// The user left it out with this option.
    Excluded(SmolStr),
    /// It lies outside what was read, or the cloud does not tell: a price, a point, another account.
    Untold(SmolStr),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap {
                scope,
                collector,
                gap,
            } if collector.is_empty() => {
                write!(f, "{}: {gap}", scope.region)
            }
            Self::Gap {
                scope,
                collector,
                gap,
            } => write!(f, "{collector} in {}: {gap}", scope.region),
            Self::Excluded(option) => write!(f, "left out by {option}"),
            Self::Untold(text) => f.write_str(text),
        }
    }
}

/// What is missing, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// What is missing: a field, a dataset, a price.
    pub what: SmolStr,
    /// Why.
    pub why: Why,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// One named piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its name in the rule.
    pub name: SmolStr,
    /// Its value; text that begins with `not known:` where it could not be derived.
    pub value: Shown,
}

/// A value of evidence: JSON, but amounts are still exact. A large estate has tens of thousands of them, so
/// it takes no more room than it must.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// None: read, and there is none.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// Text, and what is printed like text: an instant, an address.
    Text(SmolStr),
    /// An amount.
    Money(Decimal),
    /// Values in order.
    List(Box<[Self]>),
    /// Values by name.
    Members(Box<[(SmolStr, Self)]>),
}

impl Shown {
    /// As JSON, amounts as decimal text the way `amount` writes them.
    pub fn to_json(&self, amount: fn(Decimal) -> String) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::from(*value),
            Self::Double(value) => Json::from(*value),
            Self::Text(text) => Json::String(text.to_string()),
            Self::Money(value) => Json::String(amount(*value)),
            Self::List(items) => items.iter().map(|item| item.to_json(amount)).collect(),
            Self::Members(members) => members
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_json(amount)))
                .collect(),
        }
    }
}

/// What fixing saves in a month of 730 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saving {
    /// The saving.
    pub monthly: Money,
    /// Whether a price in it was derived and not published; left out of totals unless asked for.
    pub derived: bool,
    /// Whether it adds to other savings on the same resource; otherwise they are alternatives.
    pub adds: bool,
}

/// Where a finding stands in the one list: `severity × confidence + saving × points per unit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rank {
    /// The sum; larger is first.
    pub total: Decimal,
    /// Points of the severity times the factor of the confidence.
    pub risk: Decimal,
    /// Monthly saving times points per unit.
    pub money: Decimal,
}

/// Whether a finding counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It counts.
    Open,
    /// Somebody accepted it for a time.
    Waived {
        /// Why.
        reason: SmolStr,
        /// Who.
        owner: SmolStr,
        /// The last day, UTC, inclusive.
        until: NaiveDate,
    },
}

/// Something that is wrong with a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its lasting identity.
    pub fingerprint: Fingerprint,
    /// The rule's id.
    pub rule: SmolStr,
    /// The resource.
    pub resource: Uid,
    /// What people call the resource.
    pub name: SmolStr,
    /// The resource's kind.
    pub kind: Kind,
    /// Where.
    pub scope: Scope,
    /// What makes it another problem than one of the same rule on the same resource: a port, a peer.
    pub key: Option<SmolStr>,
    /// What it is about.
    pub category: Category,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The rule's title.
    pub title: SmolStr,
    /// What is wrong here.
    pub message: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What fixing saves, if that is known.
    pub saving: Option<Saving>,
    /// Why the saving of a rule that has one is not known.
    pub saving_unknown: Option<String>,
    /// Its place in the list.
    pub rank: Rank,
    /// Whether it counts.
    pub state: State,
}

/// A rule that could not be decided on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnknownAnswer {
    /// The rule's id.
    pub rule: SmolStr,
    /// The resource.
    pub resource: Uid,
    /// Where.
    pub scope: Scope,
    /// Why, sorted, each once.
    pub reasons: Box<[Reason]>,
}

/// A rule that could not be asked in a scope, because its kind was not read there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unassessed {
    /// The rule's id.
    pub rule: SmolStr,
    /// Where.
    pub scope: Scope,
    /// Why.
    pub reason: Reason,
}

/// A rule that is itself wrong: an overflow, a division by zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fault {
    /// The rule's id.
    pub rule: SmolStr,
    /// The resource it failed on.
    pub resource: Uid,
    /// What went wrong.
    pub message: String,
}
