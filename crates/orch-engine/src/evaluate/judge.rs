//! One rule on one resource: the verdict, and nothing that only a finding needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use orch_model::{Field, Kind, Reason, Resource, Text, Why};

use crate::catalog::Catalog;
use crate::facts::Fact;
use crate::inventory::{Inventory, Unseen};
use crate::lang::{Frame, Program};
use crate::rule::{Programs, Rule};
use crate::slots::{Asked as Parts, Intake};
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
    verdicts: Source<'d, 's>,
    findings: Source<'d, 's>,
}

/// Where the slots of expressions are filled from.
struct Source<'d, 's> {
    intake: &'d Intake,
    /// For each slot of a fact the fact, what is read of it, and the inventory it may see.
    facts: Vec<Option<(&'d dyn Fact, &'d Parts, Inventory<'s>)>>,
}

/// One rule that is asked.
pub(super) struct Asked<'d> {
    pub(super) rule: &'d Rule,
    pub(super) programs: &'d Programs,
    /// The slots of the facts that `when` reads.
    when: Vec<usize>,
    /// The slots of the facts that `fails_if` reads.
    fails_if: Vec<usize>,
    /// The slots of the facts that `key` reads.
    key: Vec<usize>,
    /// The slots of the facts that a finding shows.
    finding: Vec<usize>,
}

/// Room for the slots of one resource after the other.
#[derive(Default)]
pub(super) struct Room {
    verdicts: Slots,
    findings: Slots,
}

#[derive(Default)]
struct Slots {
    resource: Vec<Value>,
    facts: Vec<Value>,
    derived: Vec<bool>,
}

/// A resource that is being asked: its slots, filled once for all rules, and the facts derived so far.
pub(super) struct Seat<'r> {
    pub(super) resource: &'r Resource,
    room: &'r mut Room,
    /// Whether the slots of findings are filled.
    shown: bool,
}

impl<'d, 's> Source<'d, 's> {
    fn of(intake: &'d Intake, catalog: &'d Catalog, inventory: &Inventory<'s>, kind: Kind) -> Self {
        let facts = intake.facts().iter().map(|(name, parts)| {
            let fact = catalog.facts().get(kind, name)?;
            Some((fact, parts, inventory.declared(fact.spec().needs, kind)))
        });
        Self {
            intake,
            facts: facts.collect(),
        }
    }

    /// The slots of the facts that programs read.
    fn slots<'p>(&self, programs: impl IntoIterator<Item = &'p Program>) -> Vec<usize> {
        let read: BTreeSet<&Text> = programs
            .into_iter()
            .flat_map(|program| &program.uses().facts)
            .collect();
        let names = (0..).zip(self.intake.facts());
        names
            .filter(|(_, (name, _))| read.contains(name))
            .map(|(slot, _)| slot)
            .collect()
    }

    fn take(&self, resource: &Resource, slots: &mut Slots) {
        self.intake.fill(
            resource,
            &|path| unread(resource, path),
            &mut slots.resource,
        );
        slots.facts.clear();
        slots.facts.resize(self.facts.len(), Value::Null);
        slots.derived.clear();
        slots.derived.resize(self.facts.len(), false);
    }

    /// Derives facts that are not derived yet.
    fn derive(&self, wanted: &[usize], resource: &Resource, slots: &mut Slots) {
        for slot in wanted {
            if let Some((fact, parts, inventory)) = &self.facts[*slot]
                && !slots.derived[*slot]
            {
                slots.facts[*slot] = derive(*fact, parts, resource, inventory);
                slots.derived[*slot] = true;
            }
        }
    }
}

impl<'d, 's> Desk<'d, 's> {
    pub(super) fn of(
        catalog: &'d Catalog,
        inventory: &'d Inventory<'s>,
        kind: Kind,
        rules: impl IntoIterator<Item = &'d Rule>,
    ) -> Option<Self> {
        let plan = catalog.plan(kind)?;
        let verdicts = Source::of(&plan.verdicts, catalog, inventory, kind);
        let findings = Source::of(&plan.findings, catalog, inventory, kind);
        let asked = rules.into_iter().map(|rule| {
            let programs = rule.programs.get(&kind)?;
            Some(Asked {
                rule,
                programs,
                when: verdicts.slots(&programs.when),
                fails_if: verdicts.slots([&programs.fails_if]),
                key: verdicts.slots(&programs.key),
                finding: findings.slots(programs.shown()),
            })
        });
        let asked = asked.collect::<Option<_>>()?;
        Some(Self {
            inventory,
            asked,
            verdicts,
            findings,
        })
    }

    /// Takes a resource in.
    pub(super) fn take<'r>(&self, resource: &'r Resource, room: &'r mut Room) -> Seat<'r> {
        self.verdicts.take(resource, &mut room.verdicts);
        Seat {
            resource,
            room,
            shown: false,
        }
    }

    fn derive(&self, wanted: &[usize], seat: &mut Seat<'_>) {
        self.verdicts
            .derive(wanted, seat.resource, &mut seat.room.verdicts);
    }

    /// What `key` sees.
    pub(super) fn key_frame<'f>(&self, place: usize, seat: &'f mut Seat<'_>) -> Frame<'f> {
        self.derive(&self.asked[place].key, seat);
        self.frame(&seat.room.verdicts, &Value::Null)
    }

    /// Takes in what the findings of a rule show.
    pub(super) fn show(&self, place: usize, seat: &mut Seat<'_>) {
        let slots = &mut seat.room.findings;
        if !seat.shown {
            self.findings.take(seat.resource, slots);
            seat.shown = true;
        }
        self.findings
            .derive(&self.asked[place].finding, seat.resource, slots);
    }

    /// What the parts of a finding see, once [`Self::show`] has taken it in.
    pub(super) fn shown<'f>(&self, seat: &'f Seat<'_>, key: &'f Value) -> Frame<'f> {
        self.frame(&seat.room.findings, key)
    }

    fn frame<'f>(&self, slots: &'f Slots, key: &'f Value) -> Frame<'f> {
        Frame {
            resource: &slots.resource,
            facts: &slots.facts,
            key,
            now: self.inventory.snapshot().as_of,
        }
    }

    /// The verdict of a rule: only `when` and `fails_if` decide.
    pub(super) fn judge(&self, place: usize, seat: &mut Seat<'_>) -> Judgement {
        let asked = &self.asked[place];
        if let Some(when) = &asked.programs.when {
            self.derive(&asked.when, seat);
            match when.holds(&self.frame(&seat.room.verdicts, &Value::Null)) {
                Ok(true) => {}
                Ok(false) => return Judgement::NotApplicable,
                Err(other) => return undecided(other),
            }
        }
        self.derive(&asked.fails_if, seat);
        match asked
            .programs
            .fails_if
            .holds(&self.frame(&seat.room.verdicts, &Value::Null))
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

fn derive(fact: &dyn Fact, parts: &Parts, resource: &Resource, inventory: &Inventory<'_>) -> Value {
    match fact.derive_asked(resource, inventory, parts) {
        Ok(Field::Value(value)) => value,
        Ok(Field::None) => Value::Null,
        Ok(Field::NotRead) => Value::Unknown(untold(fact.spec().name)),
        Err(unseen) => Value::Unknown(Arc::new(unseen.0)),
    }
}

/// Why a part of a resource was not read: the gap of the call that reads it, or that nothing tells it.
fn unread(resource: &Resource, path: &str) -> Reasons {
    Unseen::of_part(resource, path).map_or_else(|| untold(path), |unseen| Arc::new(unseen.0))
}

fn untold(what: &str) -> Reasons {
    Arc::new(BTreeSet::from([Reason {
        what: Text::new(what),
        why: Why::Untold(Text::new_static("the provider did not tell")),
    }]))
}
