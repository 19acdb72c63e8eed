//! What was completely read where: a read that says so, and nothing else, makes a dataset complete.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};
use orch_model::{
    Cause, CollectorNote, Dataset, Gap, Outcome, Provider, Reach, Read, Reason, Scope, Snapshot,
    Text, Why,
};

use super::Unseen;

type Missing = Option<Unseen>;

/// The answer for each dataset and scope, worked out once.
pub(super) struct Completeness {
    states: HashMap<Dataset, BTreeMap<Scope, Missing>>,
    /// What the states of a scope and of its account say together, for the scopes of the snapshot.
    settled: HashMap<Dataset, HashMap<Scope, Missing>>,
    /// What a cloud reads once per account, and what once per region: clouds differ.
    global: BTreeSet<(Provider, Dataset)>,
    regional: BTreeSet<(Provider, Dataset)>,
    /// Those of which something is known of the scope of an account.
    by_account: BTreeSet<Dataset>,
}

/// A collector as far as completeness goes: its note, and what its reads add to it.
struct Collector<'s> {
    reach: Option<Reach>,
    datasets: BTreeSet<Dataset>,
    reads: BTreeMap<&'s Scope, &'s Read>,
}

impl Completeness {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        // Two clouds may call a collector the same.
        let mut collectors: BTreeMap<(Provider, &Text), Collector<'_>> = BTreeMap::new();
        for note in &snapshot.collectors {
            for provider in providers(note, snapshot) {
                let collector = collectors
                    .entry((provider, &note.name))
                    .or_insert_with(Collector::unknown);
                collector.reach = Some(note.reach);
                collector.datasets.extend(&note.datasets);
            }
        }
        for read in &snapshot.reads {
            let collector = collectors
                .entry((read.scope.provider, &read.collector))
                .or_insert_with(Collector::unknown);
            collector.datasets.extend(&read.datasets);
            collector.reads.insert(&read.scope, read);
        }
        let mut states: HashMap<Dataset, BTreeMap<Scope, Missing>> = HashMap::new();
        let (mut global, mut regional) = (BTreeSet::new(), BTreeSet::new());
        for ((provider, name), collector) in &collectors {
            let scopes = collector.scopes(*provider, snapshot);
            for dataset in &collector.datasets {
                match collector.reach {
                    Some(Reach::Global) => _ = global.insert((*provider, *dataset)),
                    Some(Reach::PerRegion) => _ = regional.insert((*provider, *dataset)),
                    None => {}
                }
                let states = states.entry(*dataset).or_default();
                for scope in &scopes {
                    let missing = collector.missing(name, *dataset, scope);
                    let state = states.entry(scope.clone()).or_insert(None);
                    *state = match (state.take(), missing) {
                        (None, missing) => missing,
                        (Some(one), None) => Some(one),
                        (Some(one), Some(other)) => Some(one.and(other)),
                    };
                }
            }
        }
        // A dataset that no collector of the run reads was not read in any account.
        let accounts: BTreeSet<Scope> = snapshot.scopes.iter().map(Scope::global).collect();
        for dataset in Dataset::all() {
            let states = states.entry(dataset).or_default();
            for account in &accounts {
                if !states.keys().any(|scope| scope.same_account(account)) {
                    states.insert(account.clone(), Some(not_collected(dataset, account, "")));
                }
            }
        }
        let by_account = states
            .iter()
            .filter(|(_, states)| states.keys().any(Scope::is_global))
            .map(|(dataset, _)| *dataset)
            .collect();
        let mut known = Self {
            states,
            settled: HashMap::new(),
            global,
            regional,
            by_account,
        };
        let scopes: BTreeSet<&Scope> = snapshot.scopes.iter().chain(&accounts).collect();
        let settled = |dataset| {
            let of = |scope: &&Scope| ((*scope).clone(), known.settle(dataset, scope).err());
            (dataset, scopes.iter().map(of).collect())
        };
        known.settled = Dataset::all().map(settled).collect();
        known
    }

    /// Whether a collector of the cloud reads it once per account.
    pub(super) fn is_global(&self, provider: Provider, dataset: Dataset) -> bool {
        self.global.contains(&(provider, dataset))
    }

    pub(super) fn state(&self, dataset: Dataset, scope: &Scope) -> Result<(), Unseen> {
        let settled = self.settled.get(&dataset);
        match settled.and_then(|scopes| scopes.get(scope)) {
            Some(None) => Ok(()),
            Some(Some(unseen)) => Err(unseen.clone()),
            None => self.settle(dataset, scope),
        }
    }

    fn settle(&self, dataset: Dataset, scope: &Scope) -> Result<(), Unseen> {
        let states = self.states.get(&dataset);
        let of = |scope: &Scope| states.and_then(|states| states.get(scope));
        let here = of(scope);
        let account = if scope.is_global() || !self.by_account.contains(&dataset) {
            None
        } else {
            of(&scope.global())
        };
        match (here, account) {
            (None, _) if self.is_regional(dataset, scope) => Err(not_collected(dataset, scope, "")),
            (None, None) => Err(not_collected(dataset, scope, "")),
            (here, account) => {
                let missing = [here, account].into_iter().flatten().flatten().cloned();
                missing.reduce(Unseen::and).map_or(Ok(()), Err)
            }
        }
    }

    /// Whether the scope is a region that a collector of its cloud reads by itself.
    fn is_regional(&self, dataset: Dataset, scope: &Scope) -> bool {
        !scope.is_global() && self.regional.contains(&(scope.provider, dataset))
    }

    pub(super) fn state_account(&self, dataset: Dataset, scope: &Scope) -> Result<(), Unseen> {
        let mut known = false;
        let mut missing: Missing = None;
        for (_, state) in self
            .states
            .get(&dataset)
            .into_iter()
            .flatten()
            .filter(|(place, _)| place.same_account(scope))
        {
            known = true;
            missing = match (missing, state.clone()) {
                (Some(one), Some(other)) => Some(one.and(other)),
                (one, other) => one.or(other),
            };
        }
        match missing {
            _ if !known => Err(not_collected(dataset, scope, "")),
            Some(unseen) => Err(unseen),
            None => Ok(()),
        }
    }

    pub(super) fn expected(&self, dataset: Dataset) -> Vec<&Scope> {
        self.states
            .get(&dataset)
            .into_iter()
            .flat_map(BTreeMap::keys)
            .collect()
    }
}

/// Whose scopes a collector reads. Where its note does not say, its reads do; without any, every scope lacks it.
fn providers(note: &CollectorNote, snapshot: &Snapshot) -> BTreeSet<Provider> {
    if let Some(provider) = note.provider {
        return BTreeSet::from([provider]);
    }
    let reads = snapshot.reads.iter();
    let own: BTreeSet<Provider> = reads
        .filter(|read| read.collector == note.name)
        .map(|read| read.scope.provider)
        .collect();
    if !own.is_empty() {
        return own;
    }
    snapshot.scopes.iter().map(|scope| scope.provider).collect()
}

impl<'s> Collector<'s> {
    fn unknown() -> Self {
        Self {
            reach: None,
            datasets: BTreeSet::new(),
            reads: BTreeMap::new(),
        }
    }

    /// Where it should have read, and where it did.
    fn scopes(&self, provider: Provider, snapshot: &Snapshot) -> BTreeSet<Scope> {
        let mut scopes: BTreeSet<Scope> = self.reads.keys().map(|scope| (*scope).clone()).collect();
        for scope in &snapshot.scopes {
            if scope.provider != provider {
                continue;
            }
            match self.reach {
                Some(Reach::Global) => _ = scopes.insert(scope.global()),
                Some(Reach::PerRegion) if !scope.is_global() => _ = scopes.insert(scope.clone()),
                Some(Reach::PerRegion) | None => {}
            }
        }
        scopes
    }

    /// What this collector leaves open of a dataset in a scope.
    fn missing(&self, name: &Text, dataset: Dataset, scope: &Scope) -> Missing {
        let Some(read) = self
            .reads
            .get(scope)
            .filter(|read| read.datasets.contains(&dataset))
        else {
            return Some(not_collected(dataset, scope, name));
        };
        let why = match &read.outcome {
            Outcome::Complete => return None,
            Outcome::Excluded(option) => Why::Excluded(option.clone()),
            Outcome::Partial(gap) | Outcome::Failed(gap) => Why::Gap {
                scope: scope.clone(),
                collector: name.clone(),
                gap: gap.clone(),
            },
        };
        Some(because(dataset, why))
    }
}

fn because(dataset: Dataset, why: Why) -> Unseen {
    Unseen(Arc::new(BTreeSet::from([Reason {
        what: dataset.to_string().into(),
        why,
    }])))
}

fn not_collected(dataset: Dataset, scope: &Scope, collector: &str) -> Unseen {
    because(
        dataset,
        Why::Gap {
            scope: scope.clone(),
            collector: collector.into(),
            gap: Gap::new(Cause::NotCollected, ""),
        },
    )
}
