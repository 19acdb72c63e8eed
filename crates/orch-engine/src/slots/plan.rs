//! What is taken in of a type: the used parts of a resource, or all of a fact.

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
    /// A bit for each length that a name has (63 and more in one): most names are not read, and this
    /// tells.
    lengths: u64,
    lookup: Lookup,
}

fn length_bit(name: &str) -> u64 {
    1 << name.len().min(63)
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
        let lookup = Lookup::of(&fields);
        let lengths = fields
            .iter()
            .fold(0, |lengths, field| lengths | length_bit(&field.name));
        Self {
            size,
            fields,
            lengths,
            lookup,
        }
    }

    /// The place and the plan of a field, if it is read.
    pub(super) fn field(&self, name: &str) -> Option<(usize, &FieldPlan)> {
        if self.lengths & length_bit(name) == 0 {
            return None;
        }
        let place = match &self.lookup {
            Lookup::Hashed { seed, places } => {
                usize::from(*places.get(hash(name, *seed))?).checked_sub(1)?
            }
            Lookup::Linear => self.fields.iter().position(|field| field.name == name)?,
        };
        self.fields
            .get(place)
            .filter(|field| field.name == name)
            .map(|field| (place, field))
    }
}

/// Finds the few fields that are read among the many that are written, mostly without a comparison.
#[derive(Debug, Clone)]
enum Lookup {
    Hashed { seed: usize, places: Box<[u8; 128]> },
    Linear,
}

fn hash(name: &str, seed: usize) -> usize {
    let bytes = name.as_bytes();
    let at = |place: usize| bytes.get(place).copied().map_or(0, usize::from);
    let (length, middle) = (bytes.len(), at(bytes.len() / 2));
    let mixed = length
        .wrapping_mul(31)
        .wrapping_add(at(0).wrapping_mul(seed))
        .wrapping_add(middle.wrapping_mul(7))
        .wrapping_add(at(length.wrapping_sub(1)).wrapping_mul(seed >> 3));
    (mixed ^ (mixed >> 7)) % 128
}

impl Lookup {
    fn of(fields: &[FieldPlan]) -> Self {
        'seeds: for seed in (1..2_000).step_by(2) {
            let mut places = Box::new([0_u8; 128]);
            for (place, field) in fields.iter().enumerate() {
                match (
                    places.get_mut(hash(&field.name, seed)),
                    u8::try_from(place + 1),
                ) {
                    (Some(free @ 0), Ok(place)) => *free = place,
                    _ => continue 'seeds,
                }
            }
            return Self::Hashed { seed, places };
        }
        Self::Linear
    }
}
