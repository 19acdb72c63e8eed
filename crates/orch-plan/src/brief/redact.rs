//! Briefings for people who may not know whose estate it is: the same thing has the same pseudonym everywhere.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use orch_model::Body;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::marks;
use super::options::{Options, Redact};
use super::said::shell;
use crate::Run;
use crate::embedded::OWN_WORDS;
use crate::project::Project;

/// Members whose text is ours, or an id that tells nothing.
const OURS: [&str; 17] = [
    "schema", "id", "domain", "rule", "rules", "severity", "level", "kind", "effort", "language",
    "columns", "title", "as_of", "area", "need", "text", "redacted",
];
/// Members that are commands: of those of orch only the run is of the user's making.
const COMMANDS: [&str; 4] = ["command", "at", "source", "next"];

/// What is replaced in the briefings and reviews of one run. Looking for names and addresses takes longer than a briefing,
/// so it is made once for all of them.
pub(crate) struct Redaction {
    pseudonyms: Pseudonyms,
    /// The name of the run as it is, and as it is told: by itself, and as a shell takes it, which may be another text.
    names: [(String, String); 2],
}

impl Redaction {
    /// Nothing where nothing is to be replaced.
    pub(crate) fn of(run: &Run, project: Option<&Project>, options: &Options) -> Option<Self> {
        if options.redact.is_empty() {
            return None;
        }
        let pseudonyms = Pseudonyms::of(run, project, options);
        let said = pseudonyms.apply_to(&run.name, true);
        Some(Self {
            names: [(shell(&run.name), shell(&said)), (run.name.clone(), said)],
            pseudonyms,
        })
    }

    /// Replaces it in every text of a briefing or a review.
    pub(crate) fn apply<T: Serialize + DeserializeOwned>(&self, brief: &mut T) {
        let Ok(mut value) = serde_json::to_value(&*brief) else {
            return;
        };
        walk(&mut value, "", &mut |key, text| {
            if OURS.contains(&key) {
                *text = marks::parts(text).map(|(part, _)| part).collect();
                return;
            }
            if COMMANDS.contains(&key) && text.starts_with("orch ") {
                for (name, said) in &self.names {
                    *text = text.replace(name, said);
                }
                return;
            }
            *text = self.pseudonyms.apply(text);
        });
        if let Ok(redacted) = serde_json::from_value(value) {
            *brief = redacted;
        }
    }
}

fn walk(value: &mut Value, key: &str, change: &mut impl FnMut(&str, &mut String)) {
    match value {
        Value::String(text) => change(key, text),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, key, change)),
        Value::Object(members) => members
            .iter_mut()
            .for_each(|(key, value)| walk(value, key, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Words that texts of ours are made of, besides those that are built in.
struct Own(HashSet<String>);

impl Own {
    /// What rules say is ours as well.
    fn of(run: &Run, options: &Options) -> Self {
        let mut own = HashSet::new();
        let mut add = |text: &str| own.extend(words_of(text).map(|word| word.to_lowercase()));
        add(&run.report.coverage.summary);
        for (id, rule) in &options.rules {
            add(id);
            add(&rule.title);
        }
        for rule in &run.report.rules {
            add(&rule.rule);
        }
        let mut seen = HashSet::new();
        for finding in &run.report.findings {
            if seen.insert(&finding.rule) {
                add(&finding.title);
                let steps = finding.remediation.iter().flat_map(|mend| &mend.steps);
                steps.for_each(|step| add(step));
            }
        }
        Self(own)
    }

    /// Whether a text of ours may be this without meaning the name.
    fn has(&self, name: &str) -> bool {
        words_of(name).all(|word| {
            let word = word.to_lowercase();
            OWN_WORDS.binary_search(&word.as_str()).is_ok() || self.0.contains(&word)
        })
    }
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty())
}

/// What is replaced, and by what.
struct Word {
    word: String,
    pseudonym: String,
    /// It may stand in a text of ours and mean something else.
    is_ours: bool,
}

/// What stands for what.
struct Pseudonyms {
    /// By their first two characters, the longest first, so that no part of one is taken for another.
    words: HashMap<(char, char), Vec<Word>>,
    addresses: BTreeMap<IpAddr, String>,
}

impl Pseudonyms {
    fn of(run: &Run, project: Option<&Project>, options: &Options) -> Self {
        let what = &options.redact;
        let own = Own::of(run, options);
        let mut words = BTreeMap::new();
        let accounts = accounts(run);
        let names = names(run);
        if what.contains(&Redact::Accounts) {
            number(&accounts, "account", &names, &mut words);
        }
        if what.contains(&Redact::Names) {
            let names: BTreeSet<String> = names.difference(&accounts).cloned().collect();
            number(&names, "name", &accounts, &mut words);
        }
        let mut all: Vec<(String, String)> = Vec::new();
        for (word, pseudonym) in words {
            let plain = plain(&word);
            let label: String = word
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() {
                        c.to_ascii_lowercase()
                    } else {
                        '_'
                    }
                })
                .collect();
            // As it is first: of equal words the first counts.
            for (word, pseudonym) in [
                (word.clone(), pseudonym.clone()),
                (orch_report::visible(&word).into_owned(), pseudonym.clone()),
                (word.to_lowercase(), pseudonym.clone()),
                (plain.to_lowercase(), pseudonym.replace('-', "_")),
                (label, pseudonym.replace('-', "_")),
            ] {
                all.push((word, pseudonym));
            }
        }
        let addresses = if what.contains(&Redact::Addresses) {
            addresses(run, project)
        } else {
            BTreeMap::new()
        };
        for (address, pseudonym) in &addresses {
            // Names of machines have them in two more forms.
            let dotted = address.to_string();
            for form in [
                dotted.replace(['.', ':'], "-"),
                dotted.replace(['.', ':'], "_"),
                dotted,
            ] {
                all.push((form, pseudonym.clone()));
            }
        }
        all.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        all.dedup_by(|later, first| later.0 == first.0);
        let mut words: HashMap<(char, char), Vec<Word>> = HashMap::new();
        for (word, pseudonym) in all {
            let mut chars = word.chars();
            if let (Some(first), Some(second)) = (chars.next(), chars.next()) {
                words.entry((first, second)).or_default().push(Word {
                    is_ours: own.has(&word),
                    word,
                    pseudonym,
                });
            }
        }
        Self { words, addresses }
    }

    /// In a text of ours: what is not ours in it is marked.
    fn apply(&self, text: &str) -> String {
        marks::parts(text)
            .map(|(part, marked)| self.apply_to(part, marked))
            .collect()
    }

    fn apply_to(&self, text: &str, marked: bool) -> String {
        let out = self.without_words(text, marked);
        if self.addresses.is_empty() {
            return out;
        }
        let mut told = String::with_capacity(out.len());
        for part in address_like(&out) {
            match part
                .parse()
                .ok()
                .and_then(|address: IpAddr| self.addresses.get(&address))
            {
                Some(pseudonym) => told.push_str(pseudonym),
                None => told.push_str(part),
            }
        }
        told
    }

    /// A word counts where no letter or digit stands beside it; a long one that no sentence of ours has, everywhere; one of
    /// ours only in what is marked.
    fn without_words(&self, text: &str, marked: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = None::<char>;
        while let Some(first) = rest.chars().next() {
            let second = rest[first.len_utf8()..].chars().next();
            let words = second.and_then(|second| self.words.get(&(first, second)));
            let found = words
                .into_iter()
                .flatten()
                .find(|Word { word, is_ours, .. }| {
                    let own = word.len() >= 6 && word.chars().any(|c| c.is_ascii_digit());
                    let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
                    (marked || !is_ours)
                        && rest.strip_prefix(word.as_str()).is_some_and(|after| {
                            own || apart(before) && apart(after.chars().next())
                        })
                });
            let length = match found {
                Some(Word {
                    word, pseudonym, ..
                }) => {
                    out.push_str(pseudonym);
                    word.len()
                }
                None => {
                    out.push(first);
                    first.len_utf8()
                }
            };
            before = rest[..length].chars().next_back();
            rest = &rest[length..];
        }
        out
    }
}

/// The parts of a text: what may be an address, and what lies between.
fn address_like(text: &str) -> impl Iterator<Item = &str> {
    let is_of = |c: char| c.is_ascii_hexdigit() || c == ':' || c == '.';
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let inside = is_of(first);
        let end = rest.find(|c| is_of(c) != inside).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        // The full stop of a sentence, or the colon before what follows.
        let kept = if inside && part.parse::<IpAddr>().is_err() {
            part.trim_end_matches(['.', ':']).len().max(1)
        } else {
            end
        };
        rest = if kept < end { &rest[kept..] } else { after };
        Some(&part[..kept])
    })
}

/// A name as code takes it.
fn plain(word: &str) -> String {
    let mut out: String = word
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    while out.contains("__") {
        out = out.replace("__", "_");
    }
    out.trim_matches('_').to_owned()
}

/// Numbers words in their order, under a name that none of them has in it.
fn number(
    words: &BTreeSet<String>,
    noun: &str,
    others: &BTreeSet<String>,
    into: &mut BTreeMap<String, String>,
) {
    let mut prefix = noun.to_owned();
    while words
        .iter()
        .chain(others)
        .any(|word| word.to_lowercase().contains(&prefix))
    {
        prefix.insert(0, 'x');
    }
    for (number, word) in (1..).zip(words) {
        into.insert(word.clone(), format!("{prefix}-{number}"));
    }
}

fn accounts(run: &Run) -> BTreeSet<String> {
    let mut accounts: BTreeSet<String> = run
        .report
        .run
        .accounts
        .iter()
        .map(|one| one.account.clone())
        .collect();
    accounts.extend(
        run.report
            .findings
            .iter()
            .map(|one| one.resource.account.clone()),
    );
    if let Some(snapshot) = &run.snapshot {
        accounts.extend(
            snapshot
                .scopes
                .iter()
                .map(|scope| scope.account.to_string()),
        );
        for resource in &snapshot.resources {
            accounts.insert(resource.scope.account.to_string());
            if let Body::CloudAccount(account) = &resource.body {
                accounts.insert(account.account_id.to_string());
                accounts.insert(resource.name.to_string());
                accounts.extend(
                    account
                        .gcp
                        .value()
                        .and_then(|gcp| gcp.number.value())
                        .map(ToString::to_string),
                );
            }
        }
    }
    accounts.retain(|account| account.len() > 1);
    accounts
}

/// Names and ids of everything, what tags say, and names without the number at their end.
fn names(run: &Run) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |name: &str| {
        if name.len() > 1 && !name.chars().all(|c| c.is_ascii_digit() && name.len() < 4) {
            names.insert(name.to_owned());
        }
        let stem = name
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .trim_end_matches(['-', '_', '.', ' ']);
        if stem.len() > 1 {
            names.insert(stem.to_owned());
        }
    };
    let of_uid = |uid: &str, add: &mut dyn FnMut(&str)| {
        add(uid.rsplit(['/', ':']).next().unwrap_or(uid));
        // Azure and Google Cloud write names between the words that say what they name.
        let parts: Vec<&str> = uid.split('/').collect();
        for pair in parts.windows(2) {
            let is_place = ["zones", "regions", "locations", "providers", ""].contains(&pair[0]);
            let names = ["resourcegroups", "subscriptions", "projects"].contains(&pair[0])
                || pair[0].ends_with('s');
            let of_ours = parts[0].starts_with("arn:");
            if names
                && !is_place
                && !of_ours
                && !["global", "zones", "regions", "providers"].contains(&pair[1])
            {
                add(pair[1]);
            }
        }
    };
    for finding in &run.report.findings {
        add(&finding.resource.name);
        of_uid(&finding.resource.uid, &mut add);
    }
    for resource in run.snapshot.iter().flat_map(|snapshot| &snapshot.resources) {
        // Types of machines are a price list, and regions a map.
        if matches!(resource.body, Body::ComputeInstanceType(_)) {
            continue;
        }
        add(&resource.name);
        of_uid(resource.uid.as_str(), &mut add);
        for value in resource.tags.value().into_iter().flat_map(BTreeMap::values) {
            add(value);
        }
        if let Body::ComputeInstance(instance) = &resource.body {
            for text in [
                instance.profile.value(),
                instance.key_name.value(),
                instance.image.value(),
            ]
            .into_iter()
            .flatten()
            {
                of_uid(text, &mut add);
            }
        }
    }
    names
}

/// Every address that the run or the project names, but those that mean all of them.
fn addresses(run: &Run, project: Option<&Project>) -> BTreeMap<IpAddr, String> {
    let mut found: BTreeSet<IpAddr> = BTreeSet::new();
    let mut look = |text: &str| {
        let all = address_like(text).filter(|part| part.contains(['.', ':']));
        let all = all.filter_map(|part| part.parse::<IpAddr>().ok());
        found.extend(all.filter(|address| !address.is_unspecified()));
    };
    if let Ok(text) = serde_json::to_string(&run.report) {
        look(&text);
    }
    for resource in run.snapshot.iter().flat_map(|snapshot| &snapshot.resources) {
        if let Ok(text) = serde_json::to_string(resource) {
            look(&text);
        }
    }
    if let Some(Ok(text)) = project.map(serde_json::to_string) {
        look(&text);
    }
    let numbered = found.into_iter().zip(1..);
    numbered
        .map(|(address, number)| (address, format!("address-{number}")))
        .collect()
}
