//! What sets apart a project, a single task, and a request too vague for either.

use std::sync::LazyLock;

use regex::Regex;

/// Said by people who do not know yet what they want.
static VAGUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"not sure|what do you think|\bmaybe\b|thing we talked|something with|\bthoughts\b|where do we start|some kind of",
    )
    .ok()
});
/// Said of work that takes long, or many.
static LONG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"months?\b|quarters?\b|programme|program\b|this year|by q[1-4]|weeks|teams\b|estate\b|whole\b",
    )
    .ok()
});
/// Said of the time that there is.
static DATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\bby \w+|\bwithin\b|deadline|weeks?\b|months?\b|quarters?\b|before\b|\bq[1-4]\b|freeze|until",
    )
    .ok()
});
/// Said of money.
static ON_COST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\bcosts?\b|\bbills?\b|\binvoices?\b|\bspend(ing)?\b|\bcheap|\bexpensive|\bsavings?\b|\bbudgets?\b|finops|reserved instances?|right-?siz",
    )
    .ok()
});
/// A request with so few words says nothing.
const FEW: usize = 2;
/// Said of a move from one cloud to another.
static BETWEEN_CLOUDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let cloud = r"(aws|amazon|azure|gcp|google)";
    let moves = r"\b(mov(e|es|ing)|migrat(e|es|ing|ion)|lift (and|&|\+|n) shift|switch(ing)?|relocat(e|ing)|transfer(ring)?)\b";
    let to = r"\b(to|into|onto)\b";
    Regex::new(&format!(
        r"{moves}.{{0,80}}\b(from|off|out of) {cloud}\b.{{0,60}}{to} (the )?({cloud}|rds|gke|eks|aks|cloud sql)\b"
    ))
    .ok()
});
/// Said of an end that can be counted.
static COUNTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\d+(\.\d+)? ?(%|percent)|\b(halve|in half|by half|a third|a quarter of)\b").ok()
});
/// Said of people.
static STAFFED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(people|engineers?|developers?|devs?|ftes?|admins?|of us)\b").ok()
});
/// From so many specialists on somebody has to lead.
const SEVERAL: usize = 3;

/// Who names several things knows what they want, even where a "maybe" stands among them.
pub(crate) fn is_vague(text: &str, words: usize, specialists: usize) -> bool {
    words <= FEW || specialists < SEVERAL && found(&VAGUE, text)
}

pub(crate) fn is_project(text: &str, specialists: usize) -> bool {
    specialists >= SEVERAL || specialists >= 2 && found(&LONG, text)
}

pub(crate) fn is_dated(text: &str) -> bool {
    found(&DATED, text)
}

pub(crate) fn is_on_cost(text: &str) -> bool {
    found(&ON_COST, text)
}

pub(crate) fn is_between_clouds(text: &str) -> bool {
    found(&BETWEEN_CLOUDS, text)
}

pub(crate) fn is_counted(text: &str) -> bool {
    found(&COUNTED, text)
}

pub(crate) fn is_staffed(text: &str) -> bool {
    found(&STAFFED, text)
}

fn found(expression: &LazyLock<Option<Regex>>, text: &str) -> bool {
    expression
        .as_ref()
        .is_some_and(|expression| expression.is_match(text))
}
