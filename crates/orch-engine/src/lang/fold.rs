//! `exists`, `all`, `exists_one`, `filter` and `map`: what goes over the elements of a list.

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

/// What becomes of an element. One that is not known may be any number of them, whatever each becomes.
fn or_unknown(item: &Value, value: Value) -> Value {
    match item {
        unknown @ Value::Unknown(_) => unknown.clone(),
        _ => value,
    }
}

fn step(env: &Env<'_>) -> Result<(), Stop> {
    let left = env.steps.get();
    env.steps.set(left.saturating_sub(1));
    if left == 0 {
        Err(Stop::error("the expression visits too many elements"))
    } else {
        Ok(())
    }
}

impl Fold {
    pub(crate) fn truth<'a>(&'a self, env: &Env<'a>) -> Result<bool, Stop> {
        if let Some(Value::List(items)) = self.list.place(env) {
            return self.truth_of(items, env);
        }
        let list = self.list.value(env)?;
        let mut keys = Vec::new();
        self.truth_of(elements(&list, &mut keys)?, env)
    }

    fn truth_of(&self, items: &[Value], env: &Env<'_>) -> Result<bool, Stop> {
        if items.is_empty() {
            return Ok(matches!(self.over, Over::All));
        }
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
                (Ok(true), Over::ExistsOne) if let Value::Unknown(reasons) = item => {
                    stop = join(stop, Stop::Unknown(reasons.clone()));
                }
                (Ok(truth), _) => found += usize::from(truth),
                (Err(other), _) => stop = join(stop, other),
            }
        }
        match (&self.over, stop) {
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
                    Over::Map(to) => {
                        let value = to.part(&inner, &mut stop);
                        kept.push(or_unknown(item, value));
                    }
                    _ => kept.push(item.clone()),
                },
                Err(other) => stop = join(stop, other),
            }
        }
        stop.map_or_else(|| Ok(Val::Own(Value::list(kept))), Err)
    }

    /// Whether it is a `filter` or a `map`.
    pub(crate) fn makes_a_list(&self) -> bool {
        matches!(self.over, Over::Filter | Over::Map(_))
    }

    /// The elements that a `filter` or a `map` keeps for certain, whatever else is not known; `stop` says why
    /// there may be more.
    pub(crate) fn certain(&self, env: &Env<'_>, stop: &mut Option<Stop>) -> Vec<Value> {
        if let Node::Fold(inner) = &self.list
            && inner.makes_a_list()
        {
            let items = inner.certain(env, stop);
            return self.certain_of(&items, env, stop);
        }
        match self.list.value(env) {
            Ok(list) => match elements(&list, &mut Vec::new()) {
                Ok(items) => return self.certain_of(items, env, stop),
                Err(other) => *stop = join(stop.take(), other),
            },
            Err(other) => *stop = join(stop.take(), other),
        }
        Vec::new()
    }

    fn certain_of(&self, items: &[Value], env: &Env<'_>, stop: &mut Option<Stop>) -> Vec<Value> {
        let mut kept = Vec::new();
        let mut inner: Env<'_> = *env;
        for item in items {
            if let Some(local) = inner.locals.get_mut(self.level) {
                *local = item;
            }
            let value = step(env)
                .and_then(|()| self.test.truth(&inner))
                .and_then(|holds| {
                    Ok(match &self.over {
                        _ if !holds => None,
                        Over::Map(to) => Some(or_unknown(item, to.value(&inner)?.into_owned())),
                        _ => Some(item.clone()),
                    })
                });
            match value {
                Ok(Some(Value::Unknown(reasons))) => {
                    *stop = join(stop.take(), Stop::Unknown(reasons));
                }
                Ok(value) => kept.extend(value),
                Err(other) => *stop = join(stop.take(), other),
            }
        }
        kept
    }
}
