//! From recommendations to the frozen report.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use orch_cost::Amount;
use orch_cost::rightsizing::{
    Candidate, ClassEntry, CpuFigures, Disk, DiskEntry, Entry, Estate, Recommendation, Settings,
    Unjudged, Verdict,
};
use orch_model::{Money, Time};
use rust_decimal::Decimal;

use super::v1;

/// What stands at the head of the report.
#[derive(Debug, Clone, Copy)]
pub struct Head<'h> {
    /// Version of `orch`.
    pub version: &'h str,
    /// When the snapshot was taken.
    pub as_of: Time,
    /// How everything was looked at.
    pub settings: &'h Settings,
    /// What a bill that was given says of what is really paid.
    pub bill: Option<&'h str>,
}

/// Builds the report.
pub fn build(head: &Head<'_>, estate: &Estate) -> v1::Report {
    let mut entries: Vec<&Entry> = estate.entries.iter().collect();
    entries.sort_by_key(|entry| is_cheaper_as_paid(entry));
    v1::Report {
        schema: v1::SCHEMA.to_owned(),
        version: head.version.to_owned(),
        as_of: head.as_of.to_rfc3339_opts(SecondsFormat::Secs, true),
        profile: profile(head.settings),
        bill: head.bill.map(str::to_owned),
        totals: totals(estate),
        recommendations: entries.into_iter().map(recommendation).collect(),
        disks: estate.disks.entries.iter().map(disk).collect(),
        databases: estate.databases.entries.iter().map(database).collect(),
        not_judged: estate
            .unjudged
            .iter()
            .chain(&estate.disks.unjudged)
            .chain(&estate.databases.unjudged)
            .map(not_judged)
            .collect(),
        not_read: estate
            .not_read
            .iter()
            .chain(&estate.disks.not_read)
            .chain(&estate.databases.not_read)
            .map(|one| v1::NotRead {
                scope: one.scope.to_string(),
                why: one.why.clone(),
            })
            .collect(),
        catalogue: estate
            .origins
            .iter()
            .map(|(provider, origin)| v1::Table {
                provider: provider.to_string(),
                what: origin.what.to_owned(),
                as_of: origin.as_of.to_owned(),
                derived: origin.derived,
                source: origin.source.to_owned(),
            })
            .collect(),
    }
}

fn profile(settings: &Settings) -> v1::Profile {
    let profile = &settings.profile;
    v1::Profile {
        name: profile.name.to_owned(),
        title: profile.title.to_owned(),
        cpu_percentile: profile.cpu_percentile.as_str().to_owned(),
        cpu_limit: decimal(profile.cpu_limit),
        memory_limit: decimal(profile.memory_limit),
        network_limit: profile.network.map(|(_, limit)| decimal(limit)),
        lookback_days: settings.lookback_days(),
        source: profile.source.to_owned(),
    }
}

/// Whether the present type costs less, as it is paid under a commitment, than the new one at list price.
fn is_cheaper_as_paid(entry: &Entry) -> bool {
    let effective = &entry.recommendation.effective;
    effective
        .as_ref()
        .is_some_and(|paid| paid.saving.0 <= Decimal::ZERO)
}

/// An idle instance is to be deleted: what a smaller one would save is no saving then. Nor is it one where the present
/// type is cheaper as it is paid.
fn totals(estate: &Estate) -> v1::Totals {
    let mut verdicts = BTreeMap::new();
    let (mut idle, mut saving_not_known) = (0, 0);
    let mut machines = Sum::default();
    let (mut effective, mut effective_machines) = (Decimal::ZERO, 0);
    let mut not_in_bill = Decimal::ZERO;
    for entry in &estate.entries {
        let of = &entry.recommendation;
        *verdicts.entry(verdict(of.verdict).to_owned()).or_default() += 1;
        let Some(chosen) = &of.chosen else { continue };
        match of.saving {
            _ if !entry.idle_by.is_empty() => idle += 1,
            None => saving_not_known += 1,
            Some(_) if is_cheaper_as_paid(entry) => {}
            Some(amount) => {
                machines.add(amount, chosen.derived);
                match &of.effective {
                    Some(paid) => {
                        effective += paid.saving.0;
                        effective_machines += u64::from(of.instances);
                    }
                    None => not_in_bill += amount.0,
                }
            }
        }
    }
    let mut disks = Sum::default();
    for one in &estate.disks.entries {
        if let Some(first) = one.candidates.first() {
            let derived = first.disk.price.derived || one.now.price.derived;
            disks.add(first.saving, derived);
        }
    }
    let mut databases = Sum::default();
    for one in &estate.databases.entries {
        // Without a connection it is to be deleted.
        let first = one.candidates.first();
        if let Some(first) = first.filter(|_| one.connections != Some(0.0)) {
            databases.add(first.saving, first.price.derived || one.price.derived);
        }
    }
    let all = [&machines, &disks, &databases];
    v1::Totals {
        saving: usd(Amount(all.iter().map(|sum| sum.listed).sum())),
        derived: usd(Amount(all.iter().map(|sum| sum.derived).sum())),
        machines: usd(machines.both()),
        disks: usd(disks.both()),
        databases: usd(databases.both()),
        effective: (effective_machines > 0).then(|| usd(Amount(effective))),
        effective_machines,
        not_in_bill: (effective_machines > 0).then(|| usd(Amount(not_in_bill))),
        verdicts,
        idle,
        saving_not_known,
    }
}

/// Savings, by whether they rest on published prices alone.
#[derive(Default)]
struct Sum {
    listed: Decimal,
    derived: Decimal,
}

impl Sum {
    fn add(&mut self, amount: Amount, derived: bool) {
        match derived {
            true => self.derived += amount.0,
            false => self.listed += amount.0,
        }
    }

    fn both(&self) -> Amount {
        Amount(self.listed + self.derived)
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Cheaper => "cheaper",
        Verdict::Fits => "fits",
        Verdict::Short => "short",
    }
}

fn recommendation(entry: &Entry) -> v1::Recommendation {
    let (subject, of) = (&entry.subject, &entry.recommendation);
    v1::Recommendation {
        uid: subject.uid.to_string(),
        name: subject.name.to_string(),
        provider: subject.scope.provider.to_string(),
        account: subject.scope.account.to_string(),
        region: subject.scope.region.to_string(),
        group: subject.group.as_ref().map(|group| group.name.to_string()),
        instances: of.instances,
        verdict: verdict(of.verdict).to_owned(),
        idle_by: entry
            .idle_by
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        gaps: entry.gaps.clone(),
        notes: entry.notes.clone(),
        now: now(of),
        used: used(of),
        need: v1::Need {
            vcpu: rounded(of.need.vcpu, 3),
            memory_gib: of.need.memory_gib.map(|memory| rounded(memory, 3)),
            network_mbps: of.need.network_mbps.map(|mbps| rounded(mbps, 3)),
        },
        candidates: of.candidates.iter().map(candidate).collect(),
        fitting: of.fitting as u64,
        refused: of
            .refused
            .iter()
            .map(|(why, count)| (why.as_str().to_owned(), *count as u64))
            .collect(),
        saving: of.saving.map(usd),
        effective_monthly: of.effective.as_ref().map(|paid| usd(paid.monthly)),
        effective_saving: of.effective.as_ref().map(|paid| usd(paid.saving)),
        remark: of.profile.remark.clone(),
    }
}

fn now(of: &Recommendation) -> v1::Now {
    let now = &of.now;
    v1::Now {
        instance_type: now.instance_type.to_string(),
        vcpu: now.vcpu,
        memory_gib: now.memory_gib.map(decimal),
        architecture: now.architecture.map(str::to_owned),
        local_disk_gb: now.local_disk_gb,
        hourly: decimal(now.price.hourly.0),
        monthly: usd(now.price.monthly),
        derived: now.price.derived,
        as_of: now.price.as_of.to_owned(),
        source: now.price.source.to_owned(),
        price_not_known: now.price_not_known.clone(),
    }
}

fn used(of: &Recommendation) -> v1::Used {
    let CpuFigures {
        mean,
        p50,
        p90,
        p95,
        p99,
        p995,
        max,
        peak,
        points,
        days,
        step_s,
    } = of.cpu;
    let figures = [
        ("mean", Some(mean)),
        ("p50", Some(p50)),
        ("p90", Some(p90)),
        ("p95", Some(p95)),
        ("p99", Some(p99)),
        ("p99.5", Some(p995)),
        ("max", Some(max)),
        ("peak", peak),
    ];
    v1::Used {
        cpu: figures
            .into_iter()
            .filter_map(|(name, figure)| Some((name.to_owned(), number(figure?))))
            .collect(),
        points,
        days: number(days),
        step_s,
        memory_peak: of.memory.as_ref().map(|memory| number(memory.peak_percent)),
        memory_assumed: of.memory.as_ref().is_some_and(|memory| memory.assumed),
        received_mbps: of
            .network
            .as_ref()
            .map(|network| number(network.received_mbps)),
        sent_mbps: of.network.as_ref().map(|network| number(network.sent_mbps)),
    }
}

fn candidate(one: &Candidate) -> v1::Candidate {
    v1::Candidate {
        instance_type: one.instance_type.to_string(),
        effort: one.effort.as_str().to_owned(),
        vcpu: one.vcpu,
        memory_gib: decimal(one.memory_gib),
        architecture: one.architecture.map(str::to_owned),
        local_disk_gb: one.local_disk_gb,
        older_generation: one.older_generation,
        projected_need: rounded(one.projected_need, 2),
        projected_p95: number(one.projected_p95),
        projected_p99: number(one.projected_p99),
        projected_peak: one.projected_peak.map(number),
        projected_memory: one.projected_memory.map(number),
        hours_above: one.hours_above.map(number),
        risk: one.risk.as_str().to_owned(),
        hourly: decimal(one.hourly.0),
        monthly: usd(one.monthly),
        saving: one.saving.map(usd),
        effective_monthly: one.effective.map(usd),
        derived: one.derived,
        as_of: one.as_of.to_owned(),
    }
}

fn disk(one: &DiskEntry) -> v1::Disk {
    let subject = &one.subject;
    v1::Disk {
        uid: subject.uid.to_string(),
        name: subject.name.to_string(),
        provider: subject.scope.provider.to_string(),
        account: subject.scope.account.to_string(),
        region: subject.scope.region.to_string(),
        size_gib: one.size_gib,
        now: disk_type(&one.now),
        used_iops: rounded(one.used_iops, 2),
        used_mib: rounded(one.used_mib, 2),
        step_s: one.step_s,
        days: number(one.days),
        candidates: one
            .candidates
            .iter()
            .map(|candidate| v1::DiskCandidate {
                disk: disk_type(&candidate.disk),
                projected_iops: rounded(candidate.projected_iops, 1),
                projected_throughput: rounded(candidate.projected_throughput, 1),
                saving: usd(candidate.saving),
                less: candidate.less.map(str::to_owned),
                in_place: candidate.in_place,
            })
            .collect(),
        saving: one.saving().map(usd),
    }
}

fn disk_type(disk: &Disk) -> v1::DiskType {
    v1::DiskType {
        volume_type: disk.volume_type.to_string(),
        iops: disk.iops,
        throughput_mib: disk.throughput_mib,
        monthly: usd(disk.price.monthly),
        formula: disk.price.formula.to_string(),
        derived: disk.price.derived,
        as_of: disk.price.as_of.to_string(),
    }
}

fn database(one: &ClassEntry) -> v1::Database {
    let subject = &one.subject;
    v1::Database {
        uid: subject.uid.to_string(),
        name: subject.name.to_string(),
        provider: subject.scope.provider.to_string(),
        account: subject.scope.account.to_string(),
        region: subject.scope.region.to_string(),
        engine: one.engine.to_string(),
        class: one.class.to_string(),
        vcpu: one.vcpu,
        memory_gib: one.memory_gib.map(decimal),
        monthly: usd(one.price.monthly),
        formula: one.price.formula.to_string(),
        used: number(one.used),
        need_vcpu: rounded(one.need_vcpu, 3),
        step_s: one.step_s,
        days: number(one.days),
        connections: one.connections.map(number),
        candidates: one
            .candidates
            .iter()
            .map(|candidate| v1::ClassCandidate {
                class: candidate.class.to_string(),
                effort: candidate.effort.as_str().to_owned(),
                vcpu: candidate.vcpu,
                memory_gib: decimal(candidate.memory_gib),
                projected_need: rounded(candidate.projected_need, 2),
                monthly: usd(candidate.price.monthly),
                saving: usd(candidate.saving),
                derived: candidate.price.derived,
                as_of: candidate.price.as_of.to_string(),
            })
            .collect(),
        saving: one.saving().map(usd),
    }
}

fn not_judged(one: &Unjudged) -> v1::NotJudged {
    v1::NotJudged {
        uid: one.subject.uid.to_string(),
        name: one.subject.name.to_string(),
        region: one.subject.scope.region.to_string(),
        why: one.why.clone(),
    }
}

/// Cents, rounded once here.
fn usd(amount: Amount) -> String {
    Money::usd(amount.0).rounded().to_string()
}

fn decimal(number: Decimal) -> String {
    number.normalize().to_string()
}

fn rounded(number: Decimal, digits: u32) -> String {
    decimal(number.round_dp(digits))
}

/// A measured number with two digits at most.
fn number(figure: f64) -> String {
    let text = format!("{figure:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
