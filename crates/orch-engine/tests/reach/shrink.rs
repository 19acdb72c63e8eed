//! What is the smallest topology that still shows it? Takes out resources, rules and words while it does.

use std::fmt::Write as _;

use orch_model::{Body, Resource};
use serde_json::Value;

use crate::topology::Topology;

/// A smaller topology for which `shows` still holds.
pub(crate) fn shrink(mut topology: Topology, shows: impl Fn(&Topology) -> bool) -> Topology {
    loop {
        let mut smaller = false;
        for at in (0..topology.resources.len()).rev() {
            let mut less = topology.clone();
            less.resources.remove(at);
            if less.resource().is_some() && shows(&less) {
                topology = less;
                smaller = true;
            }
        }
        for at in 0..topology.resources.len() {
            while let Some(less) = with_less(&topology, at)
                .into_iter()
                .find(|less| shows(less))
            {
                topology = less;
                smaller = true;
            }
        }
        if !smaller {
            return topology;
        }
    }
}

/// The topology with one element less in one of the lists of one resource, for each of them.
fn with_less(topology: &Topology, at: usize) -> Vec<Topology> {
    let Ok(body) = serde_json::to_value(&topology.resources[at].body) else {
        return Vec::new();
    };
    let mut lists = Vec::new();
    lists_of(&body, String::new(), &mut lists);
    let mut all = Vec::new();
    for (list, length) in lists {
        for element in (0..length).rev() {
            let mut less = body.clone();
            if let Some(Value::Array(items)) = less.pointer_mut(&list) {
                items.remove(element);
            }
            if let Ok(body) = serde_json::from_value::<Body>(less) {
                let mut one = topology.clone();
                one.resources[at].body = body;
                all.push(one);
            }
        }
    }
    all
}

fn lists_of(value: &Value, path: String, lists: &mut Vec<(String, usize)>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                lists_of(value, format!("{path}/{member}"), lists);
            }
        }
        Value::Array(items) => {
            lists.push((path.clone(), items.len()));
            for (at, item) in items.iter().enumerate() {
                lists_of(item, format!("{path}/{at}"), lists);
            }
        }
        _ => {}
    }
}

/// A topology as people read it: a line per resource, a line per rule, route or listener of it.
pub(crate) fn readable(topology: &Topology) -> String {
    let mut text = String::new();
    for resource in &topology.resources {
        readable_one(&mut text, resource);
    }
    text
}

fn readable_one(text: &mut String, resource: &Resource) {
    let body = serde_json::to_value(&resource.body).unwrap_or_default();
    let body = body
        .get(resource.kind().as_str())
        .cloned()
        .unwrap_or_default();
    let (mut line, mut below) = (String::new(), String::new());
    for (member, value) in body.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for item in items {
                    let _ = writeln!(below, "    {member}: {item}");
                }
            }
            _ => {
                let _ = write!(line, " {member}={value}");
            }
        }
    }
    let _ = writeln!(
        text,
        "  {} {} ({}){line}",
        resource.kind(),
        resource.uid,
        resource.scope
    );
    text.push_str(&below);
}
