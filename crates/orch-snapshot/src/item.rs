//! What a collector hands over, and what a collection has to remember to be resumed.

use std::collections::BTreeMap;

use orch_model::{CollectorNote, CostLine, Read, Resource, Scope, Series, Time};
use serde::{Deserialize, Serialize};

/// One thing that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A resource.
    Resource(Resource),
    /// The points of a metric.
    Series(Series),
    /// A billing line.
    Cost(CostLine),
}

impl From<Resource> for Item {
    fn from(resource: Resource) -> Self {
        Self::Resource(resource)
    }
}

impl From<Series> for Item {
    fn from(series: Series) -> Self {
        Self::Series(series)
    }
}

impl From<CostLine> for Item {
    fn from(line: CostLine) -> Self {
        Self::Cost(line)
    }
}

/// What a collection set out to do: all that a resumed run needs besides the finished reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The time the snapshot stands for.
    pub as_of: Time,
    /// The scopes to read, sorted.
    pub scopes: Vec<Scope>,
    /// The collectors, sorted by name; those the user left out as well.
    pub collectors: Vec<CollectorNote>,
    /// What the user left out, each with its option.
    pub excluded: Vec<Read>,
    /// Settings that decide what is read, for example days of metrics, so that a resumed run reads alike.
    pub settings: BTreeMap<String, String>,
}
