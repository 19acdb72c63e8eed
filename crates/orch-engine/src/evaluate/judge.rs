//! One rule on one resource: the verdict, and nothing that only a finding needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use orch_model::{Field, Kind, Reason, Resource, Text, Why};

use crate::catalog::Catalog;
use crate::facts::Fact;
use crate::inventory::Inventory;
use crate::lang::{Frame, Program};
use crate::rule::{Programs, Rule};
use crate::slots::Intake;
use crate::value::{Answer, Reasons, Value};

/// What a rule says of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No problem.
    Pass,
    /// The problem.
    Fail,
    /// It cannot be told.
    Unknown(BTreeSet<Reason>),
    /// The question makes no sense.
    NotApplicable,
    /// The rule is wrong.
    Fault(Text),
}

/// A verdict on its way, reasons still shared.
pub(super) enum Judgement {
    Pass,
    Fail,
    Unknown(Reasons),
    NotApplicable,
    Fault(Text),
}

/// Everything that is needed to ask some rules of the resources of one kind.
pub(super) struct Desk<'d, 's> {
    pub(super) inventory: &'d Inventory<'s>,
    pub(super) asked: Vec<Asked<'d>>,
    intake: &'d Intake,
    /// For each slot of a fact the fact and the inventory it may see.
    facts: Vec<Option<(&'d dyn Fact, Inventory<'s>)>>,
}

/// One rule that is asked.
pub(super) struct Asked<'d> {
    pub(super) rule: &'d Rule,
    pub(super) programs: &'d Programs,
    /// The slots of the facts that `when` reads.
    when: Vec<usize>,
    /// The slots of the facts that `fails_if` reads.
    fails_if: Vec<usize>,
    /// The slots of the facts that only a finding reads.
    finding: Vec<usize>,
}

/// Room for the slots of one resource after the other.
#[derive(Default)]
pub(super) struct Room {
    slots: Vec<Value>,
    facts: Vec<Value>,
    derived: Vec<bool>,
}

/// A resource that is being asked: its slots, filled once for all rules, and the facts derived so far.
pub(super) struct Seat<'r> {
    pub(super) resource: &'r Resource,
    room: &'r mut Room,
}

impl<'d, 's> Desk<'d, 's> {
    pub(super) fn of(
        catalog: &'d Catalog,
        inventory: &'d Inventory<'s>,
        kind: Kind,
        rules: impl IntoIterator<Item = &'d Rule>,
    ) -> Option<Self> {
        let plan = catalog.plan(kind)?;
        let names = plan.intake.facts();
        let facts = names.iter().map(|name| {
            let fact = catalog.facts().get(kind, name)?;
            Some((fact, inventory.declared(fact.spec().needs, kind)))
        });
        let slots = |read: BTreeSet<&str>| {
            let read = |(_, name): &(usize, &Text)| read.contains(name.as_str());
            names
                .iter()
                .enumerate()
                .filter(read)
                .map(|(slot, _)| slot)
                .collect::<Vec<_>>()
        };
        let asked = rules.into_iter().map(|rule| {
            let programs = rule.programs.get(&kind)?;
            let of = |program: &'d Program| program.uses().facts.iter().map(Text::as_str);
            Some(Asked {
                rule,
                programs,
                when: slots(programs.when.iter().flat_map(of).collect()),
                fails_if: slots(of(&programs.fails_if).collect()),
                finding: slots(programs.facts()),
            })
        });
        let asked = asked.collect::<Option<_>>()?;
        Some(Self {
            inventory,
            asked,
            intake: &plan.intake,
            facts: facts.collect(),
        })
    }

    /// Takes a resource in.
    pub(super) fn take<'r>(&self, resource: &'r Resource, room: &'r mut Room) -> Seat<'r> {
        self.intake
            .fill(resource, &|path| unread(resource, path), &mut room.slots);
        room.facts.clear();
        room.facts.resize(self.facts.len(), Value::Null);
        room.derived.clear();
        room.derived.resize(self.facts.len(), false);
        Seat { resource, room }
    }

    /// Derives facts that are not derived yet.
    fn derive(&self, slots: &[usize], seat: &mut Seat<'_>) {
        for slot in slots {
            if let Some((fact, inventory)) = &self.facts[*slot]
                && !seat.room.derived[*slot]
            {
                seat.room.facts[*slot] = derive(*fact, seat.resource, inventory);
                seat.room.derived[*slot] = true;
            }
        }
    }

    /// Derives what the findings of a rule show.
    pub(super) fn derive_rest(&self, place: usize, seat: &mut Seat<'_>) {
        self.derive(&self.asked[place].finding, seat);
    }

    pub(super) fn frame<'f>(&self, seat: &'f Seat<'_>, key: &'f Value) -> Frame<'f> {
        Frame {
            resource: &seat.room.slots,
            facts: &seat.room.facts,
            key,
            now: self.inventory.snapshot().as_of,
        }
    }

    /// The verdict of a rule: only `when` and `fails_if` decide.
    pub(super) fn judge(&self, place: usize, seat: &mut Seat<'_>) -> Judgement {
        let asked = &self.asked[place];
        if let Some(when) = &asked.programs.when {
            self.derive(&asked.when, seat);
            match when.holds(&self.frame(seat, &Value::Null)) {
                Ok(true) => {}
                Ok(false) => return Judgement::NotApplicable,
                Err(other) => return undecided(other),
            }
        }
        self.derive(&asked.fails_if, seat);
        match asked
            .programs
            .fails_if
            .holds(&self.frame(seat, &Value::Null))
        {
            Ok(true) => Judgement::Fail,
            Ok(false) => Judgement::Pass,
            Err(other) => undecided(other),
        }
    }
}

fn undecided(answer: Answer) -> Judgement {
    match answer {
        Answer::Unknown(reasons) => Judgement::Unknown(reasons),
        Answer::Error(error) => Judgement::Fault(error),
        Answer::Value(other) => Judgement::Fault(Text::new(format!("`{other}` is not a bool"))),
    }
}

fn derive(fact: &dyn Fact, resource: &Resource, inventory: &Inventory<'_>) -> Value {
    match fact.derive(resource, inventory) {
        Ok(Field::Value(value)) => value,
        Ok(Field::None) => Value::Null,
        Ok(Field::NotRead) => Value::Unknown(untold(fact.spec().name)),
        Err(unseen) => Value::Unknown(Arc::new(unseen.0)),
    }
}

/// Why a part of a resource was not read: the gap of the call that reads it, or that nothing tells it.
fn unread(resource: &Resource, path: &str) -> Reasons {
    let gaps = resource.not_read.as_deref();
    let gap = gaps.and_then(|gaps| {
        gaps.iter().find(|(known, _)| {
            let known = known.strip_prefix("body.").unwrap_or(known);
            path == known
                || path
                    .strip_prefix(known)
                    .is_some_and(|rest| rest.starts_with('.'))
        })
    });
    match gap {
        None => untold(path),
        Some((_, gap)) => Arc::new(BTreeSet::from([Reason {
            what: Text::new(path),
            why: Why::Gap {
                scope: resource.scope.clone(),
                collector: Text::default(),
                gap: gap.clone(),
            },
        }])),
    }
}

fn untold(what: &str) -> Reasons {
    Arc::new(BTreeSet::from([Reason {
        what: Text::new(what),
        why: Why::Untold(Text::new_static("the provider did not tell")),
    }]))
}
