//! The law of completeness over the snapshots of every shipped rule's tests: a read that is lost makes
//! verdicts unknown or unassessed, or changes nothing. The demo estate is tried by the tests of the program.

use std::collections::{BTreeMap, BTreeSet};

use orch_engine::{Catalog, Inventory, Settings, Verdict, answers, evaluate};
use orch_model::{Cause, Dataset, Gap, Outcome, Snapshot, Text, Uid};
use rayon::prelude::*;

use crate::rules::facts;

/// The keys that fail, the definite answer besides, and whether something is unknown.
type Answer = (BTreeSet<Option<Text>>, Option<Verdict>, bool);
type Answers = BTreeMap<(Text, Uid), Answer>;

fn all(catalog: &Catalog, snapshot: &Snapshot) -> Answers {
    let mut all = Answers::new();
    answers(
        catalog,
        &Inventory::new(snapshot),
        &Settings::default(),
        |told| {
            let (keys, other, unknown) = all
                .entry((told.rule.clone(), told.resource.clone()))
                .or_default();
            match told.verdict {
                Verdict::Fail => _ = keys.insert(told.key),
                Verdict::Unknown(_) => *unknown = true,
                definite => *other = Some(definite),
            }
        },
    );
    all
}

/// The snapshot as it would be had the read failed, or ended early with every second item.
fn without(whole: &Snapshot, at: usize, partial: bool) -> Snapshot {
    let mut cut = whole.clone();
    let read = &mut cut.reads[at];
    let gap = Gap::new(Cause::Denied, "test");
    read.outcome = if partial {
        Outcome::Partial(gap)
    } else {
        Outcome::Failed(gap)
    };
    let (datasets, scope) = (read.datasets.clone(), read.scope.clone());
    let mut turn = 0;
    let mut keep = || {
        turn += 1;
        partial && turn % 2 == 0
    };
    for dataset in datasets {
        match dataset {
            Dataset::Kind(kind) => cut
                .resources
                .retain(|resource| resource.kind() != kind || resource.scope != scope || keep()),
            Dataset::Series(metric) => {
                cut.series
                    .retain(|digest| digest.metric != metric || keep());
            }
            Dataset::Costs => cut.costs.retain(|_| keep()),
        }
    }
    cut
}

fn breaches(catalog: &Catalog, whole: &Answers, full: &Snapshot, cut: &Snapshot) -> Vec<String> {
    let reduced = all(catalog, cut);
    let mut broken = Vec::new();
    for (of, (keys, other, unknown)) in &reduced {
        let Some((old_keys, old_other, old_unknown)) = whole.get(of) else {
            broken.push(format!("{of:?} appeared"));
            continue;
        };
        let same = keys == old_keys && other == old_other && unknown == old_unknown;
        let weaker = *unknown && other.is_none() && keys.is_subset(old_keys);
        if !same && !weaker {
            broken.push(format!("{of:?}: {:?} became {:?}", whole[of], reduced[of]));
        }
    }
    let evaluation = evaluate(catalog, &Inventory::new(cut), &Settings::default());
    let unassessed: BTreeSet<_> = evaluation
        .unassessed
        .iter()
        .map(|not| (&not.rule, &not.scope))
        .collect();
    for (rule, uid) in whole.keys().filter(|of| !reduced.contains_key(*of)) {
        let scope = full
            .resources
            .iter()
            .find(|found| found.uid == *uid)
            .map(|found| &found.scope);
        if !unassessed.contains(&(rule, scope.unwrap())) {
            broken.push(format!("{rule} on {uid} is gone and nobody says so"));
        }
    }
    broken
}

#[test]
fn a_lost_read_never_turns_one_answer_into_another() {
    let catalog = Catalog::builtin(facts()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let snapshots: Vec<(String, Snapshot)> = catalog
        .rules()
        .iter()
        .flat_map(|rule| {
            Catalog::test_snapshots(rule)
                .map(|(test, snapshot)| (format!("{}: {test}", rule.id), snapshot))
        })
        .collect();
    assert!(snapshots.len() > 200);
    let broken: Vec<String> = snapshots
        .par_iter()
        .flat_map_iter(|(test, full)| {
            let whole = all(&catalog, full);
            let lost = (0..full.reads.len()).flat_map(|at| [(at, false), (at, true)]);
            lost.flat_map(|(at, partial)| {
                let cut = without(full, at, partial);
                let collector = &full.reads[at].collector;
                breaches(&catalog, &whole, full, &cut)
                    .into_iter()
                    .map(|breach| format!("{test} without {collector}: {breach}"))
                    .collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        broken.is_empty(),
        "{} breaches:\n{}",
        broken.len(),
        broken[..broken.len().min(20)].join("\n")
    );
}
