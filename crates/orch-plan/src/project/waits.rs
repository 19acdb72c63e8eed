//! What each task waits for, as dates, hand-overs, flags and options all take it: what was given up is stepped over.

use std::collections::{BTreeMap, BTreeSet};

use super::{Project, State, Task};

/// What each task that was not given up waits for, by ids. In the place of a task that was given up stands what that one
/// waited for: giving `b` up in a → b → c leaves c behind a. Ids that there are not stay, so that who schedules can say so.
pub fn waits(project: &Project) -> BTreeMap<&str, Vec<&str>> {
    let by_id: BTreeMap<&str, &Task> = project
        .tasks
        .iter()
        .map(|task| (task.id.as_str(), task))
        .collect();
    let there = project
        .tasks
        .iter()
        .filter(|task| task.state != State::Dropped);
    there
        .map(|task| (task.id.as_str(), after(&by_id, task)))
        .collect()
}

fn after<'p>(tasks: &BTreeMap<&'p str, &'p Task>, task: &'p Task) -> Vec<&'p str> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&str> = task.after.iter().rev().map(String::as_str).collect();
    while let Some(id) = left.pop() {
        if !seen.insert(id) {
            continue;
        }
        match tasks.get(id).filter(|one| one.state == State::Dropped) {
            Some(dropped) => left.extend(dropped.after.iter().rev().map(String::as_str)),
            None => found.push(id),
        }
    }
    found
}

/// The ids of those tasks that wait for one of these, directly or through others.
pub(crate) fn behind<'p>(
    waits: &BTreeMap<&'p str, Vec<&'p str>>,
    ids: impl IntoIterator<Item = &'p str>,
) -> BTreeSet<&'p str> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, after) in waits {
        for other in after {
            next.entry(other).or_default().push(id);
        }
    }
    reached(&next, ids)
}

/// Everything that is reached from these, step by step; these themselves only where a way leads back to them.
pub(crate) fn reached<'p>(
    next: &BTreeMap<&'p str, Vec<&'p str>>,
    ids: impl IntoIterator<Item = &'p str>,
) -> BTreeSet<&'p str> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<&str> = ids.into_iter().collect();
    while let Some(id) = left.pop() {
        let more = next.get(id).into_iter().flatten();
        left.extend(more.copied().filter(|id| reached.insert(*id)));
    }
    reached
}
