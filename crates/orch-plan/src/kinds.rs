//! What briefings say of each kind of resource: data in `plans/briefing/kinds.yaml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use orch_model::{Kind, Resource};
use serde::Deserialize;

use crate::embedded;

/// What is written of a kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KindNote {
    /// One of it, and several.
    names: (String, String),
    /// By cloud: `orch` where a collector reads it, else the cloud's own command.
    #[serde(default)]
    pub(crate) read: BTreeMap<String, String>,
    /// The member of its body by which people sort it.
    #[serde(default, rename = "type")]
    pub(crate) sorted_by: Option<String>,
    /// What Terraform calls it, by cloud.
    #[serde(default)]
    pub(crate) terraform: BTreeMap<String, Vec<TerraformType>>,
    /// The alarms that are usual.
    #[serde(default)]
    pub(crate) alarms: Vec<Alarm>,
}

/// A type of Terraform's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TerraformType {
    /// Its name.
    #[serde(rename = "type")]
    pub(crate) name: String,
    /// What its import wants: `short` (the last part of the uid), `uid`, `path` (the uid without the service), `name`.
    pub(crate) id: String,
    /// A word of the resource (its purpose, platform, engine, stage) without which another type is meant.
    #[serde(default)]
    pub(crate) when: Option<String>,
}

/// An alarm that is usual.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alarm {
    /// When it rings.
    pub(crate) what: String,
    /// The series of ours that would show it.
    #[serde(default)]
    pub(crate) series: Option<String>,
}

static NOTES: LazyLock<Result<BTreeMap<String, KindNote>, String>> = LazyLock::new(|| {
    let text = embedded::BRIEFING
        .iter()
        .find(|(id, _)| *id == "kinds")
        .map_or("", |(_, text)| *text);
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
});

/// What is written of a kind; a test rules out that there is nothing.
pub(crate) fn note(kind: &str) -> Option<&'static KindNote> {
    NOTES.as_ref().ok()?.get(kind)
}

/// `3 machines`.
pub(crate) fn counted(count: u64, kind: &str) -> String {
    format!("{count} {}", named(count, kind))
}

/// `machines`.
pub(crate) fn named(count: u64, kind: &str) -> &str {
    match note(kind) {
        Some(note) if count == 1 => &note.names.0,
        Some(note) => &note.names.1,
        None => kind,
    }
}

/// The words of a resource by which it is sorted or told from others.
pub(crate) fn words(resource: &Resource) -> BTreeMap<String, String> {
    struct Inner<'r>(&'r Resource);
    impl serde::Serialize for Inner<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.body.serialize_inner(serializer)
        }
    }
    let Ok(serde_json::Value::Object(body)) = serde_json::to_value(Inner(resource)) else {
        return BTreeMap::new();
    };
    body.into_iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
        .collect()
}

/// The type of Terraform's, and the id that its import wants.
pub(crate) fn import(resource: &Resource) -> Option<(&'static str, String)> {
    let types = note(resource.kind().as_str())?
        .terraform
        .get(resource.scope.provider.as_str())?;
    let words = if types.len() > 1 {
        words(resource)
    } else {
        BTreeMap::new()
    };
    let fits = |one: &&TerraformType| {
        one.when.as_ref().is_none_or(|when| {
            ["purpose", "platform", "engine", "stage"]
                .iter()
                .any(|name| words.get(*name) == Some(when))
        })
    };
    let one = types.iter().find(fits)?;
    let uid = resource.uid.as_str();
    let id = match one.id.as_str() {
        "short" => resource.uid.short().to_owned(),
        "name" => resource.name.to_string(),
        "path" => uid
            .strip_prefix("//")
            .and_then(|rest| rest.split_once('/'))
            .map_or(uid, |(_, path)| path)
            .to_owned(),
        _ => uid.to_owned(),
    };
    Some((&one.name, id))
}

/// Every kind with its note, in order of name.
pub(crate) fn all() -> impl Iterator<Item = (Kind, &'static KindNote)> {
    Kind::ALL
        .iter()
        .filter_map(|kind| Some((*kind, note(kind.as_str())?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_names_and_somebody_who_reads_it() {
        assert!(NOTES.is_ok(), "{:?}", NOTES.as_ref().err());
        for kind in Kind::ALL {
            let note = note(kind.as_str()).unwrap_or_else(|| panic!("nothing is said of {kind}"));
            assert!(!note.read.is_empty(), "{kind}");
            for alarm in note.alarms.iter().filter_map(|alarm| alarm.series.as_ref()) {
                alarm.parse::<orch_model::Metric>().unwrap();
            }
        }
        assert_eq!(all().count(), Kind::ALL.len());
    }
}
