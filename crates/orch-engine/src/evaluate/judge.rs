//! One rule on one resource: the verdict, and nothing that only a finding needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use orch_model::{Field, Kind, Reason, Resource, Text, Why};

use crate::catalog::{Catalog, Plan};
use crate::facts::Fact;
use crate::inventory::Inventory;
use crate::lang::{Frame, Program};
use crate::rule::{Programs, Rule};
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
    pub(super) rules: &'d [&'d Rule],
    pub(super) programs: Vec<&'d Programs>,
    plan: &'d Plan,
    /// For each slot of a fact the fact and the inventory it may see; none when no rule asked here uses it.
    facts: Vec<Option<(&'d dyn Fact, Inventory<'s>)>>,
}

/// Room for the slots of one resource after the other.
#[derive(Default)]
pub(super) struct Room {
    slots: Vec<Value>,
    facts: Vec<Value>,
}

/// A resource that is being asked: its slots, filled once for all rules.
pub(super) struct Seat<'r> {
    pub(super) resource: &'r Resource,
    slots: &'r [Value],
    facts: &'r [Value],
}

impl<'d, 's> Desk<'d, 's> {
    pub(super) fn of(
        catalog: &'d Catalog,
        inventory: &'d Inventory<'s>,
        kind: Kind,
        rules: &'d [&'d Rule],
    ) -> Option<Self> {
        let plan = catalog.plan(kind)?;
        let programs: Vec<&Programs> = rules
            .iter()
            .map(|rule| rule.programs.get(&kind))
            .collect::<Option<_>>()?;
        let used: BTreeSet<&str> = programs
            .iter()
            .flat_map(|programs| programs.facts())
            .collect();
        let facts = plan
            .intake
            .facts()
            .iter()
            .map(|name| {
                let fact = catalog.facts().get(kind, name)?;
                used.contains(name.as_str())
                    .then(|| (fact, inventory.declared(fact.spec().needs, kind)))
            })
            .collect();
        Some(Self {
            inventory,
            rules,
            programs,
            plan,
            facts,
        })
    }

    /// Fills the slots of a resource and derives the facts that are asked for.
    pub(super) fn take<'r>(&self, resource: &'r Resource, room: &'r mut Room) -> Seat<'r> {
        self.plan
            .intake
            .fill(resource, &|path| unread(resource, path), &mut room.slots);
        room.facts.clear();
        room.facts.extend(self.facts.iter().map(|fact| match fact {
            None => Value::Null,
            Some((fact, inventory)) => derive(*fact, resource, inventory),
        }));
        Seat {
            resource,
            slots: &room.slots,
            facts: &room.facts,
        }
    }

    pub(super) fn frame<'f>(&self, seat: &'f Seat<'_>, key: &'f Value) -> Frame<'f> {
        Frame {
            resource: seat.slots,
            facts: seat.facts,
            key,
            now: self.inventory.snapshot().as_of,
        }
    }

    /// The verdict of a rule: only `when` and `fails_if` decide.
    pub(super) fn judge(&self, place: usize, seat: &Seat<'_>) -> Judgement {
        let programs = self.programs[place];
        let frame = self.frame(seat, &Value::Null);
        if let Some(when) = &programs.when {
            match ask(when, &frame) {
                Ok(true) => {}
                Ok(false) => return Judgement::NotApplicable,
                Err(other) => return other,
            }
        }
        match ask(&programs.fails_if, &frame) {
            Ok(true) => Judgement::Fail,
            Ok(false) => Judgement::Pass,
            Err(other) => other,
        }
    }
}

fn ask(program: &Program, frame: &Frame<'_>) -> Result<bool, Judgement> {
    match program.eval(frame) {
        Answer::Value(Value::Bool(answer)) => Ok(answer),
        Answer::Value(other) => Err(Judgement::Fault(Text::new(format!(
            "`{other}` is not a bool"
        )))),
        Answer::Unknown(reasons) => Err(Judgement::Unknown(reasons)),
        Answer::Error(error) => Err(Judgement::Fault(error)),
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
