//! What a review of an area asks: the contents of `plans/briefing/reviews.yaml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::AREAS;
use crate::brief::BriefError;
use crate::embedded;

/// An area as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Area {
    pub(super) title: String,
    pub(super) phases: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) kinds: Vec<String>,
    pub(super) sections: Vec<String>,
    pub(super) points: Vec<Asked>,
}

/// What a review asks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asked {
    pub(super) text: String,
    /// The rules that decide it.
    pub(super) rules: Vec<String>,
    /// A kind of which there should be some.
    pub(super) kind: Option<String>,
    /// Words of services of which one should be billed.
    pub(super) billed: Vec<String>,
    /// `zones`: whether services stand in several decides it.
    pub(super) fact: Option<String>,
    /// Whether a bill decides it.
    pub(super) billing: bool,
    /// A word of what cannot be skipped in the project.
    pub(super) cannot_skip: Option<String>,
    /// What or who tells it otherwise.
    pub(super) supply: String,
}

static ALL: LazyLock<Result<BTreeMap<String, Area>, String>> = LazyLock::new(|| {
    let text = embedded::BRIEFING
        .iter()
        .find(|(id, _)| *id == "reviews")
        .map_or("", |(_, text)| *text);
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
});

pub(super) fn area(id: &str) -> Result<&'static Area, BriefError> {
    let all = ALL
        .as_ref()
        .map_err(|error| BriefError::Template(error.clone()))?;
    all.get(id).ok_or_else(|| BriefError::NoSection {
        id: id.to_owned(),
        known: AREAS.map(str::to_owned).to_vec(),
    })
}
