//! The slots of a kind: which parts of a resource its rules read, filled once per resource.

use std::collections::BTreeSet;
use std::sync::Arc;

use orch_model::{Field, Resource, Text};

use super::asked::Asked;
use super::plan::{Plan, StructPlan, below};
use super::pour;
use crate::lang::{COMMON, Program, StructType, Type};
use crate::value::{Reasons, Value, untold};

/// Which parts of one path are read.
#[derive(Debug, Default)]
struct Shape {
    whole: bool,
    /// The members that are read, in the order in which they were met.
    members: Vec<(usize, ShapeId)>,
    element: Option<ShapeId>,
}

/// A path in a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShapeId(usize);

/// What the expressions of one kind read; every expression of the kind is compiled with the same layout.
#[derive(Debug)]
pub struct Layout {
    resource: Arc<StructType>,
    facts: Arc<StructType>,
    shapes: Vec<Shape>,
    /// The members of the resource that have a slot, in order of slots.
    slots: Vec<(usize, ShapeId)>,
    /// The facts that have a slot, in order of slots.
    fact_slots: Vec<(Text, ShapeId)>,
}

/// The layouts of a kind. What only findings show is taken in for the few resources that have one.
#[derive(Debug)]
pub(crate) struct Layouts {
    /// What `when`, `fails_if` and `key` read.
    pub(crate) verdicts: Layout,
    /// What evidence, savings and messages read.
    pub(crate) findings: Layout,
}

impl Layouts {
    pub(crate) fn new(resource: &Type, facts: &Type) -> Self {
        let layout = || Layout::new(resource.clone(), facts.clone());
        Self {
            verdicts: layout(),
            findings: layout(),
        }
    }
}

fn struct_type(ty: Type, name: &str) -> Arc<StructType> {
    if let Type::Struct(members) = ty {
        members
    } else {
        Arc::new(StructType::new(name, Vec::new()))
    }
}

impl Layout {
    /// A layout for `resource` and `facts` of these struct types.
    pub fn new(resource: Type, facts: Type) -> Self {
        Self {
            resource: struct_type(resource, "resource"),
            facts: struct_type(facts, "facts"),
            shapes: Vec::new(),
            slots: Vec::new(),
            fact_slots: Vec::new(),
        }
    }

    pub(crate) fn resource_type(&self) -> &Arc<StructType> {
        &self.resource
    }

    pub(crate) fn facts_type(&self) -> &Arc<StructType> {
        &self.facts
    }

    fn shape(&mut self) -> ShapeId {
        self.shapes.push(Shape::default());
        ShapeId(self.shapes.len() - 1)
    }

    /// The slot of a member of the resource.
    pub(crate) fn slot(&mut self, member: usize) -> (usize, ShapeId) {
        let known = self
            .slots
            .iter()
            .enumerate()
            .find(|(_, (known, _))| *known == member);
        if let Some((slot, (_, shape))) = known {
            return (slot, *shape);
        }
        let shape = self.shape();
        self.slots.push((member, shape));
        (self.slots.len() - 1, shape)
    }

    /// The slot of a fact.
    pub(crate) fn fact_slot(&mut self, name: &str) -> (usize, ShapeId) {
        let known = self.fact_slots.iter().position(|(known, _)| known == name);
        let slot = known.unwrap_or_else(|| {
            let shape = self.shape();
            self.fact_slots.push((Text::new(name), shape));
            self.fact_slots.len() - 1
        });
        (slot, self.fact_slots[slot].1)
    }

    /// The path of a member, and its place among those that are read.
    pub(crate) fn member(&mut self, of: ShapeId, index: usize) -> (usize, ShapeId) {
        let members = &self.shapes[of.0].members;
        let known = members.iter().position(|(known, _)| *known == index);
        let part = known.unwrap_or(members.len());
        if known.is_none() {
            let shape = self.shape();
            self.shapes[of.0].members.push((index, shape));
        }
        (part, self.shapes[of.0].members[part].1)
    }

    /// The path of the elements of a list.
    pub(crate) fn element(&mut self, of: ShapeId) -> ShapeId {
        let known = self.shapes.get(of.0).and_then(|shape| shape.element);
        known.unwrap_or_else(|| {
            let shape = self.shape();
            if let Some(of) = self.shapes.get_mut(of.0) {
                of.element = Some(shape);
            }
            shape
        })
    }

    /// Everything below a path is read.
    pub(crate) fn read_whole(&mut self, shape: ShapeId) {
        if let Some(shape) = self.shapes.get_mut(shape.0) {
            shape.whole = true;
        }
    }

    /// When all expressions are compiled: how a resource is taken in.
    pub fn intake(&self) -> Intake {
        let mut body = Vec::new();
        let mut common = Vec::new();
        for (slot, (member, shape)) in self.slots.iter().enumerate() {
            let Some(member) = self.resource.members().get(*member) else {
                continue;
            };
            match COMMON.iter().find(|name| member.name == **name) {
                Some(name) => common.push((slot, *name)),
                None => body.push((slot, member, self.plan(&member.ty, *shape, &member.name))),
            }
        }
        let name = |(member, _): &(usize, ShapeId)| {
            let member = self.resource.members().get(*member);
            member.map_or_else(Text::default, |member| member.name.clone())
        };
        Intake {
            body: Plan::Slots(Box::new(StructPlan::new(self.slots.len(), body, ""))),
            common,
            names: self.slots.iter().map(name).collect(),
            facts: self.facts(),
        }
    }

    fn facts(&self) -> Vec<(Text, Asked)> {
        let asked = |(name, shape): &(Text, ShapeId)| {
            let fact = self.facts.member(name).map(|(_, member)| &member.ty);
            let asked = fact.map_or_else(Asked::default, |ty| self.asked(ty, *shape));
            (name.clone(), asked)
        };
        self.fact_slots.iter().map(asked).collect()
    }

    /// What is read below a path.
    fn asked(&self, ty: &Type, shape: ShapeId) -> Asked {
        let Some(shape) = self.shapes.get(shape.0) else {
            return Asked::default();
        };
        match ty.strip_null() {
            _ if shape.whole => Asked::everything(),
            Type::List(inner) => shape
                .element
                .map_or_else(Asked::default, |element| self.asked(inner, element)),
            Type::Struct(known) => {
                let members = shape.members.iter().filter_map(|(index, shape)| {
                    let member = known.members().get(*index)?;
                    Some((member.name.clone(), self.asked(&member.ty, *shape)))
                });
                Asked::members(members.collect())
            }
            _ => Asked::default(),
        }
    }

    /// How to take in what is read below a path.
    fn plan(&self, ty: &Type, shape: ShapeId, path: &str) -> Plan {
        let Some(shape) = self.shapes.get(shape.0) else {
            return Plan::Skip;
        };
        match ty {
            _ if shape.whole => Plan::whole(ty, path),
            Type::Nullable(inner) => self.plan_of(inner, shape, path),
            ty => self.plan_of(ty, shape, path),
        }
    }

    fn plan_of(&self, ty: &Type, shape: &Shape, path: &str) -> Plan {
        match ty {
            Type::List(inner) => Plan::List(Box::new(
                shape
                    .element
                    .map_or(Plan::Skip, |element| self.plan(inner, element, path)),
            )),
            Type::Struct(known) => {
                let members = shape.members.iter().enumerate();
                let members = members.filter_map(|(part, (index, shape))| {
                    let member = known.members().get(*index)?;
                    let path = below(path, &member.name);
                    Some((part, member, self.plan(&member.ty, *shape, &path)))
                });
                let size = shape.members.len();
                Plan::Part(Box::new(StructPlan::new(size, members.collect(), path)))
            }
            ty => Plan::whole(ty, path),
        }
    }
}

/// How a resource of one kind is converted into the slots that the rules of its kind read.
#[derive(Debug)]
pub struct Intake {
    body: Plan,
    common: Vec<(usize, &'static str)>,
    /// The member of the resource that each slot holds.
    names: Vec<Text>,
    facts: Vec<(Text, Asked)>,
}

impl Intake {
    /// The facts that the rules of the kind read, in the order of their slots, and what they read of each.
    pub fn facts(&self) -> &[(Text, Asked)] {
        &self.facts
    }

    /// The same for some of the programs: slots that none of them reads stay empty.
    #[must_use]
    pub(crate) fn only<'p>(&self, programs: impl IntoIterator<Item = &'p Program>) -> Self {
        let paths = programs
            .into_iter()
            .flat_map(|program| &program.uses().resource);
        let first = |path: &'p Text| path.split(['.', '[']).next().unwrap_or_default();
        let read: BTreeSet<&str> = paths.map(first).collect();
        let keep = |slot: usize| {
            let name = self.names.get(slot);
            name.is_some_and(|name| read.contains(name.as_str()))
        };
        let common = self.common.iter().filter(|(slot, _)| keep(*slot));
        Self {
            body: self.body.only(&keep),
            common: common.copied().collect(),
            names: self.names.clone(),
            facts: self.facts.clone(),
        }
    }

    /// Fills the slots of a resource; what `slots` held before is dropped, its room is used again.
    /// `unread` tells why a path was not read if there is more to say than that nobody told; it is written
    /// as in a rule after `resource.`, elements of lists without an index: `ingress.from_port`.
    pub fn fill(
        &self,
        resource: &Resource,
        unread: &dyn Fn(&str) -> Option<Reasons>,
        slots: &mut Vec<Value>,
    ) {
        slots.clear();
        pour::into_slots(
            &self.body,
            |to| resource.body.serialize_inner(to),
            unread,
            slots,
        );
        for (slot, name) in &self.common {
            if let Some(slot) = slots.get_mut(*slot) {
                *slot = common(resource, name, unread);
            }
        }
    }
}

/// What every resource has besides its body.
fn common(resource: &Resource, name: &str, unread: &dyn Fn(&str) -> Option<Reasons>) -> Value {
    let not_read = || Value::Unknown(unread(name).unwrap_or_else(|| untold(name)));
    match name {
        "uid" => Value::Text(resource.uid.text().clone()),
        "name" => Value::Text(resource.name.clone()),
        "account" => Value::Text(resource.scope.account.clone()),
        "region" => Value::Text(resource.scope.region.clone()),
        "provider" => Value::Text(Text::new_static(resource.scope.provider.as_str())),
        "kind" => Value::Text(Text::new_static(resource.kind().as_str())),
        "tags" => match &resource.tags {
            Field::Value(tags) => Value::Map(
                tags.iter()
                    .map(|(key, value)| (key.clone(), Value::Text(value.clone())))
                    .collect(),
            ),
            // No tags at all is a completely read map without keys.
            Field::None => Value::map([]),
            Field::NotRead => not_read(),
        },
        _ => match &resource.created_at {
            Field::Value(time) => Value::Time(*time),
            Field::None => Value::Null,
            Field::NotRead => not_read(),
        },
    }
}

/// Converts what a fact derives into a value of its type.
#[derive(Debug)]
pub struct Converter {
    plan: Plan,
}

impl Converter {
    /// A converter to values of this type; make it once and use it often.
    pub fn new(ty: &Type) -> Self {
        Self {
            plan: Plan::whole(ty, ""),
        }
    }

    /// The value. `unread` tells why a path within it was not read; what does not have the form of the type
    /// counts as not read.
    pub fn convert<T: serde::Serialize + ?Sized>(
        &self,
        from: &T,
        unread: &dyn Fn(&str) -> Reasons,
    ) -> Value {
        let unread = |path: &str| Some(unread(path));
        pour::convert(&self.plan, |to| from.serialize(to), &unread)
    }
}
