//! Asks every selected rule of every resource of its kind: parallel, and the same on any number of threads.

mod finding;
mod judge;
mod stream;

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{
    Dataset, Fault, Finding, Kind, Provider, Resource, Scope, Text, Unassessed, UnknownAnswer, Why,
};
use rayon::prelude::*;

use crate::catalog::Catalog;
use crate::inventory::Inventory;
use crate::rule::Rule;
use crate::settings::Settings;
use crate::waiver::{WaiverState, waive};

pub use judge::Verdict;
pub use stream::{Answered, answers};

use finding::Fanned;
use judge::{Desk, Judgement, Room};

/// How many resources of one kind and scope are one piece of work.
const PIECE: usize = 256;

/// What a rule said in a scope, counted by resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Resources without the problem.
    pub pass: u64,
    /// Resources with the problem.
    pub fail: u64,
    /// Resources of which it cannot be told.
    pub unknown: u64,
    /// Resources of which the question makes no sense.
    pub not_applicable: u64,
    /// Resources on which the rule itself went wrong.
    pub fault: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.unknown += other.unknown;
        self.not_applicable += other.not_applicable;
        self.fault += other.fault;
    }
}

/// What the rules say of a snapshot. Only problems and what is not known are kept one by one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// The problems, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be told of a resource, sorted.
    pub unknown: Vec<UnknownAnswer>,
    /// What could not be asked in a scope, sorted.
    pub unassessed: Vec<Unassessed>,
    /// Rules that went wrong, sorted.
    pub faults: Vec<Fault>,
    /// How many resources of each answer, by rule and scope.
    pub counts: BTreeMap<(Text, Scope), Counts>,
    /// What became of each waiver, in their order.
    pub waivers: Vec<WaiverState>,
}

/// What one piece of work said.
#[derive(Default)]
struct Said {
    findings: Vec<Finding>,
    unknown: Vec<UnknownAnswer>,
    faults: Vec<Fault>,
    /// In the order of the rules that were asked.
    counts: Vec<Counts>,
}

/// One piece of work.
struct Piece<'p, 's> {
    desk: &'p Desk<'p, 's>,
    scope: &'s Scope,
    resources: &'p [&'s Resource],
}

/// Where a thread asks, from one piece of work to the next.
#[derive(Default)]
struct Place<'p, 's> {
    desk: Option<&'p Desk<'p, 's>>,
    room: Room<'s>,
}

impl<'p, 's> Place<'p, 's> {
    /// Room for the slots of a desk; what was kept for another one is dropped.
    fn at(&mut self, desk: &'p Desk<'p, 's>) -> &mut Room<'s> {
        if !self.desk.is_some_and(|before| std::ptr::eq(before, desk)) {
            *self = Self {
                desk: Some(desk),
                room: Room::default(),
            };
        }
        &mut self.room
    }
}

/// Evaluates the selected rules. Pure: the same arguments give the same answer on any number of threads.
pub fn evaluate(catalog: &Catalog, inventory: &Inventory<'_>, settings: &Settings) -> Evaluation {
    let selected = selected(catalog, settings);
    let places = inventory.places();
    let kinds: BTreeSet<(Kind, Provider)> = places
        .iter()
        .map(|(kind, scope, _)| (*kind, scope.provider))
        .collect();
    let desks: BTreeMap<(Kind, Provider), Desk<'_, '_>> = kinds
        .into_iter()
        .filter_map(|(kind, provider)| {
            let asked = catalog.asked(kind, provider, &selected);
            let rules = asked.iter().map(|at| &catalog.rules()[*at]);
            Some(((kind, provider), Desk::of(catalog, inventory, kind, rules)?))
        })
        .filter(|(_, desk)| !desk.asked.is_empty())
        .collect();
    let mut pieces = Vec::new();
    for (kind, scope, resources) in &places {
        if let Some(desk) = desks.get(&(*kind, scope.provider)) {
            let piece = |resources| Piece {
                desk,
                scope,
                resources,
            };
            pieces.extend(resources.chunks(PIECE).map(piece));
        }
    }
    let said: Vec<Said> = pieces
        .par_iter()
        .map_init(Place::default, |place, piece| work(settings, piece, place))
        .collect();
    let mut evaluation = Evaluation::default();
    let findings = said.iter().map(|said| said.findings.len()).sum();
    evaluation.findings.reserve_exact(findings);
    for (piece, said) in pieces.iter().zip(said) {
        evaluation.findings.extend(said.findings);
        evaluation.unknown.extend(said.unknown);
        evaluation.faults.extend(said.faults);
        for (asked, counts) in piece.desk.asked.iter().zip(said.counts) {
            let key = (asked.rule.id.clone(), piece.scope.clone());
            evaluation.counts.entry(key).or_default().add(counts);
        }
    }
    evaluation.unassessed = unassessed(catalog, inventory, &selected);
    finish(&mut evaluation, catalog, inventory, settings);
    evaluation
}

fn selected(catalog: &Catalog, settings: &Settings) -> Vec<bool> {
    let rules = catalog.rules().iter();
    rules
        .map(|rule| catalog.is_selected(rule, &settings.selection))
        .collect()
}

fn work<'p, 's>(settings: &Settings, piece: &Piece<'p, 's>, place: &mut Place<'p, 's>) -> Said {
    let desk = piece.desk;
    let mut said = Said {
        counts: vec![Counts::default(); desk.asked.len()],
        ..Said::default()
    };
    let room = place.at(desk);
    let covered = piece
        .resources
        .iter()
        .filter(|resource| settings.selection.covers(resource));
    for resource in covered {
        let mut seat = desk.take(resource, room);
        for (place, asked) in desk.asked.iter().enumerate() {
            let rule = asked.rule;
            let counts = &mut said.counts[place];
            match desk.judge(place, &seat) {
                Judgement::Pass => counts.pass += 1,
                Judgement::NotApplicable => counts.not_applicable += 1,
                Judgement::Unknown(reasons) => {
                    counts.unknown += 1;
                    said.unknown.push(unknown(rule, resource, &reasons));
                }
                Judgement::Fault(message) => {
                    counts.fault += 1;
                    said.faults.push(fault(rule, resource, &message));
                }
                Judgement::Fail => {
                    counts.fail += 1;
                    let Fanned {
                        findings,
                        unknown: open,
                        faults,
                    } = desk.findings(place, &mut seat, settings);
                    said.findings.extend(findings);
                    said.unknown
                        .extend(open.map(|reasons| unknown(rule, resource, &reasons)));
                    said.faults
                        .extend(faults.iter().map(|message| fault(rule, resource, message)));
                }
            }
        }
    }
    said
}

fn unknown(
    rule: &Rule,
    resource: &Resource,
    reasons: &BTreeSet<orch_model::Reason>,
) -> UnknownAnswer {
    UnknownAnswer {
        rule: rule.id.clone(),
        resource: resource.uid.clone(),
        scope: resource.scope.clone(),
        reasons: reasons.iter().cloned().collect(),
    }
}

fn fault(rule: &Rule, resource: &Resource, message: &str) -> Fault {
    Fault {
        rule: rule.id.clone(),
        resource: resource.uid.clone(),
        message: message.to_owned(),
    }
}

/// The rules that could not be asked where their kind was not, or not completely, read.
fn unassessed(catalog: &Catalog, inventory: &Inventory<'_>, selected: &[bool]) -> Vec<Unassessed> {
    let planned: BTreeSet<&Scope> = inventory.snapshot().scopes.iter().collect();
    let mut found = Vec::new();
    for (rule, _) in catalog
        .rules()
        .iter()
        .zip(selected)
        .filter(|(_, selected)| **selected)
    {
        for kind in &rule.kinds {
            let dataset = Dataset::Kind(*kind);
            for scope in inventory.expected(dataset) {
                let state = inventory.state(dataset, scope);
                let Some(reason) = state.err().and_then(|unseen| unseen.0.first().cloned()) else {
                    continue;
                };
                // A region that was never to be read is a matter of coverage.
                let left_out = matches!(reason.why, Why::Excluded(_)) && !planned.contains(scope);
                if rule.asks(scope.provider) && !left_out {
                    found.push(Unassessed {
                        rule: rule.id.clone(),
                        scope: scope.clone(),
                        reason,
                    });
                }
            }
        }
    }
    found
}

/// Waives, sorts and removes doubles.
fn finish(
    evaluation: &mut Evaluation,
    catalog: &Catalog,
    inventory: &Inventory<'_>,
    settings: &Settings,
) {
    let resolve = |name: &str| catalog.rule(name).ok().map(|rule| rule.id.clone());
    let as_of = inventory.snapshot().as_of;
    // No two are equal, and a stable sort takes half as much room again.
    evaluation.findings.par_sort_unstable_by(|left, right| {
        right
            .rank
            .total
            .cmp(&left.rank.total)
            .then_with(|| right.severity.cmp(&left.severity))
            .then_with(|| left.rule.cmp(&right.rule))
            .then_with(|| left.resource.cmp(&right.resource))
            .then_with(|| left.key.cmp(&right.key))
    });
    evaluation.waivers = waive(&mut evaluation.findings, &settings.waivers, as_of, &resolve);
    evaluation.unknown.sort();
    evaluation.unassessed.sort();
    evaluation.unassessed.dedup();
    evaluation.faults.sort();
    evaluation.faults.dedup();
}
