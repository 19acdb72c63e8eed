//! The frozen machine-readable report of right-sizing: members are only ever added.
//!
//! A copy made for other programs and never a view of the engine's own types. Amounts and percentages are decimal
//! strings, instants are RFC 3339 in UTC, lists are sorted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of this schema.
pub const SCHEMA: &str = "orch-rightsize/v1";

/// Right-sizing of what a snapshot holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `orch-rightsize/v1`.
    pub schema: String,
    /// Version of `orch`.
    pub version: String,
    /// When the snapshot was taken.
    pub as_of: String,
    /// The limits that were applied.
    pub profile: Profile,
    /// What a bill that was given says of what is really paid.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bill: Option<String>,
    /// Sums.
    pub totals: Totals,
    /// Everything that was judged: the largest saving first.
    pub recommendations: Vec<Recommendation>,
    /// Attached disks whose speed is sold: the largest saving first.
    pub disks: Vec<Disk>,
    /// Database servers: the largest saving first.
    pub databases: Vec<Database>,
    /// What could not be judged, and why.
    pub not_judged: Vec<NotJudged>,
    /// Places whose instances, disks or database servers were not completely read.
    pub not_read: Vec<NotRead>,
    /// The tables of prices and types that were used.
    pub catalogue: Vec<Table>,
}

/// Limits, and whose they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// Its name: `default`, `aws-balanced`.
    pub name: String,
    /// What it is.
    pub title: String,
    /// The percentile of processor use that is the need: `P99.5`.
    pub cpu_percentile: String,
    /// The need may take so many percent of the processors.
    pub cpu_limit: String,
    /// The peak may take so many percent of the memory.
    pub memory_limit: String,
    /// Traffic may take so many percent of the network; nothing where it is not looked at.
    pub network_limit: Option<String>,
    /// Days looked back.
    pub lookback_days: u32,
    /// Where the limits stand.
    pub source: String,
}

/// Sums over everything that was judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// US dollars a month that recommendations save at published list prices, those for idle instances left out:
    /// they are to be deleted.
    pub saving: String,
    /// What those that rest on derived prices save on top.
    pub derived: String,
    /// Both together, of machines.
    #[serde(default)]
    pub machines: String,
    /// Of disks.
    #[serde(default)]
    pub disks: String,
    /// Of database servers.
    #[serde(default)]
    pub databases: String,
    /// Where a bill was given: what the machines that it names save against what is really paid for them.
    #[serde(default)]
    pub effective: Option<String>,
    /// How many machines that are.
    #[serde(default)]
    pub effective_machines: u64,
    /// Where a bill was given: what the machines that it does not name save at list prices.
    #[serde(default)]
    pub not_in_bill: Option<String>,
    /// How many there are by verdict: `cheaper`, `fits`, `short`.
    pub verdicts: BTreeMap<String, u64>,
    /// How many of the cheaper ones are idle, and therefore in no sum.
    #[serde(default)]
    pub idle: u64,
    /// How many of the others have a saving that is not known.
    #[serde(default)]
    pub saving_not_known: u64,
}

/// What there is to say of an instance, or of a group of equal ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recommendation {
    /// The instance; of a group its first running member.
    pub uid: String,
    /// Its name; of a group the group's.
    pub name: String,
    /// Its cloud.
    pub provider: String,
    /// Its account.
    pub account: String,
    /// Its region.
    pub region: String,
    /// The group that starts and stops it: the group is changed, never a member.
    pub group: Option<String>,
    /// How many instances it is about.
    pub instances: u32,
    /// `cheaper`, `fits` or `short`.
    pub verdict: String,
    /// By whose published thresholds it is idle; then it is to be deleted and not made smaller.
    pub idle_by: Vec<String>,
    /// What of its metrics could not be read: with it the answer might be another.
    pub gaps: Vec<String>,
    /// What else its owner should know: credits that ran out, or that are paid for.
    pub notes: Vec<String>,
    /// The type now.
    pub now: Now,
    /// What was measured.
    pub used: Used,
    /// What must fit.
    pub need: Need,
    /// The cheapest types that fit; the first is the recommendation.
    pub candidates: Vec<Candidate>,
    /// How many types fit.
    pub fitting: u64,
    /// Why cheaper types were not taken, counted.
    pub refused: BTreeMap<String, u64>,
    /// US dollars a month that it saves at list prices, all instances together; nothing where that is not known.
    pub saving: Option<String>,
    /// What one instance really costs a month after commitments, where that is known.
    pub effective_monthly: Option<String>,
    /// What is saved against that, all instances together; negative where a commitment makes the present type
    /// cheaper.
    pub effective_saving: Option<String>,
    /// Why the result cannot be compared with that of the profile's publisher.
    pub remark: Option<String>,
}

/// A type with its price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Now {
    /// The type.
    pub instance_type: String,
    /// Virtual processors.
    pub vcpu: u32,
    /// Memory in GiB.
    pub memory_gib: Option<String>,
    /// `x86_64`, `arm64`.
    pub architecture: Option<String>,
    /// Local disks in GB.
    pub local_disk_gb: Option<u32>,
    /// US dollars an hour of plain Linux at list price.
    pub hourly: String,
    /// US dollars a month of 730 hours, less what the cloud takes off by itself for a whole month.
    pub monthly: String,
    /// Whether the price was derived and not published.
    pub derived: bool,
    /// As of when the price is.
    pub as_of: String,
    /// Where it stands.
    pub source: String,
    /// Why that is not what is paid: a licence, for one.
    pub price_not_known: Option<String>,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Used {
    /// Processor use in percent of the instance: `mean`, `p50`, `p90`, `p95`, `p99`, `p99.5`, `max`, and `peak`,
    /// the largest momentary use, where it was measured.
    pub cpu: BTreeMap<String, String>,
    /// Periods with a point.
    pub points: u32,
    /// Days that they stand for.
    pub days: String,
    /// Length of a period in seconds.
    pub step_s: u32,
    /// The peak of memory use in percent; nothing where it is not measured.
    pub memory_peak: Option<String>,
    /// Whether that was assumed and not measured.
    pub memory_assumed: bool,
    /// Received, in Mbit a second at the profile's percentile; nothing where it is not measured.
    pub received_mbps: Option<String>,
    /// Sent.
    pub sent_mbps: Option<String>,
}

/// What must fit, without headroom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Need {
    /// Processors.
    pub vcpu: String,
    /// Memory in GiB.
    pub memory_gib: Option<String>,
    /// Network in Mbit a second.
    pub network_mbps: Option<String>,
}

/// A cheaper type on which the work fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The type.
    pub instance_type: String,
    /// The work of moving there: `very low`, `low`, `medium`, `high`.
    pub effort: String,
    /// Virtual processors.
    pub vcpu: u32,
    /// Memory in GiB.
    pub memory_gib: String,
    /// `x86_64`, `arm64`.
    pub architecture: Option<String>,
    /// Local disks in GB.
    pub local_disk_gb: Option<u32>,
    /// Whether its processors are of an older generation, and count for a fifth less.
    #[serde(default)]
    pub older_generation: bool,
    /// The need in percent of its processors, of which those of an older generation count for less.
    pub projected_need: String,
    /// The 95th percentile of use in percent of its processors.
    pub projected_p95: String,
    /// The 99th percentile.
    pub projected_p99: String,
    /// The largest momentary use.
    pub projected_peak: Option<String>,
    /// The peak of memory use in percent of its memory.
    pub projected_memory: Option<String>,
    /// Hours of the time looked back at in which the work would be above the target.
    pub hours_above: Option<String>,
    /// The risk that it is too small: `very low`, `low`, `medium`, `high`.
    pub risk: String,
    /// US dollars an hour at list price.
    pub hourly: String,
    /// US dollars a month, less what the cloud takes off by itself for a whole month.
    pub monthly: String,
    /// What that saves a month of one instance.
    pub saving: Option<String>,
    /// US dollars a month if commitments paid for it as they pay for the present type; nothing where that is not known.
    #[serde(default)]
    pub effective_monthly: Option<String>,
    /// Whether a price in it was derived and not published.
    pub derived: bool,
    /// As of when its price is.
    pub as_of: String,
}

/// A disk that is in use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Disk {
    /// The disk.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its cloud.
    pub provider: String,
    /// Its account.
    pub account: String,
    /// Its region.
    pub region: String,
    /// Its size in GiB: it never becomes less, because no cloud tells how full it is.
    pub size_gib: i64,
    /// As it is.
    pub now: DiskType,
    /// The largest measured period, in operations a second.
    pub used_iops: String,
    /// The largest measured period, in MiB a second.
    pub used_mib: String,
    /// Length of a period in seconds: what is shorter does not show.
    pub step_s: u32,
    /// Days that were measured.
    pub days: String,
    /// Cheaper types and settings that deliver it; the first is the recommendation.
    pub candidates: Vec<DiskCandidate>,
    /// US dollars a month that the first saves.
    pub saving: Option<String>,
}

/// A type of disk with its settings and its price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DiskType {
    /// The type.
    pub volume_type: String,
    /// Operations a second; nothing where it has no such setting.
    pub iops: Option<i64>,
    /// MiB a second; nothing where it has no such setting.
    pub throughput_mib: Option<i64>,
    /// US dollars a month.
    pub monthly: String,
    /// How that came about.
    pub formula: String,
    /// Whether a price in it was derived and not published.
    pub derived: bool,
    /// As of when the oldest price in it is.
    pub as_of: String,
}

/// A cheaper disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DiskCandidate {
    /// The disk.
    #[serde(flatten)]
    pub disk: DiskType,
    /// The largest measured period in percent of its operations.
    pub projected_iops: String,
    /// The largest measured period in percent of its throughput.
    pub projected_throughput: String,
    /// US dollars a month that it saves.
    pub saving: String,
    /// What it promises less than the disk now.
    pub less: Option<String>,
    /// Whether the disk is changed while it is in use; else it is copied.
    pub in_place: bool,
}

/// A database server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Database {
    /// The server.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its cloud.
    pub provider: String,
    /// Its account.
    pub account: String,
    /// Its region.
    pub region: String,
    /// Its engine.
    pub engine: String,
    /// Its class.
    pub class: String,
    /// Virtual processors.
    pub vcpu: u32,
    /// Memory in GiB.
    pub memory_gib: Option<String>,
    /// US dollars a month, disk and all.
    pub monthly: String,
    /// How that came about.
    pub formula: String,
    /// Processor use in percent at the profile's percentile.
    pub used: String,
    /// Processors needed.
    pub need_vcpu: String,
    /// Length of a period in seconds.
    pub step_s: u32,
    /// Days that were measured.
    pub days: String,
    /// The most connections at one time, where that was measured.
    pub connections: Option<String>,
    /// Cheaper classes on which its work fits; the first is the recommendation.
    pub candidates: Vec<ClassCandidate>,
    /// US dollars a month that the first saves.
    pub saving: Option<String>,
}

/// A cheaper class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassCandidate {
    /// The class.
    pub class: String,
    /// The work of moving there: `very low`, `low`, `medium`, `high`.
    pub effort: String,
    /// Virtual processors.
    pub vcpu: u32,
    /// Memory in GiB.
    pub memory_gib: String,
    /// The need in percent of its processors.
    pub projected_need: String,
    /// US dollars a month, disk and all.
    pub monthly: String,
    /// What that saves a month.
    pub saving: String,
    /// Whether a price in it was derived and not published.
    pub derived: bool,
    /// As of when the oldest price in it is.
    pub as_of: String,
}

/// Something of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotJudged {
    /// The instance, disk or server; of a group its first running member.
    pub uid: String,
    /// Its name; of a group the group's.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Why.
    pub why: Vec<String>,
}

/// A place whose instances were not completely read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotRead {
    /// Where: provider, partition, account and region.
    pub scope: String,
    /// Why.
    pub why: Vec<String>,
}

/// A table of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// Of which cloud.
    pub provider: String,
    /// What it holds.
    pub what: String,
    /// As of when.
    pub as_of: String,
    /// Whether its figures were derived and not published.
    pub derived: bool,
    /// Where they stand.
    pub source: String,
}
