//! Whether two specialists were told the same sentence: then it is boilerplate, and one of them reads for nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::build::BriefError;
use super::render::markdown;
use super::v1::Brief;
use crate::embedded;

/// A sentence that stands in several briefings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// The sentence.
    pub sentence: String,
    /// The specialists that read it.
    pub specialists: Vec<String>,
}

/// A sentence that several briefings may have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    sentence: String,
    /// Told to readers of the file.
    #[serde(rename = "why")]
    _why: String,
}

/// From so many words on something is a sentence and no label.
const WORDS: usize = 4;

/// The sentences that several of these briefings share, as people read them: headings, tables and code are no sentences,
/// and `plans/briefing/common.yaml` lists what may be shared.
///
/// # Errors
/// A template that cannot be rendered.
pub fn repeated_sentences(briefs: &[Brief]) -> Result<Vec<Repeated>, BriefError> {
    let common = embedded::BRIEFING
        .iter()
        .find(|(id, _)| *id == "common")
        .map_or("[]", |(_, text)| *text);
    let common: Vec<Common> =
        serde_saphyr::from_str(common).map_err(|error| BriefError::Template(error.to_string()))?;
    let may_repeat = |sentence: &str| {
        common
            .iter()
            .any(|one| match one.sentence.strip_suffix('*') {
                Some(beginning) => sentence.starts_with(beginning),
                None => sentence == one.sentence,
            })
    };
    let mut readers: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for brief in briefs {
        for sentence in sentences(&markdown(brief)?) {
            if !may_repeat(&sentence) {
                readers
                    .entry(sentence)
                    .or_default()
                    .insert(&brief.specialist.id);
            }
        }
    }
    Ok(readers
        .into_iter()
        .filter(|(_, readers)| readers.len() > 1)
        .map(|(sentence, readers)| Repeated {
            sentence,
            specialists: readers.into_iter().map(str::to_owned).collect(),
        })
        .collect())
}

/// The sentences of a text in Markdown.
fn sentences(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut fence = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            fence = !fence;
            continue;
        }
        if fence
            || line.starts_with(['#', '|', '`'])
            || line.is_empty()
            || line.contains(" more: `")
        {
            continue;
        }
        let line = line.trim_start_matches("- ");
        let line = match line.split_once(". ") {
            Some((number, rest)) if number.chars().all(|c| c.is_ascii_digit()) => rest,
            _ => line,
        };
        for sentence in line.split(". ") {
            let sentence = sentence
                .trim()
                .trim_end_matches('.')
                .replace(['\\', '`'], "");
            if sentence.split_whitespace().count() >= WORDS {
                all.insert(sentence);
            }
        }
    }
    all
}
