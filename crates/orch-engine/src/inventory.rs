//! A snapshot as rules see it: resources by identity, kind and place, and what was completely read.

mod completeness;
mod links;
mod wiring;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};
use orch_model::{
    CostLine, Dataset, Digest, Kind, Metric, Reason, Relation, Resource, Scope, Snapshot, Uid, Why,
};

use completeness::Completeness;
use links::Reverse;
use wiring::Wiring;
pub(crate) use wiring::{ANY_NETWORK, Wire};

use crate::value::{Reasons, union};

/// Why something cannot be known: what was needed and not completely read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unseen(pub Reasons);

impl Unseen {
    /// One reason that no read explains: a price nobody published, a resource outside of what was read.
    pub fn untold(what: impl Into<orch_model::Text>, why: impl Into<orch_model::Text>) -> Self {
        Self(Arc::new(BTreeSet::from([Reason {
            what: what.into(),
            why: Why::Untold(why.into()),
        }])))
    }

    /// Why a part of a resource was not read, where a call for it failed.
    pub(crate) fn of_part(resource: &Resource, path: &str) -> Option<Self> {
        let mut gaps = resource.not_read.as_deref()?.iter();
        let (_, gap) = gaps.find(|(known, _)| {
            let known = known.strip_prefix("body.").unwrap_or(known);
            let rest = path.strip_prefix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })?;
        Some(Self(Arc::new(BTreeSet::from([Reason {
            what: path.into(),
            why: Why::Gap {
                scope: resource.scope.clone(),
                collector: orch_model::Text::default(),
                gap: gap.clone(),
            },
        }]))))
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(union(self.0, other.0))
    }
}

/// Resources of one kind in one place, and whether they are all of them.
#[derive(Debug, Clone)]
pub struct Listing<'s> {
    /// What was read, sorted by uid.
    pub items: Vec<&'s Resource>,
    /// Whether that is everything. If not, only a found witness decides: `exists` may be true and `all` may
    /// be false; a number, an absence, "none of them" is unknown.
    pub complete: Result<(), Unseen>,
}

impl<'s> Listing<'s> {
    /// Whether one of the items fits: true with a witness, false only if all were read.
    ///
    /// # Errors
    /// Why it is not known, when no item fits and not all were read.
    pub fn exists(&self, fits: impl FnMut(&&'s Resource) -> bool) -> Result<bool, Unseen> {
        if self.items.iter().any(fits) {
            Ok(true)
        } else {
            self.complete.clone().map(|()| false)
        }
    }

    /// Every item.
    ///
    /// # Errors
    /// Why they may not be all.
    pub fn all(self) -> Result<Vec<&'s Resource>, Unseen> {
        self.complete.map(|()| self.items)
    }

    /// Both listings as one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.items.extend(other.items);
        self.items
            .sort_unstable_by(|left, right| left.uid.cmp(&right.uid));
        self.items
            .dedup_by(|left, right| std::ptr::eq(*left, *right));
        self.complete = match (self.complete, other.complete) {
            (Ok(()), other) => other,
            (Err(one), Ok(())) => Err(one),
            (Err(one), Err(other)) => Err(one.and(other)),
        };
        self
    }
}

struct Index<'s> {
    snapshot: &'s Snapshot,
    by_uid: HashMap<&'s str, u32>,
    by_place: HashMap<Kind, HashMap<&'s Scope, Vec<&'s Resource>>>,
    reverse: Reverse,
    wiring: Wiring<'s>,
    /// Where the digests of a uid begin and end.
    series: HashMap<&'s str, (u32, u32)>,
    completeness: Completeness,
}

/// Everything that rules and facts may know. Cheap to copy, shared by all threads.
#[derive(Clone)]
pub struct Inventory<'s> {
    index: Arc<Index<'s>>,
    /// What a fact has said that it needs, with its own kind; `None` for the evaluation itself. A fact that
    /// reaches for more sees nothing and is told so: what is loaded follows from what was said.
    declared: Option<(&'static [Dataset], Kind)>,
}

impl<'s> Inventory<'s> {
    /// Indexes a snapshot.
    pub fn new(snapshot: &'s Snapshot) -> Self {
        let mut by_uid = HashMap::<&str, u32>::with_capacity(snapshot.resources.len());
        let mut by_place: HashMap<Kind, HashMap<&'s Scope, Vec<&'s Resource>>> = HashMap::new();
        for (place, resource) in (0u32..).zip(&snapshot.resources) {
            by_uid.insert(resource.uid.as_str(), place);
            by_place
                .entry(resource.kind())
                .or_default()
                .entry(&resource.scope)
                .or_default()
                .push(resource);
        }
        let reverse = Reverse::of(&snapshot.resources, &by_uid);
        let mut series: HashMap<&str, (u32, u32)> = HashMap::new();
        for (place, digest) in (0u32..).zip(&snapshot.series) {
            series
                .entry(digest.uid.as_str())
                .or_insert((place, place))
                .1 = place + 1;
        }
        let wiring = Wiring::of((0u32..).zip(&snapshot.resources));
        let completeness = Completeness::of(snapshot);
        Self {
            index: Arc::new(Index {
                snapshot,
                by_uid,
                by_place,
                reverse,
                wiring,
                series,
                completeness,
            }),
            declared: None,
        }
    }

    /// The same inventory, cut to what a fact on a kind has declared.
    #[must_use]
    pub(crate) fn declared(&self, needs: &'static [Dataset], own: Kind) -> Self {
        Self {
            index: Arc::clone(&self.index),
            declared: Some((needs, own)),
        }
    }

    fn may_see(&self, dataset: Dataset) -> bool {
        self.declared
            .is_none_or(|(needs, own)| needs.contains(&dataset) || dataset == Dataset::Kind(own))
    }

    /// The snapshot.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.index.snapshot
    }

    /// The resource of an identity, if it was read.
    pub fn get(&self, uid: &Uid) -> Option<&'s Resource> {
        let place = *self.index.by_uid.get(uid.as_str())?;
        self.at(place)
            .filter(|resource| self.may_see(Dataset::Kind(resource.kind())))
    }

    fn at(&self, place: u32) -> Option<&'s Resource> {
        self.index.snapshot.resources.get(place as usize)
    }

    /// The resources of a kind in a scope. A kind that is read once per account is listed with the account's
    /// global scope, whichever region asks.
    pub fn list(&self, kind: Kind, scope: &Scope) -> Listing<'s> {
        let complete = self.state(Dataset::Kind(kind), scope);
        let mut listing = Listing {
            items: self.items(kind, scope),
            complete,
        };
        if !scope.is_global()
            && self
                .index
                .completeness
                .is_global(scope.provider, Dataset::Kind(kind))
        {
            let items = self.items(kind, &scope.global());
            listing = listing.and(Listing {
                items,
                complete: Ok(()),
            });
        }
        listing
    }

    /// The resources of a kind in all scopes of the scope's account, those left out included as not read.
    pub fn list_account(&self, kind: Kind, scope: &Scope) -> Listing<'s> {
        let mut items: Vec<&'s Resource> = Vec::new();
        if self.may_see(Dataset::Kind(kind)) {
            for (place, of) in self.index.by_place.get(&kind).into_iter().flatten() {
                if place.same_account(scope) {
                    items.extend(of);
                }
            }
        }
        items.sort_unstable_by(|left, right| left.uid.cmp(&right.uid));
        Listing {
            items,
            complete: self.state_account(Dataset::Kind(kind), scope),
        }
    }

    /// Every kind and scope that holds resources, with these, sorted.
    pub(crate) fn places(&self) -> Vec<(Kind, &'s Scope, &[&'s Resource])> {
        let mut places = Vec::new();
        for (kind, scopes) in &self.index.by_place {
            places.extend(
                scopes
                    .iter()
                    .map(|(scope, of)| (*kind, *scope, of.as_slice())),
            );
        }
        places.sort_unstable_by(|left, right| (left.0, left.1).cmp(&(right.0, right.1)));
        places
    }

    /// The resources read of a kind in exactly this scope, sorted by uid.
    pub(crate) fn items(&self, kind: Kind, scope: &Scope) -> Vec<&'s Resource> {
        if !self.may_see(Dataset::Kind(kind)) {
            return Vec::new();
        }
        self.index
            .by_place
            .get(&kind)
            .and_then(|scopes| scopes.get(scope))
            .cloned()
            .unwrap_or_default()
    }

    /// The resources of `kind` that were read and stand in `relation` to the resource, sorted by uid.
    /// Whether they are all must be asked of [`Self::state`].
    pub fn referring(
        &self,
        to: &Uid,
        relation: Relation,
        kind: Kind,
    ) -> impl Iterator<Item = &'s Resource> + '_ {
        let place = self.index.by_uid.get(to.as_str()).copied();
        let seen = self.may_see(Dataset::Kind(kind));
        self.index
            .reverse
            .to(place.filter(|_| seen))
            .iter()
            .filter(move |(of, _)| *of == relation)
            .filter_map(move |(_, from)| self.at(*from))
            .filter(move |resource| resource.kind() == kind)
    }

    /// The resources that were read and are wired to a part of a network, sorted by uid. Whether they are
    /// all must be asked of [`Self::state`].
    pub(crate) fn wired<'w>(
        &'w self,
        wire: Wire,
        to: &'w str,
        address: Option<IpAddr>,
    ) -> impl Iterator<Item = &'s Resource> + 'w {
        let places = self.index.wiring.get(wire, to, address).iter();
        places
            .filter_map(|place| self.at(*place))
            .filter(|resource| self.may_see(Dataset::Kind(resource.kind())))
    }

    /// Whether a dataset was completely read in a scope. What is read once per account is looked up in the
    /// account's global scope.
    ///
    /// # Errors
    /// What was not read, and why; a dataset of which no read says that it is complete counts as not
    /// collected.
    pub fn state(&self, dataset: Dataset, scope: &Scope) -> Result<(), Unseen> {
        self.undeclared(dataset)?;
        self.index.completeness.state(dataset, scope)
    }

    /// Whether a dataset was completely read in all scopes of the scope's account.
    ///
    /// # Errors
    /// What was not read, and why.
    pub fn state_account(&self, dataset: Dataset, scope: &Scope) -> Result<(), Unseen> {
        self.undeclared(dataset)?;
        self.index.completeness.state_account(dataset, scope)
    }

    fn undeclared(&self, dataset: Dataset) -> Result<(), Unseen> {
        if self.may_see(dataset) {
            return Ok(());
        }
        Err(Unseen::untold(
            dataset.to_string(),
            "the fact does not declare that it needs it",
        ))
    }

    /// The scopes in which a dataset should have been read, sorted.
    pub(crate) fn expected(&self, dataset: Dataset) -> Vec<&Scope> {
        self.index.completeness.expected(dataset)
    }

    /// The digests of a metric of a resource, one per statistic. Whether there could be more must be asked
    /// of [`Self::state`].
    pub fn digests(&self, uid: &Uid, metric: Metric) -> &'s [Digest] {
        if !self.may_see(Dataset::Series(metric)) {
            return &[];
        }
        let Some((start, end)) = self.index.series.get(uid.as_str()) else {
            return &[];
        };
        let of_uid = &self.index.snapshot.series[*start as usize..*end as usize];
        let first = of_uid.partition_point(|digest| digest.metric < metric);
        let length = of_uid[first..].partition_point(|digest| digest.metric == metric);
        &of_uid[first..first + length]
    }

    /// The billing lines. Whether they are all must be asked of [`Self::state`].
    pub fn costs(&self) -> &'s [CostLine] {
        if self.may_see(Dataset::Costs) {
            &self.index.snapshot.costs
        } else {
            &[]
        }
    }
}

#[cfg(test)]
mod tests;
