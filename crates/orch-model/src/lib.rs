//! The nouns of `orch`: what a cloud holds, what was read of it, and what was found. No I/O, no async.

mod billing;
mod cidr;
mod field;
mod finding;
pub mod kind;
mod ledger;
mod money;
mod read;
mod resource;
mod scope;
mod series;
mod snapshot;
mod uid;

pub use billing::{ChargeCategory, CostLine};
pub use cidr::Cidr;
pub use field::Field;
pub use finding::{
    Category, Confidence, Evidence, Fault, Finding, Fingerprint, Rank, Reason, Saving, Severity,
    Shown, State, Unassessed, UnknownAnswer, Why,
};
pub use kind::{Body, Kind};
pub use ledger::{Call, CallOutcome, Page, least_calls};
pub use money::{Currency, LARGEST_CHARGE, Money};
pub use read::{Cause, Dataset, Gap, Outcome, Reach, Read};
pub use resource::{Link, Relation, Resource};
pub use scope::{GLOBAL_REGION, ParseScopeError, Provider, Scope, ScopeParts};
pub use series::{Digest, HOURS_A_WEEK, Metric, Series, Statistic, Week};
pub use snapshot::{CollectorNote, Snapshot};
pub use uid::Uid;

/// Short text without a heap block up to 23 bytes.
pub type Text = smol_str::SmolStr;
/// An instant in UTC.
pub type Time = chrono::DateTime<chrono::Utc>;
