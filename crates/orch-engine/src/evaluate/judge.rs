//! One rule on one resource: the verdict, and nothing that only a finding needs.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

use orch_model::{Field, Kind, Reason, Resource, Text, Time};

use crate::catalog::Catalog;
use crate::facts::{Fact, Memo};
use crate::inventory::{Inventory, Unseen};
use crate::lang::{FactSlots, Frame, Program};
use crate::rule::{Programs, Rule};
use crate::slots::{Asked as Parts, Intake};
use crate::value::{Answer, Reasons, Value, untold};

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
    intake: Intake,
    /// For each slot of a fact the fact, what is read of it, and the inventory it may see.
    facts: Vec<Option<(&'d dyn Fact, &'d Parts, Inventory<'s>)>>,
}

/// One rule that is asked.
pub(super) struct Asked<'d> {
    pub(super) rule: &'d Rule,
    pub(super) programs: &'d Programs,
}

/// Room for the slots of one resource after the other, all asked at one desk.
#[derive(Default)]
pub(super) struct Room<'s> {
    verdicts: Slots<'s>,
    findings: Slots<'s>,
}

#[derive(Default)]
struct Slots<'s> {
    resource: Vec<Value>,
    facts: Vec<OnceCell<Value>>,
    /// What each fact keeps from one resource to the next.
    memos: Vec<RefCell<Memo<'s>>>,
}

/// What expressions see of a resource. Its facts are derived when an expression first reads them.
pub(super) struct View<'v, 's> {
    source: &'v Source<'v, 's>,
    resource: &'s Resource,
    slots: &'v Slots<'s>,
    now: Time,
}

impl View<'_, '_> {
    pub(super) fn frame<'f>(&'f self, key: &'f Value) -> Frame<'f> {
        Frame {
            resource: &self.slots.resource,
            facts: self,
            key,
            now: self.now,
        }
    }
}

impl FactSlots for View<'_, '_> {
    fn fact(&self, slot: usize) -> Option<&Value> {
        let known = self.source.facts.get(slot)?;
        let derived = self.slots.facts.get(slot)?;
        let memo = self.slots.memos.get(slot)?;
        Some(derived.get_or_init(|| match known {
            Some((fact, parts, inventory)) => {
                let memo = &mut memo.borrow_mut();
                derive(*fact, parts, self.resource, inventory, memo)
            }
            None => Value::Null,
        }))
    }
}

/// A resource that is being asked: its slots, filled once for all rules, and the facts derived so far.
pub(super) struct Seat<'r, 's> {
    pub(super) resource: &'s Resource,
    room: &'r mut Room<'s>,
    /// Whether the slots of findings are filled.
    shown: bool,
}

impl<'d, 's> Source<'d, 's> {
    /// For some of the programs of a kind.
    fn of<'p>(
        intake: &'d Intake,
        programs: impl IntoIterator<Item = &'p Program>,
        catalog: &'d Catalog,
        inventory: &Inventory<'s>,
        kind: Kind,
    ) -> Self {
        let facts = intake.facts().iter().map(|(name, parts)| {
            let fact = catalog.facts().get(kind, name)?;
            Some((fact, parts, inventory.declared(fact.spec().needs, kind)))
        });
        Self {
            intake: intake.only(programs),
            facts: facts.collect(),
        }
    }

    fn take(&self, resource: &Resource, slots: &mut Slots<'s>) {
        self.intake.fill(
            resource,
            &|path| unread(resource, path),
            &mut slots.resource,
        );
        slots.facts.clear();
        slots.facts.resize_with(self.facts.len(), OnceCell::new);
        slots.memos.resize_with(self.facts.len(), RefCell::default);
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
        let asked = rules.into_iter().map(|rule| {
            let programs = rule.programs.get(&kind)?;
            Some(Asked { rule, programs })
        });
        let asked = asked.collect::<Option<Vec<_>>>()?;
        let programs = || asked.iter().map(|asked| asked.programs);
        let deciding = programs().flat_map(Programs::deciding);
        let verdicts = Source::of(&plan.verdicts, deciding, catalog, inventory, kind);
        let shown = programs().flat_map(Programs::shown);
        let findings = Source::of(&plan.findings, shown, catalog, inventory, kind);
        Some(Self {
            inventory,
            asked,
            verdicts,
            findings,
        })
    }

    /// Takes a resource in.
    pub(super) fn take<'r>(&self, resource: &'s Resource, room: &'r mut Room<'s>) -> Seat<'r, 's> {
        self.verdicts.take(resource, &mut room.verdicts);
        Seat {
            resource,
            room,
            shown: false,
        }
    }

    /// What `when`, `fails_if` and `key` see.
    pub(super) fn seen<'v>(&'v self, seat: &'v Seat<'_, 's>) -> View<'v, 's> {
        self.view(&self.verdicts, &seat.room.verdicts, seat.resource)
    }

    /// What the parts of a finding see; it is taken in when the first finding of a resource asks.
    pub(super) fn shown<'v>(&'v self, seat: &'v mut Seat<'_, 's>) -> View<'v, 's> {
        if !seat.shown {
            self.findings.take(seat.resource, &mut seat.room.findings);
            seat.shown = true;
        }
        self.view(&self.findings, &seat.room.findings, seat.resource)
    }

    fn view<'v>(
        &self,
        source: &'v Source<'v, 's>,
        slots: &'v Slots<'s>,
        resource: &'s Resource,
    ) -> View<'v, 's> {
        View {
            source,
            resource,
            slots,
            now: self.inventory.snapshot().as_of,
        }
    }

    /// The verdict of a rule: only `when` and `fails_if` decide.
    pub(super) fn judge(&self, place: usize, seat: &Seat<'_, 's>) -> Judgement {
        let programs = self.asked[place].programs;
        let view = self.seen(seat);
        let frame = view.frame(&Value::Null);
        if let Some(when) = &programs.when {
            match when.holds(&frame) {
                Ok(true) => {}
                Ok(false) => return Judgement::NotApplicable,
                Err(other) => return undecided(other),
            }
        }
        match programs.fails_if.holds(&frame) {
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

fn derive<'s>(
    fact: &dyn Fact,
    parts: &Parts,
    resource: &'s Resource,
    inventory: &Inventory<'s>,
    memo: &mut Memo<'s>,
) -> Value {
    match fact.derive_asked(resource, inventory, parts, memo) {
        Ok(Field::Value(value)) => value,
        Ok(Field::None) => Value::Null,
        Ok(Field::NotRead) => Value::Unknown(untold(fact.spec().name)),
        Err(unseen) => Value::Unknown(unseen.0),
    }
}

/// Why a part of a resource was not read: the gap of the call that reads it, if one says so.
fn unread(resource: &Resource, path: &str) -> Option<Reasons> {
    Unseen::of_part(resource, path).map(|unseen| unseen.0)
}
