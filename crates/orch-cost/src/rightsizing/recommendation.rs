//! A recommendation with everything it rests on, so that it can be computed again by hand.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;
use smol_str::SmolStr;

use super::{Candidate, Need, Percentile, Refusal};
use crate::price::Amount;

/// What comes of looking at an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The work fits on a cheaper type.
    Cheaper,
    /// It fits where it is, and on nothing cheaper as far as is known: what was refused because something is not
    /// measured may still fit.
    Fits,
    /// It needs more than the profile lets it take of what it has.
    Short,
}

/// The recommendation for one instance, or for a group of equal ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// What comes of it.
    pub verdict: Verdict,
    /// The limits, and whose they are.
    pub profile: Applied,
    /// The type now.
    pub now: Now,
    /// Processor use that was measured.
    pub cpu: CpuFigures,
    /// Memory use, where it was measured or assumed.
    pub memory: Option<MemoryFigures>,
    /// Network use, where it was measured.
    pub network: Option<NetworkFigures>,
    /// What must fit.
    pub need: Need,
    /// The cheapest type that fits.
    pub chosen: Option<Candidate>,
    /// The cheapest types that fit, the chosen one first; as many as were asked for.
    pub candidates: Vec<Candidate>,
    /// How many types fit.
    pub fitting: usize,
    /// Why cheaper types were not taken, counted; empty where no table was asked for.
    pub refused: BTreeMap<Refusal, usize>,
    /// Of how many instances it speaks.
    pub instances: u32,
    /// What it saves a month at list price, all instances together.
    pub saving: Option<Amount>,
    /// The same against what is really paid, where the caller knows that.
    pub effective: Option<Effective>,
}

/// The limits that were applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Applied {
    /// Name of the profile.
    pub name: &'static str,
    /// What it is.
    pub title: &'static str,
    /// The percentile of processor use that is the need.
    pub cpu_percentile: Percentile,
    /// The need may take so many percent of the processors.
    pub cpu_limit: Decimal,
    /// The peak may take so many percent of the memory.
    pub memory_limit: Decimal,
    /// Traffic may take so many percent of the network.
    pub network_limit: Option<Decimal>,
    /// Days looked back.
    pub lookback_days: u32,
    /// Where the limits stand.
    pub source: &'static str,
    /// Why the result cannot be compared with the publisher's own.
    pub remark: Option<String>,
}

/// A list price with its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// US dollars an hour.
    pub hourly: Amount,
    /// US dollars a month of 730 hours, less what the cloud takes off by itself for a whole month.
    pub monthly: Amount,
    /// Whether it was derived and not published.
    pub derived: bool,
    /// As of when.
    pub as_of: &'static str,
    /// Where it stands.
    pub source: &'static str,
}

/// The type that an instance has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Now {
    /// The type.
    pub instance_type: SmolStr,
    /// Its virtual processors.
    pub vcpu: u32,
    /// Its memory in GiB.
    pub memory_gib: Option<Decimal>,
    /// Its architecture.
    pub architecture: Option<&'static str>,
    /// Local disks in GB, where it has any.
    pub local_disk_gb: Option<u32>,
    /// What plain Linux on it costs at list price.
    pub price: Quote,
    /// Why that is not what is paid: a licence, for one.
    pub price_not_known: Option<String>,
}

/// Processor use in percent of the whole instance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CpuFigures {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.5th percentile.
    pub p995: f64,
    /// Largest average of a period.
    pub max: f64,
    /// Largest momentary use, where it was measured.
    pub peak: Option<f64>,
    /// Periods with a point.
    pub points: u32,
    /// Days that they stand for.
    pub days: f64,
    /// Length of a period in seconds.
    pub step_s: u32,
}

/// Memory use.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemoryFigures {
    /// The peak in percent of the memory now.
    pub peak_percent: f64,
    /// The peak in GiB.
    pub peak_gib: Decimal,
    /// Whether that was assumed and not measured.
    pub assumed: bool,
    /// Days that the points stand for; none where it was assumed.
    pub days: Option<f64>,
}

/// Traffic at the profile's percentile, in Mbit a second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkFigures {
    /// Received.
    pub received_mbps: f64,
    /// Sent.
    pub sent_mbps: f64,
    /// Days that the points stand for, in the direction that has fewer.
    pub days: f64,
}

/// The arithmetic at what is paid after commitments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// US dollars a month that one instance really costs now.
    pub monthly: Amount,
    /// What the chosen type saves against that, all instances together: negative where a commitment makes the
    /// present type cheaper than the new one at list price.
    pub saving: Amount,
}

/// A group that starts equal instances: it is changed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: SmolStr,
    /// Its running members.
    pub members: u32,
}
