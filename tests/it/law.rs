//! The law: taking reads away changes a verdict to unknown or unassessed, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use orch_engine::{Catalog, Facts, Inventory, Settings, Verdict, answers, evaluate};
use orch_model::{Cause, Dataset, Gap, Outcome, Snapshot, Text, Uid};
use orch_snapshot::Needs;
use rayon::prelude::*;

/// Random subsets of reads that are tried.
const SUBSETS: u32 = 10_000;

/// A repeatable source of chance: splitmix64.
struct Random(u64);

impl Random {
    /// From 0 up to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// What became of a read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Loss {
    /// It says that it failed, and nothing of it is there.
    Failed,
    /// It says that it ended early, and about this part of it is there.
    Partial(f64),
    /// It is not mentioned at all, and nothing of it is there.
    Forgotten,
}

/// The verdicts of one rule on one resource: the keys that fail, and the rest.
#[derive(Debug, Clone, Default, PartialEq)]
struct Answer {
    keys: BTreeSet<Option<Text>>,
    pass: bool,
    not_applicable: bool,
    unknown: bool,
    fault: bool,
}

type Answers = BTreeMap<(Text, Uid), Answer>;

pub(crate) fn catalog() -> Catalog {
    let facts: Facts = orch_engine::facts::facts()
        .into_iter()
        .chain(orch_cost::facts::facts(
            orch_cost::catalog::Catalogue::embedded(),
        ))
        .collect::<Vec<_>>()
        .into();
    Catalog::builtin(facts).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn demo() -> Snapshot {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/estates/demo");
    orch_snapshot::load(&folder, &Needs(None)).unwrap_or_else(|error| panic!("{error}"))
}

fn ask(catalog: &Catalog, snapshot: &Snapshot) -> Answers {
    let mut all = Answers::new();
    answers(
        catalog,
        &Inventory::new(snapshot),
        &Settings::default(),
        |told| {
            let answer = all
                .entry((told.rule.clone(), told.resource.clone()))
                .or_default();
            match told.verdict {
                Verdict::Fail => _ = answer.keys.insert(told.key),
                Verdict::Pass => answer.pass = true,
                Verdict::NotApplicable => answer.not_applicable = true,
                Verdict::Unknown(_) => answer.unknown = true,
                Verdict::Fault(_) => answer.fault = true,
            }
        },
    );
    all
}

/// The snapshot as it would be had these reads been lost.
fn without(
    whole: &Snapshot,
    losses: &[(usize, Loss)],
    mut keep: impl FnMut(f64) -> bool,
) -> Snapshot {
    let mut cut = whole.clone();
    for (at, loss) in losses {
        let read = &whole.reads[*at];
        let share = match loss {
            Loss::Partial(share) => *share,
            Loss::Failed | Loss::Forgotten => 0.0,
        };
        for dataset in &read.datasets {
            match dataset {
                Dataset::Kind(kind) => cut.resources.retain(|resource| {
                    resource.kind() != *kind || resource.scope != read.scope || keep(share)
                }),
                Dataset::Series(metric) => cut.series.retain(|digest| {
                    let here = digest
                        .uid
                        .as_str()
                        .contains(&*format!(":{}:", read.scope.region));
                    digest.metric != *metric || !here || keep(share)
                }),
                Dataset::Costs => cut.costs.retain(|_| keep(share)),
            }
        }
        let gap = Gap::new(Cause::Denied, "test:Lost");
        cut.reads[*at].outcome = match loss {
            Loss::Partial(_) => Outcome::Partial(gap),
            Loss::Failed | Loss::Forgotten => Outcome::Failed(gap),
        };
    }
    let forgotten: BTreeSet<usize> = losses
        .iter()
        .filter(|(_, loss)| *loss == Loss::Forgotten)
        .map(|(at, _)| *at)
        .collect();
    let mut at = 0;
    cut.reads.retain(|_| {
        at += 1;
        !forgotten.contains(&(at - 1))
    });
    cut
}

/// Every way in which the verdicts on the cut snapshot break the law.
fn breaches(catalog: &Catalog, whole: &Answers, full: &Snapshot, cut: &Snapshot) -> Vec<String> {
    let reduced = ask(catalog, cut);
    let mut broken = Vec::new();
    for (of, answer) in &reduced {
        let Some(was) = whole.get(of) else {
            broken.push(format!("{of:?} was never asked before, now {answer:?}"));
            continue;
        };
        let same = answer == was;
        // Some keys are still sure, the rest is said to be unknown; or all of it is unknown.
        let weaker = answer.unknown
            && !answer.pass
            && !answer.not_applicable
            && !answer.fault
            && answer.keys.is_subset(&was.keys);
        if !same && !weaker {
            broken.push(format!("{of:?} was {was:?}, now {answer:?}"));
        }
    }
    if reduced.len() < whole.len() {
        let places: BTreeMap<&Uid, _> = full
            .resources
            .iter()
            .map(|resource| (&resource.uid, &resource.scope))
            .collect();
        let evaluation = evaluate(catalog, &Inventory::new(cut), &Settings::default());
        let unassessed: BTreeSet<_> = evaluation
            .unassessed
            .iter()
            .map(|unassessed| (&unassessed.rule, &unassessed.scope))
            .collect();
        for of in whole.keys().filter(|of| !reduced.contains_key(*of)) {
            if !unassessed.contains(&(&of.0, places[&of.1])) {
                broken.push(format!("{of:?} is gone and nobody says so"));
            }
        }
    }
    broken
}

#[test]
fn every_single_read_lost_in_turn() {
    let (catalog, full) = (catalog(), demo());
    let whole = ask(&catalog, &full);
    let broken: Vec<String> = (0..full.reads.len())
        .into_par_iter()
        .flat_map(|at| {
            [Loss::Failed, Loss::Partial(0.5), Loss::Forgotten]
                .into_par_iter()
                .flat_map_iter({
                    let (catalog, full, whole) = (&catalog, &full, &whole);
                    move |loss| {
                        let mut turn = 0u32;
                        let cut = without(full, &[(at, loss)], |share| {
                            turn += 1;
                            share > 0.0 && turn.is_multiple_of(2)
                        });
                        let read = &full.reads[at];
                        breaches(catalog, whole, full, &cut)
                            .into_iter()
                            .map(move |breach| {
                                format!("{} in {} {loss:?}: {breach}", read.collector, read.scope)
                            })
                    }
                })
        })
        .collect();
    assert!(
        broken.is_empty(),
        "{} breaches:\n{}",
        broken.len(),
        first(&broken)
    );
}

#[test]
fn random_subsets_of_reads_lost() {
    let (catalog, full) = (catalog(), demo());
    let whole = ask(&catalog, &full);
    let broken: Vec<String> = (0..SUBSETS)
        .into_par_iter()
        .flat_map_iter(|seed| {
            let mut random = Random(u64::from(seed));
            let odds = 0.02 + 0.6 * random.share();
            let lost: Vec<usize> = (0..full.reads.len())
                .filter(|_| random.share() < odds)
                .collect();
            let losses: Vec<(usize, Loss)> = lost
                .into_iter()
                .map(|at| match (random.share() * 3.0) as u32 {
                    0 => (at, Loss::Failed),
                    1 => (at, Loss::Forgotten),
                    _ => (at, Loss::Partial(random.share())),
                })
                .collect();
            let cut = without(&full, &losses, |share| random.share() < share);
            breaches(&catalog, &whole, &full, &cut)
                .into_iter()
                .map(move |breach| format!("seed {seed}: {breach}"))
        })
        .collect();
    assert!(
        broken.is_empty(),
        "{} breaches:\n{}",
        broken.len(),
        first(&broken)
    );
}

fn first(broken: &[String]) -> String {
    broken
        .iter()
        .take(20)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n")
}
