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
        r"\bby \w+|\bwithin\b|deadline|weeks?\b|months?\b|quarters?\b|fortnight|\b\d+ days?\b|today\b|tomorrow\b|\beo[dwmq]\b|before\b|\bq[1-4]\b|freeze|until",
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
/// Said of what does not run right now.
static OUTAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let what = r"(site|website|shop|app|application|service|system|api|server|cluster|database|db|platform|page|prod|production|everything)s?";
    let state = r"(down|offline|unreachable|not (reachable|responding|loading)|unavailable)";
    Regex::new(&format!(
        r"\b{what}( on \w+)?( is| are|'s) ((completely|all|totally|currently|still) )?{state}\b|\b{what} (isn't|aren't) (reachable|responding|loading)\b|\b{what} (went|goes|keeps going) down\b|\b50[0234] errors?\b|\b(have|having) (an?|another) (outage|incident)\b|\boutage (right )?now\b"
    ))
    .ok()
});
/// Said of what hurts: outages, speed, security, an auditor. Of cost there is [`ON_COST`].
static HURTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"\boutages?\b|\bincidents?\b|\bdowntimes?\b|\bcrash(es|ed|ing)?\b|\bunstable\b|\bunreliable\b|\bslow(er|ly)?\b|\bfaster\b|\binsecure\b|\bsecurity\b|\bhacked\b|\bbreach(es|ed)?\b|\baudit(s|or|ors)?\b",
    )
    .ok()
});
/// An amount of money that is to be enough.
static BUDGET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let currency = r"(€|\$|£|eur|euros?|usd|dollars?|gbp|chf)";
    let number = r"\d{1,3}([ .,']?\d{3})*(\.\d+)? ?(k|m|thousand|million)?";
    let amount = format!(r"({currency} ?{number}|{number} ?{currency}|\d+ ?k)");
    Regex::new(&format!(
        r"\bbudget( is| of|:)? ?((about|around|at most|up to|max|maximum|roughly) )?{amount}|\b{amount} budget\b|\b(may|must|can|should|shall)( not)? cost ((at most|more than|no more than|not more than|up to|max) )?{amount}"
    ))
    .ok()
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

pub(crate) fn is_outage(text: &str) -> bool {
    found(&OUTAGE, text)
}

/// Whether it says what hurts today.
pub(crate) fn says_what_hurts(text: &str) -> bool {
    is_on_cost(text) || is_outage(text) || found(&HURTS, text)
}

/// The words of the budget.
pub(crate) fn budget(text: &str) -> Option<&str> {
    let words = BUDGET.as_ref()?.find(text)?;
    Some(words.as_str().trim())
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
