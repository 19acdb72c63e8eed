//! The demo estate loads, is small, and holds what the first command is to show.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use orch_cost::bill::{Basis, summaries};
use orch_cost::charge::charges;
use orch_engine::Inventory;
use orch_engine::facts::Memo;
use orch_engine::slots::Asked;
use orch_model::{
    Body, Cause, Dataset, Digest, Field, Gap, Kind, Metric, Outcome, Reason, Scope, Snapshot,
};
use orch_snapshot::{Needs, load};

fn estate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/estates/demo")
}

fn demo() -> Snapshot {
    load(&estate(), &Needs::ALL).unwrap()
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let meta = entry.metadata().unwrap();
            if meta.is_dir() {
                size(&entry.path())
            } else {
                meta.len()
            }
        })
        .sum()
}

fn count(snapshot: &Snapshot, kind: Kind) -> usize {
    snapshot
        .resources
        .iter()
        .filter(|resource| resource.kind() == kind)
        .count()
}

#[test]
fn it_is_a_whole_company_in_less_than_three_megabytes() {
    let snapshot = demo();
    assert!(size(&estate()) < 3_000_000);
    assert_eq!(snapshot.as_of.to_rfc3339(), "2026-11-20T06:00:00+00:00");
    assert!((55..=65).contains(&count(&snapshot, Kind::ComputeInstance)));
    assert!((38..=45).contains(&count(&snapshot, Kind::NetworkFirewall)));
    let kinds: BTreeSet<Kind> = snapshot
        .resources
        .iter()
        .map(|resource| resource.kind())
        .collect();
    let collected: BTreeSet<Kind> = snapshot
        .collectors
        .iter()
        .flat_map(|collector| &collector.datasets)
        .filter_map(|dataset| match dataset {
            Dataset::Kind(kind) => Some(*kind),
            _ => None,
        })
        .collect();
    // It has no groups and no reserved capacity, and its cluster no nodes: what was read of them is that there are none.
    let none = [
        Kind::ComputeCapacityReservation,
        Kind::ComputeScalingGroup,
        Kind::ContainerNodePool,
    ];
    let all: BTreeSet<Kind> = kinds.iter().copied().chain(none).collect();
    assert_eq!(
        all, collected,
        "every other kind that is read has a resource"
    );
    let regions: BTreeSet<&str> = snapshot
        .scopes
        .iter()
        .map(|scope| scope.region.as_str())
        .collect();
    assert_eq!(
        regions,
        BTreeSet::from(["ap-southeast-2", "eu-west-1", "global", "us-east-1"])
    );
}

#[test]
fn its_gaps_are_one_denied_one_throttled_and_one_region_left_out() {
    let snapshot = demo();
    let gaps: Vec<(&str, &str, Cause)> = snapshot
        .reads
        .iter()
        .filter_map(|read| {
            let gap = read.gap()?;
            Some((
                read.scope.region.as_str(),
                read.collector.as_str(),
                gap.cause,
            ))
        })
        .collect();
    assert_eq!(
        gaps,
        [
            ("ap-southeast-2", "ec2.volumes", Cause::Denied),
            ("eu-west-1", "cloudwatch.network", Cause::Throttled),
        ]
    );
    let excluded: BTreeSet<&str> = snapshot
        .reads
        .iter()
        .filter(|read| matches!(read.outcome, Outcome::Excluded(_)))
        .map(|read| read.scope.region.as_str())
        .collect();
    assert_eq!(excluded, BTreeSet::from(["me-central-1"]));
}

#[test]
fn its_reads_count_what_is_there() {
    let snapshot = demo();
    // Several collectors may read one kind: what they count together is there.
    let mut counted: BTreeMap<(&Scope, &[Dataset]), u64> = BTreeMap::new();
    for read in &snapshot.reads {
        *counted.entry((&read.scope, &read.datasets)).or_default() += read.count;
    }
    for ((scope, datasets), count) in counted {
        let here = |dataset: &Dataset| match dataset {
            Dataset::Kind(kind) => snapshot
                .resources
                .iter()
                .filter(|resource| resource.kind() == *kind && resource.scope == *scope)
                .count(),
            Dataset::Series(metric) => snapshot
                .series
                .iter()
                .filter(|digest| {
                    let region = digest.uid.as_str().split(':').nth(3);
                    digest.metric == *metric && region == Some(scope.region.as_str())
                })
                .count(),
            Dataset::Costs => snapshot.costs.len(),
        };
        let found: usize = datasets.iter().map(here).sum();
        assert_eq!(count, found as u64, "{scope} {datasets:?}");
    }
}

#[test]
fn everything_named_in_it_is_in_it_unless_it_is_gone_or_was_not_read() {
    let snapshot = demo();
    let known: BTreeSet<&str> = snapshot
        .resources
        .iter()
        .map(|resource| resource.uid.as_str())
        .collect();
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for resource in &snapshot.resources {
        let named: Vec<&orch_model::Uid> = match &resource.body {
            Body::ComputeInstance(body) => body
                .firewalls
                .iter()
                .chain(body.subnet.value())
                .chain(&body.volumes)
                .collect(),
            Body::NetworkInterface(body) => body
                .firewalls
                .iter()
                .chain(body.subnet.value())
                .chain(body.instance.value())
                .collect(),
            Body::NetworkFirewall(body) => {
                let rules = body.ingress.iter().chain(&body.egress);
                rules
                    .flat_map(|rule| &rule.firewalls)
                    .chain(body.vpc.value())
                    .collect()
            }
            Body::NetworkAddress(body) => body
                .instance
                .value()
                .into_iter()
                .chain(body.interface.value())
                .collect(),
            Body::StorageSnapshot(body) => body.volume.value().into_iter().collect(),
            _ => Vec::new(),
        };
        for uid in named
            .into_iter()
            .filter(|uid| !known.contains(uid.as_str()))
        {
            missing
                .entry(resource.kind().as_str())
                .or_default()
                .insert(uid.as_str());
        }
    }
    let volumes_not_read =
        |uid: &&str| uid.contains(":ap-southeast-2:") && uid.contains(":volume/");
    assert!(
        missing
            .remove("compute.instance")
            .unwrap()
            .iter()
            .all(volumes_not_read)
    );
    let orphans = missing.remove("storage.snapshot").unwrap();
    assert_eq!(
        orphans.iter().filter(|uid| !volumes_not_read(uid)).count(),
        5
    );
    assert_eq!(missing, BTreeMap::new());
}

#[test]
fn its_machines_are_busy_idle_oversized_and_off_at_night() {
    let snapshot = demo();
    let cpu = |name: &str| -> Vec<&Digest> {
        let resource = snapshot
            .resources
            .iter()
            .find(|resource| resource.name == name)
            .unwrap();
        snapshot
            .series
            .iter()
            .filter(|digest| digest.uid == resource.uid && digest.metric == Metric::Cpu)
            .collect()
    };
    let use_of = |name: &str| orch_cost::utilisation(&cpu(name), &[], &[]).unwrap().cpu;
    assert!(
        use_of("price-crawler-1")
            .peak
            .value()
            .is_some_and(|peak| *peak < 5.0)
    );
    assert!(use_of("monitoring-1").p95 > 90.0);
    let search = use_of("search-1");
    assert!(search.p995 < 40.0 && search.peak.value().is_some_and(|peak| *peak > 5.0));
    let runner = use_of("ci-runner-1");
    assert!(runner.points < runner.periods / 2 && runner.days < 6.0);
}

#[test]
fn its_bill_rises_by_one_service_and_a_sixth_of_its_usage_names_no_region() {
    let snapshot = demo();
    let charges = charges(&snapshot.costs);
    let summaries = summaries(charges.iter(), snapshot.as_of, Basis::Billed);
    let [usd] = &summaries[..] else {
        unreachable!("one currency")
    };
    assert_eq!(
        (usd.closed_days, usd.services.len() >= 5, usd.estimated),
        (28, true, true)
    );
    assert_eq!(usd.by_category.len(), 3);
    let nowhere = usd.regions.iter().find(|share| share.name.is_none());
    // Support is no usage: without it content delivery and names are 17 %.
    let percent = nowhere.unwrap().percent.unwrap();
    assert!(percent > 16.into() && percent < 18.into(), "{percent}");
}

/// What a fact answers on the resource of a name: its reasons, and whether there is a value at all.
fn derive(snapshot: &Snapshot, fact: &str, name: &str) -> (bool, String) {
    let inventory = Inventory::new(snapshot);
    let facts = orch_cost::facts::facts(orch_cost::catalog::Catalogue::embedded());
    let fact = facts
        .iter()
        .find(|known| known.spec().name == fact)
        .unwrap();
    let resource = snapshot
        .resources
        .iter()
        .find(|resource| resource.name == name && fact.spec().kinds.contains(&resource.kind()))
        .unwrap();
    let text = |reasons: &BTreeSet<Reason>| {
        reasons
            .iter()
            .map(Reason::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    };
    match fact.derive(resource, &inventory) {
        Ok(Field::Value(value)) => (true, text(&value.reasons())),
        Ok(Field::None | Field::NotRead) => (false, String::new()),
        Err(unseen) => (false, text(&unseen.0)),
    }
}

#[test]
fn facts_are_known_where_everything_was_read_and_say_why_where_not() {
    let snapshot = demo();
    for (fact, name, known, reason) in [
        ("price", "search-1", true, ""),
        (
            "price",
            "model-training-1",
            false,
            "none listed for g4dn.xlarge in ap-southeast-2",
        ),
        (
            "price",
            "ci-runner-2",
            false,
            "a spot price changes by the hour",
        ),
        ("price", "campaign-2024", true, ""),
        ("price", "eu-db-copy", false, "volume.gp3 in eu-west-1"),
        ("machine", "model-training-1", true, ""),
        ("utilisation", "search-1", true, ""),
        (
            "utilisation",
            "eu-mail-1",
            true,
            "cloudwatch.network in eu-west-1: throttled",
        ),
        (
            "utilisation",
            "loadtest-1",
            false,
            "the cloud holds no points of it",
        ),
        ("smaller", "search-1", true, ""),
        ("smaller", "shop-web-1", false, ""),
        ("smaller", "BI_Windows_01", true, "the licence of windows"),
        (
            "smaller",
            "ci-runner-2",
            false,
            "a spot price changes by the hour",
        ),
        ("modern", "orders-archive", true, ""),
        ("modern", "fresh-restore", false, ""),
        ("billing", "larkspur-outfitters", true, ""),
    ] {
        let (there, reasons) = derive(&snapshot, fact, name);
        assert_eq!(there, known, "{fact} of {name}: {reasons}");
        assert!(reasons.contains(reason), "{fact} of {name}: {reasons}");
        assert_eq!(
            reasons.is_empty(),
            reason.is_empty(),
            "{fact} of {name}: {reasons}"
        );
    }
}

#[test]
fn a_metric_that_was_not_completely_read_leaves_its_facts_unknown() {
    let mut snapshot = demo();
    for read in &mut snapshot.reads {
        if read.collector == "cloudwatch.cpu" && read.scope.region == "us-east-1" {
            read.outcome = Outcome::Partial(Gap::new(Cause::TimedOut, "cloudwatch:GetMetricData"));
        }
    }
    for fact in ["utilisation", "smaller"] {
        let (there, reasons) = derive(&snapshot, fact, "search-1");
        assert!(!there && reasons.contains("timed-out"), "{reasons}");
    }
    assert!(derive(&snapshot, "price", "search-1").0);
}

#[test]
fn what_a_fact_keeps_from_resource_to_resource_changes_no_answer() {
    let snapshot = demo();
    let inventory = Inventory::new(&snapshot);
    let catalogue = orch_cost::catalog::Catalogue::embedded();
    let facts = orch_engine::facts::facts().into_iter();
    let mut seen = 0;
    for fact in facts.chain(orch_cost::facts::facts(catalogue)) {
        let mut memo = Memo::default();
        let resources = snapshot.resources.iter();
        for resource in resources.filter(|one| fact.spec().kinds.contains(&one.kind())) {
            let alone = fact.derive(resource, &inventory);
            let kept = fact.derive_asked(resource, &inventory, &Asked::everything(), &mut memo);
            let name = fact.spec().name;
            assert_eq!(
                format!("{alone:?}"),
                format!("{kept:?}"),
                "{name} of {}",
                resource.uid
            );
            seen += 1;
        }
    }
    assert!(seen > 1_000, "{seen}");
}
