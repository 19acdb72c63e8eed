//! How numbers, lists, money and names are written in sentences.

use std::collections::BTreeMap;

use orch_model::Resource;
use orch_report::v1::Finding;
use rust_decimal::Decimal;

use crate::rounding::fixed;

/// What could be saved in a month, by currency: of several on one resource the largest, unless they add.
pub(crate) fn savings(findings: &[&Finding]) -> BTreeMap<String, Decimal> {
    let mut of_resource: BTreeMap<(&str, &str), Decimal> = BTreeMap::new();
    let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
    for finding in findings {
        let Some(saving) = finding.saving.as_ref().filter(|saving| !saving.derived) else {
            continue;
        };
        let Ok(amount) = saving.amount.parse::<Decimal>() else {
            continue;
        };
        if saving.adds {
            *sums.entry(saving.currency.clone()).or_default() += amount;
            continue;
        }
        let key = (finding.resource.uid.as_str(), saving.currency.as_str());
        let largest = of_resource.entry(key).or_default();
        *largest = amount.max(*largest);
    }
    for ((_, currency), amount) in of_resource {
        *sums.entry(currency.to_owned()).or_default() += amount;
    }
    sums
}

/// `115.34 USD`; of several currencies one after the other.
pub(crate) fn money(sums: &BTreeMap<String, Decimal>) -> Option<String> {
    let parts: Vec<String> = sums
        .iter()
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(currency, amount)| format!("{} {currency}", fixed(*amount, 2)))
        .collect();
    (!parts.is_empty()).then(|| joined(&parts))
}

/// What people call a resource, with its id where that is something else.
pub(crate) fn named(resource: &Resource) -> String {
    let id = resource.uid.short();
    if resource.name == id {
        id.to_owned()
    } else {
        format!("{} ({id})", resource.name)
    }
}

/// `a, b and c`.
pub(crate) fn joined<T: AsRef<str>>(parts: &[T]) -> String {
    listed(parts, "and")
}

/// `a, b or c`.
pub(crate) fn joined_or<T: AsRef<str>>(parts: &[T]) -> String {
    listed(parts, "or")
}

fn listed<T: AsRef<str>>(parts: &[T], word: &str) -> String {
    match parts {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", first.join(", "), last.as_ref())
        }
    }
}

/// Parts with something between them.
pub(crate) fn joined_by<'p>(parts: impl IntoIterator<Item = &'p &'p str>, with: &str) -> String {
    let parts: Vec<&str> = parts.into_iter().copied().collect();
    parts.join(with)
}

/// `1 region`, `3 regions`.
pub(crate) fn count_of(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The name of a cloud for people.
pub(crate) fn cloud(provider: &str) -> &str {
    match provider {
        "aws" => "AWS",
        "azure" => "Azure",
        "gcp" => "Google Cloud",
        other => other,
    }
}

/// A word that a shell takes as one.
pub(crate) fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
