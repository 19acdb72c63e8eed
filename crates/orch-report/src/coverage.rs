//! What was read of what should have been: the reads of a snapshot made countable.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Cause, Gap, Outcome, Provider, Reach, Read, Scope, Snapshot};

use crate::v1;

/// Counts the reads of a snapshot; a collector without a read in a scope of its reach counts as failed.
pub(crate) fn coverage(snapshot: &Snapshot) -> v1::Coverage {
    let missing = missing(snapshot);
    let mut reads: Vec<&Read> = snapshot.reads.iter().chain(&missing).collect();
    reads.sort();

    let mut scopes: BTreeMap<&Scope, Tally> = BTreeMap::new();
    let mut collectors: BTreeMap<String, v1::CollectorCoverage> = BTreeMap::new();
    let mut gaps = Vec::new();
    for read in reads {
        let tally = scopes.entry(&read.scope).or_default();
        let collector = collectors.entry(read.collector.to_string()).or_default();
        collector.count += read.count;
        let (state, cause, detail) = match &read.outcome {
            Outcome::Complete => {
                tally.complete += 1;
                collector.complete += 1;
                continue;
            }
            Outcome::Partial(gap) => {
                tally.partial += 1;
                tally.causes.insert(gap.cause);
                collector.partial += 1;
                ("partial", gap.cause.as_str(), gap.detail.to_string())
            }
            Outcome::Failed(gap) => {
                tally.failed += 1;
                tally.causes.insert(gap.cause);
                collector.failed += 1;
                ("failed", gap.cause.as_str(), gap.detail.to_string())
            }
            Outcome::Excluded(option) => {
                tally.excluded += 1;
                collector.excluded += 1;
                ("excluded", "excluded", option.to_string())
            }
        };
        gaps.push(v1::ReadGap {
            scope: read.scope.to_string(),
            collector: read.collector.to_string(),
            state: state.to_owned(),
            cause: cause.to_owned(),
            detail,
        });
    }
    v1::Coverage {
        summary: summary(&scopes),
        complete: scopes
            .values()
            .all(|tally| tally.partial == 0 && tally.failed == 0),
        regions: scopes
            .iter()
            .map(|(scope, tally)| v1::RegionCoverage {
                scope: scope.to_string(),
                state: tally.state().to_owned(),
                complete: tally.complete,
                partial: tally.partial,
                failed: tally.failed,
                excluded: tally.excluded,
            })
            .collect(),
        gaps,
        collectors,
    }
}

#[derive(Default)]
struct Tally {
    complete: u64,
    partial: u64,
    failed: u64,
    excluded: u64,
    causes: BTreeSet<Cause>,
}

impl Tally {
    fn state(&self) -> &'static str {
        match (self.complete, self.partial, self.failed) {
            (0, 0, 0) => "excluded",
            (_, 0, 0) => "complete",
            (0, 0, _) => "failed",
            _ => "partial",
        }
    }
}

/// What was read of each cloud; where there are several, each part begins with the cloud's name.
fn summary(scopes: &BTreeMap<&Scope, Tally>) -> String {
    let mut providers: BTreeMap<Provider, Vec<(&Scope, &Tally)>> = BTreeMap::new();
    for (scope, tally) in scopes {
        let of = providers.entry(scope.provider).or_default();
        of.push((scope, tally));
    }
    let parts: Vec<String> = providers
        .iter()
        .map(|(provider, scopes)| {
            let text = of_provider(*provider, scopes);
            if providers.len() > 1 {
                format!("{provider}: {text}")
            } else {
                text
            }
        })
        .collect();
    if parts.is_empty() {
        return counted(&[], "regions");
    }
    parts.join("; ")
}

/// `17 of 18 regions read, 1 denied`; of a cloud whose lists are read once an account, by accounts.
fn of_provider(provider: Provider, scopes: &[(&Scope, &Tally)]) -> String {
    let (mut global, mut regions) = (Vec::new(), Vec::new());
    for (scope, tally) in scopes {
        let of = if scope.is_global() {
            &mut global
        } else {
            &mut regions
        };
        of.push(*tally);
    }
    let left_out = |tally: &&Tally| tally.state() == "excluded";
    if regions.iter().all(left_out) && !global.is_empty() {
        let accounts = match provider {
            Provider::Aws => "accounts",
            Provider::Azure => "subscriptions",
            Provider::Gcp => "projects",
        };
        let mut text = counted(&global, accounts);
        if !regions.is_empty() {
            text.push_str(&format!("; {} regions left out", regions.len()));
        }
        return text;
    }
    let mut text = counted(&regions, "regions");
    if global.iter().any(|tally| tally.partial + tally.failed > 0) {
        text.push_str("; what has no region was read in part");
    }
    let left_out = regions.iter().copied().filter(left_out).count();
    if left_out > 0 {
        text.push_str(&format!("; {left_out} left out"));
    }
    text
}

/// How many are read, and why the others are not: one counts as read when all of it that was wanted was read.
fn counted(tallies: &[&Tally], nouns: &str) -> String {
    let wanted: Vec<&&Tally> = tallies
        .iter()
        .filter(|tally| tally.state() != "excluded")
        .collect();
    let read = wanted
        .iter()
        .filter(|tally| tally.state() == "complete")
        .count();
    let mut text = format!("{read} of {} {nouns} read", wanted.len());
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    let (mut in_part, mut causes) = (0, BTreeSet::new());
    for tally in wanted {
        match tally.state() {
            "failed" => *failed.entry(words(&tally.causes)).or_default() += 1,
            "partial" => {
                in_part += 1;
                causes.extend(tally.causes.iter().copied());
            }
            _ => {}
        }
    }
    for (causes, count) in failed {
        text.push_str(&format!(", {count} {causes}"));
    }
    if in_part > 0 {
        text.push_str(&format!(", {in_part} in part ({})", words(&causes)));
    }
    text
}

fn words(causes: &BTreeSet<Cause>) -> String {
    causes
        .iter()
        .map(|cause| cause.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The reads that should be there and are not.
fn missing(snapshot: &Snapshot) -> Vec<Read> {
    let there: BTreeSet<(&Scope, &str)> = snapshot
        .reads
        .iter()
        .map(|read| (&read.scope, read.collector.as_str()))
        .collect();
    let mut missing = Vec::new();
    for scope in &snapshot.scopes {
        for note in &snapshot.collectors {
            let reached = match note.reach {
                Reach::Global => scope.is_global(),
                Reach::PerRegion => !scope.is_global(),
            };
            let theirs = note
                .provider
                .is_none_or(|provider| provider == scope.provider);
            if reached && theirs && !there.contains(&(scope, note.name.as_str())) {
                missing.push(Read {
                    scope: scope.clone(),
                    collector: note.name.clone(),
                    datasets: note.datasets.clone(),
                    outcome: Outcome::Failed(Gap::new(Cause::NotCollected, "")),
                    count: 0,
                });
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use orch_model::{CollectorNote, Dataset, Kind};

    use super::*;

    fn read(scope: &Scope, outcome: Outcome) -> Read {
        Read {
            scope: scope.clone(),
            collector: "ec2.instances".into(),
            datasets: vec![Dataset::Kind(Kind::ComputeInstance)],
            outcome,
            count: 1,
        }
    }

    fn snapshot(reads: Vec<Read>, scopes: Vec<Scope>) -> Snapshot {
        Snapshot {
            as_of: DateTime::UNIX_EPOCH,
            scopes,
            collectors: vec![CollectorNote {
                name: "ec2.instances".into(),
                provider: Some(Provider::Aws),
                datasets: vec![Dataset::Kind(Kind::ComputeInstance)],
                reach: Reach::PerRegion,
            }],
            resources: Vec::new(),
            series: Vec::new(),
            costs: Vec::new(),
            reads,
            ledger: Vec::new(),
        }
    }

    #[test]
    fn the_summary_counts_regions_and_names_causes() {
        let scope = |region: &str| Scope::new(Provider::Aws, "aws", "1", region);
        let denied = Gap::new(Cause::Denied, "ec2:DescribeInstances");
        let reads = vec![
            read(&scope("a"), Outcome::Complete),
            read(&scope("b"), Outcome::Failed(denied)),
            read(&scope("d"), Outcome::Excluded("--regions".into())),
        ];
        let coverage = coverage(&snapshot(reads, vec![scope("a"), scope("b"), scope("c")]));
        assert_eq!(
            coverage.summary,
            "1 of 3 regions read, 1 denied, 1 not-collected; 1 left out"
        );
        assert!(!coverage.complete);
        assert_eq!(coverage.gaps.len(), 3);
    }

    #[test]
    fn no_cloud_lacks_the_reads_of_another() {
        let here = Scope::new(Provider::Aws, "aws", "1", "a");
        let there = Scope::new(Provider::Azure, "azure", "2", "b");
        let reads = vec![read(&here, Outcome::Complete)];
        let coverage = coverage(&snapshot(reads, vec![here, there]));
        assert_eq!(coverage.gaps, []);
    }

    #[test]
    fn each_cloud_is_told_apart() {
        let aws = |region: &str| Scope::new(Provider::Aws, "aws", "1", region);
        let gcp = |project: &str| Scope::new(Provider::Gcp, "gcp", project, "global");
        let denied = Outcome::Failed(Gap::new(Cause::Denied, ""));
        let reads = vec![
            read(&aws("a"), Outcome::Complete),
            read(&aws("b"), denied.clone()),
            read(&gcp("shop"), Outcome::Complete),
            read(&gcp("lab"), denied),
        ];
        let scopes = vec![aws("a"), aws("b"), gcp("shop"), gcp("lab")];
        let both = coverage(&snapshot(reads.clone(), scopes));
        assert_eq!(
            both.summary,
            "aws: 1 of 2 regions read, 1 denied; gcp: 1 of 2 projects read, 1 denied"
        );
        let one = coverage(&snapshot(reads[2..3].to_vec(), vec![gcp("shop")]));
        assert_eq!(one.summary, "1 of 1 projects read");
    }

    #[test]
    fn regions_in_part_are_counted_together() {
        let scope = |region: &str| Scope::new(Provider::Aws, "aws", "1", region);
        let partial = |cause| Outcome::Partial(Gap::new(cause, ""));
        let reads = vec![
            read(&scope("a"), partial(Cause::Denied)),
            read(&scope("b"), partial(Cause::Throttled)),
        ];
        let coverage = coverage(&snapshot(reads, vec![scope("a"), scope("b")]));
        assert_eq!(
            coverage.summary,
            "0 of 2 regions read, 2 in part (denied, throttled)"
        );
    }

    #[test]
    fn what_was_left_out_is_no_hole() {
        let scope = |region: &str| Scope::new(Provider::Aws, "aws", "1", region);
        let reads = vec![
            read(&scope("a"), Outcome::Complete),
            read(&scope("b"), Outcome::Excluded("--regions".into())),
        ];
        let coverage = coverage(&snapshot(reads, vec![scope("a")]));
        assert!(coverage.complete);
        assert_eq!(coverage.summary, "1 of 1 regions read; 1 left out");
    }
}
