//! What was read and what was not: completeness is recorded positively.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Kind, Metric, Scope};

/// Something a collector reads: the resources of a kind, the points of a metric, or billing lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dataset {
    /// The resources of a kind: `compute.instance`.
    Kind(Kind),
    /// The points of a metric: `series.cpu`.
    Series(Metric),
    /// Billing lines: `billing.costs`.
    Costs,
}

impl Dataset {
    /// Every dataset.
    pub fn all() -> impl Iterator<Item = Self> {
        let kinds = Kind::ALL.iter().copied().map(Self::Kind);
        kinds
            .chain(Metric::ALL.map(Self::Series))
            .chain([Self::Costs])
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => f.write_str(kind.as_str()),
            Self::Series(metric) => write!(f, "series.{metric}"),
            Self::Costs => f.write_str("billing.costs"),
        }
    }
}

impl FromStr for Dataset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "billing.costs" {
            return Ok(Self::Costs);
        }
        if let Some(metric) = text.strip_prefix("series.") {
            return metric.parse().map(Self::Series);
        }
        text.parse().map(Self::Kind)
    }
}

impl Serialize for Dataset {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dataset {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SmolStr::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Whether a collector runs once per account or once per region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Once per account, in its global scope.
    Global,
    /// In every region.
    PerRegion,
}

/// Why something could not be read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The credentials may not make the call.
    Denied,
    /// The service or region is not enabled for the account.
    Disabled,
    /// Still throttled after all retries.
    Throttled,
    /// No answer within the deadline.
    TimedOut,
    /// The service answered with an error of its own after all retries.
    ServerError,
    /// No connection.
    Unreachable,
    /// Not tried, because the same host had failed too often in a row.
    SkippedAfterFailures,
    /// The answer could not be read.
    Undecodable,
    /// The service handed out the same page token twice.
    PagingBroken,
    /// The credentials ran out on the way.
    AuthExpired,
    /// Stopped by the user.
    Cancelled,
    /// The limit on charged calls was reached.
    BudgetReached,
    /// The snapshot holds no read of it: it is older than the collector, or was cut.
    NotCollected,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 13] = [
        Self::Denied,
        Self::Disabled,
        Self::Throttled,
        Self::TimedOut,
        Self::ServerError,
        Self::Unreachable,
        Self::SkippedAfterFailures,
        Self::Undecodable,
        Self::PagingBroken,
        Self::AuthExpired,
        Self::Cancelled,
        Self::BudgetReached,
        Self::NotCollected,
    ];

    /// The name used in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Disabled => "disabled",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed-out",
            Self::ServerError => "server-error",
            Self::Unreachable => "unreachable",
            Self::SkippedAfterFailures => "skipped-after-failures",
            Self::Undecodable => "undecodable",
            Self::PagingBroken => "paging-broken",
            Self::AuthExpired => "auth-expired",
            Self::Cancelled => "cancelled",
            Self::BudgetReached => "budget-reached",
            Self::NotCollected => "not-collected",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A hole in what was read.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Gap {
    /// Why.
    pub cause: Cause,
    /// Error code and operation only, never a body: `ec2:DescribeSecurityGroups UnauthorizedOperation`.
    pub detail: SmolStr,
}

impl Gap {
    /// A gap with the code and operation that made it.
    pub fn new(cause: Cause, detail: impl Into<SmolStr>) -> Self {
        Self {
            cause,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.detail.is_empty() {
            write!(f, "{}", self.cause)
        } else {
            write!(f, "{} ({})", self.cause, self.detail)
        }
    }
}

/// How a read ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything there is was read.
    Complete,
    /// Some was read before this happened.
    Partial(Gap),
    /// Nothing was read.
    Failed(Gap),
    /// The user left it out with this option, for example `--regions`.
    Excluded(SmolStr),
}

/// One collector in one scope. The absence of a gap proves nothing; only a complete read does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Read {
    /// Where.
    pub scope: Scope,
    /// The collector: `ec2.instances`.
    pub collector: SmolStr,
    /// What it reads.
    pub datasets: Vec<Dataset>,
    /// How it ended.
    pub outcome: Outcome,
    /// Resources, series or billing lines read.
    pub count: u64,
}

impl Read {
    /// The gap, if the read has one.
    pub fn gap(&self) -> Option<&Gap> {
        match &self.outcome {
            Outcome::Partial(gap) | Outcome::Failed(gap) => Some(gap),
            Outcome::Complete | Outcome::Excluded(_) => None,
        }
    }
}
