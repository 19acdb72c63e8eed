//! What is taken in of a type: the used parts of a resource, or all of a fact.

use std::sync::OnceLock;

use orch_model::Text;

use crate::lang::{Member, Type};
use crate::value::{Value, untold};

/// What to take in at one place.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    /// Nothing.
    Skip,
    Bool,
    Int,
    Double,
    Text,
    Time,
    Money,
    List(Box<Plan>),
    Map(Box<Plan>),
    /// The members of a struct as slots.
    Slots(Box<StructPlan>),
    /// All of a struct.
    Struct(Box<StructPlan>),
    /// Some members of a struct.
    Part(Box<StructPlan>),
}

/// The path of a member.
pub(super) fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

impl Plan {
    /// The same for the slots to keep; the others stay empty.
    pub(super) fn only(&self, keep: &impl Fn(usize) -> bool) -> Self {
        match self {
            Self::Slots(plan) => Self::Slots(Box::new(plan.only(keep))),
            other => other.clone(),
        }
    }

    /// Everything of a type.
    pub(super) fn whole(ty: &Type, path: &str) -> Self {
        match ty {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Double => Self::Double,
            Type::Text | Type::Word(_) => Self::Text,
            Type::Time => Self::Time,
            Type::Money => Self::Money,
            Type::List(inner) => Self::List(Box::new(Self::whole(inner, path))),
            Type::Map(inner) => Self::Map(Box::new(Self::whole(inner, path))),
            Type::Nullable(inner) => Self::whole(inner, path),
            Type::Struct(known) => {
                let members = known
                    .members()
                    .iter()
                    .enumerate()
                    .map(|(index, member)| {
                        (
                            index,
                            member,
                            Self::whole(&member.ty, &below(path, &member.name)),
                        )
                    })
                    .collect();
                Self::Struct(Box::new(StructPlan::new(
                    known.members().len(),
                    members,
                    path,
                )))
            }
            // No schema describes one of these.
            Type::Duration | Type::Ip | Type::Cidr | Type::Null | Type::Any => Self::Skip,
        }
    }
}

/// What to take in of a struct.
#[derive(Debug, Clone)]
pub(super) struct StructPlan {
    pub(super) size: usize,
    pub(super) fields: Vec<FieldPlan>,
    /// The names of the struct in the order in which it writes them, learned when it is first written: every
    /// other time the place of a name is known without looking for it.
    order: OnceLock<Box<[Written]>>,
}

/// A name that a struct writes, and the place of its field if it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    /// Where the name lies in memory, and how long it is: the same name again, without a comparison.
    at: usize,
    length: usize,
    place: Option<u8>,
}

impl Written {
    /// The place, if it is this name.
    #[inline]
    pub(super) fn place(&self, name: &'static str) -> Option<Option<u8>> {
        (self.at == name.as_ptr().addr() && self.length == name.len()).then_some(self.place)
    }
}

/// What to take in of a member, and where it goes.
#[derive(Debug, Clone)]
pub(super) struct FieldPlan {
    name: Text,
    pub(super) index: usize,
    pub(super) plan: Plan,
    pub(super) path: String,
    /// What it is where it was left out; not known if nothing is said.
    pub(super) missing: Value,
}

impl StructPlan {
    pub(super) fn new(size: usize, members: Vec<(usize, &Member, Plan)>, path: &str) -> Self {
        let fields: Vec<_> = members
            .into_iter()
            .map(|(index, member, plan)| {
                let path = below(path, &member.name);
                let missing = member.missing.clone();
                FieldPlan {
                    name: member.name.clone(),
                    index,
                    plan,
                    missing: missing.unwrap_or_else(|| Value::Unknown(untold(&path))),
                    path,
                }
            })
            .collect();
        Self::of(size, fields)
    }

    /// The same, for some of the members; the others stay empty.
    fn only(&self, keep: &impl Fn(usize) -> bool) -> Self {
        let fields = self.fields.iter().filter(|field| keep(field.index));
        Self::of(self.size, fields.cloned().collect())
    }

    fn of(size: usize, fields: Vec<FieldPlan>) -> Self {
        Self {
            size,
            fields,
            order: OnceLock::new(),
        }
    }

    /// The place of a field, if it is read.
    pub(super) fn find(&self, name: &str) -> Option<u8> {
        let place = self.fields.iter().position(|field| field.name == name);
        place.and_then(|place| u8::try_from(place).ok())
    }

    /// What was learned of the order; nothing at first.
    pub(super) fn order(&self) -> &[Written] {
        self.order.get().map_or(&[], AsRef::as_ref)
    }

    /// Keeps the order in which all names were written.
    #[cold]
    pub(super) fn learn(&self, names: &[&'static str]) {
        let written = names.iter().map(|name| Written {
            at: name.as_ptr().addr(),
            length: name.len(),
            place: self.find(name),
        });
        // Another thread that was faster learned the same.
        _ = self.order.set(written.collect());
    }
}
