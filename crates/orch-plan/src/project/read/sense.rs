//! Whether what a file says fits together: ids, references, order of days, words that must be known.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Mistake, Places, help_with_word, line_and_column, text};
use crate::Library;
use crate::analysis::is_cloud;
use crate::project::{REPRIORITIZE, VERSION, is_id};
use crate::schedule::sorted;
use crate::status::ESCALATIONS;

/// So many circles of tasks are told at once; the others after these are mended.
const MOST_CIRCLES: usize = 20;

/// Who leads the project, among the owners.
const LEAD: &str = "orchestrator";
/// What may stand where, by list and key.
const WORDS: &[(&str, &str, &[&str])] = &[
    ("task", "priority", &["critical", "high", "medium", "low"]),
    ("risk", "likelihood", &["low", "medium", "high"]),
    ("risk", "impact", &["low", "medium", "high"]),
];
/// Lists, the key that is their id, and what one of them is called.
const LISTS: &[(&str, &str, &str)] = &[
    ("phase", "id", "phase"),
    ("task", "id", "task"),
    ("blocker", "id", "blocker"),
    ("risk", "id", "risk"),
    ("decision", "id", "decision"),
    ("metric", "name", "metric"),
];
/// Texts that must say something, by list and key.
const SAID: &[(&str, &str)] = &[
    ("phase", "title"),
    ("task", "title"),
    ("blocker", "what"),
    ("risk", "what"),
    ("decision", "question"),
    ("log", "what"),
];

/// Adds everything that does not fit together.
pub(super) fn check(
    file: &str,
    value: &Value,
    places: &Places,
    (library, today): (&Library, Option<NaiveDate>),
    mistakes: &mut Vec<Mistake>,
) {
    let mut sense = Sense {
        file,
        value,
        places,
        mistakes,
    };
    sense.version();
    sense.ids();
    sense.references(library);
    sense.words(library);
    sense.blanks();
    super::days::check(&mut sense, today);
    sense.numbers();
    sense.cycles();
}

pub(super) struct Sense<'v> {
    file: &'v str,
    pub(super) value: &'v Value,
    places: &'v Places,
    mistakes: &'v mut Vec<Mistake>,
}

impl<'v> Sense<'v> {
    /// Adds a mistake at the place of a pointer.
    pub(super) fn wrong(&mut self, at: &str, message: String, help: Option<String>) {
        let span = self.span(at);
        self.mistakes.push(Mistake {
            message,
            help,
            span,
        });
    }

    fn span(&self, at: &str) -> Range<usize> {
        self.places.get(at).cloned().unwrap_or(0..0)
    }

    /// The tables of a list with their pointers.
    pub(super) fn list(&self, name: &str) -> Vec<(String, &'v Value)> {
        let items = self.value.get(name).and_then(Value::as_array);
        let items = items.into_iter().flatten().enumerate();
        items
            .map(|(place, item)| (format!("/{name}/{place}"), item))
            .collect()
    }

    fn version(&mut self) {
        let Some(version) = self.value["version"].as_u64() else {
            return;
        };
        if version != u64::from(VERSION) {
            let help = if version > u64::from(VERSION) {
                format!("it was written by a later orch; this one reads version {VERSION}")
            } else {
                format!("write `version = {VERSION}`")
            };
            self.wrong(
                "/version",
                format!("there is no version {version} of project files that this program reads"),
                Some(help),
            );
        }
    }

    fn ids(&mut self) {
        for &(list, key, noun) in LISTS {
            let mut seen: BTreeMap<&str, String> = BTreeMap::new();
            for (at, item) in self.list(list) {
                let Some(id) = text(item, key) else {
                    continue;
                };
                let here = format!("{at}/{key}");
                if !is_id(id) {
                    let help = "use small letters, digits and hyphens: network-2".to_owned();
                    self.wrong(&here, format!("`{id}` is no id of a {noun}"), Some(help));
                }
                if let Some(first) = seen.get(id) {
                    let first = line_and_column(self.file, self.span(first).start).0;
                    let help = "give one of them another id, or take it out".to_owned();
                    self.wrong(
                        &here,
                        format!("the {noun} `{id}` is there twice, first in line {first}"),
                        Some(help),
                    );
                } else {
                    seen.insert(id, here);
                }
            }
        }
    }

    fn known(&self, list: &str) -> Vec<&'v str> {
        let items = self.value.get(list).and_then(Value::as_array);
        let items = items.into_iter().flatten();
        items.filter_map(|item| text(item, "id")).collect()
    }

    /// Tasks, phases and owners that are named and that there are not.
    fn references(&mut self, library: &Library) {
        let tasks = self.known("task");
        let there: BTreeSet<&str> = tasks.iter().copied().collect();
        let phases = self.known("phase");
        let owners: Vec<&str> = library
            .specialists
            .keys()
            .map(String::as_str)
            .chain([LEAD])
            .collect();
        for (at, task) in self.list("task") {
            let id = text(task, "id").unwrap_or("?");
            if let Some(phase) = text(task, "phase").filter(|phase| !phases.contains(phase)) {
                let message =
                    format!("the task `{id}` is in the phase `{phase}`, which there is not");
                self.wrong(
                    &format!("{at}/phase"),
                    message,
                    help_with_word(phase, &phases),
                );
            }
            if let Some(owner) = text(task, "owner").filter(|owner| !owners.contains(owner)) {
                let message = format!("the task `{id}` is of `{owner}`, which is no specialist");
                self.wrong(
                    &format!("{at}/owner"),
                    message,
                    help_with_word(owner, &owners),
                );
            }
            let after = task["after"].as_array().into_iter().flatten();
            for (place, other) in after.enumerate() {
                if let Some(other) = other.as_str().filter(|other| !there.contains(other)) {
                    let message =
                        format!("the task `{id}` comes after `{other}`, which there is not");
                    let help = removed(other, &tasks, "from this list");
                    self.wrong(&format!("{at}/after/{place}"), message, Some(help));
                }
            }
        }
        // What is over may name what is no longer there: it is history.
        for (at, blocker) in self.list("blocker") {
            let open = blocker.get("ended").is_none();
            if let Some(task) = text(blocker, "task").filter(|task| open && !tasks.contains(task)) {
                let message = format!("the blocker is of the task `{task}`, which there is not");
                let help = removed(task, &tasks, "with its [[blocker]], or give it `ended`");
                self.wrong(&format!("{at}/task"), message, Some(help));
            }
        }
        let limits = self.value["limits"].as_object();
        for owner in limits.into_iter().flat_map(|limits| limits.keys()) {
            if !owners.contains(&owner.as_str()) {
                let message = format!("[limits] names `{owner}`, which is no specialist");
                self.wrong(
                    &format!("/limits/{owner}"),
                    message,
                    help_with_word(owner, &owners),
                );
            }
        }
    }

    fn words(&mut self, library: &Library) {
        for &(list, key, known) in WORDS {
            for (at, item) in self.list(list) {
                if let Some(word) = text(item, key).filter(|word| !known.contains(word)) {
                    let message = format!("`{key}` cannot be `{word}`");
                    self.wrong(&format!("{at}/{key}"), message, help_with_word(word, known));
                }
            }
        }
        let clouds = library.specialists.keys().map(String::as_str);
        let clouds: Vec<&str> = clouds.filter(|id| is_cloud(library, id)).collect();
        let named = self.value["clouds"].as_array().into_iter().flatten();
        for (place, cloud) in named.enumerate() {
            if let Some(cloud) = cloud.as_str().filter(|cloud| !clouds.contains(cloud)) {
                let help = help_with_word(cloud, &clouds);
                self.wrong(
                    &format!("/clouds/{place}"),
                    format!("`{cloud}` is no cloud"),
                    help,
                );
            }
        }
        let kinds: Vec<&str> = ESCALATIONS.iter().map(|one| one.id).collect();
        let deciders = self.value["deciders"].as_object();
        for kind in deciders.into_iter().flat_map(|deciders| deciders.keys()) {
            if !kinds.contains(&kind.as_str()) {
                let message = format!("[deciders] names `{kind}`, which is no kind of escalation");
                self.wrong(
                    &format!("/deciders/{kind}"),
                    message,
                    help_with_word(kind, &kinds),
                );
            }
        }
        let kinds: Vec<&str> = kinds.into_iter().chain([REPRIORITIZE]).collect();
        for (at, decision) in self.list("decision") {
            if let Some(kind) = text(decision, "kind").filter(|kind| !kinds.contains(kind)) {
                let message = format!("`{kind}` is no kind of decision");
                self.wrong(&format!("{at}/kind"), message, help_with_word(kind, &kinds));
            }
        }
    }

    /// Texts that people have to see somewhere.
    fn blanks(&mut self) {
        let name = ("", "name", String::new(), self.value);
        let of_lists = SAID.iter().flat_map(|&(list, key)| {
            let tables = self.list(list).into_iter();
            tables.map(move |(at, table)| (list, key, at, table))
        });
        for (list, key, at, table) in [name].into_iter().chain(of_lists).collect::<Vec<_>>() {
            if text(table, key).is_some_and(|said| said.trim().is_empty()) {
                let whose = match list {
                    "" => "the project".to_owned(),
                    list => match text(table, "id") {
                        Some(id) => format!("the {list} `{id}`"),
                        None => format!("an entry of the {list}"),
                    },
                };
                let help = Some(format!("write a few words: {key} = \"…\""));
                self.wrong(
                    &format!("{at}/{key}"),
                    format!("the `{key}` of {whose} is empty"),
                    help,
                );
            }
        }
    }

    fn numbers(&mut self) {
        for (at, task) in self.list("task") {
            let days: Vec<u64> = task["days"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_u64)
                .collect();
            if days.len() == 3 && !days.is_sorted() {
                let help = "write them as best, likely, worst: [2, 3, 5]".to_owned();
                self.wrong(
                    &format!("{at}/days"),
                    "the days do not rise".to_owned(),
                    Some(help),
                );
            }
        }
        for (key, help) in [
            ("amount", "write what there is to spend: 40000"),
            ("day_rate", "write what a day costs: 600"),
        ] {
            let told = text(&self.value["budget"], key).and_then(|told| told.parse().ok());
            let Some(told): Option<Decimal> = told else {
                continue;
            };
            let why = match told.is_zero() {
                true if key == "amount" => "nothing: nothing could be held against it",
                false if told.is_sign_negative() => "less than nothing",
                _ => continue,
            };
            self.wrong(
                &format!("/budget/{key}"),
                format!("`{key}` cannot be {why}"),
                Some(help.to_owned()),
            );
        }
        let limits = self.value["limits"].as_object();
        let none: Vec<String> = limits
            .into_iter()
            .flatten()
            .filter(|(_, limit)| limit.as_u64() == Some(0))
            .map(|(owner, _)| owner.clone())
            .collect();
        for owner in none {
            self.wrong(
                &format!("/limits/{owner}"),
                format!("nobody at all does the work of {owner}"),
                Some("write how many tasks at a time: 1 or more".to_owned()),
            );
        }
        let currency = |value: &Value| text(value, "currency").map(str::to_owned);
        let tasks = self
            .list("task")
            .into_iter()
            .map(|(at, task)| (at, currency(task)));
        let budget = ("/budget".to_owned(), currency(&self.value["budget"]));
        for (at, currency) in tasks.chain([budget]).collect::<Vec<_>>() {
            let wrong =
                |code: &String| code.len() != 3 || !code.chars().all(|c| c.is_ascii_uppercase());
            if let Some(code) = currency.filter(wrong) {
                let help = Some("write a code of three capital letters: EUR".to_owned());
                self.wrong(
                    &format!("{at}/currency"),
                    format!("`{code}` is no currency"),
                    help,
                );
            }
        }
    }

    /// Tasks that wait for each other: each circle once, told along its way.
    fn cycles(&mut self) {
        let mut after: BTreeMap<&str, (String, Vec<&str>)> = BTreeMap::new();
        for (at, task) in self.list("task") {
            let Some(id) = text(task, "id") else {
                continue;
            };
            let others = task["after"].as_array().into_iter().flatten();
            let others = others.filter_map(Value::as_str).collect();
            after.entry(id).or_insert((format!("{at}/after"), others));
        }
        keep_circles(&mut after);
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let ids: Vec<&str> = after.keys().copied().collect();
        let mut circles = 0;
        for id in ids {
            if told.contains(id) {
                continue;
            }
            if circles == MOST_CIRCLES {
                break;
            }
            let Some(way) = circle(id, &after) else {
                continue;
            };
            told.extend(way.iter().copied());
            circles += 1;
            let at = after[id].0.clone();
            let message = format!("tasks wait for each other: {} → {id}", way.join(" → "));
            let help = "take one of them out of the `after` of the next".to_owned();
            self.wrong(&at, message, Some(help));
        }
    }
}

/// Takes out every task that waits for no circle, and every one for which none waits: they are on none.
fn keep_circles<'t>(after: &mut BTreeMap<&'t str, (String, Vec<&'t str>)>) {
    let ids: Vec<&str> = after.keys().copied().collect();
    let places: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let edges = || {
        let of = after
            .iter()
            .flat_map(|(id, (_, others))| others.iter().map(move |one| (one, id)));
        of.filter_map(|(one, id)| Some((*places.get(one)?, *places.get(id)?)))
    };
    let mut waiting = vec![Vec::new(); ids.len()];
    let mut waits_for = vec![Vec::new(); ids.len()];
    for (one, id) in edges() {
        waiting[one].push(id);
        waits_for[id].push(one);
    }
    let free = |edges: &[Vec<usize>]| sorted(edges, |at| at);
    for at in free(&waits_for).into_iter().chain(free(&waiting)) {
        after.remove(ids[at]);
    }
}

/// The shortest way from a task through what it waits for back to itself.
fn circle<'t>(
    id: &'t str,
    after: &BTreeMap<&'t str, (String, Vec<&'t str>)>,
) -> Option<Vec<&'t str>> {
    let mut from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut left = VecDeque::from([id]);
    while let Some(last) = left.pop_front() {
        for next in after.get(last).map_or(&[][..], |(_, others)| others) {
            if *next == id {
                let before = |at: &&'t str| from.get(*at).copied();
                let mut way: Vec<&str> = std::iter::successors(Some(last), before).collect();
                way.reverse();
                return Some(way);
            }
            if !from.contains_key(next) {
                from.insert(next, last);
                left.push_back(next);
            }
        }
    }
    None
}

fn removed(id: &str, tasks: &[&str], how: &str) -> String {
    match super::nearest(id, tasks.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("was the task taken out? then take it {how} too"),
    }
}
