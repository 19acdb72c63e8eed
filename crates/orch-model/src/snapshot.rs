//! Everything one run read: the seam between collection and evaluation.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Call, CostLine, Dataset, Digest, Provider, Reach, Read, Resource, Scope, Time};

/// A collector that took part in a run: with the scopes, what should have been read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CollectorNote {
    /// Its name: `ec2.instances`.
    pub name: SmolStr,
    /// Whose scopes it reads: no other cloud's lack its reads. Snapshots of one cloud may not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// What it reads.
    pub datasets: Vec<Dataset>,
    /// Where it runs.
    pub reach: Reach,
}

/// An immutable picture of the scopes at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// When it was taken; the only "now" that rules know.
    pub as_of: Time,
    /// The scopes that were to be read, sorted.
    pub scopes: Vec<Scope>,
    /// The collectors that were to read them, sorted by name. Every collector in every scope of its reach
    /// has a [`Read`]; one that is missing counts as not read.
    pub collectors: Vec<CollectorNote>,
    /// Sorted by uid, each uid once.
    pub resources: Vec<Resource>,
    /// Sorted by uid, metric and statistic.
    pub series: Vec<Digest>,
    /// In the order of the file.
    pub costs: Vec<CostLine>,
    /// Sorted by scope and collector.
    pub reads: Vec<Read>,
    /// In the order of the calls.
    pub ledger: Vec<Call>,
}
