//! The slots of a kind: which parts of a resource its rules read, filled once per resource.

use orch_model::{Resource, Text};

use crate::lang::Type;
use crate::value::{Reasons, Value};

/// What the expressions of one kind read; every expression of the kind is compiled with the same layout.
#[derive(Debug)]
pub struct Layout {
    resource: Type,
    facts: Type,
}

impl Layout {
    /// A layout for `resource` and `facts` of these struct types.
    pub fn new(resource: Type, facts: Type) -> Self {
        Self { resource, facts }
    }

    /// When all expressions are compiled: how a resource is taken in.
    pub fn intake(&self) -> Intake {
        let _ = (&self.resource, &self.facts);
        Intake { facts: Vec::new() }
    }
}

/// How a resource of one kind is converted into the slots that the rules of its kind read.
#[derive(Debug)]
pub struct Intake {
    facts: Vec<Text>,
}

impl Intake {
    /// The facts that the rules of the kind read, in the order of their slots.
    pub fn facts(&self) -> &[Text] {
        &self.facts
    }

    /// The slots of a resource. `unread` tells why a path (as a rule writes it after `resource.`) was not
    /// read.
    pub fn fill(&self, resource: &Resource, unread: &dyn Fn(&str) -> Reasons) -> Vec<Value> {
        let _ = (resource, unread);
        Vec::new()
    }
}

/// Converts what a fact derives into a value of its type.
#[derive(Debug)]
pub struct Converter {
    ty: Type,
}

impl Converter {
    /// A converter to values of this type; make it once and use it often.
    pub fn new(ty: &Type) -> Self {
        Self { ty: ty.clone() }
    }

    /// The value. `unread` tells why a path within it was not read; what does not have the form of the type
    /// counts as not read.
    pub fn convert<T: serde::Serialize>(&self, from: &T, unread: &dyn Fn(&str) -> Reasons) -> Value {
        let _ = (from, unread, &self.ty);
        Value::Null
    }
}
