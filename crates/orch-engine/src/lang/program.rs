//! What rules use of the language: compile an expression, and evaluate it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use orch_model::{Text, Time};

use super::node::{Env, Node};
use super::types::Type;
use super::{check, limits, parse};
use crate::slots::Layout;
use crate::value::{Answer, Stop, Value};

/// A parameter of a rule: its value is known when the rule is compiled and becomes a constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub value: Value,
}

/// What an expression sees besides `resource`, `facts` (both in the layout) and `now`.
#[derive(Debug, Clone, Copy)]
pub struct Roots<'r> {
    /// `params.…`
    pub params: &'r BTreeMap<Text, Param>,
    /// The type of `key`, where the rule has one and the expression may use it.
    pub key: Option<&'r Type>,
}

/// What an expression must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// True or false: `when`, `fails_if`.
    Bool,
    /// Money, or none: `saving`.
    Money,
    /// Text, an int, or a list of them: `key`.
    Key,
    /// Anything: evidence, parts of a message.
    Any,
}

/// One mistake in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the source.
    pub span: Range<usize>,
    /// What to do, if there is something to say.
    pub help: Option<String>,
}

/// What an expression reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Paths below `resource`, dotted: `ingress.from_port`.
    pub resource: BTreeSet<Text>,
    /// Names of facts.
    pub facts: BTreeSet<Text>,
    /// Names of parameters.
    pub params: BTreeSet<Text>,
    /// Whether it reads `key`.
    pub key: bool,
    /// Whether it reads `now`.
    pub now: bool,
}

/// Where the facts of a resource come from, each by its slot: one that no expression reaches need not be derived.
pub trait FactSlots {
    /// The fact of a slot, if there is such a slot.
    fn fact(&self, slot: usize) -> Option<&Value>;
}

impl<const N: usize> FactSlots for [Value; N] {
    fn fact(&self, slot: usize) -> Option<&Value> {
        self.get(slot)
    }
}

impl FactSlots for Vec<Value> {
    fn fact(&self, slot: usize) -> Option<&Value> {
        self.get(slot)
    }
}

/// What one evaluation sees.
#[derive(Clone, Copy)]
pub struct Frame<'f> {
    /// The slots of the resource, filled by [`crate::slots::Intake::fill`].
    pub resource: &'f [Value],
    /// The facts, in the order of [`crate::slots::Intake::facts`].
    pub facts: &'f dyn FactSlots,
    /// The element that the finding is about; [`Value::Null`] where there is none.
    pub key: &'f Value,
    /// The instant of the snapshot.
    pub now: Time,
}

/// A checked expression, ready to be evaluated on any thread.
#[derive(Debug)]
pub struct Program {
    node: Node,
    ty: Type,
    uses: Uses,
}

impl Program {
    /// The type of its value.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// What it reads.
    pub fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Its value.
    pub fn eval(&self, frame: &Frame<'_>) -> Answer {
        let (now, steps) = (Value::Time(frame.now), Cell::new(limits::STEPS));
        match self.node.value(&env(frame, &now, &steps)) {
            Ok(value) => Answer::Value(value.into_owned()),
            Err(Stop::Unknown(reasons)) => Answer::Unknown(reasons),
            Err(Stop::Error(message)) => Answer::Error(Text::from(message)),
        }
    }

    /// Its value, where of a list that is filtered or mapped the elements that are certain are told although
    /// others are not: a last element that is not known then says that there may be more.
    pub fn elements(&self, frame: &Frame<'_>) -> Answer {
        let fold = match &self.node {
            Node::Fold(fold) if fold.makes_a_list() => fold,
            _ => return self.eval(frame),
        };
        let (now, steps) = (Value::Time(frame.now), Cell::new(limits::STEPS));
        let mut stop = None;
        let mut certain = fold.certain(&env(frame, &now, &steps), &mut stop);
        match stop {
            Some(Stop::Error(message)) => return Answer::Error(Text::from(message)),
            Some(Stop::Unknown(reasons)) => certain.push(Value::Unknown(reasons)),
            None => {}
        }
        Answer::Value(Value::list(certain))
    }

    /// Whether it is true; the shortest way to a verdict.
    ///
    /// # Errors
    /// What is not known, or wrong.
    pub fn holds(&self, frame: &Frame<'_>) -> Result<bool, Answer> {
        let (now, steps) = (Value::Time(frame.now), Cell::new(limits::STEPS));
        self.node
            .truth(&env(frame, &now, &steps))
            .map_err(|stop| match stop {
                Stop::Unknown(reasons) => Answer::Unknown(reasons),
                Stop::Error(message) => Answer::Error(Text::from(message)),
            })
    }
}

fn env<'f>(frame: &Frame<'f>, now: &'f Value, steps: &'f Cell<u32>) -> Env<'f> {
    Env {
        resource: frame.resource,
        facts: frame.facts,
        key: frame.key,
        now,
        locals: [frame.key; limits::LOOPS],
        steps,
    }
}

/// Checks an expression and prepares it; what it reads is noted in the layout of its kind.
///
/// # Errors
/// All mistakes of the expression at once.
pub fn compile(
    source: &str,
    roots: &Roots<'_>,
    layout: &mut Layout,
    want: Want,
) -> Result<Program, Vec<Diagnostic>> {
    let parsed = parse::parse(source)?;
    let (node, ty, uses) = check::check(&parsed, roots, layout, want)?;
    Ok(Program { node, ty, uses })
}
