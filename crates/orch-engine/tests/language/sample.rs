//! A fact struct with one member of each type, its values, and the same values for the `cel` crate.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cel::objects::{Key, Map};
use chrono::{DateTime, TimeDelta};
use orch_engine::lang::{Diagnostic, Frame, Param, Program, Roots, Type, Want, compile};
use orch_engine::slots::Layout;
use orch_engine::value::{Answer, Reasons, Value};
use orch_model::{Reason, Text, Time, Why};

use crate::generator::Random;

/// The type of an element of `facts.rows`.
pub(crate) fn row() -> Type {
    Type::structure(
        "row",
        [
            ("port".into(), Type::Int),
            ("protocol".into(), Type::Text),
            ("note".into(), Type::Text.or_null()),
            ("open".into(), Type::Bool),
            ("blocks".into(), Type::Text.listed()),
        ],
    )
}

/// The type of `facts`.
pub(crate) fn facts() -> Type {
    let peer = Type::structure(
        "peer",
        [("port".into(), Type::Int), ("name".into(), Type::Text)],
    );
    let words = ["pending", "running", "stopped"].map(Text::new_static);
    Type::structure(
        "sample",
        [
            ("i".into(), Type::Int),
            ("j".into(), Type::Int),
            ("d".into(), Type::Double),
            ("e".into(), Type::Double),
            ("s".into(), Type::Text),
            ("t".into(), Type::Text),
            ("b".into(), Type::Bool),
            ("c".into(), Type::Bool),
            ("state".into(), Type::Word(words.into())),
            ("at".into(), Type::Time),
            ("span".into(), Type::Duration),
            ("cost".into(), Type::Money),
            ("ni".into(), Type::Int.or_null()),
            ("ns".into(), Type::Text.or_null()),
            ("ints".into(), Type::Int.listed()),
            ("texts".into(), Type::Text.listed()),
            ("rows".into(), row().listed()),
            ("tags".into(), Type::Map(Arc::new(Type::Text))),
            ("peer".into(), peer.or_null()),
        ],
    )
}

/// An instant for tests.
pub(crate) fn instant() -> Time {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap()
}

const TEXTS: [&str; 8] = ["", "a", "ab", "b", "running", "tcp", "äß", "web-1"];
const INTS: [i64; 9] = [0, 1, -1, 2, 3, 22, 443, i64::MAX, i64::MIN];
const DOUBLES: [f64; 7] = [0.0, 0.5, 1.0, -1.5, 22.0, 1e300, 0.1];

/// Values for `facts`; with `unread`, each place is not read with this chance in a hundred.
pub(crate) fn sample(seed: &mut Random, unread: u64) -> Value {
    let Type::Struct(known) = facts() else {
        panic!("facts are a struct")
    };
    Value::Struct(
        known
            .members()
            .iter()
            .map(|member| random(&member.ty, seed, unread))
            .collect(),
    )
}

/// A value of a type; with `unread`, each place is not read with this chance in a hundred.
pub(crate) fn random(ty: &Type, seed: &mut Random, unread: u64) -> Value {
    if unread > 0 && seed.below(100) < unread {
        let reasons = reasons(&format!("field {}", seed.below(3)));
        return if *ty == Type::Double && seed.below(2) == 0 {
            Value::AtLeast(*seed.one(&DOUBLES), reasons)
        } else {
            Value::Unknown(reasons)
        };
    }
    match ty {
        Type::Bool => Value::Bool(seed.below(2) == 0),
        Type::Int => Value::Int(*seed.one(&INTS)),
        Type::Double => Value::Double(*seed.one(&DOUBLES)),
        Type::Text => Value::Text(Text::new_static(seed.one::<&str>(&TEXTS))),
        Type::Word(words) => Value::Text(seed.one(words).clone()),
        Type::Time => Value::Time(instant() + TimeDelta::hours(seed.small() * 37)),
        Type::Duration => Value::Duration(TimeDelta::minutes(seed.small() * 50)),
        Type::Money => Value::Money(seed.small().into()),
        Type::List(inner) => {
            let length = seed.below(4);
            Value::list(
                (0..length)
                    .map(|_| random(inner, seed, unread))
                    .collect::<Vec<_>>(),
            )
        }
        Type::Map(inner) => {
            let keys: BTreeSet<_> = (0..seed.below(4))
                .map(|_| *seed.one(&["a", "b", "env", "x-y"]))
                .collect();
            Value::map(
                keys.into_iter()
                    .map(|key| (Text::new_static(key), random(inner, seed, unread)))
                    .collect::<Vec<_>>(),
            )
        }
        Type::Struct(known) => Value::Struct(
            known
                .members()
                .iter()
                .map(|member| random(&member.ty, seed, unread))
                .collect(),
        ),
        Type::Nullable(inner) => {
            if seed.below(3) == 0 {
                Value::Null
            } else {
                random(inner, seed, 0)
            }
        }
        _ => Value::Null,
    }
}

/// Replaces what is unknown by random values of its type.
pub(crate) fn filled(value: &Value, ty: &Type, seed: &mut Random) -> Value {
    match (value, ty) {
        (Value::Unknown(_), ty) => random(ty, seed, 0),
        (Value::AtLeast(least, _), _) => Value::Double(seed.one(&DOUBLES).max(*least)),
        (value, Type::Nullable(inner)) => filled(value, inner, seed),
        (Value::List(items), Type::List(inner)) => filled_list(items, inner, seed),
        (Value::Map(entries), Type::Map(inner)) => Value::map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), filled(value, inner, seed)))
                .collect::<Vec<_>>(),
        ),
        (Value::Struct(members), Type::Struct(known)) => Value::Struct(
            known
                .members()
                .iter()
                .zip(members.iter())
                .map(|(member, value)| filled(value, &member.ty, seed))
                .collect(),
        ),
        (value, _) => value.clone(),
    }
}

/// Of a list with an element that is not known, what is known is found in some order among more: an element
/// that is not known stands for none, one or several, but a list of them alone is not empty.
fn filled_list(items: &[Value], inner: &Type, seed: &mut Random) -> Value {
    let unknown = |item: &Value| matches!(item, Value::Unknown(_));
    let least = u64::from(items.iter().all(unknown));
    let mut all = Vec::new();
    for item in items {
        let copies = if unknown(item) {
            least + seed.below(3)
        } else {
            1
        };
        all.extend((0..copies).map(|_| filled(item, inner, seed)));
    }
    if items.iter().any(unknown) && !all.is_empty() {
        let turn = seed.below(all.len() as u64);
        all.rotate_left(usize::try_from(turn).unwrap());
    }
    Value::list(all)
}

/// One reason.
pub(crate) fn reasons(what: &str) -> Reasons {
    Arc::new(BTreeSet::from([Reason {
        what: Text::new(what),
        why: Why::Untold(Text::new_static("a test")),
    }]))
}

/// The same value for the `cel` crate; nothing for what it does not have.
pub(crate) fn for_cel(value: &Value, ty: &Type) -> Option<cel::Value> {
    Some(match (value, ty) {
        (Value::Null, _) => cel::Value::Null,
        (value, Type::Nullable(inner)) => for_cel(value, inner)?,
        (Value::Bool(value), _) => cel::Value::Bool(*value),
        (Value::Int(value), _) => cel::Value::Int(*value),
        (Value::Double(value), _) => cel::Value::Float(*value),
        (Value::Text(value), _) => cel::Value::String(Arc::new(value.to_string())),
        (Value::Time(value), _) => cel::Value::Timestamp(value.fixed_offset()),
        (Value::Duration(value), _) => cel::Value::Duration(*value),
        (Value::List(items), Type::List(inner)) => cel::Value::List(Arc::new(
            items
                .iter()
                .map(|item| for_cel(item, inner))
                .collect::<Option<_>>()?,
        )),
        (Value::Map(entries), Type::Map(inner)) => cel_map(
            entries
                .iter()
                .map(|(key, value)| Some((key.clone(), for_cel(value, inner)?))),
        )?,
        (Value::Struct(members), Type::Struct(known)) => cel_map(
            known
                .members()
                .iter()
                .zip(members.iter())
                .filter(|(member, _)| member.ty != Type::Money)
                .map(|(member, value)| Some((member.name.clone(), for_cel(value, &member.ty)?))),
        )?,
        _ => return None,
    })
}

fn cel_map(entries: impl Iterator<Item = Option<(Text, cel::Value)>>) -> Option<cel::Value> {
    let mut map = HashMap::new();
    for entry in entries {
        let (key, value) = entry?;
        map.insert(Key::String(Arc::new(key.to_string())), value);
    }
    Some(cel::Value::Map(Map { map: Arc::new(map) }))
}

/// A parameter list for tests.
pub(crate) fn params() -> BTreeMap<Text, Param> {
    BTreeMap::from([
        (
            Text::new_static("ports"),
            Param {
                ty: Type::Int.listed(),
                value: Value::list([22, 3389].map(Value::Int)),
            },
        ),
        (
            Text::new_static("share"),
            Param {
                ty: Type::Double,
                value: Value::Double(0.5),
            },
        ),
    ])
}

/// Compiles an expression over the sample facts.
pub(crate) fn try_compile(source: &str, want: Want) -> Result<(Program, Layout), Vec<Diagnostic>> {
    let params = params();
    let mut layout = Layout::new(Type::structure("resource", []), facts());
    let roots = Roots {
        params: &params,
        key: Some(&Type::Int),
    };
    compile(source, &roots, &mut layout, want).map(|program| (program, layout))
}

/// The members of a sample that a layout has slots for, in its order.
pub(crate) fn slots(layout: &Layout, sample: &Value) -> Vec<Value> {
    let Type::Struct(known) = facts() else {
        panic!("facts are a struct")
    };
    let Value::Struct(members) = sample else {
        panic!("a sample is a struct")
    };
    layout
        .intake()
        .facts()
        .iter()
        .map(|(name, _)| members[known.member(name).unwrap().0].clone())
        .collect()
}

/// Evaluates over a sample.
pub(crate) fn eval(program: &Program, layout: &Layout, sample: &Value) -> Answer {
    let facts = slots(layout, sample);
    program.eval(&Frame {
        resource: &[],
        facts: &facts,
        key: &Value::Int(7),
        now: instant(),
    })
}
