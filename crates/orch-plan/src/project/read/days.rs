//! Whether the days of a project file can be: in order, in our time, and not in the future where they tell of the past.

use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;

use super::sense::Sense;
use super::text;
use crate::brief::scene::count_of;

/// Two days of which the first must not be after the second: list, first, second.
const ORDER: &[(&str, &str, &str)] = &[
    ("", "start", "target"),
    ("task", "started", "finished"),
    ("task", "planned/0", "planned/1"),
    ("blocker", "since", "ended"),
    ("risk", "since", "ended"),
    ("decision", "asked", "on"),
];
/// Every day of a file: list, key, and what it tells.
const DAYS: &[(&str, &str, Tells)] = &[
    ("", "start", Tells::Plan),
    ("", "target", Tells::Plan),
    ("task", "planned/0", Tells::Plan),
    ("task", "planned/1", Tells::Plan),
    ("task", "started", Tells::Past),
    ("task", "finished", Tells::Past),
    ("blocker", "since", Tells::Past),
    ("blocker", "ended", Tells::Past),
    ("risk", "since", Tells::PastOrFirst),
    ("risk", "ended", Tells::Past),
    ("decision", "asked", Tells::PastOrFirst),
    ("decision", "on", Tells::PastOrFirst),
    ("log", "on", Tells::PastOrFirst),
    ("reading", "on", Tells::Past),
    ("spent", "on", Tells::Plan),
    ("limit_before", "until", Tells::Past),
];
/// The years in which projects are.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// What a day tells.
#[derive(Clone, Copy, PartialEq)]
enum Tells {
    /// What shall be.
    Plan,
    /// What has been.
    Past,
    /// What has been, or stands there for the first day: a plan is written before it.
    PastOrFirst,
}

/// Adds every day that cannot be. Without `today` nothing is in the future.
pub(super) fn check(sense: &mut Sense<'_>, today: Option<NaiveDate>) {
    let start = day(sense.value, "start");
    for &(list, first, second) in ORDER {
        for (at, table) in tables(sense, list) {
            let (Some(from), Some(to)) = (day(table, first), day(table, second)) else {
                continue;
            };
            if from > to {
                let words = |key: &str| {
                    key.replace("/0", " (first day)")
                        .replace("/1", " (last day)")
                };
                let message = format!(
                    "{} is {to}, before {} on {from}",
                    words(second),
                    words(first)
                );
                let help = Some("one of the two is a slip".to_owned());
                sense.wrong(&format!("{at}/{second}"), message, help);
            }
        }
    }
    let mut ahead = Vec::new();
    for &(list, key, tells) in DAYS {
        for (at, table) in tables(sense, list) {
            let Some(here) = day(table, key) else {
                continue;
            };
            let at = format!("{at}/{key}");
            if let Some(help) = out_of_time(here) {
                sense.wrong(&at, format!("`{key}` is {here}"), Some(help));
                continue;
            }
            let latest = match tells {
                Tells::Plan => None,
                Tells::Past => today,
                Tells::PastOrFirst => today.max(today.and(start)),
            };
            if latest.is_some_and(|latest| here > latest) {
                ahead.push((at, key, here));
            }
        }
    }
    if let Some(today) = today {
        after_today(sense, today, ahead);
    }
    let Some(start) = start else {
        return;
    };
    let tasks = sense.list("task");
    let begun = tasks.iter().filter_map(|(at, task)| {
        let started = day(task, "started").filter(|started| *started < start)?;
        Some((at, text(task, "id").unwrap_or("?"), started))
    });
    let begun: Vec<_> = begun.collect();
    // Several are most likely one slip, in the first day of the project.
    let (at, message) = match &begun[..] {
        [] => return,
        [(at, id, started)] => (
            format!("{at}/started"),
            format!("the task `{id}` was begun on {started}, before the project on {start}"),
        ),
        [(_, id, started), others @ ..] => (
            "/start".to_owned(),
            format!(
                "the project begins on {start}, after `{id}` was begun on {started}, and {}",
                count_of(others.len(), "more task", "more tasks")
            ),
        ),
    };
    let help = "check the day, or write an earlier `start` for the project".to_owned();
    sense.wrong(&at, message, Some(help));
}

/// So many days after today are told one by one; more of them are a clock that is behind the file.
const SLIPS: usize = 5;

/// Adds the days that tell of what has been and are after today.
fn after_today(sense: &mut Sense<'_>, today: NaiveDate, ahead: Vec<(String, &str, NaiveDate)>) {
    let last = ahead.iter().map(|(_, _, here)| *here).max();
    if let (Some(last), true) = (last, ahead.len() > SLIPS) {
        let message = format!(
            "{} days that tell of what has been are after today, {today}; the last is {last}",
            ahead.len()
        );
        let help = format!("check --today (or the clock): not before {last}");
        return sense.wrong(&ahead[0].0, message, Some(help));
    }
    for (at, key, here) in ahead {
        let help = "it tells of what has been: check the day here, or --today".to_owned();
        let message = format!("`{key}` is {here}, after today, {today}");
        sense.wrong(&at, message, Some(help));
    }
}

/// What to do about a day in a year in which nobody plans.
pub(super) fn out_of_time(day: NaiveDate) -> Option<String> {
    (!YEARS.contains(&day.year()))
        .then(|| format!("write a day between {} and {}", YEARS.start(), YEARS.end()))
}

fn day(table: &Value, key: &str) -> Option<NaiveDate> {
    table.pointer(&format!("/{key}"))?.as_str()?.parse().ok()
}

/// The tables of a list with their pointers; of lists within others all of them.
fn tables<'v>(sense: &Sense<'v>, list: &str) -> Vec<(String, &'v Value)> {
    let within = |at: String, table: &'v Value| {
        let items = table.get(list).and_then(Value::as_array);
        let numbered = items.into_iter().flatten().enumerate();
        numbered
            .map(|(place, item)| (format!("{at}/{list}/{place}"), item))
            .collect::<Vec<_>>()
    };
    match list {
        "" => vec![(String::new(), sense.value)],
        "reading" => {
            let metrics = sense.list("metric").into_iter();
            metrics
                .flat_map(|(at, metric)| within(at, metric))
                .collect()
        }
        "spent" => within("/budget".to_owned(), &sense.value["budget"]),
        list => sense.list(list),
    }
}
