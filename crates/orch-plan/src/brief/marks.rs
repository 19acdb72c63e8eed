//! Where the words of the cloud or the project begin and end in texts of ours, until names are replaced: only between these
//! marks may a name be replaced that is also a word of ours, as `default` or `data`.

use std::collections::BTreeSet;

use orch_model::{Field, Resource};
use orch_report::v1::Finding;
use serde_json::Value;

use super::parts::Service;
use super::said::named;
use super::scene::Scene;
use crate::Pattern;

/// Characters that Unicode keeps for programs and no text has.
const BEGIN: char = '\u{fdd0}';
const END: char = '\u{fdd1}';

impl Scene<'_> {
    /// A text that is not ours, marked where something is to be replaced in it.
    pub(crate) fn marked(&self, text: &str) -> String {
        if self.options.redact.is_empty() {
            return text.to_owned();
        }
        format!("{BEGIN}{}{END}", text.replace([BEGIN, END], ""))
    }

    /// A field as a cell: what it says is not ours, that it says nothing is.
    pub(crate) fn marked_cell<T: std::fmt::Display>(&self, field: &Field<T>) -> String {
        match field {
            Field::Value(value) => self.marked(&value.to_string()),
            Field::None => "none".to_owned(),
            Field::NotRead => "not read".to_owned(),
        }
    }

    /// What people call a resource, with its id where that is something else.
    pub(crate) fn named(&self, resource: &Resource) -> String {
        self.marked(&named(resource))
    }

    /// The name of a service.
    pub(crate) fn service(&self, service: &Service<'_>) -> String {
        match service.has_name() {
            true => self.marked(&service.name),
            false => service.name.clone(),
        }
    }

    /// What a rule says of a resource: the sentence is ours, its name and its evidence are not.
    pub(crate) fn message(&self, finding: &Finding) -> String {
        let message = &finding.message;
        if self.options.redact.is_empty() {
            return message.clone();
        }
        let mut told = BTreeSet::from([finding.resource.name.as_str()]);
        finding
            .evidence
            .values()
            .for_each(|one| leaves(one, &mut told));
        let mut told: Vec<&str> = told.into_iter().filter(|text| text.len() > 1).collect();
        told.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let mut out = String::with_capacity(message.len());
        let mut rest = message.as_str();
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        while let Some(first) = rest.chars().next() {
            let found = told.iter().find_map(|text| {
                let after = rest.strip_prefix(text)?;
                let whole = apart(out.chars().next_back()) && apart(after.chars().next());
                whole.then_some((*text, after))
            });
            if let Some((text, after)) = found {
                out.push_str(&self.marked(text));
                rest = after;
            } else {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        out
    }

    /// What stands in the project.
    pub(crate) fn of_project(&self, text: &str) -> String {
        self.part_of_project(text, text)
    }

    /// A part of what stands in the project: that of a pattern is ours, all else somebody wrote.
    pub(crate) fn part_of_project(&self, text: &str, part: &str) -> String {
        let patterns = self.library.patterns.values();
        let mut tasks = patterns.flat_map(Pattern::tasks);
        match tasks.any(|task| task.title == text || task.objective.as_deref() == Some(text)) {
            true => part.to_owned(),
            false => self.marked(part),
        }
    }
}

/// The texts in what a rule shows.
fn leaves<'v>(value: &'v Value, into: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) => {
            into.insert(text);
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, into)),
        Value::Object(members) => members.values().for_each(|item| leaves(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The parts of a text, and whether each is marked.
pub(super) fn parts(text: &str) -> impl Iterator<Item = (&str, bool)> {
    text.split(BEGIN).enumerate().flat_map(|(at, part)| {
        let (marked, ours) = match part.split_once(END) {
            Some((marked, ours)) if at > 0 => (marked, ours),
            _ => ("", part),
        };
        [(marked, true), (ours, false)]
    })
}
