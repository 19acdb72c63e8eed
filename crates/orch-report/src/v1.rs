//! The frozen machine-readable report, schema `orch/v1`: members are only ever added.
//!
//! These structs are a copy made for other programs and never a view of the engine's own types. Amounts,
//! percentages and ranks are decimal strings, instants are RFC 3339 in UTC, lists are sorted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of this schema.
pub const SCHEMA: &str = "orch/v1";

/// One audit. While it is written, the two long lists are made item by item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Report")]
pub struct Report<Findings = Vec<Finding>, Unknowns = Vec<Unknown>> {
    /// Always `orch/v1`.
    pub schema: String,
    /// What was looked at, by which version, with which options.
    pub run: Run,
    /// How the program ended.
    pub exit: Exit,
    /// Sums over the findings that count.
    pub totals: Totals,
    /// What is wrong, worst first.
    pub findings: Findings,
    /// What was kept off `findings` by a display filter.
    pub hidden: Hidden,
    /// Rules that could not be decided on a resource.
    pub unknown: Unknowns,
    /// Rules that could not be asked in a scope, because what they are about was not read there.
    pub unassessed: Vec<Unassessed>,
    /// Rules that are themselves wrong.
    pub faults: Vec<Fault>,
    /// What was read.
    pub coverage: Coverage,
    /// Cost and usage, one entry per currency; empty when no billing data was read.
    pub billing: Vec<Billing>,
    /// How each rule went.
    pub rules: Vec<RuleCounts>,
    /// What became of each waiver.
    pub waivers: Vec<Waiver>,
    /// What reading the clouds took.
    pub api: Api,
}

/// The head of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Version of `orch`.
    pub version: String,
    /// When the snapshot was taken.
    pub as_of: String,
    /// The accounts, sorted.
    pub accounts: Vec<Account>,
    /// How many resources of each kind were read.
    pub resources: BTreeMap<String, u64>,
    /// The options that shape the answer, as given.
    pub options: BTreeMap<String, String>,
}

/// An account and the regions that were to be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// `aws`, `azure`, `gcp`.
    pub provider: String,
    /// The partition of the cloud: `aws`, `aws-cn`.
    pub partition: String,
    /// AWS account, Azure subscription, Google Cloud project.
    pub account: String,
    /// Regions, sorted, without the scope for what has no region.
    pub regions: Vec<String>,
}

/// How the program ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// Why, in one sentence.
    pub why: String,
}

/// An amount of money of one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// A decimal number.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// Sums over the findings that count: waived ones are left out, hidden ones are not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Findings that count.
    pub findings: u64,
    /// Findings that are waived.
    pub waived: u64,
    /// Findings by severity; every severity is present.
    pub by_severity: BTreeMap<String, u64>,
    /// Findings by category; every category is present.
    pub by_category: BTreeMap<String, u64>,
    /// Savings, one entry per currency.
    pub savings: Vec<Savings>,
    /// Findings whose saving is not known.
    pub savings_unknown: u64,
    /// Unknown answers.
    pub unknown: u64,
    /// Unassessed rules × scopes.
    pub unassessed: u64,
}

/// Possible savings in one currency. Savings on one resource are alternatives: the largest counts, unless a
/// rule says that its saving adds to the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Savings {
    /// ISO 4217 code.
    pub currency: String,
    /// What could be saved in a month of 730 hours.
    pub monthly: String,
    /// Findings with a saving in this currency.
    pub findings: u64,
    /// What derived prices would add to `monthly`; zero when they are in it.
    pub derived_monthly: String,
    /// Whether `monthly` includes derived prices.
    pub includes_derived: bool,
}

/// The thing a finding is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// Its lasting identity.
    pub uid: String,
    /// What people call it.
    pub name: String,
    /// Its kind: `compute.instance`.
    pub kind: String,
    /// `aws`, `azure`, `gcp`.
    pub provider: String,
    /// Its account.
    pub account: String,
    /// Its region, `global` for what has none.
    pub region: String,
}

/// Something that is wrong with a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Its lasting identity, for waivers and comparisons.
    pub fingerprint: String,
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// What it is about: `security`, `cost`, …
    pub category: String,
    /// How bad: `critical`, `high`, `medium`, `low`, `info`.
    pub severity: String,
    /// How sure: `high`, `medium`, `low`.
    pub confidence: String,
    /// `open` or `waived`.
    pub state: String,
    /// The waiver, when it is waived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Accepted>,
    /// The resource.
    pub resource: Resource,
    /// What makes it another problem than one of the same rule on the same resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The specialists that it concerns, those first that mend it; none in reports of versions that did not say.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub audience: Vec<String>,
    /// What is wrong here.
    pub message: String,
    /// What it rests on; a text that begins with `not known:` where it could not be derived.
    pub evidence: BTreeMap<String, serde_json::Value>,
    /// What fixing saves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saving: Option<Saving>,
    /// Why the saving is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saving_unknown: Option<String>,
    /// Its place in the list.
    pub rank: Rank,
    /// The first step to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Remediation>,
    /// Control ids by framework.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub compliance: BTreeMap<String, Vec<String>>,
}

/// Who accepted a finding, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// Why.
    pub reason: String,
    /// Who.
    pub owner: String,
    /// The last day, UTC, inclusive.
    pub until: String,
}

/// What fixing saves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Saving {
    /// A decimal number, rounded to the cent.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Always `month`: 730 hours.
    pub period: String,
    /// Whether a price in it was derived and not published.
    pub derived: bool,
    /// Whether it adds to other savings on the same resource.
    pub adds: bool,
}

/// A place in the one list: points of severity × confidence, plus points of the saving.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rank {
    /// The sum.
    pub total: String,
    /// The severity's and confidence's part.
    pub risk: String,
    /// The saving's part.
    pub money: String,
}

/// What to do, in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Remediation {
    /// `small`, `medium` or `large`.
    pub effort: String,
    /// The steps.
    pub steps: Vec<String>,
}

/// What a display filter kept off the list. Exit code and totals count it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Hidden {
    /// Findings kept off by `--severity`.
    pub findings: u64,
    /// How many of each severity; severities without any are left out.
    pub by_severity: BTreeMap<String, u64>,
}

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// What is missing.
    pub what: String,
    /// A gap's cause (`denied`, …), `excluded`, or `untold` when it lies outside what the cloud tells.
    pub cause: String,
    /// The collector whose read has the gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collector: Option<String>,
    /// The scope of that read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Error code and operation, or the option that left it out.
    pub detail: String,
}

/// A rule that could not be decided on a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unknown {
    /// The rule's id.
    pub rule: String,
    /// The resource's uid.
    pub resource: String,
    /// Its scope: `provider:partition:account:region`.
    pub scope: String,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// A rule that could not be asked in a scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unassessed {
    /// The rule's id.
    pub rule: String,
    /// `provider:partition:account:region`.
    pub scope: String,
    /// Why.
    pub reason: Reason,
}

/// A rule that is itself wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// The rule's id.
    pub rule: String,
    /// The uid of the resource it failed on.
    pub resource: String,
    /// What went wrong.
    pub message: String,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// One sentence: `17 of 18 regions read, 1 denied`.
    pub summary: String,
    /// Whether every read that was not left out is complete.
    pub complete: bool,
    /// Regions, the scope without a region among them.
    pub regions: Vec<RegionCoverage>,
    /// Every read that is not complete.
    pub gaps: Vec<ReadGap>,
    /// Complete reads by collector.
    pub collectors: BTreeMap<String, CollectorCoverage>,
}

/// The reads of one scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionCoverage {
    /// `provider:partition:account:region`.
    pub scope: String,
    /// `complete`, `partial` (some reads have a gap), `failed` (all have) or `excluded`.
    pub state: String,
    /// Complete reads.
    pub complete: u64,
    /// Reads with a gap that kept something.
    pub partial: u64,
    /// Reads with a gap that kept nothing.
    pub failed: u64,
    /// Reads that were left out.
    pub excluded: u64,
}

/// The reads of one collector.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CollectorCoverage {
    /// Complete reads.
    pub complete: u64,
    /// Reads with a gap that kept something.
    pub partial: u64,
    /// Reads with a gap that kept nothing.
    pub failed: u64,
    /// Reads that were left out.
    pub excluded: u64,
    /// Resources, series or billing lines read.
    pub count: u64,
}

/// A read that is not complete.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadGap {
    /// `provider:partition:account:region`.
    pub scope: String,
    /// The collector: `ec2.instances`.
    pub collector: String,
    /// `partial`, `failed` or `excluded`.
    pub state: String,
    /// A gap's cause, or `excluded`.
    pub cause: String,
    /// Error code and operation, or the option that left it out.
    pub detail: String,
}

/// What was billed in one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Billing {
    /// ISO 4217 code.
    pub currency: String,
    /// First day with a charge.
    pub from: String,
    /// Last day with a charge.
    pub to: String,
    /// Everything billed in that time: usage, tax, credits, all of it.
    pub total: String,
    /// The total by FOCUS charge category.
    pub by_category: BTreeMap<String, String>,
    /// Days since `from` that ended at least 48 hours before the snapshot; later ones still fill up.
    pub closed_days: u64,
    /// All usage on closed days, without tax, credits and purchases: the base of `daily_average`,
    /// `trend_7d_percent`, `services` and `regions`. The costs of all regions add up to it, and
    /// `services[].percent` is `services[].cost` as a part of it.
    pub closed_usage: String,
    /// Mean usage of a closed day (`closed_usage` by `closed_days`), if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_average: Option<String>,
    /// How far the mean of the latest seven closed days lies above the daily average, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend_7d_percent: Option<String>,
    /// The five services with the largest usage on closed days.
    pub services: Vec<ServiceCost>,
    /// Usage on closed days by region.
    pub regions: Vec<RegionCost>,
    /// Whether the provider calls any of it an estimate.
    pub estimated: bool,
}

/// The cost of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceCost {
    /// As it is billed.
    pub service: String,
    /// Usage on closed days.
    pub cost: String,
    /// Part of `closed_usage` in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
}

/// The cost of one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegionCost {
    /// The region; nothing for what names none.
    pub region: Option<String>,
    /// Usage on closed days.
    pub cost: String,
}

/// How one rule went.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RuleCounts {
    /// The rule's id.
    pub rule: String,
    /// Resources that are right.
    pub pass: u64,
    /// Resources that are wrong.
    pub fail: u64,
    /// Resources that could not be decided.
    pub unknown: u64,
    /// Resources the rule does not speak of.
    pub not_applicable: u64,
    /// Resources on which the rule itself went wrong.
    pub fault: u64,
    /// Scopes where it could not be asked.
    pub unassessed: u64,
}

/// What became of a waiver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waiver {
    /// What it names: a fingerprint, or rule and resource.
    pub target: String,
    /// `matched`, `expiring` (within 14 days), `unmatched` or `expired`.
    pub state: String,
    /// Findings it covers, or would cover if it were not expired.
    pub findings: u64,
    /// Who.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day, UTC, inclusive.
    pub until: String,
}

/// What reading the clouds took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Api {
    /// Calls.
    pub calls: u64,
    /// The fewest calls that would have read the same, with pages as full as they can be.
    pub least_calls: u64,
    /// Requests, retries included.
    pub requests: u64,
    /// Calls that failed after their retries.
    pub failed: u64,
    /// What the providers charge for them.
    pub charge: Amount,
}
