//! `exists`, `all`, `exists_one`, `filter` and `map`: what goes over the elements of a list.

use std::sync::Arc;

use super::node::{Env, Node, Val, join, unexpected};
use crate::value::{Stop, Value};

/// What is asked of the elements.
#[derive(Debug)]
pub(crate) enum Over {
    /// Is there one: a big or.
    Exists,
    /// Is there no other: a big and.
    All,
    /// Is there exactly one.
    ExistsOne,
    /// Those for which the test holds.
    Filter,
    /// Another value for each, for which the test holds.
    Map(Node),
}

/// One loop.
#[derive(Debug)]
pub(crate) struct Fold {
    pub(crate) over: Over,
    /// A list, or a map whose keys are meant.
    pub(crate) list: Node,
    /// Where the variable stands among those of the loops around it.
    pub(crate) level: usize,
    pub(crate) test: Node,
}

/// The elements, or the keys of a map.
fn elements<'v>(value: &'v Value, keys: &'v mut Vec<Value>) -> Result<&'v [Value], Stop> {
    match value {
        Value::List(items) => Ok(items),
        Value::Map(entries) => {
            keys.extend(entries.iter().map(|(key, _)| Value::Text(key.clone())));
            Ok(keys)
        }
        value => Err(unexpected(value, "list")),
    }
}

fn step(env: &Env<'_>) -> Result<(), Stop> {
    let left = env.steps.get();
    env.steps.set(left.saturating_sub(1));
    if left == 0 { Err(Stop::error("the expression visits too many elements")) } else { Ok(()) }
}

impl Fold {
    pub(crate) fn truth<'a>(&'a self, env: &Env<'a>) -> Result<bool, Stop> {
        let list = self.list.value(env)?;
        let mut keys = Vec::new();
        let items = elements(&list, &mut keys)?;
        let mut inner: Env<'_> = *env;
        let mut stop = None;
        let mut found = 0_usize;
        for item in items {
            step(env)?;
            if let Some(local) = inner.locals.get_mut(self.level) {
                *local = item;
            }
            match (self.test.truth(&inner), &self.over) {
                (Ok(true), Over::Exists) => return Ok(true),
                (Ok(false), Over::All) => return Ok(false),
                (Ok(truth), _) => found += usize::from(truth),
                (Err(other), _) => stop = join(stop, other),
            }
        }
        match (&self.over, stop) {
            // Two that are known to hold are too many, whatever the others are.
            (Over::ExistsOne, Some(Stop::Unknown(_))) if found > 1 => Ok(false),
            (_, Some(stop)) => Err(stop),
            (Over::Exists, None) => Ok(false),
            (Over::All, None) => Ok(true),
            (Over::ExistsOne | Over::Filter | Over::Map(_), None) => Ok(found == 1),
        }
    }

    pub(crate) fn value<'a>(&'a self, env: &Env<'a>) -> Result<Val<'a>, Stop> {
        if matches!(self.over, Over::Exists | Over::All | Over::ExistsOne) {
            return self.truth(env).map(|truth| Val::Own(Value::Bool(truth)));
        }
        let list = self.list.value(env)?;
        let mut keys = Vec::new();
        let items = elements(&list, &mut keys)?;
        let mut inner: Env<'_> = *env;
        let mut stop = None;
        let mut kept: Vec<Value> = Vec::new();
        for item in items {
            step(env)?;
            if let Some(local) = inner.locals.get_mut(self.level) {
                *local = item;
            }
            match self.test.truth(&inner) {
                Ok(false) => {}
                Ok(true) => match &self.over {
                    Over::Map(to) => match to.value(&inner) {
                        Ok(value) => kept.push(value.into_owned()),
                        // The list keeps its length: only this element is not known.
                        Err(Stop::Unknown(reasons)) => kept.push(Value::Unknown(reasons)),
                        Err(error) => stop = join(stop, error),
                    },
                    _ => kept.push(item.clone()),
                },
                Err(other) => stop = join(stop, other),
            }
        }
        stop.map_or_else(|| Ok(Val::Own(Value::List(Arc::from(kept)))), Err)
    }
}
