//! Members of structs, entries of maps, elements of lists.

use std::collections::BTreeMap;

use super::node::{Env, Node, Val, join, known, unexpected};
use crate::value::{Stop, Value, all_there};

/// A member of a struct, by its place in the whole and in a part of it.
pub(super) fn member_of(
    of: Val<'_>,
    (index, part): (usize, usize),
    safe: bool,
) -> Result<Val<'_>, Stop> {
    let owned = |value: Val<'_>| Val::Own(value.into_owned());
    match of {
        Val::Ref(Value::Struct(members)) => known(members.get(index)),
        Val::Ref(Value::Part(members)) => known(members.get(part)),
        Val::Own(Value::Struct(members)) => known(members.get(index)).map(owned),
        Val::Own(Value::Part(members)) => known(members.get(part)).map(owned),
        of => match &*of {
            Value::Null if safe => Ok(Val::Own(Value::Null)),
            of => Err(unexpected(of, "struct")),
        },
    }
}

/// An entry of a map.
pub(super) fn entry_of<'a>(
    of: &'a Node,
    key: &'a Node,
    safe: bool,
    env: &Env<'a>,
) -> Result<Val<'a>, Stop> {
    let (of, key) = match (of.value(env), key.value(env)) {
        (Ok(of), Ok(key)) => (of, key),
        (Err(stop), Ok(_)) | (Ok(_), Err(stop)) => return Err(stop),
        (Err(left), Err(right)) => return Err(left.and(right)),
    };
    let Value::Text(key) = &*key else {
        return Err(unexpected(&key, "text"));
    };
    match of {
        Val::Ref(Value::Map(entries)) => match Value::entry(entries, key) {
            Some(value) => known(Some(value)),
            None => Ok(Val::Own(Value::Null)),
        },
        of => match &*of {
            Value::Map(entries) => match Value::entry(entries, key) {
                Some(value) => known(Some(value)).map(|value| Val::Own(value.into_owned())),
                None => Ok(Val::Own(Value::Null)),
            },
            Value::Null if safe => Ok(Val::Own(Value::Null)),
            of => Err(unexpected(of, "map")),
        },
    }
}

/// An element of a list.
pub(super) fn element_of<'a>(
    of: &'a Node,
    index: &'a Node,
    safe: bool,
    env: &Env<'a>,
) -> Result<Val<'a>, Stop> {
    let (of, index) = match (of.value(env), index.int(env)) {
        (Ok(of), Ok(index)) => (of, index),
        (Err(stop), Ok(_)) | (Ok(_), Err(stop)) => return Err(stop),
        (Err(left), Err(right)) => return Err(left.and(right)),
    };
    let missing = |length: usize| {
        if safe {
            Ok(Val::Own(Value::Null))
        } else {
            Err(Stop::error(format!(
                "there is no element {index} in a list of {length}"
            )))
        }
    };
    let place = usize::try_from(index).unwrap_or(usize::MAX);
    match of {
        Val::Ref(Value::List(items)) => {
            all_there(items)?;
            match items.get(place) {
                Some(value) => known(Some(value)),
                None => missing(items.len()),
            }
        }
        of => match &*of {
            Value::List(items) => {
                all_there(items)?;
                match items.get(place) {
                    Some(value) => known(Some(value)).map(|value| Val::Own(value.into_owned())),
                    None => missing(items.len()),
                }
            }
            Value::Null if safe => Ok(Val::Own(Value::Null)),
            of => Err(unexpected(of, "list")),
        },
    }
}

/// A map whose keys are computed.
pub(super) fn map_of<'a>(entries: &'a [(Node, Node)], env: &Env<'a>) -> Result<Val<'a>, Stop> {
    let mut stop = None;
    let mut found = BTreeMap::new();
    for (key, value) in entries {
        let value = value.part(env, &mut stop);
        match key.value(env) {
            Ok(key) => match &*key {
                Value::Text(key) => {
                    if found.insert(key.clone(), value).is_some() {
                        stop = join(stop, Stop::error(format!("the key `{key}` is there twice")));
                    }
                }
                key => stop = join(stop, unexpected(key, "text")),
            },
            Err(other) => stop = join(stop, other),
        }
    }
    stop.map_or_else(
        || Ok(Val::Own(Value::Map(found.into_iter().collect()))),
        Err,
    )
}
