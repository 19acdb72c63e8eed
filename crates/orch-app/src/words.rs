//! Words that a person types: each is parsed in one place, and a misspelt one gets a suggestion.

use std::collections::BTreeSet;
use std::fmt;

use orch_model::{Category, Cause, Provider, Severity, Text};
use orch_report::{FORMATS, Format, GroupBy};
use rust_decimal::Decimal;

/// Something a person wrote that cannot be meant, and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake with its next step.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The text with everything a terminal would obey written as visible escapes, except line ends and tabs.
pub fn visible_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(['\n', '\t']) {
        let (words, end) = match piece.strip_suffix(['\n', '\t']) {
            Some(words) => piece.split_at(words.len()),
            None => (piece, ""),
        };
        // A line that ends as on Windows is no trick.
        let words = if end == "\n" {
            words.strip_suffix('\r').unwrap_or(words)
        } else {
            words
        };
        out.push_str(&orch_report::visible(words));
        out.push_str(end);
    }
    out
}

/// The word for findings that never make the exit code 1.
const NEVER: &str = "never";

/// From which severity on findings make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// From this one on.
    Severity(Severity),
    /// Never.
    Never,
}

/// Which gaps do not make the view incomplete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AllowGaps {
    /// None is allowed.
    #[default]
    No,
    /// All are.
    All,
    /// Those of these causes or collectors.
    Some {
        /// By cause.
        causes: Vec<Cause>,
        /// By collector.
        collectors: Vec<Text>,
    },
}

/// The known word that `given` was probably meant to be.
pub(crate) fn nearest<'k>(
    given: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let given = given.to_lowercase();
    known
        .into_iter()
        .map(|word| {
            (
                strsim::damerau_levenshtein(&given, &word.to_lowercase()),
                word,
            )
        })
        .filter(|(distance, word)| {
            *distance <= 1.max(word.chars().count().min(given.chars().count()) / 3)
                || (given.len() >= 4 && word.to_lowercase().contains(&given))
        })
        .min()
        .map(|(_, word)| word)
}

/// The mistake for a word that is not one of `known`.
pub(crate) fn unknown_word<'k>(
    what: &str,
    given: &str,
    known: impl IntoIterator<Item = &'k str> + Clone,
) -> Mistake {
    let all: Vec<&str> = known.clone().into_iter().collect();
    let message = format!("no {what} `{}`", orch_report::visible(given));
    let help = match nearest(given, known) {
        Some(word) => format!("did you mean `{word}`?"),
        None if all.len() <= 16 => one_of(&all),
        None => format!("there are {} to choose from", all.len()),
    };
    Mistake::new(message, help)
}

fn one_of(words: &[&str]) -> String {
    format!("use one of {}", words.join(", "))
}

fn pick<T: Copy>(what: &str, given: &str, known: &[(&'static str, T)]) -> Result<T, Mistake> {
    known
        .iter()
        .find(|(word, _)| *word == given)
        .map(|(_, value)| *value)
        .ok_or_else(|| unknown_word(what, given, known.iter().map(|(word, _)| *word)))
}

/// The clouds of Azure.
///
/// # Errors
/// Another word.
pub(crate) fn azure_cloud(given: &str) -> Result<&'static str, Mistake> {
    let known = ["public", "china", "us-gov"].map(|word| (word, word));
    pick("cloud of Azure", given, &known)
}

/// The id of a management group of Azure, by the rules that Azure has for it.
pub(crate) fn management_group(given: &str) -> Result<&str, Mistake> {
    let begins = given.starts_with(|first: char| first.is_ascii_alphanumeric());
    let fits = given
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.()".contains(&byte));
    if begins && fits && given.len() <= 90 && !given.ends_with('.') {
        return Ok(given);
    }
    Err(Mistake::new(
        format!(
            "`{}` is not the id of a management group",
            orch_report::visible(given)
        ),
        "write its id, not its display name: up to 90 letters, digits and -_.(), with a letter or digit first and \
         no period last",
    ))
}

/// Clouds with commas between them, or `all`.
///
/// # Errors
/// Another word.
pub(crate) fn providers(given: &str) -> Result<Vec<Provider>, Mistake> {
    if given == "all" {
        return Ok(Provider::ALL.into());
    }
    let words = given
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let found: BTreeSet<Provider> = words.map(provider).collect::<Result<_, _>>()?;
    if found.is_empty() {
        return provider(given).map(|provider| vec![provider]);
    }
    Ok(found.into_iter().collect())
}

/// `aws`, `azure`, `gcp`.
///
/// # Errors
/// Another word.
fn provider(given: &str) -> Result<Provider, Mistake> {
    pick(
        "provider",
        given,
        &Provider::ALL.map(|provider| (provider.as_str(), provider)),
    )
}

/// `critical` to `info`.
///
/// # Errors
/// Another word.
pub(crate) fn severity(given: &str) -> Result<Severity, Mistake> {
    let known: Vec<_> = Severity::ALL
        .iter()
        .map(|word| (word.as_str(), *word))
        .collect();
    pick("severity", given, &known)
}

/// `security`, `cost`, …
///
/// # Errors
/// Another word.
pub(crate) fn category(given: &str) -> Result<Category, Mistake> {
    let known: Vec<_> = Category::ALL
        .iter()
        .map(|word| (word.as_str(), *word))
        .collect();
    pick("category", given, &known)
}

/// A severity, or `never`.
///
/// # Errors
/// Another word.
pub(crate) fn fail_on(given: &str) -> Result<FailOn, Mistake> {
    let mut known: Vec<_> = Severity::ALL
        .iter()
        .map(|word| (word.as_str(), FailOn::Severity(*word)))
        .collect();
    known.push((NEVER, FailOn::Never));
    let mut found = pick("severity", given, &known);
    // Who means some severity must not be led to none at all: `sever` is nearest to it.
    if let Err(mistake) = &mut found
        && nearest(given, known.iter().map(|(word, _)| *word)) == Some(NEVER)
        && !given.starts_with(['n', 'N'])
    {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        mistake.help = Some(one_of(&words));
    }
    found
}

/// `severity`, `rule`, …
///
/// # Errors
/// Another word.
pub(crate) fn group_by(given: &str) -> Result<GroupBy, Mistake> {
    pick("grouping", given, GroupBy::ALL)
}

/// `table`, `json`.
///
/// # Errors
/// Another word.
pub(crate) fn format(given: &str) -> Result<&'static Format, Mistake> {
    orch_report::format(given)
        .ok_or_else(|| unknown_word("format", given, FORMATS.iter().map(|format| format.name)))
}

/// Nobody means to pay more than this for calls.
const MOST_DOLLARS: u32 = 100_000;

/// An amount of US dollars that calls may cost.
///
/// # Errors
/// Anything else.
pub(crate) fn dollars(given: &str) -> Result<Decimal, Mistake> {
    given
        .parse::<Decimal>()
        .ok()
        .filter(|amount| (Decimal::ZERO..=Decimal::from(MOST_DOLLARS)).contains(amount))
        .ok_or_else(|| {
            Mistake::new(
                format!(
                    "`{}` is not an amount of US dollars from 0 to {MOST_DOLLARS}",
                    orch_report::visible(given)
                ),
                "write a number such as 0.25",
            )
        })
}

/// `key=value`.
///
/// # Errors
/// A text without a key or without `=`.
pub(crate) fn tag(given: &str) -> Result<(Text, Text), Mistake> {
    match given.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err(Mistake::new(
            format!("`{}` is not a tag", orch_report::visible(given)),
            "write --tag key=value",
        )),
    }
}

/// Causes and collectors, or nothing for all gaps. `collectors` are those there can be.
///
/// # Errors
/// A word that is neither.
pub(crate) fn allow_gaps(given: &[&str], collectors: &[&str]) -> Result<AllowGaps, Mistake> {
    if given.is_empty() {
        return Ok(AllowGaps::All);
    }
    let (mut causes, mut named) = (Vec::new(), Vec::new());
    for word in given {
        if let Some(cause) = Cause::ALL.into_iter().find(|cause| cause.as_str() == *word) {
            causes.push(cause);
        } else if collectors.contains(word) {
            named.push(Text::new(word));
        } else {
            let known: Vec<&str> = Cause::ALL
                .iter()
                .map(|cause| cause.as_str())
                .chain(collectors.iter().copied())
                .collect();
            let mistake = unknown_word("cause or collector", word, known.iter().copied());
            if nearest(word, known).is_some() {
                return Err(mistake);
            }
            let causes = Cause::ALL.map(Cause::as_str).join(", ");
            let help = format!(
                "the causes are {causes}; the collectors are {}",
                collectors.join(", ")
            );
            return Err(Mistake::new(mistake.message, help));
        }
    }
    Ok(AllowGaps::Some {
        causes,
        collectors: named,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        assert_eq!(nearest("securty", ["security", "cost"]), Some("security"));
        assert_eq!(nearest("HIGH", ["high", "low"]), Some("high"));
        assert_eq!(
            nearest("us-esat-1", ["us-east-1", "us-west-1"]),
            Some("us-east-1")
        );
        assert_eq!(nearest("zebra", ["security", "cost"]), None);
        let mistake = severity("hihg").unwrap_err();
        assert_eq!(mistake.help.unwrap(), "did you mean `high`?");
        for (given, help) in [
            ("nevr", "did you mean `never`?"),
            ("hgih", "did you mean `high`?"),
            (
                "sever",
                "use one of info, low, medium, high, critical, never",
            ),
            (
                "ever",
                "use one of info, low, medium, high, critical, never",
            ),
        ] {
            assert_eq!(fail_on(given).unwrap_err().help.unwrap(), help, "{given}");
        }
        let mistake = category("everything").unwrap_err();
        assert!(mistake.help.unwrap().contains("right-sizing"));
    }

    #[test]
    fn gaps_are_allowed_by_cause_or_collector() {
        let known = ["ec2.instances", "ce.costs"];
        assert_eq!(allow_gaps(&[], &known).unwrap(), AllowGaps::All);
        assert_eq!(
            allow_gaps(&["denied", "ce.costs"], &known).unwrap(),
            AllowGaps::Some {
                causes: vec![Cause::Denied],
                collectors: vec!["ce.costs".into()]
            }
        );
        let mistake = allow_gaps(&["ec2.instance"], &known).unwrap_err();
        assert_eq!(mistake.help.unwrap(), "did you mean `ec2.instances`?");
        let help = allow_gaps(&["x"], &known).unwrap_err().help.unwrap();
        assert!(
            help.contains("denied") && help.contains("ce.costs"),
            "{help}"
        );
    }

    #[test]
    fn lines_stay_lines_when_they_are_made_visible() {
        assert_eq!(
            visible_lines("a\u{1b}[2J\r\n\tb\rc\u{202e}\n\n"),
            "a\\u{1b}[2J\n\tb\\rc\\u{202e}\n\n"
        );
    }

    #[test]
    fn hostile_words_are_shown_escaped() {
        assert_eq!(
            provider("a\u{1b}[2J").unwrap_err().message,
            "no provider `a\\u{1b}[2J`"
        );
    }
}
